"""What waits, the search of a person, her messages, what failed; and the link that says « read »."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from chassis.web.admission import LIST, ranked
from chassis.web.forms import Answer
from chassis.web.identity import current_who, require
from chassis.web.who import AGENT
from services.notify.actions import accuses, consultation
from services.notify.pages.socle import desk, settings


@desk.get("/lu/<jeton>")
def lu(jeton: str) -> AnyResponse:
    """A message's link: notes that it was opened, then leads where it is acted on; a wrong link leads to her space."""
    fetched = "prefetch" in (request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", ""))
    if request.method == "GET" and not fetched:
        accuses.receive_reading(jeton, settings())
    return make_response(redirect(accuses.page_of(jeton, settings()), 303))


@desk.get("/")
@ranked(LIST)
@require(AGENT)
def bureau() -> Answer:
    """What waits, by way, and the search of a person's messages."""
    return render_template("bureau.html", comptes=consultation.counts(), cherche="", introuvable=False)


@desk.get("/recherche")
@require(AGENT)
def recherche() -> Answer:
    """From a reference told to the person, or a parcours, to her messages."""
    text = request.args.get("q", "")
    parcours_id = consultation.find_parcours(text, current_who())
    if parcours_id is None:
        page = render_template("bureau.html", comptes=consultation.counts(), cherche=text, introuvable=True)
        return page, 404
    return make_response(redirect(url_for("notify.parcours", parcours_id=parcours_id), 303))


@desk.get("/parcours/<parcours_id>")
@require(AGENT)
def parcours(parcours_id: str) -> Answer:
    """One person's messages with their proofs."""
    vus = consultation.messages_of_parcours(parcours_id, current_who())
    arrivees = consultation.arrived(parcours_id, vus)
    return render_template("parcours.html", vus=vus, parcours_id=parcours_id, arrivees=arrivees)


@desk.get("/echecs")
@require(AGENT)
def echecs() -> Answer:
    """Messages that reached nobody, or that wait for something."""
    return render_template("echecs.html", vus=consultation.failures(current_who()))
