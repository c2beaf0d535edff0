"""Two services of the tests' own, run as real processes: `python -m tests.chassis.core.faux deposit|notify PROCESS`."""

from __future__ import annotations

import sys
import threading
from datetime import date
from typing import Any

from flask import Flask
from google.protobuf.wrappers_pb2 import StringValue

from chassis import due, mongo, outbox
from chassis.inbox import Meta
from chassis.mongo import insert_once
from chassis.processes import main
from chassis.service import Service
from chassis.settings import Settings
from chassis.web import admission
from chassis.web.options import WebOptions
from tests.chassis.core import monde
from tests.chassis.core.monde import Bocal

POISON = "poison"
SLOW_SECONDS = 0.8


def _app(settings: Settings) -> Flask:
    app = Flask(settings.service)
    admission.register(app, WebOptions.from_env())
    app.add_url_rule("/", view_func=_at_once)
    app.add_url_rule("/lent", view_func=_slow)
    return app


@admission.ranked(admission.ACT)
def _at_once() -> str:
    return "ok"


@admission.ranked(admission.ACT)
def _slow() -> str:
    threading.Event().wait(SLOW_SECONDS)
    return "ok"


def _servicers(server: Any, settings: Settings) -> tuple[str, ...]:
    return ()


def note(event: StringValue, meta: Meta) -> None:
    """Writes the fact once, unless it is poison and no remedy is stored."""
    db = mongo.database("notify")
    if event.value == POISON and db["remedes"].find_one({"_id": POISON}) is None:
        raise ValueError("poison")
    insert_once(db["effets"], {"_id": meta.event_id, "aggregate": meta.aggregate, "version": meta.version})


@outbox.retry_conflicts
def remind(bocal_id: str, day: date, today: date) -> None:
    """What falls due: closes the jar and tells it, once."""
    bocal: Bocal = Bocal.objects(id=bocal_id).first()
    if bocal.next_due_date is not None:
        bocal.state = "FERME"
        due.plan(bocal, relance=None)
        outbox.update(bocal, monde.fact("ferme"))


FAUX = {
    "deposit": Service(
        "deposit",
        (Bocal,),
        _app,
        _servicers,
        {},
        {monde.REMPLI: frozenset({"notify"})},
        due={(Bocal, "relance"): remind},
        needs={"prepare": ()},
    ),
    "notify": Service("notify", (), _app, _servicers, {}, handlers={monde.REMPLI: (StringValue, note)}),
}

if __name__ == "__main__":
    main(FAUX[sys.argv[1]], sys.argv[2:])
