"""Calls drawn from each service’s own description of its API, by whoever may do most there: each answer is one of it.

`make fuzz` makes CALLS of them (100 000 by default) on a stack of its own, on the loopback alone. It says how far it
is, goes on from there after a kill, and ends by itself: with 1 when an answer was none of those that are described.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events
from schemathesis.openapi import from_url
from schemathesis.schemas import BaseSchema

from chassis import clock
from chassis.settings import SERVICES
from dev.parcours.monde import Monde
from dev.seed import sow
from dev.stack import Stack
from loadtests import accounts

KEPT, DATA = Path("out/fuzz.json"), Path("out/fuzz")
CALLS, EXAMPLES, STEPS, SAID_EACH = 100_000, 3, 6, 1_000
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
# What ends the very token that calls: all that follows would be refused for that reason alone.
ENDS_THE_CALLER = r"/jetons$|/moi:mot-de-passe$"
# Who calls each service: the agents who reach furthest there, and a person.
PERSON = "une personne"
CALLERS: Mapping[str, Sequence[str]] = {
    "deposit": (PERSON, "sam", "nadia"),
    "ccc": ("cyril",),
    "pan": ("farid", "nadia"),
    "substitution": ("gael", "nadia"),
    "notify": ("otto",),
}
# One address makes all these calls.
WIDE = dict.fromkeys(("LIMITE_REQUETES_MINUTE", "LIMITE_FORMULAIRES_MINUTE", "LIMITE_CONNEXION_IP"), "10000000")


@dataclass
class Progress:
    """How far a run is; kept after each turn of a service, so that a kill loses one at most."""

    turns: int = 0
    calls: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    @classmethod
    def kept(cls) -> Progress:
        """What an interrupted run left; nothing after one that ended."""
        if not KEPT.exists():
            return cls()
        said = json.loads(KEPT.read_text())
        return cls(**(said | {"statuses": Counter(said["statuses"])}))

    def keep(self) -> None:
        """Written aside, then put in place at once."""
        aside = KEPT.with_suffix(".new")
        aside.write_text(json.dumps(vars(self)))
        aside.replace(KEPT)


def settings(seed: int, token: str, phases: Mapping[str, Any], *modes: str) -> SchemathesisConfig:
    """One round: its chance, its caller, what it tries; `modes` are `positive`, `negative`, both when none is named."""
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "continue-on-failure": True,
            "headers": {"Authorization": f"Bearer {token}"} if token else {},
            "request-timeout": 30,
            "generation": {"max-examples": EXAMPLES, "no-shrink": True, "database": "none"}
            | ({"mode": modes[0]} if modes else {}),
            "checks": {"enabled": False} | {check: {"enabled": True} for check in CHECKS},
            "phases": {"enabled": False} | {name: {"enabled": True} | said for name, said in phases.items()},
        }
    )


def explore(schema: BaseSchema) -> Iterator[events.ScenarioFinished]:
    """Each group of calls made; whoever has enough closes the iterator. Raises when the description cannot be read."""
    stream = engine.from_schema(schema.exclude(path_regex=ENDS_THE_CALLER)).execute()
    try:
        for event in stream:
            if isinstance(event, events.NonFatalError | events.FatalError):
                raise RuntimeError(str(getattr(event, "info", event)))
            if isinstance(event, events.ScenarioFinished):
                yield event
    finally:
        stream.stop()


def statuses(scenario: events.ScenarioFinished) -> Counter[str]:
    """How often each status was answered."""
    answers = (call.response for call in scenario.recorder.interactions.values())
    return Counter(str(answer.status_code) if answer is not None else "none" for answer in answers)


def faults(scenario: events.ScenarioFinished) -> dict[str, str]:
    """What a call was answered and should not have been, with the command that repeats it."""
    found = {}
    for case_id, checks in scenario.recorder.checks.items():
        for check in checks:
            answer = scenario.recorder.interactions[case_id].response
            # An address too long is refused by the HTTP server, before any of our code.
            if check.failure_info is not None and (answer is None or answer.status_code != 414):
                case = scenario.recorder.cases[case_id].value
                name = f"{case.operation.label} {check.name}"
                found[name] = f"{check.failure_info.failure}\n{check.failure_info.code_sample}"
    return found


def run(wanted: int) -> Progress:
    """Each service in turn, each time with another chance, until so many calls were made."""
    os.environ.update(WIDE)
    done = Progress.kept()
    if done.calls >= wanted:
        done = Progress()
    DATA.mkdir(parents=True, exist_ok=True)
    with Stack(DATA) as stack:
        sow(stack)
        monde = Monde(stack)
        while done.calls < wanted:
            seed, turn = divmod(done.turns, len(SERVICES))
            service = SERVICES[turn]
            callers = CALLERS[service]
            _turn(monde, service, callers[seed % len(callers)], seed, done)
            done.turns += 1
            done.keep()
    return done


def _turn(monde: Monde, service: str, caller: str, seed: int, done: Progress) -> None:
    token = _person(monde) if caller == PERSON else monde.agent(service, caller).token
    phases: dict[str, Any] = {"fuzzing": {}, "stateful": {"max-steps": STEPS}}
    if seed < len(CALLERS[service]):
        # The bounds of each field are the same each time: once by each caller is enough.
        phases["coverage"] = {}
    schema = from_url(f"{monde.stack.url}/{service}/openapi.json", config=settings(seed, token, phases))
    for scenario in explore(schema):
        seen = statuses(scenario)
        done.statuses += seen
        if (done.calls + seen.total()) // SAID_EACH > done.calls // SAID_EACH:
            print(f"{done.calls} calls, {service} by {caller} under way", flush=True)
        done.calls += seen.total()
        for name, said in faults(scenario).items():
            if name not in done.faults:
                done.faults[name] = said
                print(f"\n{name}\n{said}", flush=True)
    print(f"{done.calls} calls, {service} by {caller}: {dict(sorted(done.statuses.items()))}", flush=True)


def _person(monde: Monde) -> str:
    """A new person each time: what the last one did to her own account ends with her."""
    nom = f"Essai {accounts.nom(int(clock.new_id()[-6:], 16))}"
    return monde.person(nom=nom, prenoms="Alea", naissance_date="1990-01-01", prefecture="75").token


if __name__ == "__main__":
    ended = run(int(sys.argv[1]) if len(sys.argv) > 1 else CALLS)
    print(f"{ended.calls} calls, {len(ended.faults)} answers that the description does not name")
    sys.exit(bool(ended.faults))
