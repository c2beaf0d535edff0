"""What ccc keeps: tickets, threads, calls, the register of faults, cards, e-mails as they came, projections."""

from services.ccc.store.appel import Appel, Injoignable
from services.ccc.store.courriel import Courriel
from services.ccc.store.diffusion import Abonne, Bulletin
from services.ccc.store.projections import PersonneProtegee, PrefectureConnue
from services.ccc.store.registre import Anomalie, Fiche
from services.ccc.store.saisine import Acte, Blocage, Message, PieceJointe, Saisine

DOCUMENTS = (
    Saisine,
    Message,
    Blocage,
    Appel,
    Injoignable,
    Anomalie,
    Fiche,
    Courriel,
    PrefectureConnue,
    PersonneProtegee,
    Abonne,
    Bulletin,
)

__all__ = [
    "DOCUMENTS",
    "Abonne",
    "Acte",
    "Anomalie",
    "Appel",
    "Blocage",
    "Bulletin",
    "Courriel",
    "Fiche",
    "Injoignable",
    "Message",
    "PersonneProtegee",
    "PieceJointe",
    "PrefectureConnue",
    "Saisine",
]
