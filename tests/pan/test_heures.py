"""Everybody reads the hour of the place: on pages, papers, messages and by API, in 75, 974, 975 and 988 (F1)."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis import clock, hours
from chassis.mongo import collection_of
from chassis.web.who import AGENT, Who
from droit.catalogue import ROOT, catalogue
from personne.joindre import Joignable
from sejour.substitution.v1.events_pb2 import PrefectureModifiee
from services.notify import textes
from services.pan.actions import accueil, agenda, constats, creneaux, enrolements, lieux, offre
from services.pan.actions.agenda import Reservation
from services.pan.actions.papiers import PAPIERS
from services.pan.consumers import HANDLERS
from services.pan.inputs import Arrivee, Bilan, Maison, Verification
from services.pan.rules import agenda as rules
from services.pan.store import Creneau, Lieu, RendezVous, Visite
from tests.browser import Browser
from tests.documents.lecture import text_of
from tests.pan.conftest import JOUR
from tests.pan.facts import meta

AGENT_PARTOUT = Who(AGENT, "partout", frozenset({"pan_forme", "prefecture"}), frozenset({"*"}))
# The day and hour of a slot of a PAN that opens at nine, in UTC, and what is said of it.
FIRST = (
    ("75", "2027-03-02T08:00:00+00:00", "2 mars 2027 à 9 h"),
    ("974", "2027-03-02T05:00:00+00:00", "2 mars 2027 à 9 h (heure de La Réunion)"),
    ("975", "2027-03-02T12:00:00+00:00", "2 mars 2027 à 9 h (heure de Miquelon)"),
    # A day later: from 22:00 UTC on, the first of that place has begun already on the day of these tests.
    ("988", "2027-03-02T22:00:00+00:00", "3 mars 2027 à 9 h (heure de Nouméa)"),
)


@pytest.fixture(scope="module", autouse=True)
def prefectures(app: Any) -> None:
    """Those of 75 and 974 are seeded; 975 and 988 publish theirs, whose places do not say their hour."""
    for code in ("75", "974", "975", "988"):
        table = json.loads(json.dumps(tomllib.loads((ROOT / "prefectures/974.toml").read_text("utf-8")), default=str))
        table |= {"code": code, "nom": f"Préfecture {code}"}
        table["substitution"]["convocation_par_pan"] = True
        for lieu in table["lieux"]:
            lieu["code"] = f"{code}-neuf-{lieu['code'].removeprefix('974-')}"
        event = PrefectureModifiee(prefecture=code, depuis_date=JOUR.isoformat(), regles_json=json.dumps(table))
        HANDLERS["substitution.prefecture.modifiee"][1](event, meta("substitution.prefecture.modifiee", "p"))


def slot_at(code: str, debut: str, genre: str = "pan") -> str:
    """The slot of that instant at the place of a préfecture."""
    found = collection_of(Creneau).find_one(
        {"lieu_id": f"{code}-neuf-{genre}", "debut_time": datetime.fromisoformat(debut)}
    )
    assert found is not None
    return str(found["_id"])


def messages(rdv: RendezVous) -> list[textes.Textes]:
    """What the acts on an appointment ask notify to say, in its words, in order."""
    asked = [entry["prive"] for entry in RendezVous.objects(id=rdv.id).first().outbox if entry.get("prive")]
    reader = textes.Lecteur("Awa", "fr")
    return [
        textes.render(one["modele"], json.loads(one["contenu"])["champs"], reader, "pan", "https://aide.test")
        for one in asked
    ]


@pytest.mark.parametrize(("code", "debut", "said"), FIRST)
def test_who_books_reads_the_hour_of_the_place(public: Browser, code: str, debut: str, said: str) -> None:
    """The list, the form, the page of the appointment and the API say one hour, and name the zone overseas."""
    slot = slot_at(code, debut)
    hour, zone = said.split(" à ")[1], ZoneInfo(catalogue().fuseau(code))
    day = datetime.fromisoformat(debut).astimezone(zone).date()
    next_day = said.replace(f"{day.day} mars", f"{day.day + 1} mars")
    listed = public.get(f"/pan/rendez-vous?prefecture={code}&objet=AIDE").text
    assert f"{hour}</span> – PAN de la préfecture" in listed
    form = f"/pan/rendez-vous/prendre/{slot}?objet=AIDE"
    assert f"Le {said}</h1>" in public.get(form).text

    sent = public.post(
        f"/pan/rendez-vous/prendre/{slot}",
        {"creneau_id": slot, "objet": "AIDE", "nom": "Pour Exemple", "telephone": "06 39 98 00 01"},
        form,
    )

    assert sent.status_code == 303
    assert said in public.get("/pan/mon-rendez-vous").text
    booked = RendezVous.objects(lieu_id=f"{code}-neuf-pan", debut_date=day.isoformat()).order_by("-debut_time").first()
    shown = public.client.post(
        "/pan/api/v1/rendez-vous:retrouver",
        json={"reference": booked.reference, "nom": booked.nom},
        headers={"Idempotency-Key": clock.new_id()},
    ).json
    assert shown["creneau"]["debut_local"].startswith(f"{day}T09:00:00")
    assert shown["creneau"]["fuseau"] == catalogue().fuseau(code)
    assert datetime.fromisoformat(shown["creneau"]["debut_time"]) == datetime.fromisoformat(debut)

    offered = offre.offer(code, "AIDE", du=day + timedelta(days=1), au=day + timedelta(days=1)).creneaux
    later = next(slot for slot in offered if "T09:00" in slot["debut_local"])
    mine = "/pan/mon-rendez-vous"
    assert public.post(f"{mine}/deplacer", {"creneau_id": str(later["id"])}, mine).status_code == 303
    assert public.post(f"{mine}/annuler", {}, mine).status_code == 303
    taken, moved, cancelled = messages(booked)
    assert all(said in text for text in (taken.sms, taken.corps, taken.objet))
    for words in (moved, cancelled):
        assert next_day in words.sms and next_day in words.corps
    assert ("heure de" in taken.sms + moved.sms) == ("heure de" in said)


@pytest.mark.parametrize(("code", "debut", "said"), FIRST)
def test_a_paper_of_a_place_prints_its_hour(code: str, debut: str, said: str) -> None:
    """The convocation and the proof of a visit."""
    request = clock.new_id()
    visite = accueil.record_arrival(f"{code}-neuf-pan", Arrivee(nom="Venue"), AGENT_PARTOUT, request_id=request)
    seen = Verification(
        papier="PASSEPORT", nom_conforme=True, naissance_conforme=True, photo_conforme=True, nom="Venue", prenoms="Awa",
        naissance_date=date(1990, 5, 4),
    )  # fmt: skip
    accueil.check_identity(visite.id, seen, AGENT_PARTOUT, request_id=f"{request}:v")
    slot = slot_at(code, debut, "guichet")

    issue = constats.convoke(visite.id, AGENT_PARTOUT, creneau_id=slot, request_id=f"{request}:c")
    accueil.end_visit(
        visite.id,
        Bilan(services=("ORDINATEUR",), resultat="A_POURSUIVRE", suite="Revenir."),
        AGENT_PARTOUT,
        request_id=f"{request}:t",
    )

    assert f"Venez le {said}." in text_of(PAPIERS.draw(issue.convocation_numero))
    proof = Visite.objects(id=visite.id).first().papiers[-1]
    arrived = hours.moment_in_words(visite.arrivee_time, catalogue().fuseau(code))
    assert arrived in text_of(PAPIERS.draw(proof.numero)) and ("heure de" in arrived) == ("heure de" in said)


def test_a_house_enrolled_overseas_opens_at_its_own_hour() -> None:
    """A France services house of Mayotte that opens at nine has its first slot at six, UTC."""
    house = Maison(
        prefecture="976", nom="Maison de Mamoudzou", adresse="1 rue du Port", code_postal="97600", ville="Mamoudzou",
        vecteurs=("accueil", "courrier"), jours=tuple(range(5)), de="09:00", a="12:00",
    )  # fmt: skip

    made = enrolements.enrol(house, AGENT_PARTOUT, request_id=clock.new_id())

    first = offre.offer("976", "AIDE", du=date(2027, 3, 2)).creneaux[0]
    assert (first["lieu_id"], first["debut_local"]) == (made.id, "2027-03-02T09:00:00+03:00")
    assert first["debut_time"] == "2027-03-02T06:00:00+00:00"


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("75", "2027-03-26T08:00:00+00:00", "2027-03-30T07:00:00+00:00"),
        ("975", "2027-03-12T12:00:00+00:00", "2027-03-15T11:00:00+00:00"),
        ("974", "2027-03-26T05:00:00+00:00", "2027-03-30T05:00:00+00:00"),
    ],
)
def test_nine_o_clock_stays_nine_when_the_hour_changes_in_spring(
    public: Browser, code: str, before: str, after: str
) -> None:
    """In Europe on 28 March, in Saint-Pierre-et-Miquelon on 14 March, never in La Réunion."""
    creneaux.generate(f"{code}-neuf-pan", clock.today(), date(2027, 3, 3))

    for debut in (before, after):
        page = public.get(f"/pan/rendez-vous/prendre/{slot_at(code, debut)}?objet=AIDE").text
        assert f"{int(debut[8:10])} mars 2027 à 9 h" in page


@pytest.mark.parametrize("day", [date(2027, 10, 29), date(2027, 11, 1), date(2027, 11, 5), date(2027, 11, 8)])
@pytest.mark.parametrize("code", ["75", "974", "975", "988"])
def test_nine_o_clock_stays_nine_when_the_hour_changes_in_autumn(code: str, day: date) -> None:
    """In Europe on 31 October, in Saint-Pierre-et-Miquelon on 7 November."""
    fuseau = catalogue().fuseau(code)
    opening = [{"jours": list(range(7)), "de": "09:00", "a": "12:00"}]
    lieu = {"horaires": opening, "fermetures": [], "duree_minutes": 30, "fuseau": fuseau}

    first = rules.slots_of_day(lieu, day, frozenset())[0]

    rdv = RendezVous(reference="R-1234-5678", objet="AIDE", debut_time=first)
    place = Lieu(nom="PAN", adresse=[], fuseau=fuseau)
    words = textes.render(
        "rendez_vous_pris", agenda.fields(rdv, place), textes.Lecteur("", "fr"), "pan", "https://aide.test"
    )
    assert " 2027 à 9 h" in words.sms and str(day.day) in words.sms


@pytest.mark.parametrize(
    ("code", "now", "day"),
    [
        # In Nouméa the morning of the 2nd is the evening of the 1st in Paris, whose midnight falls at ten.
        ("988", datetime(2027, 3, 1, 21, 30, tzinfo=UTC), date(2027, 3, 2)),
        ("988", datetime(2027, 3, 1, 23, 30, tzinfo=UTC), date(2027, 3, 2)),
        ("975", datetime(2027, 3, 3, 1, 30, tzinfo=UTC), date(2027, 3, 2)),
        ("75", datetime(2027, 3, 2, 9, 30, tzinfo=UTC), date(2027, 3, 2)),
    ],
)
def test_the_desk_of_a_place_works_on_its_own_day(
    monkeypatch: pytest.MonkeyPatch, code: str, now: datetime, day: date
) -> None:
    """Its list of the day and its queue do not change at the midnight of Paris."""
    monkeypatch.setattr(clock, "legal_now", lambda: now)
    slot = next(
        s["_id"]
        for s in collection_of(Creneau).find({"lieu_id": f"{code}-neuf-pan", "debut_date": day.isoformat()})
        if s["libres"]
    )
    monkeypatch.setattr(clock, "legal_now", lambda: datetime(2027, 3, 1, 6, tzinfo=UTC))
    name = f"Attendue {now:%H%M}"
    asked = Reservation("AIDE", "ACCUEIL", Joignable(nom=name), creneau_id=str(slot))
    agenda.book(asked, by="test", request_id=clock.new_id())
    monkeypatch.setattr(clock, "legal_now", lambda: now)

    here = f"{code}-neuf-pan"
    assert name in {r["nom"] for r in accueil.booked_today(here, AGENT_PARTOUT)}
    arrived = accueil.record_arrival(here, Arrivee(nom="Sans rendez-vous"), AGENT_PARTOUT, request_id=clock.new_id())
    assert arrived.visite_date == lieux.today_at(catalogue().fuseau(code)) == day
    assert arrived.id in {v["_id"] for v in accueil.queue(here, AGENT_PARTOUT)}


@pytest.mark.parametrize(
    ("debut", "there", "over"),
    [
        # An afternoon of Tahiti is the next day in Paris, a morning of Nouméa the day before.
        (datetime(2027, 3, 3, 0, 0, tzinfo=UTC), date(2027, 3, 2), date(2027, 3, 4)),
        (datetime(2027, 3, 1, 21, 0, tzinfo=UTC), date(2027, 3, 2), date(2027, 3, 3)),
        (datetime(2027, 3, 2, 9, 0, tzinfo=UTC), date(2027, 3, 2), date(2027, 3, 3)),
    ],
)
def test_nobody_is_absent_before_the_day_is_over_there_and_in_paris(debut: datetime, there: date, over: date) -> None:
    """The legal day that closes an appointment comes after both days."""
    assert rules.day_over(debut, there) == over


def test_a_day_asked_for_is_the_day_of_the_place() -> None:
    """Slots of 2 March in Nouméa, whose first is still on 1 March in UTC."""
    found = offre.offer("988", "AIDE", du=date(2027, 3, 2), au=date(2027, 3, 2)).creneaux

    assert found and {slot["debut_local"][:10] for slot in found} == {"2027-03-02"}
    assert found[0]["debut_time"].startswith("2027-03-01T2")
