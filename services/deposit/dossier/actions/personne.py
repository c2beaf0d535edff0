"""The person as every paper of deposit names her."""

from __future__ import annotations

from documents.contenu import Personne
from services.deposit.dossier.store.usager import Usager


def name_person(usager: Usager) -> Personne:
    """Her names, in Latin letters and in her own script, and her birth."""
    return Personne(
        nom=usager.nom,
        prenoms=usager.prenoms,
        naissance_date=usager.naissance_date,
        nom_origine=usager.nom_origine or "",
    )
