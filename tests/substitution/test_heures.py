"""The appointment of a route is told at the hour of its place: the convocation, the message and her page (F1)."""

from __future__ import annotations

import json
from datetime import date

import pytest

from chassis.commands import Answer
from droit.catalogue import catalogue
from sejour.pan.v1 import events_pb2, pan_pb2
from services.notify import textes
from services.substitution.actions import suites
from services.substitution.actions.papiers import PAPIERS
from services.substitution.store import Voie
from tests.documents.lecture import text_of
from tests.substitution import acts
from tests.substitution.conftest import World

# Nine o'clock of 10 March 2027 at the place, in UTC.
NINE = (
    ("75", "2027-03-10T08:00:00+00:00", "10 mars 2027 à 9 h"),
    ("974", "2027-03-10T05:00:00+00:00", "10 mars 2027 à 9 h (heure de La Réunion)"),
    ("975", "2027-03-10T12:00:00+00:00", "10 mars 2027 à 9 h (heure de Miquelon)"),
    ("988", "2027-03-09T22:00:00+00:00", "10 mars 2027 à 9 h (heure de Nouméa)"),
)


def told(voie: Voie) -> textes.Textes:
    """The last convocation that notify is asked to send, in its words."""
    asked = [
        entry["prive"] for entry in acts.again(voie).outbox if entry.get("prive", {}).get("modele") == "convocation"
    ]
    champs = json.loads(asked[-1]["contenu"])["champs"]
    return textes.render("convocation", champs, textes.Lecteur("Awa", "fr"), "substitution", "https://aide.test")


def check(world: World, voie: Voie, said: str) -> None:
    """Paper, SMS, e-mail and page say the same hour."""
    given = acts.again(voie)
    assert f"Venez le {said}." in text_of(PAPIERS.draw(given.convocation_numero))
    words = told(voie)
    assert said in words.sms and said in words.corps and ("heure de" in words.sms) == ("heure de" in said)
    browser = world.browser()
    browser.post("/substitution/suivre", {"reference": voie.reference, "nom": "Diallo"})
    assert f"{said}</strong>" in browser.get("/substitution/ma-voie").text


@pytest.mark.parametrize("says_its_zone", [True, False])
@pytest.mark.parametrize(("code", "debut", "said"), NINE)
def test_a_slot_of_pan_is_told_at_the_hour_of_its_place(
    world: World, code: str, debut: str, said: str, says_its_zone: bool
) -> None:
    """Also when a pan of the release before, which does not say the zone of the place, answers."""
    voie = acts.opened(code, contact_id="contact-9")
    entry = acts.commands(voie)["ReserverRendezVous"]
    fuseau = catalogue().fuseau(code) if says_its_zone else ""
    creneau = pan_pb2.Creneau(lieu_id="ailleurs", lieu_nom="Guichet", debut_time=debut, fuseau=fuseau)
    response = pan_pb2.ReserverRendezVousResponse(rendez_vous_id=f"rdv-{voie.id}", creneau=creneau)
    asked = pan_pb2.ReserverRendezVousRequest.FromString(entry["payload"])
    suites.on_rendez_vous(Answer(entry["request_id"], voie.id, asked, response, None))

    check(world, voie, said)


@pytest.mark.parametrize(("code", "debut", "said"), NINE)
def test_an_appointment_that_moves_keeps_the_hour_of_its_place(world: World, code: str, debut: str, said: str) -> None:
    """Booked with the number of the convocation, then moved: the fact says instant, place and zone."""
    voie, fuseau = acts.opened(code, contact_id="contact-9"), catalogue().fuseau(code)
    taken = events_pb2.RendezVousPris(
        rendez_vous_id=f"rdv-{voie.id}", lieu_id="x", convocation_id=voie.convocation_numero,
        debut_time="2027-03-08T10:00:00+00:00", fuseau=fuseau,
    )  # fmt: skip
    suites.on_rendez_vous_pris(taken, acts.meta("pan.rendez_vous.pris"))
    moved = events_pb2.RendezVousDeplace(
        rendez_vous_id=taken.rendez_vous_id, lieu_id="x", debut_time=debut, fuseau=fuseau
    )
    suites.on_rendez_vous_deplace(moved, acts.meta("pan.rendez_vous.deplace"))

    check(world, voie, said)


def test_the_day_after_an_appointment_is_after_it_there_and_in_paris(world: World) -> None:
    """An afternoon of Tahiti is the next day in Paris: nobody is asked what came of it before it took place."""
    voie = acts.opened("987")
    taken = events_pb2.RendezVousPris(
        rendez_vous_id=f"rdv-{voie.id}", lieu_id="x", convocation_id=voie.convocation_numero,
        debut_time="2027-03-11T00:00:00+00:00", fuseau="Pacific/Tahiti",
    )  # fmt: skip

    suites.on_rendez_vous_pris(taken, acts.meta("pan.rendez_vous.pris"))

    asked = {entry["kind"]: entry["date"] for entry in acts.again(voie).due_dates}
    assert asked["lendemain"] == date(2027, 3, 12).isoformat()
