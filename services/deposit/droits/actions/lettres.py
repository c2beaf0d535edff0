"""Letters of a demande: a decision, a closing. They prove no right, and stand among its documents (DEP-39, DEP-44)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

from chassis.outbox import Entry, Fact
from documents import numero
from documents.contenu import Contenu
from documents.nature import Nature
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import acces
from services.deposit.dossier.actions.personne import name_person
from services.deposit.dossier.store.demande import Attestation, Demande
from services.deposit.dossier.store.usager import Usager


def write(demande: Demande, nature: Nature, today: date, extra: dict[str, Any], *lignes: str) -> Attestation:
    """Adds the letter to the demande; `extra` is what its paper says, `lignes` its sentences."""
    frame = cadre()
    child = f"{demande.beneficiaire.get('prenoms', '')} {demande.beneficiaire.get('nom', '')}".strip()
    pour = (f"Pour : {child}.",) if child else ()
    usager = acces.usager_of(demande)
    titre = frame.catalogue.titre(demande.titre_code) if demande.titre_code else None
    libelle = titre.libelle_imprime if titre else demande.libelle
    contenu = Contenu(
        nature=nature,
        numero=numero.new(numero.SERVICE_DIGITS["deposit"]),
        emetteur="Séjour, dépôt en ligne",
        emis_date=today,
        prefecture=frame.catalogue.departement(demande.prefecture).nom,
        depot_date=demande.depot_date,
        debut_date=today,
        personne=name_person(usager),
        titre_libelle=libelle,
        adresse=tuple(usager.adresse),
        paragraphes=(f"Demande {demande.reference} : {libelle}.", *pour, *lignes),
        verification_url=f"{frame.settings.public_url}/deposit/verifier",
        extra=extra | {"developpement": not frame.production},
    )
    return _add(demande, contenu)


def rewrite(
    demande: Demande, usager: Usager, today: date, before: Attestation
) -> tuple[Attestation, tuple[Entry, ...]]:
    """The letter with the name, the birth and the address that the record now holds; its reasons stay (DEP-57)."""
    contenu = replace(
        Contenu.from_dict(json.loads(before.contenu)),
        numero=numero.new(numero.SERVICE_DIGITS["deposit"]),
        emis_date=today,
        personne=name_person(usager),
        adresse=tuple(usager.adresse),
    )
    letter = _add(demande, contenu, replaces=before.numero)
    before.remplacee_par = letter.numero
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="LETTRE_REFAITE")
    made = {"numero": letter.numero, "remplace": before.numero}
    return letter, (Fact("deposit.demande.modifiee", changed, private={"lettre_refaite": made}),)


def withdraw(demande: Demande, nature: Nature) -> None:
    """The letters of this nature say nothing any more: the attestation de dépôt, which holds again, takes their
    place.
    """
    filed = next((a.numero for a in demande.attestations if a.regime == "AD"), "")
    for letter in demande.attestations:
        if letter.nature == nature.value and not letter.remplacee_par:
            letter.remplacee_par = filed


def _add(demande: Demande, contenu: Contenu, replaces: str = "") -> Attestation:
    letter = Attestation(
        numero=contenu.numero,
        nature=contenu.nature.value,
        regime=contenu.nature.value,
        emis_date=contenu.emis_date,
        debut_date=contenu.debut_date,
        contenu=contenu.to_json(),
        remplace=replaces,
        automatique=False,
    )
    demande.attestations = [*demande.attestations, letter]
    return letter
