"""For whom a page acts: the person herself, or the one whose mandate a helper holds."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from flask import request
from flask_babel import gettext as _

from chassis import clock
from chassis.web.identity import current_who
from chassis.web.who import USAGER
from services.deposit.blocage.actions import declaration
from services.deposit.dossier.actions import acces

if TYPE_CHECKING:
    from services.deposit.dossier.store.usager import Blocage, Usager


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
