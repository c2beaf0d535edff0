"""What ccc keeps: tickets, threads, calls, the register of faults, cards, e-mails as they came, projections."""

from services.ccc.store.appel import Appel, Injoignable
from services.ccc.store.courriel import Courriel
from services.ccc.store.diffusion import Abonne, Bulletin
from services.ccc.store.projections import PersonneProtegee, PrefectureConnue
from services.ccc.store.registre import Anomalie, Fiche
from services.ccc.store.saisine import Acte, Blocage, Message, PieceJointe, Saisine
from services.ccc.store.touchee import BlocageVu, PersonneTouchee

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
    PersonneTouchee,
    BlocageVu,
)

__all__ = [
    "DOCUMENTS",
    "Abonne",
    "Acte",
    "Anomalie",
    "Appel",
    "Blocage",
    "BlocageVu",
    "Bulletin",
    "Courriel",
    "Fiche",
    "Injoignable",
    "Message",
    "PersonneProtegee",
    "PersonneTouchee",
    "PieceJointe",
    "PrefectureConnue",
    "Saisine",
]
