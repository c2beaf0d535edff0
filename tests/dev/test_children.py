"""A child that fails is told with the end of its log; one that is killed comes back however often."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.children import Spec, StackError, Supervisor
from dev.ports import Ports, is_free
from dev.sinks.journal import Journal
from tests.waiting import wait_until


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """Without a stack around it."""
    running = Supervisor(tmp_path / "journaux", tmp_path, on_change=lambda: None)
    yield running
    running.close()


def python(name: str, code: str, job: bool = False) -> Spec:
    """A process that runs `code`."""
    return Spec(name, (sys.executable, "-c", code), job=job)


def test_a_process_that_keeps_failing_at_start_is_told_with_its_log(supervisor: Supervisor) -> None:
    supervisor.start(python("casse", "raise SystemExit('no database')"))
    with pytest.raises(StackError, match=r"casse keeps ending at start:\n(?s:.*)no database"):
        supervisor.wait_ready(["casse"], 20, question=lambda: False)


def test_a_job_that_fails_is_told_and_not_repeated(supervisor: Supervisor) -> None:
    with pytest.raises(StackError, match="ended with 3"):
        supervisor.start_in_turn([python("tache", "raise SystemExit(3)", job=True)], 1, 20)
    assert supervisor.children["tache"].starts == 1


def test_a_process_killed_again_and_again_comes_back_each_time(supervisor: Supervisor) -> None:
    supervisor.start(python("tenace", "import time; time.sleep(60)"))
    supervisor.wait_ready(["tenace"], 10)
    for _ in range(8):
        supervisor.wait_restarted("tenace", supervisor.kill("tenace"), timeout=5)
    assert supervisor.children["tenace"].restarts == 8


def test_what_a_process_forked_goes_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    fork = "import os, time; os.fork(); open(f'pid-{os.getpid()}', 'w').close(); time.sleep(60)"
    supervisor.start(python("parent", fork))
    supervisor.wait_ready(["parent"], 10, question=lambda: len(list(tmp_path.glob("pid-*"))) == 2)
    supervisor.stop(["parent"])
    pids = [path.name.removeprefix("pid-") for path in tmp_path.glob("pid-*")]
    wait_until("both are gone", lambda: not any(Path("/proc", pid, "exe").exists() for pid in pids))


def test_a_port_is_remembered_while_it_is_free(tmp_path: Path) -> None:
    port = Ports(tmp_path / "ports.json").get("deposit.web")
    assert is_free(port)
    assert Ports(tmp_path / "ports.json").get("deposit.web") == port
    assert Ports(tmp_path / "ports.json").get("deposit.rpc") != port


def test_half_a_last_line_is_cut_off_a_journal(tmp_path: Path) -> None:
    Journal(tmp_path / "j").append({"n": 1})
    with (tmp_path / "j").open("ab") as file:
        file.write(b'{"n": ')
    again = Journal(tmp_path / "j")
    again.append({"n": 2})
    assert Journal(tmp_path / "j").lines() == [{"n": 1}, {"n": 2}]
