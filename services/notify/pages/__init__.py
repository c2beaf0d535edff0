"""The desk of messages: what waits, one person's messages and proofs, letters to print, calls to make, refusals."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_openapi import OpenAPI

from blocage.pages import show_links
from chassis.settings import Settings
from chassis.web.app import create_app
from consigne import pages as consignes
from droit.catalogue import catalogue
from droit.dates import Position
from services.notify.actions.acces import fuseau_of
from services.notify.api import blueprints
from services.notify.pages import appels, bureau, courriers, messages, rejets
from services.notify.pages.socle import desk

# Each module adds its pages to the one desk.
PAGES = (bureau, messages, courriers, appels, rejets)

CANAUX = {
    "COURRIEL": lazy_gettext("e-mail"),
    "SMS": lazy_gettext("SMS"),
    "LETTRE": lazy_gettext("courrier"),
    "APPEL": lazy_gettext("appel"),
    "ACCUEIL": lazy_gettext("point d’accueil"),
}
# State -> its sentence, and the sign that goes with it.
ETATS = {
    "A_PLANIFIER": (lazy_gettext("en préparation"), "attente"),
    "PLANIFIE": (lazy_gettext("préparé"), "attente"),
    "REJETE": (lazy_gettext("mis de côté"), "attention"),
    "NON_RECU": (lazy_gettext("personne n'a été joint"), "arret"),
    "A_REMETTRE": (lazy_gettext("à remettre"), "attente"),
    "REMIS": (lazy_gettext("remis au transporteur"), "attente"),
    "DELIVRE": (lazy_gettext("arrivé"), "ok"),
    "LU": (lazy_gettext("lu"), "ok"),
    "ECHEC": (lazy_gettext("échec"), "arret"),
    "ANNULE": (lazy_gettext("annulé"), "neutre"),
}
DATES = {
    "cree": lazy_gettext("Préparé"),
    "remis": lazy_gettext("Remis au transporteur"),
    "delivre": lazy_gettext("Arrivé"),
    "lu": lazy_gettext("Lu"),
    "echec": lazy_gettext("Échec"),
}


def application(settings: Settings) -> OpenAPI:
    """The web process of notify: agents and carriers only; usagers read their messages in their own space."""
    app = create_app(
        settings,
        pages=[desk, consignes.pages],
        api=blueprints(),
        who_of_session=lambda session: None,
        title=lazy_gettext("Mes messages"),
    )
    show_links(app)
    consignes.publish(app, catalogue(), Position(settings.regles))
    app.jinja_env.filters["fuseau"] = fuseau_of
    app.jinja_env.globals.update(canaux=CANAUX, etats=ETATS, noms_dates=DATES)
    return app
