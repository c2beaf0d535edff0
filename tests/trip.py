"""The trip of an act: the files that it enters, from its edge to its first write, as it really runs.

What is counted are the files in which a reader stays to follow the act: each file of the service from the page, the
route or the RPC (edge, actions, rules) and `chassis/outbox.py`. A door is a file too, and what it calls is not
followed: the door to rights, and the one that says who may reach a demande. Not counted: the chassis, the law, the
documents and the shared nouns, which are libraries to a service; its stores, its input models and its frame, which
hold data; the guards that stand before every route.
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
WRITES = ("insert", "update", "write_unread")
# Files that an act asks, and behind which a reader need not look.
DOORS = ("services/deposit/droits/actions/settle.py", "services/deposit/dossier/actions/acces.py")
EDGES = ("api", "pages", "rpc", "consumers")
DATA = ("store", "inputs", "cadre", "__init__", "options")
GUARDS = ("proof_wall",)


@contextmanager
def followed(service: str) -> Iterator[list[str]]:
    """The files of the act that runs inside, in the order in which they are entered."""
    files: list[str] = []
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
        file = _file(name, service)
        if not begun or not file or (door is not None and not written):
            return
        if file not in files:
            files.append(file)
        if file in DOORS:
            door = frame

    sys.setprofile(look)
    try:
        yield files
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


def _file(name: str, service: str) -> str:
    """Where a reader stands in this file; empty for what is not counted."""
    if name == OUTBOX:
        return OUTBOX
    inside = name.removesuffix(".py").split("/")
    if not name.startswith(f"services/{service}/") or {*inside} & {*DATA, *GUARDS}:
        return ""
    return name
