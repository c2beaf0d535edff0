"""What deposit keeps: persons, demandes with their documents, threads, and small projections of other services'
facts.
"""

from services.deposit.store.bureau import Consultation, Controle, Ligne
from services.deposit.store.campagne import Campagne
from services.deposit.store.concertation import (
    AvisExperimentation,
    Concertation,
    Experimentation,
    ReponseConcertation,
)
from services.deposit.store.demande import Demande
from services.deposit.store.echange import Echange
from services.deposit.store.panne import Panne
from services.deposit.store.parcours import Etape, ParcoursJoint
from services.deposit.store.partenaires import RefusPartenaire
from services.deposit.store.projections import BlocageConnu, PrefectureConnue, SaisineConnue
from services.deposit.store.promesse import Promesse
from services.deposit.store.publication import Publication
from services.deposit.store.remontee import Remontee
from services.deposit.store.reprise import DossierRepris, LigneReprise, Reprise
from services.deposit.store.ruptures import Rupture
from services.deposit.store.usager import Blocage, Mandat, Reclamation, Structure, Usager

ALIAS = "deposit"
DOCUMENTS = (
    Usager,
    Structure,
    Mandat,
    Demande,
    Reclamation,
    Promesse,
    Remontee,
    Rupture,
    Echange,
    Blocage,
    BlocageConnu,
    SaisineConnue,
    Panne,
    PrefectureConnue,
    Ligne,
    Controle,
    Consultation,
    Reprise,
    LigneReprise,
    DossierRepris,
    RefusPartenaire,
    Etape,
    ParcoursJoint,
    Publication,
    Experimentation,
    AvisExperimentation,
    Concertation,
    ReponseConcertation,
    Campagne,
)

__all__ = [
    "ALIAS",
    "DOCUMENTS",
    "AvisExperimentation",
    "Blocage",
    "BlocageConnu",
    "Campagne",
    "Concertation",
    "Consultation",
    "Controle",
    "Demande",
    "DossierRepris",
    "Echange",
    "Etape",
    "Experimentation",
    "Ligne",
    "LigneReprise",
    "Mandat",
    "Panne",
    "ParcoursJoint",
    "PrefectureConnue",
    "Promesse",
    "Publication",
    "Reclamation",
    "RefusPartenaire",
    "Remontee",
    "ReponseConcertation",
    "Reprise",
    "Rupture",
    "SaisineConnue",
    "Structure",
    "Usager",
]
