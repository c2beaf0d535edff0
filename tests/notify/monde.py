"""The outside of notify, real: a service that asks for messages, a mail relay, an SMS gateway, people and agents."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pymongo.database import Database
from werkzeug.serving import BaseWSGIServer, make_server

from chassis import bus, clock, messages, mongo, outbox, relay
from chassis.inbox import Inbox, Received
from chassis.mongo import Aggregate
from chassis.service import prepare_indexes
from chassis.settings import Settings
from chassis.web.app import create_app
from chassis.web.internal import internal_blueprint
from chassis.web.who import Who
from dev.sinks import reports
from dev.sinks.pages import create_app as create_sinks_app
from dev.sinks.returns import Returns
from dev.sinks.sms import Sms
from dev.sinks.smtp import Courriels, Handler, SmtpSink
from sejour.contact.v1 import contact_pb2
from services.notify import store
from services.notify.actions import accuses, planification, remise
from services.notify.actions.contacts import NUMBER_OF_CANAL
from services.notify.consumers import HANDLERS
from services.notify.moyens import Moyens
from tests import drain, waiting

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SMS_SECRET = "partage-avec-la-passerelle"
WAIT_SECONDS = 60.0


wait_until = partial(waiting.wait_until, timeout=WAIT_SECONDS)


class Dossier(Aggregate):
    """Whatever a service writes when it has something to tell."""

    meta: ClassVar[dict[str, Any]] = {"db_alias": "deposit", "collection": "dossiers", "auto_create_index": False}


class Served:
    """A WSGI application on a loopback port of its own."""

    def __init__(self, app: Any, port: int = 0) -> None:
        self._app = app
        self.server: BaseWSGIServer | None = None
        self.port = port
        self.start()

    def start(self) -> None:
        """Serves, on the same port as before."""
        self.server = make_server("127.0.0.1", self.port, self._app, threaded=True)
        self.port = self.server.port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Nobody answers at this port any more."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None


class Source:
    """A real service seen from notify: its outbox, its relay, its internal pages."""

    def __init__(self, settings: Settings) -> None:
        self.settings = replace(settings, service="deposit", cles_dir=settings.cles_dir.parent / "deposit")
        self.db = mongo.connect(self.settings)
        prepare_indexes(self.db, Dossier)
        app = create_app(
            self.settings, pages=[internal_blueprint(lambda numero: PDF)], api=[], who_of_session=lambda session: None
        )
        self.web = Served(app)

    def say(self, *entries: outbox.Entry, parcours_id: str = "parcours-1") -> None:
        """One act of the service, with what it publishes."""
        outbox.insert(Dossier(id=clock.new_id(), parcours_id=parcours_id), *entries)

    def ask(self, demande: messages.Notice) -> str:
        """Asks that a person be told something; returns the message's identifier."""
        fact = messages.fact("deposit", demande)
        self.say(fact, parcours_id=demande.parcours_id)
        return str(fact.private["message_id"])

    def relay_to(self, db: Database[dict[str, Any]], service: str = "deposit") -> int:
        """Publishes what is unsent straight into the inbox of notify, as this service."""
        inbox = Inbox(db, HANDLERS)

        async def publish(entries: list[dict[str, Any]]) -> set[str]:
            inbox.handle_batch([received(entry, service) for entry in entries])
            return {str(entry["event_id"]) for entry in entries}

        return drain.empty(relay.Relay(self.db, (Dossier,), publish, drain.in_a_thread))


def received(entry: dict[str, Any], service: str = "deposit") -> Received:
    """An outbox entry of a service as a consumer gets it."""
    headers = {
        "Nats-Msg-Id": entry["event_id"],
        "sejour-aggregate": entry["aggregate"],
        "sejour-version": str(entry["version"]),
        "sejour-parcours": entry["parcours"],
        "sejour-day": entry["day"],
        "sejour-time": entry["time"].astimezone(UTC).isoformat(),
    }
    return Received(bus.published_subject(entry, service), entry["payload"], headers, 1)


class Boites:
    """The mail relay and the SMS gateway of the development stack, which misbehave by recipient."""

    def __init__(self, folder: Path, smtp_port: int, bounce_port: int) -> None:
        self.courriels = Courriels(folder)
        self.sms = Sms(folder, SMS_SECRET, "")
        hands: dict[str, Callable[[dict[str, Any]], None]] = {
            "dsn": partial(reports.send, port=bounce_port),
            "sms": self.sms.call_back,
        }
        self.returns = Returns(folder / "retours.jsonl", hands)
        self.sms.returns = self.returns
        self._handler = Handler(self.courriels, self.returns)
        self.smtp_port = smtp_port
        self.smtp: SmtpSink | None = None
        self.start_smtp()
        self.web = Served(create_sinks_app(self.courriels, self.sms))

    def call_back_at(self, url: str) -> None:
        """Where the gateway says what became of a message."""
        self.sms._callback = url

    def start_smtp(self) -> None:
        """The relay answers, on the same port as before."""
        self.smtp = SmtpSink(self._handler, self.smtp_port, "")
        self.smtp.start()

    def stop_smtp(self) -> None:
        """The relay is down."""
        if self.smtp is not None:
            self.smtp.stop()
            self.smtp = None

    def close(self) -> None:
        """Everything is closed."""
        with suppress(Exception):
            self.stop_smtp()
        self.returns.close()
        self.web.stop()

    def mails(self, to: str, lost: bool = False) -> list[Any]:
        """The messages received for this address, parsed, oldest first."""
        lines = [line for line in self.courriels.journal.lines() if to in line["to"] and (lost or not line["lost"])]
        return [self.courriels.read(line["id"]) for line in lines]

    def texts(self, to: str) -> list[str]:
        """The text messages taken for this number, oldest first."""
        return [line["text"] for line in self.sms.messages()[::-1] if line["to"] == to]


def contact(contact_id: str, version: int = 1, **values: Any) -> outbox.Contact:
    """The contacts of a person; `canaux` and `canaux_confirmes` by name."""
    for name in ("canaux", "canaux_confirmes"):
        values[name] = [NUMBER_OF_CANAL[canal] for canal in values.get(name, ())]
    return messages.contact(contact_pb2.Contact(contact_id=contact_id, version=version, nom="Amina Diallo", **values))


def hand_over(moyens: Moyens, canal: str) -> int:
    """One pass over what waits by a way, finished when it returns; how many sendings were worked on."""
    remises = remise.Remises(moyens, canal)
    given = remises.run()
    remises.close()
    return given


def work(moyens: Moyens, canaux: Iterable[str] = ("COURRIEL", "SMS", "LETTRE", "APPEL"), rounds: int = 4) -> bool:
    """What the worker does, a few times over: plan, hand, read what came back. False: a condition may follow `or`."""
    for _ in range(rounds):
        for source in ("deposit", "notify"):
            planification.run_messages(moyens, source)
        for canal in canaux:
            hand_over(moyens, canal)
        accuses.run_retours()
    return False


def agent(*roles: str, prefectures: Iterable[str] = (), agent_id: str = "agent-1") -> Who:
    """An agent of this service."""
    return Who(kind="agent", id=agent_id, roles=frozenset(roles), prefectures=frozenset(prefectures), nom="Agent")


def state(message_id: str) -> tuple[str, str]:
    """State and cause of a message."""
    found = store.Message.objects(id=message_id).first()
    return found.state, found.cause


def envois(message_id: str) -> dict[str, Any]:
    """The sendings of a message by way."""
    return {envoi.canal: envoi for envoi in store.envois_of([message_id])}


def reached(message_id: str, canal: str, *states: str) -> bool:
    """Whether the sending by this way is in one of these states."""
    found = envois(message_id)
    return canal in found and found[canal].state in states


def facts(db: Database[dict[str, Any]]) -> list[str]:
    """The subjects of the facts that notify has to publish, in no order."""
    return [
        entry["subject"]
        for name in ("messages", "envois")
        for found in db[name].find({}, {"outbox": 1})
        for entry in found.get("outbox", [])
    ]
