"""The development page at `/`: the five channels, who to sign in as, the sinks, the legal clock, what runs.

`python -m dev.home`. Settings: HOME_PORT, SEJOUR_DATA. Who to sign in as: `PEOPLE` and `AGENTS` of `dev.people`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyotp
from flask import Flask, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.serving import make_server

from chassis import logs
from dev.clock import Clock, ClockError, read_clock
from dev.front import CHANNELS
from dev.people import AGENTS, AIDANTE, CLE_AIDANTE, PEOPLE, Agent
from droit.jours import day_in_words

LONGEST_JUMP_DAYS = 3650


class Mover:
    """Moves the legal clock from a thread of its own: a long way takes minutes, and the page says how far it is."""

    def __init__(self, legal: Clock) -> None:
        self.legal = legal
        self.target: date | None = None
        self.failure = ""
        self._lock = threading.Lock()

    def start(self, target: date, direct: bool) -> bool:
        """Begins to move the clock; False when it is moving already."""
        with self._lock:
            if self.target is not None:
                return False
            self.target, self.failure = target, ""
        threading.Thread(target=self._move, args=(target, direct), daemon=True).start()
        return True

    def _move(self, target: date, direct: bool) -> None:
        try:
            self.legal.set(target, direct)
        except ClockError as failure:
            self.failure = str(failure)
        finally:
            self.target = None


def create_app(data: Path) -> Flask:
    """The application."""
    app = Flask("dev.home", template_folder=str(Path(__file__).parent / "templates"), static_folder=None)
    app.add_template_filter(day_in_words, "date_ecrite")
    mover = Mover(read_clock(data))

    @app.get("/livez")
    def livez() -> ResponseReturnValue:
        return "", 200

    @app.get("/")
    def home() -> ResponseReturnValue:
        stack = _described(data)
        started = set(stack.get("services", []))
        return render_template(
            "accueil.html",
            channels={name: title for name, title in CHANNELS.items() if name in started},
            people=[
                {**person, "code": _code_of_helper(data) if person["login"] == AIDANTE else ""} for person in PEOPLE
            ],
            agents=[_with_code(agent) for agent in AGENTS],
            today=mover.legal.today(),
            mover=mover,
            processes={name: found for name, found in stack.get("processes", {}).items() if not found["job"]},
        )

    @app.post("/horloge")
    def move_clock() -> ResponseReturnValue:
        # Another site open in the same browser could post this form: only our own page may.
        if urlsplit(request.headers.get("Origin", "")).netloc != request.host:
            abort(403)
        try:
            target = date.fromisoformat(request.form["jour"])
        except (KeyError, ValueError):
            abort(400, "jour : une date, 2027-03-12")
        if not 0 <= (target - mover.legal.today()).days <= LONGEST_JUMP_DAYS:
            abort(400, "L’horloge légale ne va qu’en avant, de dix ans au plus.")
        mover.start(target, direct="direct" in request.form)
        return redirect("/#horloge", 303)

    return app


def _described(data: Path) -> dict[str, Any]:
    path = data / "stack.json"
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found


def _with_code(agent: Agent) -> dict[str, Any]:
    return {**agent, "code": pyotp.TOTP(agent["totp_seed"]).now()}


def _code_of_helper(data: Path) -> str:
    key = data / CLE_AIDANTE
    return pyotp.TOTP(key.read_text()).now() if key.exists() else ""


def main() -> int:
    """Serves until SIGTERM; 0."""
    logs.configure("dev", "home")
    app = create_app(Path(os.environ["SEJOUR_DATA"]))
    server = make_server("127.0.0.1", int(os.environ["HOME_PORT"]), app, threaded=True)
    # `shutdown` waits for the serving loop, which is this thread's: another one has to ask.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
