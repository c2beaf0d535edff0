"""The texts of the channels, open to anybody at each service: the list, one text, one of its older versions."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, render_template
from flask_babel import lazy_gettext as _l

from chassis.release import RELEASE
from chassis.web import layout
from consigne.actions import ACCESSIBILITE, Recueil
from droit.catalogue import Catalogue
from droit.dates import Position

pages = Blueprint("consignes", __name__)
GENRES = {
    "instruction": _l("Instructions"),
    "regle-transitoire": _l("Règles transitoires"),
    "modele": _l("Modèles"),
    "fiche-metier": _l("Fiches métier"),
    "elements-de-langage": _l("Éléments de langage"),
    "aide": _l("Aide"),
    "guide": _l("Guides"),
    "faq": _l("Questions fréquentes"),
    "kit": _l("Kits de communication"),
    "declaration": _l("Déclarations"),
}
DESTINATAIRES = {
    "ccc": _l("centre de contact"),
    "pan": _l("points d’accueil numérique"),
    "prefecture": _l("préfectures"),
    "usagers": _l("usagers et aidants"),
}


def publish(app: Flask, catalogue: Catalogue, position: Position) -> None:
    """Says to these pages which texts they show, and puts them at the foot of every page of the service."""
    app.extensions["consigne"] = Recueil(catalogue, position)
    layout.add_foot_link(app, "consignes.liste", _l("Aide, règles et consignes"))
    layout.add_foot_link(app, "consignes.voir", _l("Accessibilité : partiellement conforme"), code=ACCESSIBILITE)


@pages.get("/consignes")
def liste() -> str:
    """Every text in force, by what it is for."""
    return _page("consigne/liste.html", textes=_recueil().by_genre())


@pages.get("/consignes/<code>")
def voir(code: str) -> str:
    """The version in force today."""
    return _page("consigne/texte.html", texte=_recueil().find(code))


@pages.get("/consignes/<code>/<depuis>")
def relire(code: str, depuis: str) -> str:
    """The version that began on that day, in force or not any more."""
    return _page("consigne/texte.html", texte=_recueil().find(code, depuis))


def _recueil() -> Recueil:
    found: Recueil = current_app.extensions["consigne"]
    return found


def _page(template: str, **values: object) -> str:
    return render_template(template, genres=GENRES, destinataires=DESTINATAIRES, release=RELEASE, **values)
