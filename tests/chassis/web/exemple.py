"""A small service with one of each thing, on which the chassis is tried through HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_openapi import APIBlueprint, OpenAPI
from pydantic import Field
from pymongo.errors import ServerSelectionTimeoutError
from werkzeug.wrappers import Response as AnyResponse

from blocage.pages import Blocage, Guichet, Voie, jnap_blueprint
from chassis import clock, mongo
from chassis.settings import Settings
from chassis.web import forms, plots, refusals, sessions
from chassis.web.admission import LIST, ranked
from chassis.web.app import create_app
from chassis.web.files import FileStore, download
from chassis.web.idempotency import request_id, without_key
from chassis.web.identity import current_who, require
from chassis.web.inputs import Body, CivilDay
from chassis.web.options import WebOptions
from chassis.web.sessions import Session
from chassis.web.uploads import Accepts, Received, tus_blueprint
from chassis.web.who import AGENT, USAGER, Who
from droit.decision import Genre, Motif, Refused

DEJA_FAIT = Motif("DEJA_FAIT", "regle-du-service", "C'est déjà fait.", "Il n'y a rien à faire de plus.", Genre.CONFLIT)

# What is typed as a town -> how its act is refused.
REFUSED = {"Ys": DEJA_FAIT, "Oz": refusals.INTERDIT, "Ici": refusals.INDISPONIBLE, "Vite": refusals.TROP_DE_DEMANDES}


class Versement(Body):
    """A body with a day and a number."""

    montant: int = Field(ge=1)
    jour: CivilDay


class Compte(Body):
    """Which account."""

    compte_id: str


class Credit(Body):
    """What a credit answers."""

    fait: str
    jour: CivilDay


class Moi(Body):
    """Who acts."""

    kind: str
    id: str
    roles: list[str]


class Adresse(Body):
    """A form with a text, a choice and a day."""

    rue: str = Field(title="Numéro et rue", min_length=3)
    ville: str = Field(min_length=1)
    naissance_date: CivilDay
    aides: list[str] = Field(default_factory=list)


class Exemple:
    """The example service; `effects` counts what its action really did."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.store = FileStore(folder)
        self.during: Callable[[], object] = lambda: None
        self.blocages: list[tuple[Blocage, Who]] = []
        self.received: list[Received] = []

    @property
    def effects(self) -> int:
        """How many commands had an effect."""
        return int(mongo.database(self.settings.service)["effets"].count_documents({}))

    def app(self, **options: Any) -> OpenAPI:
        """A new application, as one replica would have it."""
        guichet = Guichet(
            record_blocage=self._record,
            voies=lambda prefecture: [
                Voie(f"Guichet de la préfecture {prefecture}", "Du lundi au vendredi.", "/guichet")
            ],
            prefectures=lambda: [("93", "Seine-Saint-Denis"), ("69", "Rhône")],
            demarches=lambda: [("renouvellement", "Renouveler un titre")],
            store=self.store,
        )
        return create_app(
            self.settings,
            pages=[_pages(self), jnap_blueprint(guichet), tus_blueprint(self.store, self._may_upload, self._complete)],
            api=[_api(self)],
            who_of_session=_who,
            sign_in={USAGER: "accueil.connexion"},
            options=WebOptions(associations=("La Cimade",), **options),
        )

    def act(self) -> str:
        """The action: one effect by request_id, whatever happens around."""
        self.during()
        effects = mongo.database(self.settings.service)["effets"]
        mongo.insert_once(effects, {"_id": request_id(), "who": current_who().subject})
        return request_id()

    def _record(self, blocage: Blocage, who: Who, key: str) -> str:
        self.blocages.append((blocage, who))
        return f"B-{key[:8].upper()}"

    def _may_upload(self, who: Who, metadata: dict[str, str]) -> Accepts:
        return Accepts(max_bytes=12 * 1024 * 1024)

    def _complete(self, who: Who, received: Received) -> str:
        self.received.append(received)
        return f"/deposit/?recu={received.stored.sha256[:8]}"


def _who(session: Session) -> Who | None:
    if session.subject == "parti":
        return None
    return Who(kind=session.kind, id=session.subject)


def _api(exemple: Exemple) -> APIBlueprint:
    api = APIBlueprint("essai", __name__)

    @api.post("/comptes/<string:compte_id>:crediter", responses={"200": Credit})
    @require(USAGER)
    def crediter(path: Compte, body: Versement) -> Response:
        """Crédite un compte."""
        return jsonify(fait=exemple.act(), jour=body.jour.isoformat())

    @api.get("/moi", responses={"200": Moi})
    @require(USAGER, AGENT)
    def moi() -> Response:
        """Qui agit."""
        who = current_who()
        return jsonify(kind=who.kind, id=who.id, roles=sorted(who.roles))

    @api.get("/refus")
    def refus() -> Response:
        """Refuse toujours."""
        raise Refused(DEJA_FAIT, champ="montant")

    @api.post("/refus")
    def refus_deux() -> Response:
        """Refuse toujours, après avoir pris la clé."""
        raise Refused(DEJA_FAIT)

    @api.get("/casse")
    def casse() -> Response:
        """Casse toujours."""
        raise RuntimeError("un secret dans une erreur")

    @api.get("/eteint")
    def eteint() -> Response:
        """La base ne répond pas."""
        raise ServerSelectionTimeoutError("mongodb://secret:secret@interne")

    return api


def _pages(exemple: Exemple) -> Blueprint:
    pages = Blueprint("accueil", __name__)

    @pages.get("/")
    def accueil() -> str:
        return render_template("exemple/accueil.html", form=forms.blank())

    @pages.get("/vitrine")
    @ranked(LIST)
    def vitrine() -> str:
        flash("Adresse enregistrée.", "ok")
        lines = [plots.Line("Déposées", [3, 8, None, 12, 9, 14]), plots.Line("Décidées", [1, 4, 6, 7, 9, 11])]
        return render_template("exemple/vitrine.html", lignes=lines, jour=clock.today())

    def show(form: forms.Form[Any]) -> str:
        if "ferme" in request.args:
            raise Refused(refusals.INTROUVABLE)
        return render_template("exemple/adresse.html", form=form)

    @pages.get("/adresse")
    def adresse() -> str:
        return show(forms.blank(ville="Lyon"))

    @pages.post("/adresse")
    def enregistrer() -> forms.Answer:
        def act(typed: Adresse) -> forms.Answer:
            if typed.ville in REFUSED:
                raise Refused(REFUSED[typed.ville], champ="ville")
            exemple.act()
            flash("Adresse enregistrée.", "ok")
            return redirect(url_for("accueil.accueil"), 303)

        return forms.submit(Adresse, act, show)

    _add_doors(pages)

    @pages.get("/casse")
    def casse() -> str:
        raise RuntimeError("un secret dans une erreur")

    @pages.get("/eteint")
    def eteint() -> str:
        raise ServerSelectionTimeoutError("mongodb://secret:secret@interne")

    @pages.get("/fichiers/<key>")
    def fichier(key: str) -> Response:
        return download(exemple.store, key, 'reçu d\'été "1".pdf', "application/pdf")

    return pages


def _add_doors(pages: Blueprint) -> None:
    """Sign-in, sign-out, and what is closed to who is not signed in."""

    @pages.get("/connexion")
    def connexion() -> str:
        return render_template("exemple/accueil.html", form=forms.blank())

    @pages.post("/connexion")
    @without_key
    def connecter() -> AnyResponse:
        response = make_response(redirect(url_for("accueil.prive"), 303))
        sessions.open_session(request.form["sujet"], USAGER, response, {"second": True})
        return response

    @pages.post("/deconnexion")
    @without_key
    def deconnecter() -> AnyResponse:
        response = make_response(redirect(url_for("accueil.accueil"), 303))
        sessions.end_session(response)
        return response

    @pages.get("/prive")
    @require(USAGER)
    def prive() -> str:
        return f"bonjour {current_who().id}"

    @pages.get("/bureau")
    @require(AGENT, roles=("instructeur",))
    def bureau() -> str:
        return f"bureau de {current_who().id}"
