"""The figures of a service: a page with plots, the same as CSV and JSON, open to anybody and to any site (XCT-18)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, make_response, render_template, request
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis import clock
from chassis.web import layout, plots
from chassis.web.admission import LIST, ranked
from droit.catalogue.departement import Departement
from pilotage.actions import comptes, donnees
from pilotage.actions.tableau import Indicateur, Ligne, Tableau, added, gains, total

pages = Blueprint("indicateurs", __name__)
BARS = 30
# Who publishes figures, each on its own page.
SERVICES = {
    "deposit": _l("Demandes en ligne"),
    "ccc": _l("Centre de contact"),
    "pan": _l("Points d'accueil numérique"),
    "substitution": _l("Autres façons de faire sa demande"),
}


def publish(app: Flask, tableau: Tableau, departements: Sequence[Departement]) -> None:
    """Says to these pages whose figures they show, and puts them at the foot of every page of the service."""
    layout.add_foot_link(app, "indicateurs.voir", _l("Chiffres publics"))
    app.extensions["pilotage"] = (tableau, {departement.code: departement.nom for departement in departements})


@pages.get("/indicateurs")
@ranked(LIST)
def voir() -> str:
    """The plots, the workload, the gain."""
    tableau, names = _published()
    lignes, where, periode = _asked(tableau, names)
    return render_template("pilotage/indicateurs.html", **_shown(tableau, lignes, where, periode, names))


@pages.get("/indicateurs.csv")
@ranked(LIST)
def telecharger() -> Response:
    """The same, a line for each figure."""
    tableau, names = _published()
    written = io.StringIO()
    sheet = csv.DictWriter(written, donnees.COLUMNS, lineterminator="\n")
    sheet.writeheader()
    sheet.writerows(donnees.row(tableau, ligne) for ligne in _asked(tableau, names)[0])
    return _open(make_response(written.getvalue()), "text/csv")


@pages.get("/indicateurs.json")
@ranked(LIST)
def relire() -> Response:
    """The same, with their definitions."""
    tableau, names = _published()
    lignes, _where, periode = _asked(tableau, names)
    return _open(jsonify(donnees.told(tableau, lignes, periode)), "application/json")


def _published() -> tuple[Tableau, dict[str, str]]:
    found: tuple[Tableau, dict[str, str]] = current_app.extensions["pilotage"]
    return found


def _asked(tableau: Tableau, names: dict[str, str]) -> tuple[list[Ligne], str, str]:
    """The measures asked for: of one préfecture or of all, of each month or of each day of one."""
    comptes.catch_up(tableau)
    where = request.args.get("prefecture", "")
    where = where if where in names else ""
    periode = request.args.get("mois", "")
    try:
        date.fromisoformat(f"{periode}-01")
    except ValueError:
        return comptes.months(tableau, where), where, ""
    return comptes.days(tableau, periode, where), where, periode


def _shown(tableau: Tableau, lignes: list[Ligne], where: str, periode: str, names: dict[str, str]) -> dict[str, Any]:
    spans = sorted({ligne.periode for ligne in lignes})
    compared = tableau.indicateur(request.args.get("indicateur", "")) or tableau.indicateurs[0]
    month = periode or clock.today().isoformat()[:7]
    here = [charge for charge in comptes.workload(tableau, month) if where in ("", charge.prefecture)]
    return {
        "tableau": tableau,
        "noms": names,
        "prefecture": where,
        "periode": periode,
        "mois": sorted({ligne.periode[:7] for ligne in comptes.months(tableau)}, reverse=True),
        "mois_en_mots": month_in_words,
        "plots": [
            (indicateur, _plot(indicateur, lignes, spans), _details(indicateur, lignes))
            for indicateur in tableau.indicateurs
        ],
        "compare": compared,
        "barres_compare": plots.bar_chart(compared.libelle, _bars(compared, lignes, names), compared.unite),
        "charge": here,
        "mois_charge": month_in_words(month),
        "gains": gains(lignes, *tableau.gain) if tableau.gain else None,
        "voisins": {code: nom for code, nom in SERVICES.items() if code != tableau.service},
    }


def _plot(indicateur: Indicateur, lignes: Sequence[Ligne], spans: Sequence[str]) -> Any:
    figures = [indicateur.figure(*total(lignes, indicateur, periode=span)) for span in spans]
    labels = [_short(span) for span in spans]
    lines = [plots.Line(indicateur.libelle, figures)] if any(figure is not None for figure in figures) else []
    return plots.line_chart(indicateur.libelle, labels, lines, indicateur.unite)


def _details(indicateur: Indicateur, lignes: Sequence[Ligne]) -> list[tuple[str, float]]:
    """The figure of each detail over the whole period, the greatest first; none where the indicator has no words."""
    found = [
        (words, figure)
        for code, words in indicateur.details.items()
        if (figure := indicateur.figure(*total(lignes, indicateur, detail=code)))
    ]
    return sorted(found, key=lambda pair: -pair[1])


def _bars(indicateur: Indicateur, lignes: Sequence[Ligne], names: dict[str, str]) -> list[tuple[str, float]]:
    codes = sorted({ligne.prefecture for ligne in added(lignes, "") if ligne.indicateur == indicateur.code})
    found = [
        (names.get(code, code) or _("Préfecture non dite"), figure)
        for code in codes
        if (figure := indicateur.figure(*total(lignes, indicateur, prefecture=code))) is not None
    ]
    return sorted(found, key=lambda bar: -bar[1])[:BARS]


def month_in_words(month: str) -> str:
    """A month as people write it."""
    return str(format_date(date.fromisoformat(f"{month}-01"), "MMMM y"))


def _short(span: str) -> str:
    day = date.fromisoformat(span if len(span) > len("2026-11") else f"{span}-01")
    return str(format_date(day, "d MMM" if len(span) > len("2026-11") else "MMM yy"))


def _open(response: Response, kind: str) -> Response:
    response.mimetype = kind
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
