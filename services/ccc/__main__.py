"""`python -m services.ccc prepare|web|rpc|worker|rejets|faits`: what ccc is made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from chassis import mongo
from chassis.commands import Reply
from chassis.lead import Queue
from chassis.processes import main
from chassis.service import Service, Task
from chassis.settings import Settings
from personne import lecture
from pilotage.actions import comptes
from pilotage.command import command
from promesse import actions as promesses
from sejour.deposit.v1 import deposit_pb2
from sejour.substitution.v1 import substitution_pb2
from services.ccc import cadre, rpc, store
from services.ccc.actions import anomalies, bulletins, courriels, indicateurs, leves, orientations, suites, touchees
from services.ccc.consumers import HANDLERS
from services.ccc.due import DUE

if TYPE_CHECKING:
    from flask import Flask

    from chassis.rpc import Client


def create_app(settings: Settings) -> Flask:
    """The web process."""
    from services.ccc.web import create_app as create

    return create(settings)


def add_servicers(server: Any, settings: Settings) -> tuple[str, ...]:
    """The rpc process."""
    cadre.use(settings)
    return rpc.add_servicers(server, settings)


def tasks(settings: Settings, client: Client) -> Sequence[Task]:
    """The worker's own work: the mailbox, what it received, who a fault stops and what she is told, the bulletins."""
    from chassis.smtp import Listener

    cadre.use(settings)
    if settings.smtp_inbound_port:
        Listener(courriels.mailbox(), settings.host, settings.smtp_inbound_port).start()
    return (
        Task(0, courriels.read_pending, queues=(courriels.INBOUND.queue,)),
        Task(0, suites.recognise_batch, queues=(Queue.of(store.Anomalie, {"rapprochement": {"$gt": ""}}),)),
        Task(0, touchees.announce_batch, queues=(Queue.of(store.Anomalie, {"annonce": {"$gt": ""}}),)),
        Task(comptes.SECONDS, partial(comptes.catch_up, indicateurs.TABLEAU)),
        Task(0, bulletins.send_batch, queues=(Queue.of(store.Bulletin, {"envoi": {"$gt": ""}}),)),
    )


def backlog() -> int:
    """How much waits: e-mails to read, announcements to make, bulletins to send."""
    return courriels.INBOUND.count_pending() + anomalies.count_waiting() + bulletins.count_waiting()


def prepare(settings: Settings) -> None:
    """The indexes of collections that no document class describes."""
    cadre.use(settings)
    comptes.prepare_indexes(mongo.database("ccc"))
    mongo.database("ccc")["consultations"].create_index([("saisine_id", 1), ("time", -1)])


SERVICE = Service(
    name="ccc",
    documents=store.DOCUMENTS,
    create_app=create_app,
    add_servicers=add_servicers,
    allowed=rpc.ALLOWED,
    readers=rpc.READERS,
    handlers=HANDLERS,
    due=DUE,
    replies={
        leves.METHOD: Reply(deposit_pb2.DebloquerRequest, deposit_pb2.DebloquerResponse, leves.note_answer),
        orientations.VOIE: Reply(
            substitution_pb2.OuvrirVoieRequest, substitution_pb2.OuvrirVoieResponse, orientations.note_voie
        ),
        **promesses.replies(store.Saisine),
        **lecture.REPLIES,
    },
    tasks=tasks,
    backlog=backlog,
    prepare=prepare,
    commands={"chiffres": command(indicateurs.TABLEAU)},
    needs={"web": ("PIECES_DIR",), "worker": ("PIECES_DIR", "SMTP_INBOUND_PORT"), "rpc": ("PIECES_DIR",)},
)

if __name__ == "__main__":
    main(SERVICE)
