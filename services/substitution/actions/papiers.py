"""The papers that substitution gives: kept with the voie, signed where they carry rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from documents.contenu import Personne
from documents.nature import Nature
from papier.actions import Papiers
from papier.store import Papier
from services.substitution.cadre import cadre
from services.substitution.store import Voie

PAPIERS = Papiers((Voie,), lambda: cadre().settings, lambda: cadre().autorite)


def give(voie: Voie, nature: Nature, prefecture: str, extra: Mapping[str, Any], **fields: Any) -> Papier:
    """A new paper for the person of this voie, in the name of the préfecture."""
    return PAPIERS.make(nature, personne(voie), extra, emetteur=prefecture, prefecture=prefecture, **fields)


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
