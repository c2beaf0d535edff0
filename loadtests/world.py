"""What the people of the load have in hand: sessions, drafts, pieces still to send, dossiers to advance."""

from __future__ import annotations

import json
import os
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from loadtests.arrivals import Schedule

T = TypeVar("T")
READERS = 500
PIECE_BYTES = 1_500_000


@dataclass(frozen=True)
class Session:
    """A person signed in: her token, and the demande she had before."""

    token: str
    demande_id: str


@dataclass
class Draft:
    """A draft of hers, with the codes of the mandatory pieces that nobody has begun to send, and how many are on
    their way.
    """

    token: str
    demande_id: str
    missing: list[str]
    awaited: int = 0


@dataclass
class Plan:
    """What a run is told: where, how fast, through which phases, and the people and dossiers made ready before."""

    url: str
    schedules: list[Schedule]
    seconds: float
    # On the machine's monotonic clock.
    start: float
    agent_token: str
    titres: dict[str, list[str]]
    accounts: list[int]
    sessions: list[Session]
    drafts: list[Draft]
    to_advance: dict[str, list[str]]

    def write(self, path: Path) -> None:
        """Keeps it for the generator; it holds tokens of load accounts."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Plan:
        """What `write` kept."""
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        said["sessions"] = [Session(**session) for session in said["sessions"]]
        said["schedules"] = [Schedule(**schedule) for schedule in said["schedules"]]
        said["drafts"] = [Draft(**draft) for draft in said["drafts"]]
        return cls(**said)


class Dry(Exception):
    """Nothing is left to act on: the arrival fails, and says of what it had none."""


@dataclass
class World:
    """The same, as the run changes it."""

    plan: Plan
    accounts: deque[int] = field(init=False)
    sessions: deque[Session] = field(init=False)
    readers: deque[Session] = field(init=False)
    drafts: deque[Draft] = field(init=False)
    incomplete: deque[Draft] = field(init=False)
    ready: deque[Draft] = field(init=False)
    to_advance: dict[str, deque[str]] = field(init=False)
    begun: int = 0
    advanced: int = 0

    def __post_init__(self) -> None:
        self.accounts = deque(self.plan.accounts)
        self.sessions = deque(self.plan.sessions)
        self.readers = deque(self.plan.sessions, maxlen=READERS)
        self.drafts = deque(self.plan.drafts)
        self.incomplete = deque(draft for draft in self.plan.drafts if draft.missing)
        self.ready = deque(draft for draft in self.plan.drafts if not draft.missing)
        self.to_advance = {act: deque(ids) for act, ids in self.plan.to_advance.items()}
        # The content is noise after its first bytes: a front or a disk that compresses gains nothing.
        self.piece = b"%PDF-1.4\n" + os.urandom(PIECE_BYTES - 16) + b"\n%%EOF\n"

    def next_titre(self) -> tuple[str, list[str]]:
        """What the next draft asks for, with the codes of its mandatory pieces."""
        self.begun += 1
        codes = sorted(self.plan.titres)
        code = codes[self.begun % len(codes)]
        return code, list(self.plan.titres[code])

    def keep_draft(self, draft: Draft) -> None:
        """A draft just begun: it is saved again, and its pieces come."""
        self.drafts.append(draft)
        self.incomplete.append(draft)

    def piece_to_send(self) -> tuple[Draft, str]:
        """The next piece that a draft misses."""
        draft = take(self.incomplete, "brouillon sans ses pièces", keep=True)
        code = draft.missing.pop(0)
        draft.awaited += 1
        if not draft.missing:
            self.incomplete.popleft()
        return draft, code

    def piece_sent(self, draft: Draft) -> None:
        """A piece is stored; with the last one the draft can be filed."""
        draft.awaited -= 1
        if not draft.missing and not draft.awaited:
            self.ready.append(draft)

    def draft_to_file(self) -> Draft:
        """The oldest complete draft; it is saved no more."""
        draft = take(self.ready, "brouillon complet")
        if draft in self.drafts:
            self.drafts.remove(draft)
        return draft

    def draft_to_save(self) -> Draft:
        """Each live draft in turn."""
        draft = take(self.drafts, "brouillon")
        self.drafts.append(draft)
        return draft

    def reader(self) -> Session:
        """Each recent session in turn."""
        session = take(self.readers, "session")
        self.readers.append(session)
        return session

    def next_act(self) -> tuple[str, str]:
        """The next act of an agent and the demande it is for: the acts take turns, each on dossiers in the right
        state.
        """
        acts = list(self.to_advance)
        act = acts[self.advanced % len(acts)]
        self.advanced += 1
        return act, take(self.to_advance[act], f"demande pour « {act} »")


def take(found: deque[T], what: str, *, keep: bool = False) -> T:
    """The oldest of `found`. Raises Dry when there is none."""
    if not found:
        raise Dry(f"plus de {what}")
    return found[0] if keep else found.popleft()
