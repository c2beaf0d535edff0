"""The web process of deposit: pages, API, uploads, « Je n'y arrive pas », and who a session speaks for."""

from __future__ import annotations

from flask import Flask

from chassis.settings import Settings
from chassis.web.app import create_app as create
from chassis.web.internal import internal_blueprint
from chassis.web.jnap import jnap_blueprint
from chassis.web.sessions import Session
from chassis.web.uploads import tus_blueprint
from chassis.web.who import AIDANT, USAGER, Who
from services.deposit import api, cadre, pages
from services.deposit.actions import attestations, fichiers
from services.deposit.store import Structure, Usager


def create_app(settings: Settings) -> Flask:
    """The Flask application, ready for gunicorn."""
    cadre.use(settings)
    uploads = tus_blueprint(fichiers.store(), pages.pieces.may_upload, pages.pieces.on_complete)
    return create(
        settings,
        pages=[*pages.BLUEPRINTS, uploads, jnap_blueprint(pages.blocage.guichet()), internal_blueprint(_document)],
        api=api.BLUEPRINTS,
        who_of_session=who_of_session,
        sign_in="compte.connexion",
    )


def who_of_session(session: Session) -> Who | None:
    """The person of a session, unless her account is frozen or gone; a helper with her structure, unless it was cut
    off.
    """
    if session.kind == USAGER:
        usager = Usager.objects(id=session.subject).only("id", "prenoms", "nom", "gele").first()
        if usager is None or usager.gele:
            return None
        return Who(kind=USAGER, id=usager.id, nom=f"{usager.prenoms} {usager.nom}".strip())
    if session.kind == AIDANT:
        structure_id, _, login = session.subject.partition("/")
        structure = Structure.objects(id=structure_id, active=True).first()
        member = next((m for m in structure.membres if m["login"] == login and m["actif"]), None) if structure else None
        if structure is None or member is None:
            return None
        return Who(
            kind=AIDANT,
            id=login,
            structure_id=structure.id,
            nom=member["nom"],
            agit_pour=str(session.data.get("pour", "")),
        )
    return None


def _document(numero: str) -> bytes:
    return attestations.pdf(attestations.find(numero)[1])
