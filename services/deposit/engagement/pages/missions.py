"""Different treatment of the same situation, open to anybody; and the national desk, which follows the missions."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from chassis import clock
from chassis.web import forms
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.engagement import inputs
from services.deposit.engagement.actions import missions

public = Blueprint("divergences", __name__)
bureau = Blueprint("bureau_missions", __name__, url_prefix="/agents/missions")


@public.get("/divergences")
@ranked(LIST)
def voir() -> str:
    """The measure with its definition, and the missions that it opened (XCT-22)."""
    return _list("engagement/divergences.html")


@bureau.get("/")
@ranked(LIST)
@require(AGENT, roles=missions.PROGRAMME)
def lister() -> Answer:
    """The same for the desk, each mission with the page of its steps."""
    return _list("engagement/agents/missions.html")


@bureau.get("/<mission_id>")
@require(AGENT, roles=missions.PROGRAMME)
def ouvrir(mission_id: str) -> Answer:
    """One mission, and its next step."""
    return _one(mission_id, forms.blank())


@bureau.post("/<mission_id>")
@require(AGENT, roles=missions.PROGRAMME)
def suivre(mission_id: str) -> Answer:
    """The next step."""

    def act(typed: inputs.SuiteDeMission) -> Answer:
        missions.decide(mission_id, typed, current_who(), request_id=request_id())
        flash(_("C’est noté, à la date d’aujourd’hui."), "ok")
        return redirect(url_for("bureau_missions.ouvrir", mission_id=mission_id), 303)

    return forms.submit(inputs.SuiteDeMission, act, partial(_one, mission_id))


def _list(template: str) -> str:
    return render_template(
        template,
        mesure=missions.measure(clock.today()),
        missions=missions.every(),
        etats=missions.ETATS,
        en_mots=missions.objet_in_words,
    )


def _one(mission_id: str, form: forms.Form[Any]) -> str:
    mission = missions.access(mission_id, current_who())
    return render_template(
        "engagement/agents/mission.html",
        mission=mission,
        form=form,
        etats=missions.ETATS,
        suites=[(state, missions.ETATS[state]) for state in missions.FOLLOWING[mission.state]],
        en_mots=missions.objet_in_words,
    )
