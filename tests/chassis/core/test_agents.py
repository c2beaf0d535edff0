"""Agents sign in at each service by password and code; a code serves once; what a service revoked stays revoked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest

from chassis import agents, clock, directory_commands, reconciler, relay, rpc, sealed, tokens, worker
from chassis import directory as changes
from chassis.inbox import Meta
from chassis.settings import Settings
from droit.decision import Refused
from sejour.agent.v1 import events_pb2
from tests import drain
from tests.chassis.core import monde
from tests.profiler import Profiled, profiled  # noqa: F401

SEED = pyotp.random_base32()
PASSWORD = "une phrase assez longue"


@pytest.fixture
def directory(deposit: Any, settings_of: Callable[..., Settings], tmp_path: Path) -> Path:
    """The operator's file, loaded."""
    file = tmp_path / "agents.toml"
    file.write_text(
        f"""[[agent]]
id = "a1"
login = "camille"
nom = "Camille Roux"
password_hash = "{agents.hash_password(PASSWORD)}"
totp_seed = "{SEED}"
roles = ["instructeur"]
prefectures = ["38"]
""",
        encoding="utf-8",
    )
    agents.prepare_indexes(deposit)
    assert agents.load_directory(deposit, file, settings_of("deposit")) == 1
    return file


def _code(steps: int = 0) -> str:
    totp = pyotp.TOTP(SEED)
    return totp.generate_otp(totp.timecode(clock.now()) + steps)


def test_the_three_together_open_and_the_session_is_honoured_everywhere(
    deposit: Any,
    directory: Path,
    settings_of: Callable[..., Settings],
    profiled: Profiled,  # noqa: F811
) -> None:
    agent = changes.sign_in(settings_of("deposit"), "camille", PASSWORD, _code())[0]
    assert (agent.id, agent.roles, agent.prefectures) == ("a1", frozenset({"instructeur"}), frozenset({"38"}))
    token = tokens.sign_agent(settings_of("deposit"), agent.id)
    claims = tokens.verify_agent(settings_of("pan"), token)
    assert agents.of_session(deposit, claims) == agent


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [
        ("camille", PASSWORD, "000000"),
        ("camille", PASSWORD, ""),
        ("camille", PASSWORD, "１２３４５６"),
        ("camille", "autre", None),
        ("personne", PASSWORD, None),
    ],
)
def test_one_refusal_for_whatever_is_wrong(
    deposit: Any, directory: Path, settings_of: Callable[..., Settings], login: str, password: str, code: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        changes.sign_in(settings_of("deposit"), login, password, _code() if code is None else code)
    assert refused.value.motif == agents.CONNEXION_REFUSEE


def test_no_code_serves_twice_nor_one_older_than_the_last(
    deposit: Any, directory: Path, settings_of: Callable[..., Settings]
) -> None:
    settings = settings_of("deposit")
    older, newer = _code(), _code(1)
    changes.sign_in(settings, "camille", PASSWORD, older)
    changes.sign_in(settings, "camille", PASSWORD, newer)
    for seen in (newer, older):
        with pytest.raises(Refused):
            changes.sign_in(settings, "camille", PASSWORD, seen)


def test_a_revoked_agent_is_out_at_once_and_a_reload_keeps_it_so(
    deposit: Any, directory: Path, settings_of: Callable[..., Settings]
) -> None:
    settings = settings_of("deposit")
    claims = tokens.verify_agent(settings, tokens.sign_agent(settings, "a1"))
    assert agents.of_session(deposit, claims) is not None
    changes.revoke(settings, "a1", changes.OPERATOR)
    agents.load_directory(deposit, directory, settings)
    assert agents.of_session(deposit, claims) is None
    with pytest.raises(Refused):
        changes.sign_in(settings, "camille", PASSWORD, _code())


def test_who_leaves_the_file_is_out_and_who_comes_back_is_in_again_with_no_former_session(
    deposit: Any, directory: Path, settings_of: Callable[..., Settings]
) -> None:
    settings, hers = settings_of("deposit"), directory.read_text("utf-8")
    token = tokens.sign_agent(settings, "a1")
    directory.write_text(hers.replace('"a1"', '"a9"').replace('"camille"', '"autre"'), "utf-8")
    agents.load_directory(deposit, directory, settings)
    with pytest.raises(Refused):
        changes.sign_in(settings, "camille", PASSWORD, _code())
    directory.write_text(hers, "utf-8")
    agents.load_directory(deposit, directory, settings)

    assert changes.sign_in(settings, "camille", PASSWORD, _code())[0].id == "a1"
    deposit["agents"].update_one({"_id": "a1"}, {"$set": {"sessions_from": clock.now() + timedelta(seconds=2)}})
    assert agents.of_session(deposit, tokens.verify_agent(settings, token)) is None


def test_a_reload_of_the_same_file_undoes_nothing_that_was_changed_since(
    deposit: Any, directory: Path, settings_of: Callable[..., Settings]
) -> None:
    settings = settings_of("deposit")
    changes.change(settings, "a1", frozenset({"prefecture"}), frozenset({"69"}), changes.OPERATOR)
    agents.load_directory(deposit, directory, settings)
    agent = agents.find(deposit, "a1")

    assert agent is not None
    assert (agent.roles, agent.prefectures) == (frozenset({"prefecture"}), frozenset({"69"}))


@pytest.mark.parametrize(
    ("roles", "prefectures", "given", "where", "may"),
    [
        ("superviseur", "38", "instructeur", "38", True),
        ("superviseur", "38", "instructeur", "69", False),
        ("superviseur", "38", "exploitant", "38", False),
        ("superviseur", "38", "ccc", "38", False),
        ("ccc_superviseur", "*", "ccc", "*", True),
        ("instructeur", "*", "instructeur", "38", False),
        ("exploitant", "*", "bureau_national", "*", True),
    ],
)
def test_one_gives_what_one_manages_where_one_works(
    roles: str, prefectures: str, given: str, where: str, may: bool
) -> None:
    manager = changes.Manager("agent:sup", frozenset({roles}), frozenset({prefectures}))

    assert changes.may_manage(manager, "a1", frozenset({given}), frozenset({where})).accepted is may
    assert not changes.may_manage(manager, "sup", frozenset({given}), frozenset({where})).accepted


def test_a_session_ends_and_an_unknown_agent_has_none(
    deposit: Any, directory: Path, settings_of: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of("deposit")
    assert agents.of_session(deposit, tokens.verify_agent(settings, tokens.sign_agent(settings, "a2"))) is None
    token = tokens.sign_agent(settings, "a1")
    later = datetime.now(UTC) + tokens.LIFETIMES[tokens.AGENT] + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(Refused) as refused:
        tokens.verify_agent(settings, token)
    assert refused.value.motif == tokens.JETON_REFUSE


def test_seeds_are_sealed_and_passwords_hashed(deposit: Any, directory: Path) -> None:
    stored = deposit["agents"].find_one({"_id": "a1"})
    assert SEED.encode() not in stored["totp"]
    assert stored["password_hash"].startswith("$argon2id$")


@pytest.mark.parametrize("typ", [tokens.SERVICE, tokens.ON_BEHALF])
def test_no_other_type_of_token_is_a_session(cles: Path, typ: str) -> None:
    settings = monde.settings_for("deposit", cles, "mongodb://unused")
    with pytest.raises(Refused):
        tokens.verify_agent(settings, tokens.sign(settings, typ, tokens.ALL, "a1"))


def test_the_command_of_an_operator_enrols_changes_shuts_out_and_gives_back(
    deposit: Any, directory: Path, settings_of: Callable[..., Settings], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of("deposit")

    def run(*words: str) -> tuple[int, str]:
        code, said = directory_commands.run(settings, words), capsys.readouterr()
        return code, said.out + said.err

    def enters(password: str, seed: str) -> bool:
        deposit["agents"].update_one({"login": "nina"}, {"$unset": {"last_step": 1}})
        try:
            changes.sign_in(settings, "nina", password, pyotp.TOTP(seed).at(clock.now()))
        except Refused:
            return False
        return True

    given = run("inscrire", "nina", "Nina Petit", "instructeur", "38,69")[1]
    agent_id, password, seed = given.split()[0], *re.findall(r" : (\S+)", given)
    first = enters(password, seed)
    run("modifier", "nina", "superviseur", "38")
    listed = run("liste")[1]
    run("retirer", "nina")
    out = enters(password, seed)
    run("rendre", agent_id)
    back = enters(password, seed)
    renewed = re.findall(r" : (\S+)", run("facteur", "nina")[1])

    assert (first, out, back) == (True, False, True)
    assert f"{agent_id} actif superviseur 38 Nina Petit" in listed and "a1 actif instructeur 38" in listed
    assert (enters(password, seed), enters(*renewed)) == (False, True)
    assert run("retirer", "personne") == (1, f"{changes.AGENT_ABSENT.phrase} {changes.AGENT_ABSENT.suite}\n")
    assert run("inscrire", "nina", "Autre", "instructeur", "38")[0] == 1
    assert run("effacer", "nina")[0] == 2
    # Who is trained was trained on a day, which is not to come (PAN-15).
    for day in ((), ("2026-02-30",), ("2999-01-01",)):
        assert run("modifier", "nina", "pan_forme", "38", *day)[0] == 1
    assert run("modifier", "nina", "pan_forme", "38", "2026-02-03")[0] == 0
    found = agents.find(deposit, agent_id)
    assert found is not None and str(found.formation_date) == "2026-02-03"


def test_a_code_is_counted_though_the_sign_in_is_learnt_before_the_agent_herself(
    deposit: Any, directory: Path, settings_of: Callable[..., Settings]
) -> None:
    """Facts of two subjects may cross: where she is not known yet, the code that served elsewhere serves no more."""
    settings, elsewhere = settings_of("deposit"), settings_of("pan")
    access = changes.Credentials("neuve", "neuve", PASSWORD, SEED)
    joined = events_pb2.AgentModifie(
        agent_id="neuve", actif=True, roles=["pan"], prefectures=["38"], modification_time=clock.now().isoformat()
    )
    secret = {"login": access.login, "nom": "Neuve", "password_hash": agents.hash_password(PASSWORD), "totp_seed": SEED}
    joined.acces_scelles["deposit"] = sealed.seal(elsewhere, "deposit", json.dumps(secret))
    step = pyotp.TOTP(SEED).timecode(clock.now())
    signed_in = events_pb2.AgentConnecte(
        agent_id="neuve", session_id="s1", pas=step, ouverture_time=clock.now().isoformat()
    )
    handlers = changes.handlers("deposit")

    for verb, event in (("connecte", signed_in), ("modifie", joined)):
        meta = Meta("f1", f"pan.agent.{verb}", "neuve", 1, "neuve", clock.today(), clock.now())
        handlers[f"pan.agent.{verb}"][1](event, meta)

    with pytest.raises(Refused):
        changes.sign_in(settings, "neuve", PASSWORD, _code())
    assert changes.sign_in(settings, "neuve", PASSWORD, _code(1))[0].roles == frozenset({"pan"})


def test_with_the_broker_down_a_revocation_is_read_in_the_log_of_the_service_that_made_it(
    deposit: Any, notify: Any, directory: Path, settings_of: Callable[..., Settings]
) -> None:
    """A worker looks once a minute, at what is older than half a minute: the bound that the page says, two minutes."""
    mine, theirs = settings_of("deposit"), settings_of("notify")
    agents.prepare_indexes(notify)
    agents.load_directory(notify, directory, theirs)
    claims = tokens.verify_agent(theirs, tokens.sign_agent(theirs, "a1"))
    before = agents.of_session(notify, claims)

    changes.revoke(mine, "a1", changes.OPERATOR)
    drain.empty(relay.Relay(deposit, (agents.AGENTS["deposit"],), _nobody_takes, drain.in_a_thread))
    server, port = rpc.create_server(mine, {}, lambda made: (), changes.readers("deposit"))
    server.start()
    client = rpc.Client(settings_of("notify", rpc_addresses={"deposit": f"127.0.0.1:{port}"}))
    try:
        reconciler.reconcile(notify, client, changes.handlers("notify"), timedelta(seconds=-5))
    finally:
        client.close()
        server.stop(grace=None).wait()

    assert before is not None and agents.of_session(notify, claims) is None
    assert reconciler.GRACE + timedelta(seconds=worker.RECONCILE_SECONDS) < timedelta(minutes=2)


async def _nobody_takes(entries: list[dict[str, Any]]) -> set[str]:
    return set()
