"""Letters of a demande: a decision, a closing. They prove no right, and stand among its documents (DEP-39, DEP-44)."""

from __future__ import annotations

from datetime import date
from typing import Any

from documents import numero
from documents.contenu import Contenu, Personne
from documents.nature import Nature
from services.deposit.cadre import cadre
from services.deposit.dossier.store.demande import Attestation, Demande
from services.deposit.dossier.store.usager import Usager


def write(demande: Demande, nature: Nature, today: date, extra: dict[str, Any]) -> Attestation:
    """Adds the letter to the demande; `extra` is what its paper says."""
    frame = cadre()
    usager: Usager = Usager.objects(id=demande.usager_id).first()
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
        personne=Personne(nom=usager.nom, prenoms=usager.prenoms, naissance_date=usager.naissance_date),
        titre_libelle=libelle,
        adresse=tuple(usager.adresse),
        paragraphes=(f"Demande {demande.reference} : {libelle}.",),
        verification_url=f"{frame.settings.public_url}/deposit/verifier",
        extra=extra | {"developpement": not frame.production},
    )
    letter = Attestation(
        numero=contenu.numero,
        nature=nature.value,
        regime=nature.value,
        emis_date=today,
        debut_date=today,
        contenu=contenu.to_json(),
        automatique=False,
    )
    demande.attestations = [*demande.attestations, letter]
    return letter


def withdraw(demande: Demande, nature: Nature) -> None:
    """The letters of this nature say nothing any more: the attestation de dépôt, which holds again, takes their
    place.
    """
    filed = next((a.numero for a in demande.attestations if a.regime == "AD"), "")
    for letter in demande.attestations:
        if letter.nature == nature.value and not letter.remplacee_par:
            letter.remplacee_par = filed
