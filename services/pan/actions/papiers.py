"""The papers that pan gives: made from immutable data, kept by the aggregate whose act gave them, drawn on demand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock
from documents import numero as numeros
from documents.contenu import Contenu, Personne
from documents.etat import Suivi, Verification, verification
from documents.nature import Nature
from documents.rendu import render
from droit.decision import Genre, Motif, Refused
from services.pan.cadre import cadre
from services.pan.store import PAPERED, Blocage, Depot, Papier, RendezVous, Visite

PAPIER_INCONNU = Motif(
    "PAPIER_INCONNU",
    "regle-du-service",
    "Aucun document d’un point d’accueil ne porte ce numéro.",
    "Vérifiez le numéro ou la référence écrits sur le papier.",
    Genre.INTROUVABLE,
)


@dataclass(frozen=True)
class Emission:
    """What is common to a paper: who gives it, where, about whom."""

    nature: Nature
    emetteur: str
    prefecture: str
    personne: Personne
    titre_libelle: str = ""
    paragraphes: tuple[str, ...] = ()


def make(emission: Emission, extra: dict[str, Any]) -> Papier:
    """A new paper of today. Raises Refused naming the missing field."""
    day = clock.today()
    contenu = Contenu(
        nature=emission.nature,
        numero=numeros.new(numeros.SERVICE_DIGITS["pan"]),
        emetteur=emission.emetteur,
        emis_date=day,
        prefecture=emission.prefecture,
        personne=emission.personne,
        titre_libelle=emission.titre_libelle,
        paragraphes=emission.paragraphes,
        verification_url=f"{cadre().settings.public_url}/pan/documents",
        extra=extra | ({} if cadre().production else {"developpement": True}),
    )
    return Papier(numero=contenu.numero, nature=contenu.nature.value, emis_date=day, contenu=contenu.to_json())


def personne(nom: str, prenoms: str = "", naissance: date | None = None, **more: str) -> Personne:
    """The person as she said or as her paper shows."""
    return Personne(nom=nom, prenoms=prenoms, naissance_date=naissance, **more)


def find(numero: str) -> tuple[RendezVous | Visite | Depot | Blocage, Papier]:
    """The aggregate that keeps this paper, and the paper. Raises Refused(PAPIER_INCONNU)."""
    for document in PAPERED:
        held = document.objects(papiers__numero=numero).first()
        if held is not None:
            return held, next(p for p in held.papiers if p.numero == numero)
    raise Refused(PAPIER_INCONNU)


def draw(numero: str) -> bytes:
    """The PDF of one of our papers."""
    return render(_contenu(find(numero)[1]))


def check(reference: str) -> Verification:
    """What a third party may know of a paper of ours, by its number or its reference."""
    numero = numeros.parse_reference(reference)
    try:
        papier = find(numero)[1]
    except Refused:
        return verification(None, clock.today())
    return verification(_contenu(papier), clock.today(), Suivi(remplace_date=papier.remplace_date))


def chemin(numero: str) -> str:
    """Where notify reads the bytes."""
    return f"/pan/interne/documents/{numero}.pdf"


def _contenu(papier: Papier) -> Contenu:
    return Contenu.from_dict(json.loads(papier.contenu))
