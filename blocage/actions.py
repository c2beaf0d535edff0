"""The verbs of a blocage: record without asking anyone, then diagnose, lift, attest, open a route, resolve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from google.protobuf.message import Message

from blocage import rules
from blocage.store import BlocageBase
from chassis import clock, messages, outbox
from chassis.mongo import alias_of
from chassis.outbox import Entry, Fact
from droit.decision import Refused
from personne.joindre import Joignable, publish
from personne.reference import new_reference, read_reference
from sejour.blocage.v1 import blocage_pb2

B = TypeVar("B", bound=BlocageBase)

TENTATIVES_KEPT = 50
ATTEMPTS = 5


@dataclass(frozen=True)
class Constat:
    """What was met. `jour` is the legal day; `premiere_tentative` an earlier day where one is known.

    `joignable` is how somebody without account is reached; with `voies`, we send her the reference and these ways.
    """

    parcours_id: str
    symptome: int
    prefecture: str
    jour: date
    par: str
    preuves: tuple[int, ...] = (blocage_pb2.PREUVE_SYSTEME,)
    usager_id: str = ""
    demande_id: str = ""
    titre_code: str = ""
    demarche_code: str = ""
    contact_id: str = ""
    premiere_tentative: date | None = None
    fin_droit: date | None = None
    page: str = ""
    precis: str = ""
    navigateur: str = ""
    capture: str = ""
    objection: bool = False
    joignable: Joignable = field(default_factory=Joignable)
    voies: Sequence[str] | None = None


def record(document: type[B], constat: Constat, *, request_id: str) -> B:
    """Records that an act cannot be done, at once and without asking anyone; gives the reference to tell.

    The same person met by the same symptom on the same thing again gets the same blocage, with one more attempt.
    """
    for _ in range(ATTEMPTS):
        already_open = _open_like(document, constat)
        if already_open is not None:
            return _add_tentative(already_open, constat, request_id)
        try:
            return _open(document, constat, request_id)
        except outbox.Duplicate:
            # The same blocage was recorded at the same moment, or the reference is taken: look again.
            continue
    raise outbox.Conflict(f"blocage of {constat.parcours_id}")


def _open(document: type[B], constat: Constat, request_id: str) -> B:
    first = min(filter(None, (constat.premiere_tentative, constat.jour)))
    reached = constat.parcours_id if constat.joignable.somehow else ""
    blocage = document(
        id=outbox.id_for(request_id, "blocage"),
        parcours_id=constat.parcours_id,
        reference=new_reference("B"),
        objet_ouvert=_objet(constat),
        symptome=constat.symptome,
        preuves=list(constat.preuves),
        tentatives=[constat.jour.isoformat()],
        premiere_tentative_date=first,
        constat_date=constat.jour,
        rencontre_time=clock.now(),
        fin_droit_date=constat.fin_droit,
        usager_id=constat.usager_id,
        demande_id=constat.demande_id,
        titre_code=constat.titre_code,
        demarche_code=constat.demarche_code,
        prefecture=constat.prefecture,
        contact_id=constat.contact_id or constat.usager_id or reached,
        constat_par=constat.par,
        page=constat.page[:200],
        precis=constat.precis[: rules.PRECIS_MAX],
        navigateur=constat.navigateur[:300],
        capture=constat.capture,
        objection=constat.objection,
    )
    return outbox.insert(
        blocage,
        Fact(_subject(document, "constate"), _constate(blocage), by=constat.par),
        *_contact_and_message(blocage, constat),
        request_id=request_id,
    )


def _contact_and_message(blocage: BlocageBase, constat: Constat) -> tuple[Entry, ...]:
    """For who has no account: how she is reached and, where this service writes to her, her reference with the ways."""
    if blocage.contact_id != blocage.parcours_id:
        return ()
    entries = publish(blocage.contact_id, constat.joignable)
    if constat.voies is None:
        return entries
    champs = {"reference": blocage.reference, "voies": list(constat.voies)}
    notice = messages.Notice(blocage.contact_id, blocage.parcours_id, "blocage_constate", champs)
    return (*entries, messages.fact(alias_of(type(blocage)), notice, by=constat.par))


def diagnose(document: type[B], blocage_id: str, anomalie_code: str, *, by: str, request_id: str) -> B:
    """Records the cause that was found: a known fault of the register, or none."""
    message = blocage_pb2.BlocageDiagnostique(blocage_id=blocage_id, anomalie_code=anomalie_code)
    return _become(
        document, blocage_id, rules.DIAGNOSTIQUE, message, _Act(by, request_id, {"anomalie_code": anomalie_code})
    )


def lift(document: type[B], blocage_id: str, *, by: str, request_id: str) -> B:
    """Records that the act can be done again; the clocks start again from here."""
    day = clock.today()
    blocage = access(document, blocage_id)
    message = blocage_pb2.BlocageLeve(blocage_id=blocage_id, levee_date=day.isoformat(), demande_id=blocage.demande_id)
    return _become(document, blocage_id, rules.LEVE, message, _Act(by, request_id, {"fin_date": day}))


def attest(
    document: type[B],
    blocage_id: str,
    numero: str,
    *,
    automatique: bool,
    by: str,
    request_id: str,
    entries: tuple[Entry, ...] = (),
) -> B:
    """Records that a written attestation was given, by an agent or by the system at P-ATT."""
    message = blocage_pb2.BlocageAtteste(
        blocage_id=blocage_id,
        attestation_numero=numero,
        attestation_date=clock.today().isoformat(),
        automatique=automatique,
    )
    return _become(
        document, blocage_id, rules.ATTESTE, message, _Act(by, request_id, {"attestation_numero": numero}, entries)
    )


def open_voie(document: type[B], blocage_id: str, voie_id: str, *, by: str, request_id: str) -> B:
    """Records that a route outside the téléservice is open."""
    message = blocage_pb2.BlocageVoieOuverte(
        blocage_id=blocage_id, voie_id=voie_id, ouverture_date=clock.today().isoformat()
    )
    return _become(document, blocage_id, rules.VOIE_OUVERTE, message, _Act(by, request_id, {"voie_id": voie_id}))


def resolve(document: type[B], blocage_id: str, *, by: str, request_id: str) -> B:
    """Records that the person has been able to do the act, by one way or another."""
    day = clock.today()
    blocage = access(document, blocage_id)
    message = blocage_pb2.BlocageResolu(
        blocage_id=blocage_id, resolution_date=day.isoformat(), demande_id=blocage.demande_id
    )
    return _become(document, blocage_id, rules.RESOLU, message, _Act(by, request_id, {"fin_date": day}))


@outbox.retry_conflicts
def attach(document: type[B], blocage_id: str, person: tuple[str, str], *, by: str, request_id: str) -> B:
    """Publishes the same constat again, now with its person (usager, demande): her dates are protected (DEP-25)."""
    blocage = access(document, blocage_id)
    usager_id, demande_id = person
    if outbox.already(blocage, request_id) or blocage.usager_id == usager_id:
        return blocage
    blocage.usager_id, blocage.demande_id = usager_id, demande_id or blocage.demande_id
    fact = Fact(_subject(document, "constate"), _constate(blocage), by=by)
    return outbox.update(blocage, fact, request_id=request_id)


@outbox.retry_conflicts
def object_to_copy(document: type[B], blocage_id: str, *, by: str, request_id: str) -> B:
    """Publishes the constat again: its person does not want her préfecture to see it (CCC-14)."""
    blocage = access(document, blocage_id)
    if outbox.already(blocage, request_id) or blocage.objection:
        return blocage
    blocage.objection = True
    return outbox.update(
        blocage, Fact(_subject(document, "constate"), _constate(blocage), by=by), request_id=request_id
    )


def access(document: type[B], blocage_id: str) -> B:
    """The blocage of this identifier. Raises Refused(BLOCAGE_INCONNU)."""
    found: B | None = document.objects(id=blocage_id).first()
    if found is None:
        raise Refused(rules.BLOCAGE_INCONNU)
    return found


def by_reference(document: type[B], reference: str) -> B | None:
    """The blocage of this reference, typed with or without dashes, in any case."""
    found: B | None = document.objects(reference=read_reference(reference, "B")).first()
    return found


@dataclass(frozen=True)
class _Act:
    by: str
    request_id: str
    values: dict[str, Any]
    entries: tuple[Entry, ...] = ()


@outbox.retry_conflicts
def _become(document: type[B], blocage_id: str, state: str, message: Message, act: _Act) -> B:
    blocage = access(document, blocage_id)
    if outbox.already(blocage, act.request_id) or blocage.state == state:
        return blocage
    rules.may_become(blocage.state, state).or_refuse()
    verb = {
        rules.DIAGNOSTIQUE: "diagnostique",
        rules.LEVE: "leve",
        rules.ATTESTE: "atteste",
        rules.VOIE_OUVERTE: "voie_ouverte",
    }
    fact = Fact(_subject(document, verb.get(state, "resolu")), message, by=act.by)
    blocage.state = state
    for name, value in act.values.items():
        setattr(blocage, name, value)
    if state not in rules.OPEN_STATES:
        blocage.objet_ouvert = ""
    return outbox.update(blocage, fact, *act.entries, request_id=act.request_id)


@outbox.retry_conflicts
def _add_tentative(already_open: B, constat: Constat, request_id: str) -> B:
    blocage = access(type(already_open), already_open.id)
    if outbox.already(blocage, request_id):
        return blocage
    blocage.tentatives = [*blocage.tentatives, constat.jour.isoformat()][-TENTATIVES_KEPT:]
    blocage.preuves = sorted({*blocage.preuves, *constat.preuves})
    blocage.rencontre_time = clock.now()
    return outbox.update(blocage, *_contact_and_message(blocage, constat), request_id=request_id)


def _objet(constat: Constat) -> str:
    """The key that makes two constats the same: the person, the symptom, and what she was doing."""
    thing = (constat.demande_id, constat.titre_code, constat.demarche_code)
    return "|".join((constat.parcours_id, str(constat.symptome), *thing))


def _open_like(document: type[B], constat: Constat) -> B | None:
    found: B | None = document.objects(objet_ouvert=_objet(constat)).first()
    return found


def _subject(document: type[BlocageBase], verb: str) -> str:
    return f"{alias_of(document)}.blocage.{verb}"


def _constate(blocage: BlocageBase) -> blocage_pb2.BlocageConstate:
    return blocage_pb2.BlocageConstate(
        blocage_id=blocage.id,
        reference=blocage.reference,
        parcours_id=blocage.parcours_id,
        usager_id=blocage.usager_id,
        demande_id=blocage.demande_id,
        titre_code=blocage.titre_code,
        demarche_code=blocage.demarche_code,
        prefecture=blocage.prefecture,
        symptome=blocage.symptome,
        premiere_tentative_date=blocage.premiere_tentative_date.isoformat(),
        constat_date=blocage.constat_date.isoformat(),
        preuves=blocage.preuves,
        contact_id=blocage.contact_id,
        fin_droit_date=blocage.fin_droit_date.isoformat() if blocage.fin_droit_date else "",
        objection=bool(blocage.objection),
    )
