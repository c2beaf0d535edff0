"""What pan keeps: places, slots, appointments, visits, blockages, dossiers prepared here, and small projections."""

from services.pan.store.a_dire import Dit
from services.pan.store.agenda import Attente, Creneau, EtatAgenda, FileDuJour, RendezVous
from services.pan.store.depot import Depot, PieceDeposee
from services.pan.store.lieu import Lieu
from services.pan.store.projections import PersonneProtegee, PrefectureConnue, SaisineConnue
from services.pan.store.signalement import Signalement
from services.pan.store.visite import Blocage, Visite

ALIAS = "pan"
DOCUMENTS = (
    Lieu,
    Creneau,
    EtatAgenda,
    FileDuJour,
    RendezVous,
    Attente,
    Visite,
    Blocage,
    Depot,
    Dit,
    Signalement,
    PrefectureConnue,
    SaisineConnue,
    PersonneProtegee,
)
# Whatever keeps the data of papers that we gave.
PAPERED = (Visite, RendezVous, Blocage, Depot)

__all__ = [
    "ALIAS",
    "DOCUMENTS",
    "PAPERED",
    "Attente",
    "Blocage",
    "Creneau",
    "Depot",
    "Dit",
    "EtatAgenda",
    "FileDuJour",
    "Lieu",
    "PersonneProtegee",
    "PieceDeposee",
    "PrefectureConnue",
    "RendezVous",
    "SaisineConnue",
    "Signalement",
    "Visite",
]
