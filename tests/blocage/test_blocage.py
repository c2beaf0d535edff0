"""A blocage is recorded at once, once for the same thing, by whoever meets it; then it only moves forward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from blocage import actions, rules
from blocage import rpc as edge
from blocage.actions import Constat
from blocage.store import INDEXES, BlocageBase
from chassis import clock, rpc
from chassis.settings import Settings
from droit.decision import Refused
from sejour.blocage.v1 import blocage_pb2, service_pb2, service_pb2_grpc
from tests.chassis.core import monde
from tests.profiler import Profiled, profiled  # noqa: F401

DAY = date(2027, 1, 10)


class Blocage(BlocageBase):
    """The class of one service, here the contact centre."""

    meta = {"db_alias": "ccc", "collection": "blocages", "indexes": INDEXES}


@pytest.fixture(scope="module")
def cles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of keys for all services."""
    return tmp_path_factory.mktemp("cles")


@pytest.fixture
def settings_of(mongo: Any, cles: Path) -> Callable[..., Settings]:
    """Settings of a service on the real MongoDB."""
    return lambda service, **more: monde.settings_for(service, cles, mongo.uri, **more)


@pytest.fixture
def ccc(settings_of: Callable[..., Settings]) -> Any:
    """The empty database of the contact centre."""
    return monde.open_database(settings_of("ccc"), Blocage)


def _constat(**more: Any) -> Constat:
    given: dict[str, Any] = {
        "parcours_id": "p1",
        "symptome": 1,
        "prefecture": "38",
        "jour": DAY,
        "par": "agent:a1",
        "demande_id": "d1",
        "usager_id": "u1",
    }
    return Constat(**(given | more))


def _facts(ccc: Any, blocage: Blocage) -> list[dict[str, Any]]:
    return list(ccc["blocages"].find_one({"_id": blocage.id})["outbox"])


def test_a_constat_gives_a_reference_and_a_fact_without_what_was_said(ccc: Any) -> None:
    first_try = DAY - timedelta(days=9)
    told = _constat(precis="mon mot de passe est perdu", premiere_tentative=first_try, fin_droit=DAY)
    blocage = actions.record(Blocage, told, request_id="r1")
    [entry] = _facts(ccc, blocage)
    message = blocage_pb2.BlocageConstate.FromString(entry["payload"])
    assert (entry["subject"], message.reference) == ("ccc.blocage.constate", blocage.reference)
    assert (message.premiere_tentative_date, message.constat_date) == (first_try.isoformat(), DAY.isoformat())
    assert b"mot de passe" not in entry["payload"]


def test_the_same_thing_met_again_is_one_more_attempt(ccc: Any) -> None:
    first = actions.record(Blocage, _constat(), request_id="r1")
    again = actions.record(Blocage, _constat(jour=DAY + timedelta(days=1)), request_id="r2")
    repeat = actions.record(Blocage, _constat(jour=DAY + timedelta(days=1)), request_id="r2")
    assert first.id == again.id == repeat.id
    assert repeat.tentatives == [DAY.isoformat(), (DAY + timedelta(days=1)).isoformat()]
    assert actions.record(Blocage, _constat(symptome=2), request_id="r3").id != first.id
    assert actions.record(Blocage, _constat(demande_id="d2"), request_id="r4").id != first.id


def test_eight_constats_at_once_are_one_blocage(ccc: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: actions.record(Blocage, _constat(), request_id=f"r{n}"), range(16)))
    assert len({blocage.id for blocage in made}) == 1
    assert len(Blocage.objects(id=made[0].id).first().tentatives) == 16


@pytest.mark.parametrize("end", [actions.lift, actions.resolve])
def test_once_ended_the_same_thing_is_a_new_blocage(ccc: Any, end: Callable[..., Blocage]) -> None:
    first = actions.record(Blocage, _constat(), request_id="r1")
    end(Blocage, first.id, by="agent:a1", request_id="r2")
    assert actions.record(Blocage, _constat(), request_id="r3").id != first.id
    assert actions.record(Blocage, _constat(), request_id="r1").id is not None


def test_a_repeated_constat_after_the_end_finds_its_blocage(ccc: Any) -> None:
    first = actions.record(Blocage, _constat(), request_id="r1")
    actions.resolve(Blocage, first.id, by="agent:a1", request_id="r2")
    assert actions.record(Blocage, _constat(), request_id="r1").id == first.id


def test_each_verb_tells_its_fact_once(ccc: Any) -> None:
    ident = actions.record(Blocage, _constat(), request_id="r0").id
    for _ in range(2):
        actions.diagnose(Blocage, ident, "AN-1", by="agent:a1", request_id="r1")
        actions.open_voie(Blocage, ident, "v1", by="agent:a1", request_id="r2")
        actions.attest(Blocage, ident, "2000", automatique=True, by="systeme", request_id="r3")
        actions.lift(Blocage, ident, by="agent:a1", request_id="r4")
        done = actions.resolve(Blocage, ident, by="agent:a1", request_id="r5")
    verbs = [entry["subject"].rsplit(".", 1)[1] for entry in _facts(ccc, done)]
    assert verbs == ["constate", "diagnostique", "voie_ouverte", "atteste", "leve", "resolu"]
    assert (done.state, done.anomalie_code, done.voie_id, done.attestation_numero) == ("RESOLU", "AN-1", "v1", "2000")
    assert done.fin_date == clock.today()


@pytest.mark.parametrize("state", list(rules.FOLLOWING))
@pytest.mark.parametrize("following", list(rules.FOLLOWING))
def test_a_blocage_only_moves_forward(state: str, following: str) -> None:
    decision = rules.may_become(state, following)
    assert decision.accepted == (following in rules.FOLLOWING[state])
    assert decision.accepted or decision.motif == rules.BLOCAGE_TERMINE
    assert rules.CONSTATE not in rules.FOLLOWING[state]


def test_what_is_ended_opens_no_route(ccc: Any) -> None:
    ident = actions.record(Blocage, _constat(), request_id="r0").id
    actions.resolve(Blocage, ident, by="agent:a1", request_id="r1")
    with pytest.raises(Refused) as refused:
        actions.open_voie(Blocage, ident, "v1", by="agent:a1", request_id="r2")
    assert refused.value.motif == rules.BLOCAGE_TERMINE


def test_a_reference_is_found_however_it_is_typed(ccc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "new_reference", lambda letter: "B-BCDF-2345")
    blocage = actions.record(Blocage, _constat(), request_id="r1")
    for typed in ("B-BCDF-2345", "b bcdf 2345", "BBCDF2345", "bcdf-2345", " BCDF2345 "):
        found = actions.by_reference(Blocage, typed)
        assert found is not None, typed
        assert found.id == blocage.id
    for typed in ("", "B", "B-XXXX-XXXX", "é", "B-BCDF-2346"):
        assert actions.by_reference(Blocage, typed) is None


def test_a_taken_reference_is_drawn_again(ccc: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["B-BCDF-2345", "B-BCDF-2345", "B-BCDF-2346"])
    monkeypatch.setattr(actions, "new_reference", lambda letter: next(drawn))
    actions.record(Blocage, _constat(), request_id="r1")
    assert actions.record(Blocage, _constat(symptome=2), request_id="r2").reference == "B-BCDF-2346"


@pytest.fixture
def address(ccc: Any, settings_of: Callable[..., Settings]) -> Iterator[str]:
    """The contact centre's server."""

    def add(server: grpc.Server) -> tuple[str, ...]:
        service_pb2_grpc.add_BlocageServiceServicer_to_server(edge.BlocageServicer(Blocage), server)
        return (edge.NAME,)

    server, port = rpc.create_server(settings_of("ccc"), edge.allowed("ccc"), add)
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(grace=None).wait()


def test_the_others_change_it_by_command_in_the_name_of_an_agent(
    ccc: Any, address: str, settings_of: Callable[..., Settings]
) -> None:
    blocage = actions.record(Blocage, _constat(), request_id="r1")
    client = rpc.Client(settings_of("substitution", rpc_addresses={"ccc": address}))
    request = service_pb2.OuvrirVoieRequest(request_id="r2", blocage_id=blocage.id, voie_id="v1")
    behalf = client.on_behalf_of("ccc", "agent:a7")
    method = f"{edge.NAME}/OuvrirVoie"
    for _ in range(2):
        answer = client.call("ccc", method, request, service_pb2.OuvrirVoieResponse, on_behalf=behalf)
        assert answer.state == rules.VOIE_OUVERTE
    unknown = service_pb2.LeverRequest(request_id="r3", blocage_id="inconnu")
    with pytest.raises(Refused) as refused:
        client.call("ccc", f"{edge.NAME}/Lever", unknown, service_pb2.LeverResponse)
    client.close()
    assert refused.value.motif == rules.BLOCAGE_INCONNU
    entries = _facts(ccc, blocage)
    assert [entry["by"] for entry in entries] == ["agent:a1", "agent:a7"]


def test_every_query_uses_an_index(ccc: Any, profiled: Profiled) -> None:  # noqa: F811
    for number in range(120):
        told = _constat(parcours_id=f"p{number % 60}", demande_id="" if number % 2 else f"d{number}")
        blocage = actions.record(Blocage, told, request_id=f"r{number}")
        actions.by_reference(Blocage, blocage.reference)
    actions.lift(Blocage, blocage.id, by="agent:a1", request_id="l1")
