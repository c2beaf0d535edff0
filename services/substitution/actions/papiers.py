"""The papers that substitution gives: immutable data kept with the voie, signed where they carry rights."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis import clock
from documents import code2d
from documents import numero as numeros
from documents.contenu import Contenu, Personne
from documents.etat import Suivi, Verification, verification
from documents.nature import Nature
from documents.rendu import render
from droit.decision import Genre, Motif, Refused
from services.substitution.cadre import cadre
from services.substitution.store import Papier, Voie

PAPIER_INCONNU = Motif(
    "PAPIER_INCONNU",
    "regle-du-service",
    "Aucun document de ce service ne porte ce numéro.",
    "Vérifiez le numéro ou la référence écrits sur le papier.",
    Genre.INTROUVABLE,
)


@dataclass(frozen=True)
class Emission:
    """What every paper says: which one, by whom, about whom; `more` are the other fields of Contenu."""

    nature: Nature
    prefecture: str
    personne: Personne
    more: Mapping[str, Any]
    extra: Mapping[str, Any]


def make(emission: Emission) -> Papier:
    """A new paper of today, signed when papers of its nature are. Raises Refused naming the missing field."""
    day = clock.today()
    contenu = Contenu(
        nature=emission.nature,
        numero=numeros.new(numeros.SERVICE_DIGITS["substitution"]),
        emetteur=emission.prefecture,
        emis_date=day,
        prefecture=emission.prefecture,
        personne=emission.personne,
        verification_url=f"{cadre().settings.public_url}/substitution/documents",
        extra={**emission.extra, **({} if cadre().production else {"developpement": True})},
        **emission.more,
    )
    payload = code2d.sign(contenu, cadre().autorite) if contenu.nature.is_signed else ""
    return Papier(
        numero=contenu.numero,
        nature=contenu.nature.value,
        emis_date=day,
        contenu=contenu.to_json(),
        payload=payload,
    )


def personne(voie: Voie) -> Personne:
    """The person as she said or as her paper shows; without a name, whoever holds the reference told to her."""
    holder = f"Titulaire de la référence {voie.blocage_reference or voie.reference}"
    return Personne(
        nom=voie.nom or ("" if voie.prenoms else holder),
        prenoms=voie.prenoms or "",
        naissance_date=voie.naissance_date,
        nationalite=voie.nationalite or "",
        numero_etranger=voie.numero_etranger or "",
    )


def replaced(papiers: Sequence[Papier], numero: str, by: Papier) -> list[Papier]:
    """The papers of a voie with `by` added, which replaces the one of that number from today."""
    for papier in papiers:
        if papier.numero == numero and not papier.remplace_par:
            papier.remplace_date, papier.remplace_par = by.emis_date, numeros.reference(by.numero)
    return [*papiers, by]


def find(numero: str) -> tuple[Voie, Papier]:
    """The voie that keeps this paper, and the paper. Raises Refused(PAPIER_INCONNU)."""
    voie: Voie | None = Voie.objects(papiers__numero=numero).first()
    if voie is None:
        raise Refused(PAPIER_INCONNU)
    return voie, next(papier for papier in voie.papiers if papier.numero == numero)


def draw(numero: str) -> bytes:
    """The PDF of one of our papers."""
    return pdf(find(numero)[1])


def pdf(papier: Papier) -> bytes:
    """The PDF of a paper at hand."""
    return render(content(papier), papier.payload or "")


def check(reference: str) -> Verification:
    """What a third party may know of a paper of ours, by its number or its reference, without signing in."""
    numero = numeros.parse_reference(reference)
    try:
        papier = find(numero)[1]
    except Refused:
        return verification(None, clock.today())
    suivi = Suivi(remplace_date=papier.remplace_date, remplace_par=papier.remplace_par or "")
    return verification(content(papier), clock.today(), suivi)


def content(papier: Papier) -> Contenu:
    """The data of a stored paper."""
    return Contenu.from_dict(json.loads(papier.contenu))


def path(numero: str) -> str:
    """Where notify reads the bytes."""
    return f"/substitution/interne/documents/{numero}.pdf"
