"""Every document that deposit keeps, room by room: `prepare` makes the indexes of each."""

from services.deposit.concertation.store.campagne import Campagne
from services.deposit.concertation.store.concertation import (
    AssociationDuPanel,
    AvisExperimentation,
    Concertation,
    Experimentation,
    ReponseConcertation,
)
from services.deposit.concertation.store.publication import Publication
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.dossier.store.panne import Panne
from services.deposit.dossier.store.projections import BlocageConnu, ParcoursJoint, PrefectureConnue, SaisineConnue
from services.deposit.dossier.store.usager import Blocage, Mandat, Reclamation, Structure, Usager
from services.deposit.droits.store import Ligne, Rupture
from services.deposit.engagement.store.mission import Mission
from services.deposit.engagement.store.promesse import Promesse
from services.deposit.engagement.store.remontee import Remontee
from services.deposit.instruction.store import Consultation, Controle
from services.deposit.justificatif.store import Justificatif, LectureJustificatif
from services.deposit.parcours.store import Etape
from services.deposit.partenaire.store import RefusPartenaire
from services.deposit.reprise.store import DossierRepris, LigneReprise, Reprise

DOCUMENTS = (
    Usager,
    Structure,
    Mandat,
    Demande,
    Reclamation,
    Promesse,
    Remontee,
    Mission,
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
    Justificatif,
    LectureJustificatif,
    Etape,
    ParcoursJoint,
    Publication,
    Experimentation,
    AvisExperimentation,
    Concertation,
    ReponseConcertation,
    AssociationDuPanel,
    Campagne,
)
