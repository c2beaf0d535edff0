"""The ANTS dialect, exposed and read over real HTTP; other systems, one of them wrong or down."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask_openapi import OpenAPI
from werkzeug.serving import make_server

from chassis import clock, hours
from chassis.mongo import collection_of
from chassis.settings import Settings
from droit.decision import Refused
from personne.joindre import Joignable
from services.pan import cadre
from services.pan.actions import agenda, agendas, annonces, capacites, offre
from services.pan.actions.agenda import Reservation
from services.pan.adapters.ants import Ants, read_time, write_time
from services.pan.adapters.contrat import Muet
from services.pan.adapters.sejour_json import is_signed, sign
from services.pan.store import Creneau, Lieu, RendezVous
from tests.browser import Browser
from tests.pan.conftest import JOUR

TOKEN = {"X-HUB-RDV-AUTH-TOKEN": "jeton-entrant-93"}
POINTS, SLOTS = "/pan/api/v1/ants/getManagedMeetingPoints", "/pan/api/v1/ants/availableTimeSlots"


@pytest.fixture(scope="module", autouse=True)
def tokens(app: OpenAPI, settings: Settings) -> None:
    """A préfecture with tokens of both directions, and one whose token is over."""
    fin = (JOUR + timedelta(days=30)).isoformat()
    (settings.cles_dir / "agendas.toml").write_text(
        f'["93"]\nentrant = "jeton-entrant-93"\nsortant = "jeton-entrant-93"\nfin = "{fin}"\n'
        f'["75"]\nentrant = "jeton-fini"\nsortant = "s"\nsecret = "partage"\nfin = "{JOUR - timedelta(days=1)}"\n'
    )
    cadre.use(settings)


@pytest.fixture
def served(app: OpenAPI) -> Iterator[str]:
    """Our own application behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}/pan/api/v1/ants"
    server.shutdown()
    thread.join()


def test_the_dialect_answers_in_its_own_words(public: Browser) -> None:
    """401 without a token in force, 404 for a point of another, 422 for a missing parameter, wall-clock hours."""
    assert public.get(POINTS).status_code == 401
    assert public.get(POINTS, headers={"X-HUB-RDV-AUTH-TOKEN": "jeton-fini"}).status_code == 401
    points = public.get(POINTS, headers=TOKEN).json or []
    assert {"id", "name", "longitude", "latitude", "public_entry_address", "zip_code", "city_name"} <= set(points[0])
    assert {point["id"][:2] for point in points} == {"93"}

    until = (JOUR + timedelta(days=7)).isoformat()
    window = f"start_date={JOUR}&end_date={until}"
    assert public.get(f"{SLOTS}?{window}", headers=TOKEN).status_code == 422
    assert public.get(f"{SLOTS}?{window}&meeting_point_ids=75-guichet-cite", headers=TOKEN).status_code == 404
    asked = f"{SLOTS}?{window}&meeting_point_ids=93-pan-pref&meeting_point_ids=93-pan-nord"
    answer = public.get(asked, headers=TOKEN).json or {}
    assert set(answer) == {"93-pan-pref", "93-pan-nord"}
    hour = answer["93-pan-pref"][0]["datetime"]
    assert hour.endswith("Z") and hour[11:13] in ("09", "10", "11", "13", "14", "15", "16")
    page = answer["93-pan-pref"][0]["callback_url"].removeprefix("http://localhost")
    assert public.get(page).status_code == 200


def test_an_appointment_is_found_by_its_reference(public: Browser) -> None:
    """Only in the préfectures of the token; an unknown reference has none."""
    slot = str(offre.offer("93", "AIDE").creneaux[0]["id"])
    asked = Reservation("AIDE", "ACCUEIL", Joignable(nom="Cherchee"), creneau_id=slot)
    made = agenda.book(asked, by="test", request_id=clock.new_id())
    path = "/pan/api/v1/ants/searchApplicationIds?application_ids"
    answer = public.get(f"{path}={made.reference}&application_ids=6123155111", headers=TOKEN).json or {}
    assert answer["6123155111"] == []
    assert set(answer[made.reference][0]) == {"meeting_point", "datetime", "management_url", "cancel_url"}


@pytest.mark.clause("PAN-16/b")
def test_the_motive_of_a_victim_is_told_to_nobody_untrained(
    public: Browser, desk: Callable[[str], Browser], move_clock: Callable[[int], date]
) -> None:
    """Neither in a list, nor in the agenda of the day, nor by the dialect, nor in what a system is told."""
    slot = offre.offer("93", "VICTIME").creneaux[0]
    asked = Reservation("VICTIME", "WEB", Joignable(nom="Zélie Cachée", protege=True), creneau_id=str(slot["id"]))
    made = agenda.book(asked, by="test", request_id=clock.new_id())
    move_clock((made.debut_date - JOUR).days)
    here, hers = f"/pan/bureau/lieux/{made.lieu_id}", f"/pan/bureau/rendez-vous/{made.id}"
    assert "Zélie Cachée" in desk("formee").get(here).text
    for untrained in ("accueil", "volontaire", "guichet"):
        assert "Zélie" not in desk(untrained).get(here).text and made.reference not in desk(untrained).get(here).text
        assert desk(untrained).get(hers).status_code == 403
    found = public.get(f"/pan/api/v1/ants/searchApplicationIds?application_ids={made.reference}", headers=TOKEN).json
    assert found == {made.reference: []}
    days = f"start_date={made.debut_date}&end_date={made.debut_date}"
    shown = public.get(f"{SLOTS}?{days}&meeting_point_ids={made.lieu_id}", headers=TOKEN).text
    assert "VICTIME" not in shown
    told = annonces.notice(collection_of(RendezVous).find_one({"_id": made.id}) or {}, "")
    assert "VICTIME" not in str(told) and "Zélie" not in str(told)
    move_clock(0)


def test_our_client_reads_a_system_that_speaks_the_dialect(served: str) -> None:
    """Ours read by ours: the same instants come back."""
    client = Ants(served, "jeton-entrant-93", {"93-pan-pref": hours.PARIS})
    assert "93-guichet" in {point["id"] for point in client.points()}
    until = JOUR + timedelta(days=7)
    # Its pages are on http in development: a link that is not https is never shown to a person.
    assert client.list(["93-pan-pref"], "AIDE", JOUR, until) == []
    with pytest.raises(Muet):
        Ants(served, "faux", {}).points()


@pytest.mark.parametrize(
    ("fuseau", "utc"),
    [(hours.PARIS, (1, 8)), ("Indian/Reunion", (1, 6)), ("America/Miquelon", (1, 12)), ("Pacific/Noumea", (0, 23))],
)
@pytest.mark.parametrize("text", ["2027-06-02T10:00Z", "2027-06-02T10:00:00+0200", "2027-06-02T10:00:00"])
def test_the_hour_written_is_the_hour_of_the_place(text: str, fuseau: str, utc: tuple[int, int]) -> None:
    """The three spellings in use, none of them UTC, from the system of a préfecture anywhere."""
    assert read_time(text, fuseau) == datetime(2027, 6, 1 + utc[0], utc[1], tzinfo=UTC)
    assert write_time(read_time(text, fuseau), fuseau) == "2027-06-02T10:00Z"


class Vendor(BaseHTTPRequestHandler):
    """A préfecture's system that speaks our JSON contract, with one slot of one place."""

    booked: dict[str, str] = {}
    received: list[bytes] = []
    broken = False
    empty = False

    def do_GET(self) -> None:
        slot = {"id": "c-1", "lieu_id": "75-guichet-cite", "debut_time": f"{JOUR + timedelta(days=3)}T09:00:00+00:00"}
        self._send(
            500 if Vendor.broken else 200,
            {"creneaux": [] if Vendor.empty else [{**slot, "duree_minutes": 20, "places": 1}]},
        )

    def do_PUT(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        Vendor.received.append(sent)
        body = json.loads(sent)
        key = self.path.rsplit("/", 1)[1]
        taken = body["creneau_id"] in Vendor.booked.values() and key not in Vendor.booked
        if not taken:
            Vendor.booked[key] = body["creneau_id"]
        self._send(409 if taken else 201, {"id": key})

    def do_DELETE(self) -> None:
        Vendor.booked.pop(self.path.rsplit("/", 1)[1], None)
        self._send(204, None)

    def _send(self, status: int, body: Any) -> None:
        self.send_response(status)
        self.end_headers()
        if body is not None:
            self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: Any) -> None:
        return None


@pytest.fixture
def vendor() -> Iterator[str]:
    """The vendor's server, on a free port; only the Paris counter is its."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/api"
    collection_of(Lieu).update_many({"agenda": "sejour-json"}, {"$set": {"agenda_url": url}})
    others = {"agenda": {"$in": ["ants", "ics"]}}
    collection_of(Lieu).update_many(others, {"$set": {"agenda_url": "http://127.0.0.1:1/"}})
    yield url
    server.shutdown()
    thread.join()


@pytest.mark.clause("XCT-07/l")
def test_a_systems_slots_are_booked_moved_and_cancelled_in_it(vendor: str) -> None:
    """Read ahead; booked there under our identifier, without her name or telephone; the counters that do not answer are
    named, ours still offered.
    """
    agendas.pull()
    seen = offre.offer("75", "DEPOT")
    slot = next(s for s in seen.creneaux if str(s["id"]).startswith("x_"))
    assert not seen.muets and offre.offer("69", "DEPOT").muets

    her = Joignable(nom="Chez le voisin", telephone="06 39 98 00 41")
    asked = Reservation("DEPOT", "ACCUEIL", her, creneau_id=str(slot["id"]))
    made = agenda.book(asked, by="test", request_id=clock.new_id())
    assert list(Vendor.booked.values()) == ["c-1"]
    assert json.loads(Vendor.received[-1]) == {"creneau_id": "c-1", "nom": made.reference}
    agenda.cancel(made.id, par="USAGER", by="test", request_id=clock.new_id())
    assert not Vendor.booked

    # Taken there meanwhile by somebody else: refused here, and our copy of the place is free for the next reading.
    Vendor.booked["autre"] = "c-1"
    with pytest.raises(Refused) as refused:
        again = Reservation("DEPOT", "ACCUEIL", Joignable(nom="Trop tard"), creneau_id=str(slot["id"]))
        agenda.book(again, by="test", request_id=clock.new_id())
    assert refused.value.motif.code == "CRENEAU_PRIS"
    assert RendezVous.objects(creneau_id=slot["id"], state="PRIS", lieu_id="75-guichet-cite").first() is None


@pytest.mark.clause("PAN-10/f")
def test_a_system_without_slots_raises_the_alert_of_its_place(vendor: str, desk: Callable[[str], Browser]) -> None:
    """While it has one within P-PAN nothing is said; when it has none the desk and the ministry read it."""
    alerts, name = "/pan/bureau/alertes", Lieu.objects(id="75-guichet-cite").first().nom
    agendas.pull()
    capacites.count_marked()
    offered = desk("national").get(alerts).text
    Vendor.empty = True
    try:
        agendas.pull()
    finally:
        Vendor.empty = False
    capacites.count_marked()
    assert (name in offered, name in desk("national").get(alerts).text) == (False, True)
    agendas.pull()
    capacites.count_marked()
    assert name not in desk("national").get(alerts).text


def test_a_system_that_fails_costs_its_own_slots_only(vendor: str) -> None:
    """Its counter is named as silent after five minutes; what we hold ourselves is unchanged."""
    Vendor.broken = True
    try:
        agendas.pull()
    finally:
        Vendor.broken = False
    assert offre.offer("93", "DEPOT").creneaux
    assert collection_of(Creneau).find_one({"lieu_id": "75-guichet-cite"}) is not None


def test_a_webhook_is_signed_by_who_shares_the_secret() -> None:
    """An empty secret signs nothing."""
    assert is_signed("partage", b"{}", sign("partage", b"{}"))
    assert not is_signed("partage", b"{}", sign("autre", b"{}"))
    assert not is_signed("", b"{}", sign("", b"{}"))
