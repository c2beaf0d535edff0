"""The delays of an agent's préfectures: from filing to registration, and to decision (DEP-64)."""

from __future__ import annotations

from flask import Blueprint, render_template

from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.compte.actions import identites
from services.deposit.instruction.actions import delais, file_attente, relectures
from services.deposit.instruction.actions.pouvoirs import DEBLOQUEURS

pages = Blueprint("bureau_delais", __name__, url_prefix="/agents/delais")


@pages.get("/")
@ranked(LIST)
@require(AGENT, roles=DEBLOQUEURS)
def voir() -> Answer:
    """The figures of the last ninety days, and of what waits."""
    scope = file_attente.prefectures_of(current_who())
    rows, limites = delais.measure(scope)
    return render_template(
        "bureau/delais.html",
        lignes=rows,
        limites=limites,
        periode=delais.PERIODE_JOURS,
        difference=relectures.last(scope),
        rattachements=identites.figures(scope, delais.PERIODE_JOURS),
    )
