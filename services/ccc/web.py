"""The web process of ccc: pages, API, « Je n'y arrive pas », and what notify reads."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from blocage.pages import jnap_blueprint
from chassis.settings import Settings
from chassis.web.app import create_app as create
from chassis.web.internal import internal_blueprint
from chassis.web.sessions import Session
from chassis.web.who import Who
from consigne import pages as consignes
from pilotage import pages as figures
from services.ccc import api, cadre, pages
from services.ccc.actions import attestations, indicateurs


def create_app(settings: Settings) -> Flask:
    """The Flask application, ready for gunicorn."""
    cadre.use(settings)
    app = create(
        settings,
        pages=[
            *pages.BLUEPRINTS,
            jnap_blueprint(pages.blocage.guichet()),
            internal_blueprint(attestations.PAPIERS.draw),
            figures.pages,
            consignes.pages,
        ],
        api=api.BLUEPRINTS,
        who_of_session=_nobody,
        title=lazy_gettext("Centre de contact"),
    )
    consignes.publish(app, cadre.cadre().catalogue, cadre.cadre().position)
    figures.publish(app, indicateurs.TABLEAU, cadre.cadre().catalogue.departements())
    app.jinja_env.filters["prefecture_en_mots"] = cadre.cadre().catalogue.departement_en_mots
    return app


def _nobody(session: Session) -> Who | None:
    """Nobody: usagers sign in at deposit only; here a person has a reference and a secret link."""
    return None
