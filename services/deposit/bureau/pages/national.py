"""The home of the national desk: what waits there with its clock, and the way to each list of the other services."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l

from chassis import clock
from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.deposit.concertation.actions import concertations, rubrique
from services.deposit.engagement.actions import missions, remontees

pages = Blueprint("accueil_national", __name__, url_prefix="/agents/national")
# Each service answers for its own lists; they are read there, and still are when this one is down.
AILLEURS = (
    (_l("Anomalies connues, avec leur âge"), "/ccc/agents/registre"),
    (_l("Voies en retard, dans toutes les préfectures"), "/substitution/retards"),
    (_l("Refus répétés, à relire"), "/substitution/bureau/refus"),
    (_l("Voies dont la préfecture n’est pas dite"), "/substitution/bureau?filtre=sans-prefecture"),
    (_l("Pages de préfectures à relire"), "/substitution/fraicheur"),
    (_l("Points d’accueil"), "/pan/indicateurs"),
)


@pages.get("/")
@ranked(LIST)
@require(AGENT, roles=missions.PROGRAMME)
def accueil() -> Answer:
    """Escalated blocages first, then missions, cards that age, and the days to come."""
    today, who = clock.today(), current_who()
    late, waiting = (remontees.queue(who, state, "") for state in ("EN_RETARD", "OUVERTE"))
    asked = [found for found in concertations.every() if found.fin_date >= today]
    return render_template(
        "bureau/national.html",
        remontees=[*late.lignes, *waiting.lignes],
        comptes=waiting.comptes,
        objets=remontees.OBJETS,
        missions=[mission for mission in missions.every() if mission.cle_ouverte],
        etats=missions.ETATS,
        en_mots=missions.objet_in_words,
        fraicheur=rubrique.counts(rubrique.entries(today, every=True)),
        calendrier=sorted(asked, key=lambda found: found.fin_date),
        ailleurs=AILLEURS,
        today=today,
    )
