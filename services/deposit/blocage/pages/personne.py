"""For whom a page acts: the person herself, or the one whose mandate a helper holds."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from flask import request
from flask_babel import gettext as _

from chassis import clock, outbox
from chassis.web import csrf
from chassis.web.identity import current_who
from chassis.web.who import AGENT, USAGER
from services.deposit.blocage.actions import declaration
from services.deposit.dossier.actions import acces

if TYPE_CHECKING:
    from services.deposit.dossier.store.usager import Blocage, Usager


# A machine that says what it is was kept from nothing; a telephone of the make Cubot is no machine.
_ROBOT = re.compile(r"bot[/;)]|crawler|spider", re.IGNORECASE)


def person_id() -> str:
    """The identifier of the person concerned; empty when a helper has chosen nobody (then nothing is found)."""
    who = current_who()
    return who.id if who.kind == USAGER else who.acts_for


def person() -> Usager:
    """Her account. Raises Refused when it is out of reach."""
    return acces.access_usager(person_id(), current_who())


def stuck(symptome: str, request_id: str, **said: str) -> Blocage:
    """Records on this very page that an act could not be done: nobody has to ask for it (DEP-13, SUB-04)."""
    route = request.url_rule.rule if request.url_rule else request.path
    values = {"symptome": symptome, "page": route, "navigateur": request.user_agent.string[:300], **said}
    return declaration.blocage(values, current_who(), clock.today(), request_id=request_id)


def record_seen(symptome: str, **said: str) -> Blocage | None:
    """Records what this very page shows as impossible: nobody asks for it, and a reload the same day adds nothing.

    Whoever is not signed in is known by her browser. None for an agent or a robot: neither is stopped.
    """
    who = current_who()
    if request.method != "GET" or who.kind == AGENT or _ROBOT.search(request.user_agent.string):
        return None
    looks = f"{who.subject}|{who.acts_for}" if who.signed_in else csrf.name_browser()
    key = "|".join((looks, request.path, clock.today().isoformat()))
    return stuck(symptome, outbox.id_for(key, "vue"), **said)


def in_days(count: int) -> str:
    """« dans 3 jours », « aujourd’hui », « depuis 2 jours »."""
    if count == 0:
        return str(_("aujourd’hui"))
    if count > 0:
        return str(_("dans un jour")) if count == 1 else str(_("dans %(n)s jours", n=count))
    return str(_("depuis un jour")) if count == -1 else str(_("depuis %(n)s jours", n=-count))


def days_to(day: date) -> int:
    """Legal days from today to a day."""
    return (day - clock.today()).days
