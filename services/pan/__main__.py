"""`python -m services.pan prepare|web|rpc|worker`: what pan is made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from chassis import mongo
from chassis.commands import Reply
from chassis.lead import Queue
from chassis.processes import main
from chassis.rpc import Client
from chassis.service import Service, Task
from chassis.settings import Settings
from personne import lecture
from pilotage.actions import comptes
from pilotage.command import command
from promesse import actions as promesses
from sejour.ccc.v1 import ccc_pb2
from sejour.deposit.v1 import deposit_pb2
from sejour.notify.v1 import notify_pb2
from services.pan import cadre, rpc
from services.pan.actions import (
    a_dire,
    agenda,
    agendas,
    annonces,
    capacites,
    depots,
    indicateurs,
    lieux,
    reparations,
    suivis,
    tickets,
)
from services.pan.consumers import HANDLERS
from services.pan.due import DUE
from services.pan.store import DOCUMENTS, Creneau, Lieu, Visite

if TYPE_CHECKING:
    import grpc
    from flask_openapi import OpenAPI

    from chassis.web.sessions import Session
    from chassis.web.who import Who

SWEEP_SECONDS, PULL_SECONDS, UPLOADS_SECONDS = 5.0, 60.0, 300.0
# However many bookings a place takes, it is counted no oftener.
COUNT_SECONDS = 1.0
RULES = "prefectures_connues"


def create_app(settings: Settings) -> OpenAPI:
    """The web process: pages for people and desks, the JSON API, the ANTS dialect, what other services read."""
    from flask_babel import lazy_gettext

    from blocage.pages import jnap_blueprint
    from chassis.web import app
    from chassis.web.internal import internal_blueprint
    from consigne import pages as consignes
    from pilotage import pages as figures
    from services.pan import api, pages
    from services.pan.actions.papiers import PAPIERS

    cadre.use(settings)
    made = app.create_app(
        settings,
        pages=[*pages.blueprints(), jnap_blueprint(pages.guichet()), internal_blueprint(PAPIERS.draw)],
        api=api.blueprints(),
        who_of_session=_nobody,
        title=lazy_gettext("Points d'accueil numérique"),
    )
    consignes.publish(made, cadre.cadre().catalogue, cadre.cadre().position)
    figures.publish(made, indicateurs.TABLEAU, cadre.cadre().catalogue.departements())
    made.jinja_env.filters["prefecture_en_mots"] = cadre.cadre().catalogue.departement_en_mots
    return made


def _nobody(session: Session) -> Who | None:
    """Nobody: usagers sign in at deposit only; here a person shows a reference and a paper."""
    return None


def _add_servicers(server: grpc.Server, settings: Settings) -> tuple[str, ...]:
    cadre.use(settings)
    return rpc.add_servicers(server, settings)


def _backlog() -> int:
    return capacites.uncounted() + lieux.unfollowed()


def _prepare(settings: Settings) -> None:
    cadre.use(settings)
    comptes.prepare_indexes(mongo.database("pan"))
    lieux.seed()


def _tasks(settings: Settings, client: Client) -> Sequence[Task]:
    from chassis.web import uploads

    frame = cadre.use(settings)
    works = [
        Task(SWEEP_SECONDS, agenda.sweep_holds),
        Task(PULL_SECONDS, agendas.read_ahead),
        # Asked with all that waits, at each look, and not by a question of their own.
        Task(0, lieux.follow_rules, queues=(Queue(RULES, RULES, lieux.begun),)),
        Task(0, suivis.follow_moved, queues=(Queue.of(Creneau, suivis.MOVED),)),
        Task(SWEEP_SECONDS, annonces.send_due),
        Task(COUNT_SECONDS, capacites.count_marked, paced=True, queues=(Queue.of(Lieu, capacites.CHANGED),)),
        Task(comptes.SECONDS, partial(comptes.catch_up, indicateurs.TABLEAU)),
    ]
    if settings.pieces_dir is not None:
        works.append(Task(UPLOADS_SECONDS, partial(uploads.sweep, mongo.database("pan"), frame.files)))
    return works


SERVICE = Service(
    name="pan",
    documents=DOCUMENTS,
    create_app=create_app,
    add_servicers=_add_servicers,
    allowed=rpc.ALLOWED,
    readers=rpc.READERS,
    handlers=HANDLERS,
    due=DUE,
    replies={
        depots.METHOD: Reply(deposit_pb2.DeposerDemandeRequest, deposit_pb2.DeposerDemandeResponse, depots.note_answer),
        reparations.METHOD: Reply(deposit_pb2.DebloquerRequest, deposit_pb2.DebloquerResponse, reparations.note_answer),
        **promesses.replies(Visite),
        **lecture.REPLIES,
        a_dire.NOTER: Reply(notify_pb2.NoterDitRequest, notify_pb2.NoterDitResponse, a_dire.note_answer),
        tickets.METHOD: Reply(ccc_pb2.OuvrirSaisineRequest, ccc_pb2.OuvrirSaisineResponse, tickets.note_answer),
    },
    tasks=_tasks,
    backlog=_backlog,
    prepare=_prepare,
    commands={"chiffres": command(indicateurs.TABLEAU)},
    needs={"web": ("PIECES_DIR",)},
)

if __name__ == "__main__":
    main(SERVICE)
