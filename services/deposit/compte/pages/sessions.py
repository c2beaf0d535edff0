"""« Mes connexions »: where she is signed in, each with its device in plain words, and a button that ends it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from chassis import hours
from chassis.web import devices
from chassis.web.forms import Answer
from chassis.web.idempotency import without_key
from chassis.web.identity import current_who, require
from chassis.web.sessions import NAME_SIGNS, Opened, current_session
from chassis.web.who import USAGER
from services.deposit.compte.actions import sessions
from services.deposit.compte.pages.confirmation import compte

__all__ = ["compte"]


@compte.get("/compte/sessions")
@require(USAGER)
def connexions() -> str:
    """Every browser and program of hers that is signed in."""
    rows = [
        {"id": each.id, "nom": _named(each), "dernier": _moment(each), "ici": each.id == _own()}
        for each in sessions.opened_by(current_who())
    ]
    return render_template("compte/sessions.html", connexions=rows)


@compte.post("/compte/sessions/<session_id>/finir")
@without_key
@require(USAGER)
def finir_connexion(session_id: str) -> Answer:
    """Ends one."""
    sessions.end(session_id, current_who())
    flash(_("Cette connexion est finie."), "ok")
    return redirect(url_for("compte.connexions"), 303)


@compte.post("/compte/sessions/finir")
@without_key
@require(USAGER)
def finir_les_autres() -> Answer:
    """Ends all but this one."""
    ended = sessions.end_others(_own(), current_who())
    flash(ngettext("Une autre connexion est finie.", "%(num)d autres connexions sont finies.", ended), "ok")
    return redirect(url_for("compte.connexions"), 303)


def _own() -> str:
    session = current_session()
    return session.hash[:NAME_SIGNS] if session else ""


def _named(opened: Opened) -> str:
    return devices.in_words(opened.appareil) if opened.genre == "sessions" else _("Un programme, par un jeton")


def _moment(opened: Opened) -> str:
    return hours.moment_in_words(opened.used_time, hours.PARIS) if opened.used_time else ""
