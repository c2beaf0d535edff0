"""Facts and messages that could not be read or said, and their new attempt."""

from __future__ import annotations

from flask import render_template
from flask_babel import gettext

from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.notify.actions import rejets
from services.notify.pages.socle import confirm, desk


@desk.get("/rejets")
@require(AGENT)
def file_rejets() -> Answer:
    """What could not be read or said."""
    who = current_who()
    return render_template("rejets.html", faits=rejets.faits(who), messages=rejets.messages(who))


@desk.post("/rejets/faits/<event_id>/rejouer")
@require(AGENT)
def rejouer(event_id: str) -> Answer:
    """Has a fact handled again by the worker."""
    rejets.ask_replay(event_id, current_who())
    return confirm(gettext("Le fait est repris dans les secondes qui viennent."), "notify.file_rejets")


@desk.post("/rejets/messages/<message_id>/reprendre")
@require(AGENT)
def reprendre(message_id: str) -> Answer:
    """Has a message planned again."""
    rejets.replan(message_id, current_who(), request_id=request_id())
    return confirm(gettext("Le message est préparé de nouveau."), "notify.file_rejets")
