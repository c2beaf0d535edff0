"""« Ce n'est pas moi qui ai déposé »: set aside at any state before the handing over, and given back (DEP-07).

Whoever holds an open session may be who filed it, or who wants her own filing gone: she proves again that it is she,
is told by every way, and can take it back. An agent reads what she says, in a queue.
"""

from __future__ import annotations

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from sejour.deposit.v1 import events_pb2
from services.deposit.compte import inputs
from services.deposit.compte.actions import presence
from services.deposit.dossier.actions.acces import SYSTEME, access_demande
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Arret, Demande
from services.deposit.droits.actions import settle, suspensions

ARRET = "repudiation"


def repudiate(demande_id: str, said: inputs.Repudiation, who: Who, *, request_id: str) -> Demande:
    """She sets it aside, once she has proved who she is. Raises Refused(PREUVE_EXIGEE)."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    etats.may_become(demande.state, etats.REPUDIEE).or_refuse()
    presence.prove(demande.usager_id, said.preuve, who, request_id=f"{request_id}:preuve")
    return set_aside(demande_id, said.texte, by=who.subject, request_id=request_id)


def reclaim(demande_id: str, said: inputs.Presence, who: Who, *, request_id: str) -> Demande:
    """« C'est bien ma demande »: it goes on where it was, and no day that it was set aside counts against her."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    etats.may_restore(demande.state, demande.repudiation.get("avant", "")).or_refuse()
    presence.prove(demande.usager_id, said.preuve, who, request_id=f"{request_id}:preuve")
    return give_back(demande_id, by=who.subject, request_id=request_id)


@outbox.retry_conflicts
def set_aside(demande_id: str, texte: str, *, by: str, request_id: str) -> Demande:
    """No refusal, nothing counted against her, her clocks stopped; for who has established whose it is."""
    demande = access_demande(demande_id, SYSTEME)
    if outbox.already(demande, request_id):
        return demande
    today, before = clock.today(), demande.state
    settle.become(demande, etats.REPUDIEE, today)
    demande.repudiation = {"avant": before, "jour": today.isoformat(), "texte": texte, "par": by}
    demande.arrets = [*demande.arrets, Arret(cle=f"{ARRET}:{today}", cause=suspensions.MISE_DE_COTE, debut_date=today)]
    fact = _fact(demande, "REPUDIEE", by, texte)
    notice = notice_fact(demande, "demande_repudiee", {"jour": today.isoformat()})
    return settle.write(demande, fact, notice, request_id=request_id, today=today, by=by)


@outbox.retry_conflicts
def examine(demande_id: str, texte: str, who: Who, *, request_id: str) -> Demande:
    """An agent has read what she says and done what follows from it: it leaves his queue."""
    demande = access_demande(demande_id, who, acces.INSTRUIRE)
    if outbox.already(demande, request_id):
        return demande
    seen = {"examinee": clock.today().isoformat(), "examinee_par": who.subject, "suite": texte}
    demande.repudiation = {**demande.repudiation, **seen}
    return outbox.update(demande, _fact(demande, "REPUDIATION_EXAMINEE", who.subject, texte), request_id=request_id)


@outbox.retry_conflicts
def give_back(demande_id: str, *, by: str, request_id: str) -> Demande:
    """It goes on where it was; for who has established that it is hers."""
    demande = access_demande(demande_id, SYSTEME)
    if outbox.already(demande, request_id):
        return demande
    before = demande.repudiation.get("avant", "")
    etats.may_restore(demande.state, before).or_refuse()
    today = clock.today()
    demande.state, demande.state_date = before, today
    demande.repudiation = {}
    for stop in demande.arrets:
        if stop.cle.startswith(ARRET) and stop.fin_date is None:
            stop.fin_date = today
    notice = notice_fact(demande, "demande_reconnue", {"jour": today.isoformat()})
    fact = _fact(demande, "RECONNUE", by, "")
    return settle.write(demande, fact, notice, request_id=request_id, today=today, by=by)


def _fact(demande: Demande, objet: str, by: str, texte: str) -> Fact:
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet=objet)
    return Fact("deposit.demande.modifiee", changed, by=by, private={"texte": texte})
