"""What became of a sending: handed, delivered, read or failed; a proof keeps its date and never goes backwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from chassis import clock, due, logs, outbox
from chassis.mongo import find
from chassis.outbox import Fact
from droit.catalogue import catalogue
from droit.dates import Position
from sejour.notify.v1 import events_pb2
from services.notify import mesures, rules, store, textes
from services.notify.actions import contacts
from services.notify.moyens import Moyens
from services.notify.store import Envoi, Message
from services.notify.store.watch import announce_work

SANS_PREUVE, TROP_TARD = "SANS_PREUVE", "TROP_TARD"
NON_CONFIRME, ADRESSE_ABSENTE = "VOIE_NON_CONFIRMEE", "ADRESSE_ABSENTE"


@dataclass(frozen=True)
class Accord:
    """What the carrier answered when it took a sending, for which address, whether the words were neutral, and whether
    an act depends on them.
    """

    preuve: dict[str, Any]
    adresse: list[str]
    neutre: bool
    acte_attendu: bool


@dataclass(frozen=True)
class Remis:
    """A sending that its carrier took, as it was claimed; `wait`: when it gives way without proof."""

    envoi: Envoi
    accord: Accord
    wait: timedelta | None
    time: datetime


def mark_all_remis(taken: Sequence[Remis]) -> None:
    """Carriers took these: it is not delivery. What nobody waits to be told is written in one command."""
    alone = {each.envoi.id: each for each in taken if each.envoi.suivi}
    others = [each for each in taken if not each.envoi.suivi]
    if others:
        changed = store.keep_remis([(each.envoi, _as_written(each)) for each in others])
        # A proof came before the answer of the carrier, or another hand was there: it is read again, and decided.
        alone |= {each.envoi.id: each for each in others if each.envoi in changed}
        for each in others:
            if each.envoi.id not in alone:
                _count(each.envoi, rules.REMIS)
                _measure(each)
    for each in alone.values():
        mark_remis(each)


def mark_remis(taken: Remis) -> Envoi:
    """The carrier took it. A proof that came before this answer stays the state."""
    return _from_hand(taken.envoi, lambda each: _hand_over(each, taken))


def _as_written(taken: Remis) -> dict[str, Any]:
    accord, wait = taken.accord, taken.wait
    values = {
        "state": rules.REMIS,
        "remis_time": taken.time,
        "adresse": accord.adresse,
        "neutre": accord.neutre,
        "suite_time": taken.time + wait if wait else None,
        "bail_time": None,
    }
    if not accord.acte_attendu:
        # Handed, it gives way to nothing, whatever its carrier says or does not say.
        values |= {"echeances": [], "next_due_date": None}
    return {"$set": values, "$push": {"preuves": _proof("remis", accord.preuve)}}


def _hand_over(envoi: Envoi, taken: Remis) -> Envoi:
    accord, wait = taken.accord, taken.wait
    kept: dict[str, Any] = {"set__adresse": accord.adresse, "set__neutre": accord.neutre, "set__bail_time": None}
    if not rules.follows(envoi.state, rules.REMIS):
        proof = _proof("remis", accord.preuve)
        return outbox.apply_operators(
            envoi, push__preuves=proof, set__remis_time=taken.time, set__suite_time=None, **kept
        )
    _measure(taken)
    if not accord.acte_attendu:
        kept |= _without_repli(envoi)
    return _move(envoi, rules.REMIS, accord.preuve, set__suite_time=taken.time + wait if wait else None, **kept)


def _measure(taken: Remis) -> None:
    mesures.delai_remise.labels(taken.envoi.canal).observe((taken.time - taken.envoi.cree_time).total_seconds())


def mark_poste(envoi: Envoi, day: date, preuve: dict[str, Any], *, request_id: str, by: str) -> Envoi:
    """A letter was handed to the post on `day`. Conflict leaves to the caller, who decides again."""
    kept = {"set__poste_date": day, **_without_repli(envoi)}
    proof = preuve | {"poste_date": day.isoformat()}
    return _move(envoi, rules.REMIS, proof, by=by, genre="poste", request_id=request_id, **kept)


def mark_delivre(envoi: Envoi | str, preuve: dict[str, Any], by: str = "systeme") -> Envoi:
    """The carrier says that the message reached the person; a repeat adds nothing."""
    return _reach(envoi, rules.DELIVRE, preuve, by=by, set__cause="")


def mark_lu(envoi: Envoi | str, preuve: dict[str, Any], by: str = "systeme") -> Envoi:
    """The link was opened or the call answered; a repeat adds nothing."""
    return _reach(envoi, rules.LU, preuve, by=by, set__cause="")


def mark_echec(envoi: Envoi | str, cause: str, *, definitif: bool, by: str = "systeme") -> Envoi:
    """The sending failed: the next worker that claims it looks for the next way at once (NOT-06)."""
    kept = {"set__cause": cause, "set__definitif": definitif, "set__suite_time": clock.now(), "set__bail_time": None}
    failed = _reach(envoi, rules.ECHEC, {"cause": cause}, by=by, **kept)
    announce_work()
    return failed


def _reach(envoi: Envoi | str, state: str, preuve: dict[str, Any], *, by: str, **kept: Any) -> Envoi:
    def step(each: Envoi) -> Envoi:
        if not rules.follows(each.state, state):
            return each
        return _move(each, state, preuve, by=by, **kept, **_without_repli(each))

    return _from_hand(envoi, step)


def _from_hand(envoi: Envoi | str, step: Callable[[Envoi], Envoi]) -> Envoi:
    """Takes the step from the sending given; loads it when only its identifier is, or when it has changed meanwhile."""
    if isinstance(envoi, Envoi):
        try:
            return step(envoi)
        except outbox.Conflict:
            envoi = str(envoi.id)
    return _loaded(envoi, step)


@outbox.retry_conflicts
def _loaded(envoi_id: str, step: Callable[[Envoi], Envoi]) -> Envoi:
    return step(load(envoi_id))


def _move(envoi: Envoi, state: str, preuve: dict[str, Any], *, by: str = "systeme", **kept: Any) -> Envoi:
    """Writes the new state with its date, its proof and its fact."""
    kept.setdefault("set__suite_time", None)
    kept["push__preuves"] = _proof(kept.pop("genre", state.lower()), preuve)
    kept[f"set__{state.lower()}_time"] = clock.now()
    _count(envoi, state)
    # That it was handed or delivered is told to a service that waits for it: most only ask, when somebody looks.
    told = envoi.suivi or state in (rules.LU, rules.ECHEC)
    fact = _fact(envoi, state, by, definitif=kept.get("set__definitif", False), cause=preuve.get("cause", ""))
    return outbox.apply_operators(envoi, *([fact] if told else []), set__state=state, **kept)


def _fact(envoi: Envoi, state: str, by: str, *, definitif: bool, cause: str) -> Fact:
    names = {"envoi_id": envoi.id, "message_id": envoi.message_id, "canal": contacts.NUMBER_OF_CANAL[envoi.canal]}
    if state == rules.REMIS:
        return Fact("notify.envoi.remis", events_pb2.EnvoiRemis(**names), by=by)
    if state == rules.DELIVRE:
        return Fact("notify.envoi.delivre", events_pb2.EnvoiDelivre(**names), by=by)
    if state == rules.LU:
        return Fact("notify.envoi.lu", events_pb2.EnvoiLu(**names), by=by)
    failed = {
        "cause": cause,
        "destinataire_id": envoi.destinataire_id,
        "definitif": definitif,
        "modele": envoi.modele,
    }
    return Fact("notify.envoi.echec", events_pb2.EnvoiEchoue(**names, **failed), by=by)


@outbox.retry_conflicts
def withdraw(envoi_id: str, by: str = "systeme") -> Envoi:
    """Cancels a sending: its message was withdrawn, or reached the person by another way."""
    envoi = load(envoi_id)
    if not rules.follows(envoi.state, rules.ANNULE):
        return outbox.apply_operators(envoi, set__suite_time=None, set__bail_time=None)
    _count(envoi, rules.ANNULE)
    return outbox.apply_operators(
        envoi,
        push__preuves=_proof("annule", {"par": by}),
        set__state=rules.ANNULE,
        set__suite_time=None,
        set__bail_time=None,
        **_without_repli(envoi),
    )


def follow_failure(envoi: Envoi) -> None:
    """Opens the next way after a failure, or says that nobody was reached; run again, it changes nothing more."""
    _open_next(envoi.message_id, envoi.id)
    let_go(envoi.id)


@outbox.retry_conflicts
def _open_next(message_id: str, envoi_id: str) -> None:
    message: Message = Message.objects(id=message_id).first()
    failed = load(envoi_id)
    step = f"repli:{envoi_id}"
    if message.state != rules.PLANIFIE or failed.essai != message.tour or outbox.already(message, step):
        return
    others = [envoi for envoi in store.envois_of([message_id]) if envoi.essai == message.tour]
    under_way = {envoi.canal for envoi in others if _is_under_way(envoi) and envoi.id != envoi_id}
    if under_way - {rules.ACCUEIL}:
        # Another way is under way or has arrived: its own end will decide.
        return
    contact = contacts.find(message.destinataire_id)
    tried = {envoi.canal for envoi in others} | set(message.a_ouvrir)
    order = contacts.ways(contact) if contact is not None and not contact.efface else ()
    own = [canal for canal in order if canal != rules.ACCUEIL]
    following = rules.next_way(own, tried, definitif=failed.definitif, acte_attendu=message.acte_attendu)
    if following is None and under_way:
        # Her reception point still has it to tell.
        return
    if following is not None:
        mesures.replis.labels(failed.canal, following).inc()
        outbox.apply_operators(
            message, request_id=step, set__a_ouvrir=[*message.a_ouvrir, following], set__suite_time=clock.now()
        )
        announce_work()
        return
    never_left = not order and failed.cause in (ADRESSE_ABSENTE, NON_CONFIRME)
    say_non_recu(message, rules.AUCUNE_VOIE if never_left else "AUCUNE_AUTRE_VOIE", step)


def _is_under_way(envoi: Envoi) -> bool:
    """Whether this way may still reach her, or has; one that gave no proof in time decides nothing any more."""
    handed = envoi.state == rules.REMIS and envoi.cause != SANS_PREUVE
    return handed or envoi.state in (rules.A_REMETTRE, rules.DELIVRE, rules.LU)


def say_non_recu(message: Message, cause: str, step: str, **kept: Any) -> Message:
    """No way reached the person: what depended on it is blocked (NOT-06).

    Given up for want of a way it is looked at once more, later: a way that came while this was decided found nothing to
    take up.
    """
    mesures.messages.labels(rules.NON_RECU).inc()
    fact = events_pb2.MessageNonRecu(
        message_id=message.id,
        destinataire_id=message.destinataire_id,
        demande_id=message.demande_id,
        acte_attendu=message.acte_attendu,
        modele=message.modele,
    )
    once_more = clock.now() if cause == rules.AUCUNE_VOIE else None
    given_up = outbox.apply_operators(
        message,
        Fact("notify.message.non_recu", fact),
        request_id=step,
        set__state=rules.NON_RECU,
        set__cause=cause,
        set__suite_time=once_more,
        set__bail_time=None,
        **kept,
    )
    if once_more is not None:
        announce_work()
    return given_up


def give_way(envoi_id: str) -> None:
    """A sending that did not leave in time has failed; one that left without proof gives way where an act depends."""
    envoi = load(envoi_id)
    if envoi.state == rules.A_REMETTRE:
        mark_echec(envoi_id, TROP_TARD, definitif=False)
    elif envoi.state != rules.REMIS:
        let_go(envoi_id)
    elif find(Message, id=envoi.message_id, acte_attendu=True) is None:
        # It may well have been read, and nothing depends on it: nothing more is claimed about it.
        _forget_repli(envoi_id)
    else:
        _note_silence(envoi_id)
        _open_next(envoi.message_id, envoi_id)
        let_go(envoi_id)


@outbox.retry_conflicts
def _note_silence(envoi_id: str) -> None:
    """No proof came in time, as from most carriers: it stays handed, and other services know that it is unsure."""
    envoi = load(envoi_id)
    if envoi.state == rules.REMIS and envoi.cause != SANS_PREUVE:
        fact = _fact(envoi, rules.ECHEC, "systeme", definitif=False, cause=SANS_PREUVE)
        proof = _proof("silence", {"cause": SANS_PREUVE})
        # Due until the next way is open: a worker that dies here is followed by another.
        outbox.apply_operators(
            envoi, fact, push__preuves=proof, set__cause=SANS_PREUVE, set__suite_time=clock.now(), set__bail_time=None
        )


def fall_back(envoi_id: str, due_day: date, today: date) -> None:
    """The day to give way has come (legal clock)."""
    envoi = load(envoi_id)
    posted = envoi.canal not in rules.IMMEDIATS and envoi.state == rules.REMIS
    if posted:
        # A posted letter gives no proof by itself: only its return says that it failed.
        _forget_repli(envoi_id)
        return
    give_way(envoi_id)
    _forget_repli(envoi_id)


def repli_after(modele: str, moyens: Moyens) -> timedelta | None:
    """After how long a sending of this template gives way without proof, for the few that cannot wait for days."""
    line = textes.table().get(modele)
    if line is None or not line.repli:
        return None
    position = Position(moyens.settings.regles)
    return timedelta(minutes=catalogue().national.number(line.repli, clock.today(), position))


def load(envoi_id: str) -> Envoi:
    """A sending that is known to exist."""
    envoi = find(Envoi, id=envoi_id)
    assert envoi is not None, envoi_id
    return envoi


@outbox.retry_conflicts
def let_go(envoi_id: str) -> None:
    """Nothing more to do for this sending until something happens to it."""
    outbox.apply_operators(load(envoi_id), set__suite_time=None, set__bail_time=None)


@outbox.retry_conflicts
def _forget_repli(envoi_id: str) -> None:
    envoi = load(envoi_id)
    if envoi.next_due_date is not None or (envoi.suite_time is not None and envoi.state == rules.REMIS):
        still = None if envoi.state == rules.REMIS else envoi.suite_time
        outbox.apply_operators(envoi, set__suite_time=still, set__bail_time=None, **_without_repli(envoi))


def _without_repli(envoi: Envoi) -> dict[str, Any]:
    """The operators that forget the day of giving way."""
    due.plan(envoi, repli=None)
    return {"set__due_dates": list(envoi.due_dates), "set__next_due_date": envoi.next_due_date}


def _proof(kind: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {"genre": kind, "time": clock.now(), "day": clock.today().isoformat(), **detail}


def _count(envoi: Envoi, state: str) -> None:
    mesures.envois.labels(envoi.canal, state).inc()
    logs.get().info("envoi.state", envoi=envoi.id, canal=envoi.canal, state=state)
