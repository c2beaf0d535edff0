"""`python -m services.<name> agents …`: what an operator changes in the directory, with the broker up or down.

    liste
    inscrire LOGIN NOM ROLES PREFECTURES [FORMATION]
    modifier ID ROLES PREFECTURES [FORMATION]
    retirer ID | rendre ID | facteur ID

ROLES and PREFECTURES are separated by commas; `*` is all préfectures. ID is that of the list, or the login.
FORMATION is the day on which a `pan_forme` was trained in law of stay (AAAA-MM-JJ).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date

from chassis import clock, directory, mongo
from chassis.agents import AGENTS
from chassis.settings import Settings
from droit.decision import Refused

WORDS = {
    "liste": (0,),
    "inscrire": (4, 5),
    "modifier": (3, 4),
    "retirer": (1,),
    "rendre": (1,),
    "facteur": (1,),
}


def run(settings: Settings, words: Sequence[str]) -> int:
    """Does it and writes what is to be known; the exit code."""
    verb, *rest = words or [""]
    if verb not in WORDS or len(rest) not in WORDS[verb]:
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        _do(settings, verb, rest)
    except Refused as refused:
        sys.stderr.write(f"{refused.motif.phrase} {refused.motif.suite}\n")
        return 1
    return 0


def _do(settings: Settings, verb: str, rest: Sequence[str]) -> None:
    if verb == "liste":
        _list(settings)
    elif verb == "inscrire":
        login, nom, roles, prefectures = rest[:4]
        _hand(
            directory.enrol(
                settings,
                login,
                nom,
                _set(roles),
                prefectures=_set(prefectures),
                manager=directory.OPERATOR,
                formation=_day(rest[4:]),
                request_id=clock.new_id(),
            )
        )
    elif verb == "facteur":
        _hand(directory.renew(settings, _id(settings, rest[0]), directory.OPERATOR))
    elif verb == "modifier":
        agent_id, given = _id(settings, rest[0]), (_set(rest[1]), _set(rest[2]))
        directory.change(settings, agent_id, *given, directory.OPERATOR, _day(rest[3:]))
    elif verb == "retirer":
        directory.revoke(settings, _id(settings, rest[0]), directory.OPERATOR)
    else:
        directory.give_back(settings, _id(settings, rest[0]), directory.OPERATOR)


def _list(settings: Settings) -> None:
    for agent in directory.managed_by(settings, directory.OPERATOR):
        state = "retire" if agent.revoked_time else "actif"
        roles, prefectures = ",".join(sorted(agent.roles)), ",".join(sorted(agent.prefectures))
        sys.stdout.write(f"{agent.id} {state} {roles} {prefectures} {agent.nom}\n")


def _hand(access: directory.Credentials) -> None:
    sys.stdout.write(f"{access.agent_id} {access.login}\nmot de passe : {access.password}\ncle : {access.totp_seed}\n")


def _id(settings: Settings, named: str) -> str:
    found = mongo.find(AGENTS[settings.service], login=named)
    return found.id if found else named


def _day(words: Sequence[str]) -> date | None:
    """The day typed last, or none. Raises Refused for what is no day."""
    try:
        return date.fromisoformat(words[0]) if words else None
    except ValueError:
        raise Refused(directory.FORMATION_A_DATER) from None


def _set(text: str) -> frozenset[str]:
    return frozenset(part for part in text.split(",") if part)
