"""`python -m services.substitution prepare|web|rpc|worker|rejets|faits`."""

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
from personne import lecture
from pilotage.actions import comptes
from pilotage.command import command
from promesse import actions as promesses
from services.substitution import cadre, consumers, due, rpc, store
from services.substitution.actions import courriels, depots, indicateurs, pannes, prefectures, suites, voies

if TYPE_CHECKING:
    from flask import Flask

    from chassis.rpc import Client

SWEEP_SECONDS, TELL_SECONDS = 600.0, 1.0


def create_app(settings: Settings) -> Flask:
    """The web process."""
    from flask_babel import lazy_gettext

    from chassis.web import app
    from consigne import pages as consignes
    from pilotage import pages as figures
    from services.substitution.api import blueprints as api
    from services.substitution.pages import blueprints as pages

    cadre.use(settings)
    title = lazy_gettext("Faire ma démarche autrement")
    made = app.create_app(settings, pages=pages(), api=api(), who_of_session=lambda session: None, title=title)
    # A module is shown on other sites: its links say the whole address.
    made.jinja_env.globals["adresse"] = settings.public_url
    consignes.publish(made, cadre.cadre().catalogue, cadre.cadre().position)
    figures.publish(made, indicateurs.TABLEAU, cadre.cadre().catalogue.departements())
    made.jinja_env.filters["prefecture_en_mots"] = cadre.cadre().catalogue.departement_en_mots
    return made


def add_servicers(server: Any, settings: Settings) -> tuple[str, ...]:
    """The rpc process."""
    cadre.use(settings)
    return rpc.add_servicers(server)


def tasks(settings: Settings, client: Client) -> Sequence[Task]:
    """The worker's own work: uploads that nobody ended, the figures, and the probing of the téléservice."""
    from chassis.smtp import Listener
    from chassis.web import uploads

    frame = cadre.use(settings)
    probe = Probe.from_env(settings)
    telling = (Queue.of(store.Panne, {"part": {"$gt": ""}}),)
    if settings.smtp_inbound_port:
        Listener(courriels.mailbox(), settings.host, settings.smtp_inbound_port).start()
    works = [
        Task(0, courriels.read_pending, queues=(courriels.INBOUND.queue,)),
        Task(SWEEP_SECONDS, partial(uploads.sweep, mongo.database("substitution"), frame.files)),
        Task(comptes.SECONDS, partial(comptes.catch_up, indicateurs.TABLEAU)),
        Task(TELL_SECONDS, partial(tell_many, pace.told_a_second()), paced=True, queues=telling),
    ]
    if probe.page:
        works.append(Task(TICK_SECONDS, partial(pannes.probe, Watch(mongo.database("substitution")["veille"], probe))))
    return works


def tell_many(most: int) -> int:
    """Goes on telling of an outage, for so many persons at most; acts come first."""
    return pace.yielding(SERVICE.aggregates, most, pannes.tell_next)


def backlog() -> int:
    """How much waits: e-mails to read, outages to tell."""
    return courriels.INBOUND.count_pending() + pannes.untold()


def prepare(settings: Settings) -> None:
    """The sample préfectures, where samples are allowed."""
    cadre.use(settings)
    comptes.prepare_indexes(mongo.database("substitution"))
    prefectures.seed()


SERVICE = Service(
    name="substitution",
    documents=store.DOCUMENTS,
    create_app=create_app,
    add_servicers=add_servicers,
    allowed=rpc.ALLOWED,
    readers=rpc.READERS,
    handlers=consumers.HANDLERS,
    due=due.DUE,
    replies={
        voies.RESERVER: suites.RESERVER_REPLY,
        voies.OUVRIR_VOIE: suites.OUVRIR_VOIE_REPLY,
        suites.ANNULER: suites.ANNULER_REPLY,
        suites.RESOUDRE: suites.RESOUDRE_REPLY,
        depots.DEPOSER: depots.DEPOSER_REPLY,
        depots.ATTACHER: depots.ATTACHER_REPLY,
        **promesses.replies(store.Voie),
        **lecture.REPLIES,
    },
    tasks=tasks,
    backlog=backlog,
    prepare=prepare,
    commands={"chiffres": command(indicateurs.TABLEAU)},
    needs={"web": ("PIECES_DIR",), "worker": ("PIECES_DIR",)},
)

if __name__ == "__main__":
    main(SERVICE)
