"""The trip of an act: the files that it enters, from its edge to its first write, as it really runs.

What is counted are the stations at which a reader stays to follow the act: a file of the service (its edge, its
action, its rules), `chassis/outbox.py`, and each of two whole rooms of deposit, the rights and the dossier, which count
once whatever is read in them. The files really opened are more: a filing opens eighteen of deposit. Not counted: the
chassis, the law, the documents and the shared nouns, which are libraries to a service; its stores, its input models and
its frame, which hold data; the guards that stand before every route.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OUTBOX = "chassis/outbox.py"
WRITES = ("insert", "update")
# Rooms that count once: an act asks them, and what answers is not followed further.
DOORS = ("services/deposit/droits", "services/deposit/dossier")
EDGES = ("api", "pages", "rpc", "consumers")
DATA = ("store", "inputs", "cadre", "__init__", "options")
GUARDS = ("proof_wall",)


@contextmanager
def followed(service: str) -> Iterator[list[str]]:
    """The stations of the act that runs inside, in the order in which they are entered."""
    stations: list[str] = []
    begun, written = False, False
    door: FrameType | None = None

    def look(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal begun, written, door
        if event == "return" and frame is door:
            door = None
        name = _name(frame) if event == "call" and not written else ""
        if not name:
            return
        begun = begun or _is_edge(name, service)
        written = begun and name == OUTBOX and frame.f_code.co_name in WRITES
        station = _station(name, service)
        if not begun or not station or (door is not None and not written):
            return
        if station not in stations:
            stations.append(station)
        if station in DOORS:
            door = frame

    sys.setprofile(look)
    try:
        yield stations
    finally:
        sys.setprofile(None)


def _name(frame: FrameType) -> str:
    """The file of ours in which this function is written; empty for any other, and for what has no name."""
    path = Path(frame.f_code.co_filename)
    ours = path.is_relative_to(ROOT) and not frame.f_code.co_name.startswith("<")
    return path.relative_to(ROOT).as_posix() if ours else ""


def _is_edge(name: str, service: str) -> bool:
    inside = {*name.removesuffix(".py").split("/")}
    return name.startswith(f"services/{service}/") and bool(inside & {*EDGES}) and not inside & {*GUARDS}


def _station(name: str, service: str) -> str:
    """Where a reader stands in this file; empty for what is not counted."""
    if name == OUTBOX:
        return OUTBOX
    door = next((door for door in DOORS if name.startswith(f"{door}/")), "")
    inside = name.removesuffix(".py").split("/")
    if not name.startswith(f"services/{service}/") or {*inside} & {*DATA, *GUARDS}:
        return ""
    return door or name
