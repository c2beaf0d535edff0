"""`python -m services.deposit prepare|web|rpc|worker|rejets|faits|reprise`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from chassis import mongo, pace
from chassis.lead import Queue
from chassis.processes import main
from chassis.service import Service, Task
from chassis.settings import Settings
from chassis.watch import TICK_SECONDS, Probe, Watch
from pilotage.actions import comptes
from pilotage.command import command
from services.deposit import cadre, consumers, due, options, rpc, store
from services.deposit.concertation.store.campagne import Campagne
from services.deposit.dossier.store.panne import Panne
from services.deposit.dossier.store.usager import Blocage
from services.deposit.panne.actions import pannes

if TYPE_CHECKING:
    from flask import Flask

    from chassis.rpc import Client

CAMPAIGN_SECONDS, SWEEP_SECONDS = 30.0, 600.0
RECONCILE_SECONDS, LOOK_AGAIN_SECONDS, FIGURES_SECONDS = 3600.0, 2.0, 600.0
TELL_SECONDS = 1.0


def create_app(settings: Settings) -> Flask:
    """The web process."""
    from services.deposit.web import create_app as create

    return create(settings)


def add_servicers(server: Any, settings: Settings) -> tuple[str, ...]:
    """The rpc process."""
    from services.deposit.parcours.pages import in_words

    cadre.use(settings)
    return rpc.add_servicers(server, Blocage, in_words)


def tasks(settings: Settings, client: Client) -> Sequence[Task]:
    """The worker's own work: what the préfectures' view misses (DEP-29), files of uploads that nobody ended, and the
    watch over our own web (XCT-02).
    """
    from chassis.web import uploads
    from chassis.web.files import FileStore
    from services.deposit.concertation.actions import campagnes
    from services.deposit.engagement.actions import missions
    from services.deposit.instruction.actions import delais, file_attente, indicateurs, relectures

    frame = cadre.use(settings)
    web = Watch(mongo.database("deposit")["veille"], Probe.from_env(settings))
    telling = (Queue.of(Panne, {"etape": {"$gt": ""}}), Queue.of(Campagne, {"envoi": {"$gt": ""}}))
    return (
        Task(RECONCILE_SECONDS, file_attente.watch),
        Task(LOOK_AGAIN_SECONDS, file_attente.look_again, paced=True, queues=(relectures.QUEUE,)),
        Task(FIGURES_SECONDS, delais.compute),
        Task(comptes.SECONDS, partial(comptes.catch_up, indicateurs.tableau(frame.catalogue))),
        Task(comptes.SECONDS, missions.open_due),
        Task(CAMPAIGN_SECONDS, campagnes.open_due),
        Task(TELL_SECONDS, partial(tell_many, pace.told_a_second()), paced=True, queues=telling),
        Task(SWEEP_SECONDS, partial(uploads.sweep, mongo.database("deposit"), FileStore(frame.pieces_dir))),
        Task(TICK_SECONDS, partial(pannes.watch, web, options.absence())),
    )


def tell_many(most: int) -> int:
    """Goes on with an outage or a campaign, for so many persons at most; acts come first."""
    from services.deposit.concertation.actions import campagnes
    from services.deposit.panne.actions import annonces

    return pace.yielding(SERVICE.aggregates, most, annonces.tell, campagnes.send_batch)


def backlog() -> int:
    """How many outages have people still to be told."""
    from services.deposit.panne.actions import annonces

    return annonces.untold()


def prepare(settings: Settings) -> None:
    """The indexes of what ends by itself: recovery links."""
    from services.deposit.compte.actions import facteur, recuperation

    cadre.use(settings)
    comptes.prepare_indexes(mongo.database("deposit"))
    for module in (facteur, recuperation):
        module.prepare_indexes(mongo.database("deposit"))


def reprise(settings: Settings, words: Sequence[str]) -> int:
    """Takes a file of records over: `reprise FILE`; prints the run and its counts (docs/reprise.md)."""
    from services.deposit.reprise.command import command

    return command(settings, words)


def chiffres(settings: Settings, words: Sequence[str]) -> int:
    """Counts every figure again from the facts."""
    from services.deposit.instruction.actions import indicateurs

    return command(indicateurs.tableau(cadre.use(settings).catalogue))(settings, words)


SERVICE = Service(
    name="deposit",
    documents=store.DOCUMENTS,
    create_app=create_app,
    add_servicers=add_servicers,
    allowed=rpc.ALLOWED,
    readers=rpc.READERS,
    handlers=consumers.HANDLERS,
    due=due.DUE,
    tasks=tasks,
    backlog=backlog,
    prepare=prepare,
    needs={"web": ("PIECES_DIR",), "worker": ("PIECES_DIR",), "rpc": ("PIECES_DIR",)},
    commands={"reprise": reprise, "chiffres": chiffres},
)

if __name__ == "__main__":
    main(SERVICE)
