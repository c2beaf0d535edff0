"""The préfecture's own view of a demande, written with it: an agent can read what a person is told (DEP-29)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, event_log, logs, messages, mongo, outbox
from chassis.outbox import Beside, Entry, Fact
from droit.jours import day_in_words
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import acces, envois, issues
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import etats
from services.deposit.dossier.rules.envois import DEPOT, ENVOIS
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Structure
from services.deposit.droits.actions import attestations, ruptures
from services.deposit.droits.rules import file_attente as rules
from services.deposit.droits.rules.file_attente import Situation
from services.deposit.droits.store import Ligne


@dataclass(frozen=True)
class Recu:
    """Something that came from the person: its code, its day, the fact that says it."""

    code: str
    jour: date
    event_id: str


def write(demande: Demande, *entries: Entry, request_id: str = "", today: date, registered: bool = False) -> Demande:
    """Writes a demande, its line in the queue and its ruptures at once, with the receipt of what came from the person.
    `registered`: by an agent of the préfecture who instructs. A draft has no line.

    A line that cannot be made never holds back what a person does: it is then written without, the comparison of both
    views counts it, and she gets her receipt once it is there.
    """
    values = _line_values(demande) if demande.depot_date is not None else None
    if values is None:
        return outbox.update(demande, *entries, request_id=request_id)
    told = (*entries, *_to_helpers(demande), *_receipt(demande, entries, today))
    demande.vue_state = demande.state
    version = outbox.version_after(demande, told)
    # What an older application had already registered was not registered late by this one (DEP-64).
    received = (demande.depot_date if demande.origine else today).isoformat()
    first = {"recue_date": received} | ({"enregistree_date": received} if demande.origine or registered else {})
    line = Beside(Ligne, demande.id, values | {"version": version}, first)
    return outbox.update(demande, *told, request_id=request_id, beside=(line, *ruptures.rows(demande, version)))


def _line_values(demande: Demande) -> dict[str, Any] | None:
    try:
        return _values(demande)
    except Exception as error:
        logs.get().error("deposit.vue.failed", demande=demande.id, error=type(error).__name__, exc_info=True)
        return None


def _receipt(demande: Demande, written: Sequence[Entry], today: date) -> tuple[Entry, ...]:
    """The receipt of what came from the person since the view last confirmed something, and with this write; none when
    nothing did.
    """
    if dict(demande.envois) == dict(demande.vue_envois):
        return ()
    sent = [*_sent_before(demande, written), *_sent_now(demande, written, today)]
    demande.vue_envois = dict(demande.envois)
    if not sent:
        return ()
    lines = [f"{ENVOIS[one.code].nom} du {day_in_words(one.jour)}" for one in sent]
    confirmed = events_pb2.ReceptionConfirmee(demande_id=demande.id, demande_version=demande.version)
    facts = (
        Fact("deposit.reception.confirmee", confirmed, private={"recus": [one.event_id for one in sent]}),
        notice_fact(demande, "reception_confirmee", {"recus": lines, "reception_date": today.isoformat()}),
    )
    demande.vue_version = outbox.version_after(demande, (*written, *facts))
    return facts


def _sent_now(demande: Demande, written: Sequence[Entry], today: date) -> Iterator[Recu]:
    for entry in written:
        if isinstance(entry, Fact):
            code = envois.code_of({"subject": entry.subject, "payload": entry.message.SerializeToString()})
            if _is_from_person(demande, code, entry.by):
                yield Recu(code, today, entry.event_id)


def _sent_before(demande: Demande, written: Sequence[Entry]) -> Iterator[Recu]:
    # Of a draft nothing was sent.
    if not demande.vue_version and any(isinstance(e, Fact) and e.subject == envois.DEPOSEE for e in written):
        return
    for fact in event_log.history_of(demande, mongo.database(ALIAS), demande.vue_version):
        if _is_from_person(demande, code := envois.code_of(fact), fact["by"]):
            yield Recu(code, date.fromisoformat(fact["day"]), fact["_id"])


def _is_from_person(demande: Demande, code: str, by: str) -> bool:
    """Whether it is something sent by the person or her helper; a filing by another channel was brought for her too."""
    hers = not by.startswith(("systeme", "agent")) or (code == DEPOT and not demande.origine)
    return code in ENVOIS and hers


def _to_helpers(demande: Demande) -> Iterable[Entry]:
    """Structures with a mandate in force learn each new state: a state and a reference, nothing else (XCT-06)."""
    if demande.vue_state == demande.state:
        return
    ids = [mandate.structure_id for mandate in acces.mandates(demande)]
    for structure in Structure.objects(id__in=ids, active=True, courriel__gt="") if ids else ():
        champs = {"reference": demande.reference, "phrase": issues.phrase(demande).phrase}
        told = messages.Notice(structure.id, demande.parcours_id, "aidant_suivi", champs, demande_id=demande.id)
        yield messages.fact(ALIAS, told)


def _values(demande: Demande) -> dict[str, Any]:
    situation, reasons = reasons_of(demande)
    ends = None if situation.droit_sans_fin else situation.droit_fin
    return {
        "usager_id": demande.usager_id,
        "reference": demande.reference,
        "libelle": demande.libelle,
        "titre_code": demande.titre_code,
        "prefecture": demande.prefecture,
        "state": demande.state,
        "avant_date": reasons[0].avant.isoformat(),
        "ordre": rules.order(reasons),
        "raisons": [{"code": r.code, "phrase": r.phrase, "date": r.avant.isoformat()} for r in reasons],
        "accompagne": demande.accompagne,
        "filtres": list(rules.tags(situation)),
        "envois": dict(demande.envois),
        "droit_fin_date": ends.isoformat() if ends else "",
        "depot_date": demande.depot_date.isoformat(),
        "retenue_date": demande.retenue_date.isoformat(),
        "decision_date": demande.decision_date.isoformat() if demande.decision_date else "",
    }


def reasons_of(demande: Demande) -> tuple[Situation, tuple[rules.Raison, ...]]:
    """Why a demande is where it is in the queue."""
    request = next((r for r in demande.demandes_pieces if r.depassee and r.repondue_date is None), None)
    proofs = [a for a in demande.documents if attestations.proves(a)]
    extended = [a.fin_date for a in demande.documents if a.regime == "AD" and a.fin_date]
    ends = [a.fin_date for a in proofs if a.fin_date] + extended + [d for d in [demande.fin_titre_date] if d]
    # An older release kept no day.
    asked = demande.renouvellement_date or demande.state_date
    situation = Situation(
        # A yes that holds at once waits for nobody.
        state=etats.REMISE if demande.state == etats.FAVORABLE and not issues.gives_card(demande) else demande.state,
        retenue=demande.retenue_date,
        droit_fin=max(ends) if ends else None,
        droit_sans_fin=any(a.fin_date is None for a in proofs),
        urgences=rules.read_urgences(demande.urgences),
        renouvellement_demande=asked if demande.renouvellement_demande else None,
        echeance_depassee=(request.echeance_date or request.demande_date) if request else None,
        incoherences=len(demande.incoherences),
        fantome=bool(demande.origine.get("fantome")),
        reprise_a_verifier=_unverified(demande),
        rupture=ruptures.urgent(demande),
        titre_non_recu=_not_received(demande),
        urgence_dite=demande.depot_date if rules.says_urgent(str(demande.reponses.get("urgence", ""))) else None,
        a_lire=tuple((waiting["code"], date.fromisoformat(waiting["date"])) for waiting in demande.a_lire),
        attentes=rules.read_attentes(demande.attentes),
        repudiee=_set_aside(demande),
    )
    return situation, rules.reasons(
        situation,
        delai_jours=cadre().number("P-DELAI", clock.today()),
        lecture_jours=cadre().number("P-LIRE", clock.today()),
    )


def _unverified(demande: Demande) -> bool:
    """Whether it was taken over alive, and nobody has said that it is complete or what it lacks."""
    taken = bool(demande.origine) and not demande.origine.get("fantome")
    return taken and demande.state == etats.DEPOSEE and demande.completude_date is None


def _not_received(demande: Demande) -> date | None:
    """The day of her « non », while the title still waits."""
    said = demande.remise_reponse or {}
    waiting = demande.state in (etats.FAVORABLE, etats.TITRE_PRET)
    return date.fromisoformat(said["date"]) if waiting and said and not said["recu"] else None


def _set_aside(demande: Demande) -> date | None:
    """The day on which she said that it is not hers, until an agent has looked at it."""
    said = demande.repudiation
    waiting = demande.state == etats.REPUDIEE and said and not said.get("examinee")
    return date.fromisoformat(said["jour"]) if waiting else None
