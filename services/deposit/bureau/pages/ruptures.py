"""The rupture watch of a préfecture, or of all: counts, causes and length, drawn and in a table (XCT-04)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, render_template
from flask_babel import format_date
from flask_babel import gettext as _

from chassis import clock
from chassis.web import plots
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.instruction.actions import file_attente, statistiques

pages = Blueprint("bureau_ruptures", __name__, url_prefix="/agents/ruptures")


@pages.get("/")
@ranked(LIST)
@require(AGENT, roles=statistiques.LECTEURS)
def voir() -> Answer:
    """The ruptures of the last twelve months."""
    rows = statistiques.count(file_attente.prefectures_of(current_who()))
    months, by_month = statistiques.months(clock.today()), statistiques.totals(rows, "mois")
    lines = [plots.Line(_("Ruptures commencées"), [by_month.get(month, 0) for month in months])] if rows else []
    return render_template(
        "bureau/ruptures.html",
        comptes=rows,
        bloquees=statistiques.blocked(file_attente.prefectures_of(current_who())),
        causes=statistiques.CAUSES,
        mois=month_in_words,
        periode=statistiques.MOIS,
        en_cours=sum(row.en_cours for row in rows),
        par_mois=plots.line_chart(_("Ruptures par mois"), [month_in_words(month) for month in months], lines),
        par_cause=plots.bar_chart(
            _("Ruptures par cause"), _bars(statistiques.totals(rows, "cause"), statistiques.CAUSES)
        ),
        par_prefecture=plots.bar_chart(
            _("Ruptures par préfecture"), _bars(statistiques.totals(rows, "prefecture"), dict(departements()))
        ),
    )


def month_in_words(month: str) -> str:
    """A month as people write it."""
    return str(format_date(date.fromisoformat(f"{month}-01"), "MMM y"))


def _bars(totals: Mapping[str, int], names: Mapping[str, str]) -> list[tuple[str, float]]:
    """The longest bar first, each with its words."""
    return [
        (_(names.get(code, code)), float(number))
        for code, number in sorted(totals.items(), key=lambda item: item[1], reverse=True)
    ]
