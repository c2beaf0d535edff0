"""What substitution keeps: routes, blocages, e-mails, rules of préfectures, outages."""

from __future__ import annotations

from services.substitution.store.blocage import Blocage, PersonneBloquee
from services.substitution.store.courriel import Courriel
from services.substitution.store.regles import Panne, PersonneProtegee, ReglesPrefecture
from services.substitution.store.voie import Dossier, Ordonnance, Piece, Refus, Voie

DOCUMENTS = (Voie, Blocage, PersonneBloquee, ReglesPrefecture, Panne, PersonneProtegee, Courriel)

__all__ = [
    "DOCUMENTS",
    "Blocage",
    "Courriel",
    "Dossier",
    "Ordonnance",
    "Panne",
    "PersonneBloquee",
    "PersonneProtegee",
    "Piece",
    "Refus",
    "ReglesPrefecture",
    "Voie",
]
