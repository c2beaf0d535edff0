"""An urgency is flagged, with its proof, by the person, her helper or an agent; the queue moves at once (DEP-60)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.files import Stored
from chassis.web.who import AGENT, Who
from droit.decision import Motif, Refused
from personne.urgence import MOTIFS as MOTIFS
from sejour.deposit.v1 import events_pb2
from services.deposit.dossier.actions import envois
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.rules import envois as envoi
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.rules import file_attente as rules
from services.deposit.instruction.actions import effets

URGENCES_MAX = 20
SIGNALABLES = (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET)

RIEN_EN_COURS = Motif(
    "RIEN_EN_COURS",
    "regle-du-service",
    "Cette personne n’a aucune demande en cours à la préfecture.",
    "Déposez d’abord sa demande, au guichet ou en ligne, puis signalez l’urgence.",
)


@dataclass(frozen=True)
class Urgence:
    """An urgency: its ground, the words, the proof where there is one."""

    motif: str
    texte: str
    preuve: Stored | None = None


@outbox.retry_conflicts
def flag(demande_id: str, motif: str, texte: str, preuve: Stored | None, who: Who, *, request_id: str) -> Demande:
    """Flags an urgency on a demande under way. An agent needs the power to instruct, a person or a helper to act."""
    demande = access_demande(demande_id, who, acces.INSTRUIRE if who.kind == AGENT else acces.ACT)
    return _flag(demande, Urgence(motif, texte, preuve), who, request_id)


def flag_for(usager_id: str, demande_id: str, urgence: Urgence, who: Who, *, request_id: str) -> list[Demande]:
    """Another channel flags it for a person whom it has recognised: on this demande of hers, on all that are under way
    where it names none. Raises Refused when she has none.
    """
    hers = Demande.objects(usager_id=usager_id, state__in=SIGNALABLES)
    found = hers.filter(id=demande_id) if demande_id else hers
    ids = [demande.id for demande in found.only("id").limit(URGENCES_MAX)]
    if not ids:
        raise Refused(RIEN_EN_COURS)
    return [_flag_one(each, urgence, who, f"{request_id}:{each}") for each in ids]


@outbox.retry_conflicts
def _flag_one(demande_id: str, urgence: Urgence, who: Who, request_id: str) -> Demande:
    demande: Demande = Demande.objects(id=demande_id).first()
    return _flag(demande, urgence, who, request_id)


def _flag(demande: Demande, urgence: Urgence, who: Who, request_id: str) -> Demande:
    if outbox.already(demande, request_id):
        return demande
    rules.may_flag(urgence.motif, urgence.texte, urgence.preuve is not None).or_refuse()
    if demande.state not in SIGNALABLES:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    today = clock.today()
    before: Mapping[str, str] = next((flag for flag in demande.urgences if flag["motif"] == urgence.motif), {})
    flagged = {
        "motif": urgence.motif,
        "date": today.isoformat(),
        "texte": urgence.texte.strip()[:2000],
        # Told again without a proof, it keeps the one that was there.
        "preuve": urgence.preuve.key if urgence.preuve else before.get("preuve", ""),
        "media_type": urgence.preuve.media_type if urgence.preuve else before.get("media_type", ""),
        "par": who.subject,
    }
    kept = [flag for flag in demande.urgences if flag is not before][-URGENCES_MAX + 1 :]
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet=envoi.URGENCE)
    fact = Fact("deposit.demande.modifiee", changed, by=who.subject, private={"urgence": flagged})
    demande.urgences = [*kept, flagged]
    envois.note(demande, envoi.URGENCE, today)
    done = outbox.update(demande, fact, request_id=request_id)
    effets.follow(done.id)
    return done
