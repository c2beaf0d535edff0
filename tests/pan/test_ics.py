"""A published calendar, read over real HTTP: repetitions, both clock changes, what is no slot, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chassis import hours
from chassis.mongo import collection_of
from services.pan.actions import agendas
from services.pan.adapters.contrat import Muet
from services.pan.adapters.ics import Ics
from services.pan.store import Lieu
from tests.browser import Browser
from tests.pan.conftest import JOUR

REUNION, MIQUELON = "Indian/Reunion", "America/Miquelon"
MARCH = (date(2027, 3, 1), date(2027, 3, 28))
PARIS_9H = "DTSTART;TZID=Europe/Paris:20270301T090000\nDTEND;TZID=Europe/Paris:20270301T092000\n"
WEEKLY = f"BEGIN:VEVENT\nUID:s\n{PARIS_9H}RRULE:FREQ=WEEKLY\n%sEND:VEVENT\n"
CHANGED = "BEGIN:VEVENT\nUID:s\nRECURRENCE-ID;TZID=Europe/Paris:20270308T090000\n%sEND:VEVENT\n"
MOVED = CHANGED % "DTSTART;TZID=Europe/Paris:20270309T140000\nDTEND;TZID=Europe/Paris:20270309T142000\n"
FLOATING = "BEGIN:VEVENT\nUID:s\nDTSTART:20270301T090000\nDURATION:PT20M\n%sEND:VEVENT\n"
SINGLE = f"BEGIN:VEVENT\nUID:e\n{PARIS_9H}%sEND:VEVENT\n"


class Calendar(BaseHTTPRequestHandler):
    """A préfecture's published calendar."""

    events = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//fr\n{Calendar.events}END:VCALENDAR\n"
        self.wfile.write(text.replace("\n", "\r\n").encode())

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where the calendar is published, on a free port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Calendar)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/libre.ics"
    server.shutdown()
    thread.join()


def _hours(url: str, events: str, days: tuple[date, date] = MARCH, fuseau: str = hours.PARIS) -> list[str]:
    """The hours of the free slots, on the clock of the place."""
    Calendar.events = events
    slots = Ics(url, {"lieu": fuseau}).list(["lieu"], "DEPOT", *days)
    assert len({slot.cle for slot in slots}) == len(slots)
    return sorted(f"{hours.local(slot.debut, fuseau):%m-%d %H:%M}/{slot.duree_minutes}" for slot in slots)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (WEEKLY % "", ["03-01 09:00/20", "03-08 09:00/20", "03-15 09:00/20", "03-22 09:00/20"]),
        (
            WEEKLY % "EXDATE;TZID=Europe/Paris:20270315T090000\n",
            ["03-01 09:00/20", "03-08 09:00/20", "03-22 09:00/20"],
        ),
        (WEEKLY % "EXDATE:20270315T080000Z\n", ["03-01 09:00/20", "03-08 09:00/20", "03-22 09:00/20"]),
        (
            WEEKLY % "RDATE;TZID=Europe/Paris:20270303T110000\n",
            ["03-01 09:00/20", "03-03 11:00/20", "03-08 09:00/20", "03-15 09:00/20", "03-22 09:00/20"],
        ),
        (WEEKLY % "" + MOVED, ["03-01 09:00/20", "03-09 14:00/20", "03-15 09:00/20", "03-22 09:00/20"]),
        (MOVED + WEEKLY % "", ["03-01 09:00/20", "03-09 14:00/20", "03-15 09:00/20", "03-22 09:00/20"]),
        (
            WEEKLY % "" + CHANGED % f"{PARIS_9H}STATUS:CANCELLED\n".replace("0301T", "0308T"),
            ["03-01 09:00/20", "03-15 09:00/20", "03-22 09:00/20"],
        ),
        (WEEKLY.replace("WEEKLY", "WEEKLY;COUNT=2") % "", ["03-01 09:00/20", "03-08 09:00/20"]),
        (WEEKLY.replace("WEEKLY", "WEEKLY;UNTIL=20270308T080000Z") % "", ["03-01 09:00/20", "03-08 09:00/20"]),
        (WEEKLY % "STATUS:CANCELLED\n", []),
    ],
    ids=[
        "series",
        "exdate",
        "exdate-utc",
        "rdate",
        "moved",
        "moved-first",
        "cancelled",
        "count",
        "until",
        "all-cancelled",
    ],
)
def test_a_series_is_read_with_its_exceptions(url: str, events: str, expected: list[str]) -> None:
    """Weekly openings, less the days closed, each changed occurrence in place of its own."""
    assert _hours(url, events) == expected


def test_a_series_begun_long_ago_or_moved_across_the_days_asked(url: str) -> None:
    """What falls within the days asked, and nothing else, whatever its rule began with."""
    old = (WEEKLY % "").replace("20270301T", "20190304T")
    assert _hours(url, old, (date(2027, 3, 8), date(2027, 3, 8))) == ["03-08 09:00/20"]
    assert _hours(url, WEEKLY % "" + MOVED, (date(2027, 3, 8), date(2027, 3, 8))) == []
    assert _hours(url, WEEKLY % "" + MOVED, (date(2027, 3, 9), date(2027, 3, 9))) == ["03-09 14:00/20"]


SPRING, AUTUMN = (date(2027, 3, 22), date(2027, 3, 29)), (date(2027, 10, 25), date(2027, 11, 1))
SPRING_975, AUTUMN_975 = (date(2027, 3, 8), date(2027, 3, 15)), (date(2027, 11, 1), date(2027, 11, 8))
FLOATING_WEEKLY = FLOATING % "RRULE:FREQ=WEEKLY\n"
UTC_WEEKLY = FLOATING_WEEKLY.replace("090000", "080000Z")


@pytest.mark.parametrize(
    ("fuseau", "events", "change", "expected"),
    [
        (hours.PARIS, WEEKLY % "", SPRING, ["22 09:00", "29 09:00"]),
        (hours.PARIS, WEEKLY % "", AUTUMN, ["25 09:00", "01 09:00"]),
        (hours.PARIS, FLOATING_WEEKLY, SPRING, ["22 09:00", "29 09:00"]),
        (hours.PARIS, FLOATING_WEEKLY, AUTUMN, ["25 09:00", "01 09:00"]),
        # A rule written in UTC stays in UTC: the clock of the place moves under it.
        (hours.PARIS, UTC_WEEKLY, SPRING, ["22 09:00", "29 10:00"]),
        (hours.PARIS, UTC_WEEKLY, AUTUMN, ["25 10:00", "01 09:00"]),
        (REUNION, FLOATING_WEEKLY, SPRING, ["22 09:00", "29 09:00"]),
        (REUNION, FLOATING_WEEKLY, AUTUMN, ["25 09:00", "01 09:00"]),
        # Written for the clock of Paris, which moves; that of the place does not, or on other days.
        (REUNION, WEEKLY % "", SPRING, ["22 12:00", "29 11:00"]),
        (REUNION, WEEKLY % "", AUTUMN, ["25 11:00", "01 12:00"]),
        (MIQUELON, FLOATING_WEEKLY, SPRING_975, ["08 09:00", "15 09:00"]),
        (MIQUELON, FLOATING_WEEKLY, AUTUMN_975, ["01 09:00", "08 09:00"]),
        (MIQUELON, WEEKLY % "", SPRING_975, ["08 05:00", "15 06:00"]),
        (MIQUELON, WEEKLY % "", SPRING, ["22 06:00", "29 05:00"]),
        (MIQUELON, WEEKLY % "", AUTUMN, ["25 05:00", "01 06:00"]),
        (MIQUELON, WEEKLY % "", AUTUMN_975, ["01 06:00", "08 05:00"]),
    ],
)
def test_clock_changes(url: str, fuseau: str, events: str, change: tuple[date, date], expected: list[str]) -> None:
    """In 2027 Paris changes on 28 March and 31 October, Saint-Pierre on 14 March and 7 November, La Réunion never."""
    assert [hour[3:11] for hour in _hours(url, events, change, fuseau)] == expected


@pytest.mark.parametrize(
    "event",
    [
        SINGLE % "STATUS:CANCELLED\n",
        SINGLE % "TRANSP:OPAQUE\n",
        SINGLE % "X-MICROSOFT-CDO-BUSYSTATUS:BUSY\n",
        SINGLE.replace("T092000", "T080000") % "",
        SINGLE.replace("T092000", "T090000") % "",
        SINGLE.replace("0301T092000", "0401T092000") % "",
        SINGLE % "EXDATE:hier\n",
        SINGLE % "RRULE:FREQ=DAILY;UNTIL=demain\n",
        "BEGIN:VEVENT\nUID:e\nDTSTART;VALUE=DATE:20270301\nRRULE:FREQ=DAILY\nEND:VEVENT\n",
        "BEGIN:VEVENT\nUID:e\nSUMMARY:Sans heure\nEND:VEVENT\n",
    ],
    ids=["cancelled", "opaque", "busy", "backwards", "empty", "a-month", "exdate", "until", "all-day", "no-start"],
)
def test_what_is_no_slot_is_left_out_alone(url: str, event: str) -> None:
    """Busy, cancelled, whole days, unreadable: the events beside it are still slots."""
    free = (SINGLE % "TRANSP:TRANSPARENT\nX-MICROSOFT-CDO-BUSYSTATUS:FREE\n").replace("UID:e", "UID:libre")
    assert _hours(url, event + free) == ["03-01 09:00/20"]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("RRULE:FREQ=SECONDLY", "SECONDLY"),
        ("RRULE:FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=23", "MINUTELY"),
        ("RRULE:FREQ=DAILY;INTERVAL=0", "every 0"),
        ("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "several rules"),
        ("RRULE:FREQ=DAILY;BYHOUR=%s;BYMINUTE=%s;BYSECOND=%s", "steps"),
        ("RRULE:FREQ=DAILY;BYHOUR=%s;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55", "occurrences"),
        ("RRULE:FREQ=DAILY;BYHOUR=%s;BYMINUTE=%s;UNTIL=00010102T000000Z", "steps"),
    ],
    ids=["second", "never", "still", "several", "every-second-of-a-day", "crowded", "since-year-one"],
)
def test_a_hostile_rule_is_refused_at_once(url: str, rule: str, why: str) -> None:
    """It neither hangs nor fills memory; the calendar is refused, and the log says why."""
    for numbers in (range(24), range(60), range(60)):
        rule = rule.replace("%s", ",".join(map(str, numbers)), 1)
    since = "00010101T" if "UNTIL" in rule else "20270301T"
    with pytest.raises(Muet, match=why):
        _hours(url, SINGLE.replace("20270301T", since) % f"{rule}\n")


def test_rules_that_never_fall_are_not_all_searched(url: str) -> None:
    """Each is searched in vain until year 9999: after two seconds of them, no other is begun."""
    never = SINGLE % "RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30\n"
    with pytest.raises(Muet, match="seconds"):
        _hours(url, "".join(never.replace("UID:e", f"UID:{number}") for number in range(50)))


def test_too_many_days_are_not_asked(url: str) -> None:
    """The days asked are bounded too."""
    with pytest.raises(Muet, match="days"):
        _hours(url, WEEKLY % "", (JOUR, JOUR + timedelta(days=93)))


def test_an_event_of_another_place_is_not_that_of_the_only_one_asked(url: str) -> None:
    """A motive that one place alone serves shows the slots of that place."""
    Calendar.events = SINGLE % "LOCATION:autre\n"
    system = Ics(url, {"lieu": hours.PARIS, "autre": hours.PARIS})
    assert system.list(["lieu"], "DEPOT", *MARCH) == []
    assert [slot.lieu_id for slot in system.list(["autre"], "DEPOT", *MARCH)] == ["autre"]


@pytest.mark.clause("PAN-10/g")
def test_the_slots_that_people_see_are_those_of_the_calendar(url: str, public: Browser) -> None:
    """What it repeats is offered each time; what it moves, fills or cancels follows, the rest of the series stays."""
    place = collection_of(Lieu).find_one({"agenda": "ics"})
    assert place is not None
    others = {"agenda": {"$in": ["ants", "sejour-json", "ics"]}, "_id": {"$ne": place["_id"]}}
    collection_of(Lieu).update_many(others, {"$set": {"agenda_url": "http://127.0.0.1:1/"}})
    collection_of(Lieu).update_one({"_id": place["_id"]}, {"$set": {"agenda_url": url}})
    series, single = (WEEKLY % "").replace("0301T", "0302T"), (SINGLE % "").replace("0301T", "0304T")
    moved = MOVED.replace("0308T", "0309T").replace("0309T14", "0310T14")

    assert _offered(series + single, place, public) == [
        "03-02 09:00",
        "03-04 09:00",
        "03-09 09:00",
        "03-16 09:00",
        "03-23 09:00",
    ]
    single = single.replace("T09", "T15")
    expected = ["03-02 09:00", "03-04 15:00", "03-10 14:00", "03-16 09:00", "03-23 09:00"]
    assert _offered(series + single + moved, place, public) == expected
    cancelled = (CHANGED % f"{PARIS_9H}STATUS:CANCELLED\n").replace("0308T", "0316T").replace("0301T", "0316T")
    filled = single.replace("END:VEVENT", "TRANSP:OPAQUE\nEND:VEVENT")
    expected = ["03-02 09:00", "03-10 14:00", "03-23 09:00"]
    assert _offered(series + filled + moved + cancelled, place, public) == expected


def _offered(events: str, place: Mapping[str, Any], public: Browser) -> list[str]:
    """The hours that people are offered at the place, once the calendar was read."""
    Calendar.events = events
    agendas.pull()
    found = public.get(f"/pan/api/v1/creneaux?prefecture={place['prefecture']}&objet=DEPOT").json or {}
    return [
        slot["debut_local"][5:16].replace("T", " ") for slot in found["creneaux"] if slot["lieu_id"] == place["_id"]
    ]
