"""Every process of the stack is a child that is restarted when it dies and that never outlives its parent."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from chassis import clock

FIRST_BACKOFF, LONGEST_BACKOFF = 0.1, 5.0
SETTLED_AFTER = 5.0
MOST_FAILURES = 3
LOOK_EVERY = 0.05
LOG_KEPT = 20 * 1024 * 1024

log = structlog.get_logger()


class StackError(Exception):
    """A process of the stack does not start; the message carries the end of its log."""


@dataclass(frozen=True)
class Spec:
    """One process. `grace` (seconds) is how long a SIGTERM may take before SIGKILL; a `job` runs once."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True
    ports: Mapping[str, int] = field(default_factory=dict)
    grace: float = 15.0
    job: bool = False


@dataclass
class Child:
    """What the supervisor knows of one process."""

    spec: Spec
    wanted: bool = True
    popen: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    starts: int = 0
    failures: int = 0
    not_before: float = 0.0

    @property
    def restarts(self) -> int:
        """How many times it had to be started again."""
        return max(0, self.starts - 1)

    @property
    def pid(self) -> int:
        """The pid of the running process, 0 when there is none."""
        return self.popen.pid if self.popen is not None and self.popen.poll() is None else 0


class Supervisor:
    """Starts, watches and stops children, all from one thread.

    One thread, because the kernel's "die with your parent" (PR_SET_PDEATHSIG) follows the thread that forked.
    """

    def __init__(self, log_dir: Path, cwd: Path, on_change: Callable[[], None]) -> None:
        self.children: dict[str, Child] = {}
        self._log_dir = log_dir
        self._cwd = cwd
        self._on_change = on_change
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._closing = False
        log_dir.mkdir(parents=True, exist_ok=True)
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def start(self, spec: Spec) -> None:
        """Starts a process, or starts it again after `stop`; returns before it is ready."""
        with self._lock:
            child = self.children.setdefault(spec.name, Child(spec))
            child.spec, child.wanted, child.not_before, child.failures = spec, True, 0.0, 0
        self._wake.set()

    def wait_ready(self, names: Iterable[str], timeout: float, question: Callable[[], bool] | None = None) -> None:
        """Waits until each is ready, or `question` gets a yes. Raises StackError after `timeout` seconds."""
        deadline = clock.monotonic() + timeout
        for name in names:
            while not self._settled(name, question):
                self._pause(deadline, f"{name} is not ready")

    def start_in_turn(self, specs: Sequence[Spec], at_once: int, timeout: float) -> None:
        """Starts all, at most `at_once` at a time until they are ready: each costs seconds of a core to import.

        A job is done when it has ended with 0. Raises StackError with the log of the one that fails or is late.
        """
        deadline = clock.monotonic() + timeout
        waiting, starting = list(specs), list[str]()
        while waiting or starting:
            while waiting and len(starting) < at_once:
                self.start(waiting[0])
                starting.append(waiting.pop(0).name)
            starting = [name for name in starting if not self._settled(name)]
            if starting:
                self._pause(deadline, f"{starting[0]} is not ready")

    def kill(self, name: str) -> int:
        """kill -9 of the process and of what it forked; the supervisor then restarts it. Returns the pid killed."""
        with self._lock:
            child = self.children[name]
            pid = child.pid
            if pid:
                _kill_group(pid)
        if pid and child.popen is not None:
            child.popen.wait()
        return pid

    def wait_restarted(self, name: str, old_pid: int, timeout: float) -> None:
        """Waits until another process than `old_pid` has taken the name and is ready."""
        deadline = clock.monotonic() + timeout
        child = self.children[name]
        while child.pid in (0, old_pid):
            self._pause(deadline, f"{name} is not restarted")
        self.wait_ready([name], max(0.1, deadline - clock.monotonic()))

    def stop(self, names: Iterable[str]) -> None:
        """SIGTERM to each, all at once; SIGKILL to what remains after its grace."""
        asked: list[tuple[Child, int]] = []
        with self._lock:
            for name in names:
                child = self.children.get(name)
                if child is None:
                    continue
                child.wanted = False
                # Read once: it may end meanwhile, and a signal to pid 0 would reach this very process's group.
                pid = child.pid
                if pid and child.popen is not None:
                    child.popen.terminate()
                    asked.append((child, pid))
        for child, pid in asked:
            assert child.popen is not None
            try:
                child.popen.wait(timeout=child.spec.grace)
            except subprocess.TimeoutExpired:
                log.warning("dev.child.killed_after_grace", process=child.spec.name, grace=child.spec.grace)
            _kill_group(pid)
            child.popen.wait()
        self._on_change()

    def close(self) -> None:
        """Ends everything that is left, then the supervisor's own thread."""
        self.stop(list(self.children))
        self._closing = True
        self._wake.set()
        self._thread.join()

    def log_path(self, name: str) -> Path:
        """Where the output of a process is kept."""
        return self._log_dir / f"{name}.log"

    def log_tail(self, name: str, size: int = 4000) -> str:
        """The last `size` bytes of what a process has said."""
        path = self.log_path(name)
        return path.read_bytes()[-size:].decode(errors="replace") if path.exists() else ""

    def _settled(self, name: str, question: Callable[[], bool] | None = None) -> bool:
        child = self.children[name]
        if child.spec.job:
            code = None if child.popen is None else child.popen.poll()
            if code:
                raise StackError(f"{name} ended with {code}:\n{self.log_tail(name)}")
            return code == 0
        if child.failures > MOST_FAILURES:
            raise StackError(f"{name} keeps ending at start:\n{self.log_tail(name)}")
        return bool(child.pid) and (question or child.spec.ready)()

    def _pause(self, deadline: float, why: str) -> None:
        left = deadline - clock.monotonic()
        if left <= 0:
            name = why.split(" ", 1)[0]
            raise StackError(f"{why} in time:\n{self.log_tail(name)}")
        with self._news:
            self._news.wait(min(left, LOOK_EVERY))

    def _watch(self) -> None:
        while not self._closing:
            self._wake.wait(LOOK_EVERY)
            self._wake.clear()
            changed = False
            with self._lock:
                for child in list(self.children.values()):
                    changed |= self._look_at(child)
                self._news.notify_all()
            if changed:
                self._on_change()

    def _look_at(self, child: Child) -> bool:
        """Starts the child if it is wanted and absent; says whether something changed."""
        now = clock.monotonic()
        if child.popen is not None and child.popen.poll() is not None and child.wanted and child.started:
            if child.spec.job:
                child.wanted = False
                return True
            _kill_group(child.popen.pid)
            # A process that ends by itself is failing; one killed by -9 is not: that came from outside.
            by_itself = child.popen.returncode != -signal.SIGKILL
            child.failures = child.failures + 1 if by_itself and now - child.started <= SETTLED_AFTER else 0
            child.not_before = now + min(FIRST_BACKOFF * 2**child.failures, LONGEST_BACKOFF)
            log.warning(
                "dev.child.died", process=child.spec.name, code=child.popen.returncode, restarts=child.restarts + 1
            )
            child.started = 0.0
            return True
        if not child.wanted or child.pid or now < child.not_before:
            return False
        self._spawn(child, now)
        return True

    def _spawn(self, child: Child, now: float) -> None:
        path = self.log_path(child.spec.name)
        if path.exists() and path.stat().st_size > LOG_KEPT:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as output:
            child.popen = subprocess.Popen(
                # setpriv (util-linux) sets PR_SET_PDEATHSIG and then is the program itself: same pid, no fork.
                ("setpriv", "--pdeathsig", "KILL", "--", *child.spec.argv),
                env={**child.spec.env},
                cwd=self._cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child.started = now
        child.starts += 1


def _kill_group(pid: int) -> None:
    # No process of the group is left: that is what was asked for.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
