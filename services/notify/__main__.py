"""`python -m services.notify prepare|web|rpc|worker|rejets|faits`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from chassis import mongo
from chassis.lead import Queue
from chassis.processes import main
from chassis.service import Service, Task
from chassis.settings import SERVICES, Settings
from services.notify import rpc, rules, store
from services.notify.actions import accuses, planification, rejets, remise, together
from services.notify.consumers import HANDLERS
from services.notify.due import DUE
from services.notify.moyens import make

if TYPE_CHECKING:
    from flask import Flask

    from chassis.rpc import Client

# Between two batches, so that each holds more; what comes alone does not wait.
GATHER_SECONDS = 0.2
SOURCES = tuple(f"{name.upper()}_WEB" for name in SERVICES if name != "notify")


def create_app(settings: Settings) -> Flask:
    """The web process."""
    from services.notify.pages import application

    return application(settings)


def tasks(settings: Settings, client: Client) -> Sequence[Task]:
    """The worker's tasks beside facts and dates: plan by source, hand over by way, read what comes back."""
    from chassis.inbox import Inbox
    from chassis.smtp import Listener

    moyens = make(settings, client)
    if settings.smtp_inbound_port:
        Listener(accuses.mailbox(settings.secret), settings.host, settings.smtp_inbound_port).start()
    remises = {canal: remise.Remises(moyens, canal) for canal in rules.CANAUX}
    together.begin(moyens, remises)
    inbox = Inbox(mongo.database(settings.service), HANDLERS)
    plans = {source: partial(planification.run_messages, moyens, source) for source in SERVICES}
    return (
        *(_work(plan, store.waiting(store.Message, source=source)) for source, plan in plans.items()),
        *(_work(each.run, store.waiting(store.Envoi, canal=canal)) for canal, each in remises.items()),
        _work(accuses.run_retours, store.waiting(store.Retour)),
        _work(partial(rejets.run_replays, inbox.replay), rejets.QUEUE),
    )


def _work(work: Callable[[], int], queue: Queue) -> Task:
    """Work on what waits in one queue; a write of its collection calls for it too."""
    return Task(GATHER_SECONDS, work, paced=True, queues=(queue,), calls=(queue.collection,))


def backlog() -> int:
    """How many messages, sendings and returns could be worked on now."""
    return store.count_waiting(store.Message, store.Envoi, store.Retour)


def prepare(settings: Settings) -> None:
    """The indexes of collections that no document class describes."""
    rejets.prepare_indexes()


SERVICE = Service(
    name="notify",
    documents=store.DOCUMENTS,
    create_app=create_app,
    add_servicers=rpc.add_servicers,
    allowed=rpc.ALLOWED,
    readers=rpc.READERS,
    handlers=HANDLERS,
    due=DUE,
    tasks=tasks,
    backlog=backlog,
    prepare=prepare,
    needs={"web": ("PIECES_DIR",), "worker": ("SMTP_URL", "SMS_URL", "PIECES_DIR", *SOURCES)},
)

if __name__ == "__main__":
    main(SERVICE)
