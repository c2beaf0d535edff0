"""Stopping leaves no process behind, however it happens; a second start keeps the data."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from pymongo import MongoClient

from dev.environment import REPOSITORY
from dev.ports import Ports
from dev.stack import Stack
from tests.dev.conftest import MONDE
from tests.waiting import wait_until

RUN = "import sys; from pathlib import Path; from dev.run import main; sys.exit(main(Path(sys.argv[1])))"


@contextmanager
def running(data: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """What `make run` starts, with the small services; ready when its description names every process."""
    env = {**os.environ, "SEJOUR_DATA": str(data), "PORT": str(port)}
    env["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "gen")])
    parent = subprocess.Popen([sys.executable, "-c", RUN, str(MONDE)], env=env, stdout=subprocess.PIPE)
    try:
        assert parent.stdout is not None
        said = b""
        while b"Ctrl-C" not in said:
            line = parent.stdout.readline()
            assert line, f"ended before it was ready: {said.decode()}"
            said += line
        yield parent
    finally:
        parent.kill()
        parent.wait()


def family(data: Path) -> list[psutil.Process]:
    """Every process of the stack and whatever those forked."""
    described: dict[str, Any] = json.loads((data / "stack.json").read_text())
    parents = [psutil.Process(found["pid"]) for found in described["processes"].values() if found["pid"]]
    return parents + [child for parent in parents for child in parent.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run (a zombie does not)."""
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_stops_everything_and_ends_with_0(tmp_path: Path, number: signal.Signals) -> None:
    port = Ports(tmp_path / "ports.json").get("front")
    with running(tmp_path, port) as parent:
        processes = family(tmp_path)
        assert len(processes) >= 8
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200
        parent.send_signal(number)
        assert parent.wait(timeout=60) == 0
        assert alive(processes) == []


def test_a_kill_of_the_parent_leaves_nothing_either(tmp_path: Path) -> None:
    with running(tmp_path, Ports(tmp_path / "ports.json").get("front")) as parent:
        processes = family(tmp_path)
        parent.kill()
        parent.wait()
        wait_until("every process died with its parent", lambda: not alive(processes))


def test_a_second_start_keeps_the_data_the_ports_and_the_keys(tmp_path: Path) -> None:
    with Stack(tmp_path, root=MONDE) as first, MongoClient[dict[str, Any]](first.mongodb_uri) as client:
        client["sejour_deposit"]["essai"].insert_one({"_id": "gardé"})
        url, key = first.url, (tmp_path / "cles" / "deposit" / "deposit.pem").read_bytes()
        processes = family(tmp_path)
    assert alive(processes) == []
    with Stack(tmp_path, root=MONDE) as second, MongoClient[dict[str, Any]](second.mongodb_uri) as client:
        assert client["sejour_deposit"]["essai"].count_documents({"_id": "gardé"}) == 1
        assert second.url == url
        assert (tmp_path / "cles" / "deposit" / "deposit.pem").read_bytes() == key
