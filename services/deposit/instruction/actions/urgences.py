"""An urgency is flagged, with its proof, by the person, her helper or an agent; the queue moves at once (DEP-60)."""

from __future__ import annotations

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.files import Stored
from chassis.web.who import AGENT, Who
from droit.decision import Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import file_attente
from services.deposit.instruction.rules import file_attente as rules

MOTIFS = rules.MOTIFS
URGENCES_MAX = 20


@outbox.retry_conflicts
def flag(demande_id: str, motif: str, texte: str, preuve: Stored | None, who: Who, *, request_id: str) -> Demande:
    """Flags an urgency on a demande under way. An agent needs the power to instruct, a person or a helper to act."""
    demande = access_demande(demande_id, who, acces.INSTRUIRE if who.kind == AGENT else acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    rules.may_flag(motif, texte, preuve is not None).or_refuse()
    if demande.state not in (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET):
        raise Refused(etats.ETAT_IMPOSSIBLE)
    today = clock.today()
    flagged = {
        "motif": motif,
        "date": today.isoformat(),
        "texte": texte.strip()[:2000],
        "preuve": preuve.key if preuve else "",
        "media_type": preuve.media_type if preuve else "",
        "par": who.subject,
    }
    kept = [flag for flag in demande.urgences if flag["motif"] != motif][-URGENCES_MAX + 1 :]
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="URGENCE_SIGNALEE")
    fact = Fact("deposit.demande.modifiee", changed, by=who.subject, private={"urgence": flagged})
    demande.urgences = [*kept, flagged]
    done = outbox.update(demande, fact, request_id=request_id)
    file_attente.project(done.id)
    return done
