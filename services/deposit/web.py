"""The web process of deposit: pages, API, uploads, « Je n'y arrive pas »."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from blocage.pages import jnap_blueprint
from chassis.settings import Settings
from chassis.web.app import create_app as create
from chassis.web.internal import internal_blueprint
from chassis.web.uploads import tus_blueprint
from chassis.web.who import AIDANT, USAGER
from consigne import pages as consignes
from pilotage import pages as figures
from services.deposit import api, cadre, pages
from services.deposit.blocage.pages import blocage
from services.deposit.compte.actions.sessions import ACCOUNTS, who_of_session
from services.deposit.compte.pages import fournisseur
from services.deposit.dossier.actions import fichiers, prefectures
from services.deposit.droits.actions import attestations
from services.deposit.espace.pages import envois, pieces
from services.deposit.instruction.actions import indicateurs


def create_app(settings: Settings) -> Flask:
    """The Flask application, ready for gunicorn."""
    cadre.use(settings)
    catalogue = cadre.cadre().catalogue
    uploads = tus_blueprint(fichiers.store(), pieces.may_upload, pieces.on_complete, envois.on_refused)
    reglage = fournisseur.Reglage.from_env(settings)
    app = create(
        settings,
        pages=[
            *pages.BLUEPRINTS,
            uploads,
            jnap_blueprint(blocage.guichet()),
            internal_blueprint(_document),
            figures.pages,
            consignes.pages,
        ],
        api=api.BLUEPRINTS,
        who_of_session=who_of_session,
        title=lazy_gettext("Demander et suivre mon titre"),
        sign_in={USAGER: "compte.connexion", AIDANT: "aidants.connexion"},
    )
    consignes.publish(app, cadre.cadre().catalogue, cadre.cadre().position)
    figures.publish(app, indicateurs.tableau(catalogue), catalogue.departements())
    app.config["ACCOUNTS"] = ACCOUNTS
    fournisseur.register(app, reglage)
    app.jinja_env.filters["fuseau"] = prefectures.fuseau
    app.jinja_env.filters["prefecture_en_mots"] = cadre.cadre().catalogue.departement_en_mots
    return app


def _document(numero: str) -> bytes:
    return attestations.pdf(attestations.find(numero)[1])
