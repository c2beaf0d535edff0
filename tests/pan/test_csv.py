"""A préfecture whose system only exports CSV: read as people write it, held by both sides, told by signed notices."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask_openapi import OpenAPI

from chassis import clock, hours
from chassis.mongo import collection_of
from chassis.settings import Settings
from dev.vendeurs.__main__ import SECRET, TOKEN
from droit.decision import Refused
from personne.joindre import Joignable
from services.pan import cadre
from services.pan.actions import agenda, agendas, annonces, suivis
from services.pan.actions.agenda import Reservation
from services.pan.adapters.contrat import Muet
from services.pan.adapters.csv_export import understand
from services.pan.adapters.sejour_json import sign
from services.pan.store import Creneau, Lieu, RendezVous
from tests.browser import Browser
from tests.pan.conftest import JOUR

LIEU = "75-guichet-cite"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
HEAD = "creneau;lieu;jour;heure;durée;places;motif"


def start(fault: str = "") -> tuple[subprocess.Popen[str], str]:
    """The vendor's server in a process of its own, and its address."""
    running = subprocess.Popen([sys.executable, "-m", "dev.vendeurs", "0", fault], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    return running, f"http://127.0.0.1:{running.stdout.readline().split()[1]}"


@pytest.fixture
def vendeur(app: OpenAPI, settings: Settings) -> Iterator[str]:
    """The system of the counter of Paris; no other one answers."""
    running, url = start()
    entry = f'entrant = "{TOKEN}"\nsortant = "{TOKEN}"\nsecret = "{SECRET}"\nwebhook = "{url}/avis"\n'
    (settings.cles_dir / "agendas.toml").write_text(f'["75"]\n{entry}fin = "{JOUR + timedelta(days=30)}"\n')
    cadre.use(settings)
    others = {"agenda": {"$in": ["ants", "ics", "sejour-json"]}}
    collection_of(Lieu).update_many(others, {"$set": {"agenda_url": "http://127.0.0.1:1/"}})
    mine = {"agenda": "csv", "agenda_url": f"{url}/export.csv"}
    collection_of(Lieu).update_one({"_id": LIEU}, {"$set": mine})
    collection_of(Creneau).delete_many({"lieu_id": LIEU})
    yield url
    running.terminate()
    running.wait(10)


def slot(cle: str) -> dict[str, Any]:
    """Our slot of this key of theirs."""
    found = collection_of(Creneau).find_one({"lieu_id": LIEU, "externe": cle})
    assert found is not None, cle
    return found


def taken_at(cle: str, nom: str, telephone: str = "") -> RendezVous:
    """An appointment in one of their slots."""
    her = Joignable(nom=nom, telephone=telephone)
    asked = Reservation("DEPOT", "ACCUEIL", her, creneau_id=str(slot(cle)["_id"]))
    return agenda.book(asked, by="test", request_id=clock.new_id())


def exports(url: str, *lines: str, **more: str) -> None:
    """The vendor changes its slots, which are then read."""
    requests.put(f"{url}/creneaux", json={"lignes": list(lines), **more}, timeout=5)
    agendas.pull()


def test_the_slots_of_an_export_are_the_true_ones(vendeur: str, desk: Callable[[str], Browser]) -> None:
    """Read in its own spelling; moved, the person is told; filled or cancelled there, nobody books it here."""
    agendas.pull()
    first = slot("A-1")
    assert (first["debut_time"], first["duree_minutes"]) == (datetime(2027, 3, 2, 8, tzinfo=UTC), 20)
    assert slot("A-2")["debut_time"] == datetime(2027, 3, 2, 8, 20, tzinfo=UTC)
    made = taken_at("A-1", "Déplacée Là", "0639980061")
    broken = "A-9;75-guichet-cite;31/02/2027;09:00;20;1;"
    exports(vendeur, f"A-1;{LIEU};02/03/2027;14:00;20;1;dépôt", f"A-3;{LIEU};03/03/2027;10h;20;1;retrait", broken)
    suivis.follow_moved()
    moved = RendezVous.objects(id=made.id).first()
    assert hours.local(moved.debut_time, hours.PARIS).hour == 14
    assert any("deplace" in str(entry.get("subject", "")) for entry in moved.outbox), "told, by the same write"
    assert collection_of(Creneau).find_one({"lieu_id": LIEU, "externe": "A-2"}) is None, "filled there"
    assert slot("A-3")["objets"] == ["REMISE"]
    shown = desk("national").get("/pan/bureau/agendas").text
    assert "31/02/2027" in shown and "Ligne 4" in shown


def test_a_notice_moves_an_appointment_unless_it_is_older_than_what_was_heard(vendeur: str, public: Browser) -> None:
    """Late, or sent again by whoever kept its signed bytes, it changes nothing; one that cannot be read is refused."""
    agendas.pull()
    made, now = taken_at("A-1", "Avisée Ensuite", "0639980068"), clock.now()

    def tell(said: bytes) -> int:
        path, signed = "/pan/api/v1/agendas/75/notifications", {"Sejour-Signature": sign(SECRET, said)}
        return int(public.client.post(path, data=said, headers=signed).status_code)

    def notice(hour: str, done: datetime) -> bytes:
        new = {"debut_time": f"2027-03-02T{hour}:00:00", "fait_time": done.isoformat()}
        return json.dumps({"reservation": made.id, "state": "DEPLACE", **new}).encode()

    def hour_after(said: bytes) -> int:
        assert tell(said) == 202, "heard, again too"
        return hours.local(RendezVous.objects(id=made.id).first().debut_time, hours.PARIS).hour

    first, second = notice("15", now - timedelta(minutes=2)), notice("16", now)
    assert [hour_after(said) for said in (first, second, first, second)] == [15, 16, 16, 16]
    assert hour_after(notice("17", now - timedelta(minutes=1))) == 16, "done before, and late"
    cancelled = json.dumps({"reservation": made.id, "state": "ANNULE", "fait_time": now.isoformat()}).encode()
    assert (hour_after(cancelled), RendezVous.objects(id=made.id).first().state) == (16, "PRIS")
    to_come = notice("18", now + timedelta(hours=1))
    half = notice("18", now).replace(b"debut_time", b"debut")
    never = notice("18", now).replace(b"2027-03-02T18:00:00", b"0001-01-01T00:00:00+14:00")
    undated = notice("18", now).replace(b"fait_time", b"fait")
    assert {tell(wrong) for wrong in (to_come, half, never, undated, b"{", b"[]")} == {422}, "never said to be heard"


def test_one_wins_when_their_desk_and_ours_want_the_same_slot(vendeur: str, public: Browser) -> None:
    """Held there, it is offered to nobody here; let go, it is free again; given there, it stays theirs."""
    agendas.pull()
    path = "/pan/api/v1/agendas/75/retenues/guichet-1"
    assert public.client.put(path, json={"creneau": "A-1"}).status_code == 401
    held = public.client.put(path, json={"creneau": "A-1"}, headers=BEARER)
    assert (
        held.status_code == 200 and public.client.put(path, json={"creneau": "A-1"}, headers=BEARER).status_code == 200
    )
    with pytest.raises(Refused) as refused:
        taken_at("A-1", "Trop Tard")
    assert refused.value.motif.code == "CRENEAU_PRIS"
    collection_of(Creneau).update_one(
        {"_id": slot("A-1")["_id"]}, {"$set": {"prises.0.jusque_time": clock.now() - timedelta(seconds=1)}}
    )
    assert agenda.sweep_holds() == 1 and slot("A-1")["libres"] == 1, "they let it end"
    made = taken_at("A-1", "La Première")
    assert public.client.put(path, json={"creneau": "A-1"}, headers=BEARER).status_code == 409
    assert public.client.put(path, json={"creneau": "A-2"}, headers=BEARER).status_code == 200
    assert public.client.post(f"{path}:prendre", headers=BEARER).status_code == 200
    agenda.sweep_holds()
    assert slot("A-2")["libres"] == 0
    assert public.client.delete(path, headers=BEARER).status_code == 200 and slot("A-2")["libres"] == 1
    assert public.client.post(f"{path}:prendre", headers=BEARER).status_code == 404
    agenda.cancel(made.id, par="USAGER", by="test", request_id=clock.new_id())


def test_their_system_is_told_and_what_it_does_not_take_waits_on_a_desk(
    vendeur: str, desk: Callable[[str], Browser]
) -> None:
    """Signed, without any name; while it is down each notice waits; given up, an agent sends it again."""
    agendas.pull()
    annonces.send_due()
    made = taken_at("A-1", "Sans Nom Là-bas", "0639980062")
    assert annonces.send_due() == 1
    known = requests.get(f"{vendeur}/registre", timeout=5).json()
    told = next(each for each in known if each["reservation"] == made.id)
    assert (told["state"], told["creneau"], told["reference"]) == ("PRIS", "A-1", made.reference)
    assert "Sans Nom" not in str(told) and "3998" not in str(told)

    exports(vendeur, f"A-1;{LIEU};02/03/2027;09:00;20;1;", faute="muet")
    agenda.cancel(made.id, par="USAGER", by="test", request_id=clock.new_id())
    assert annonces.send_due() == 0
    waits = RendezVous.objects(id=made.id).first().annonce
    assert waits["essais"] == 1 and waits["time"] > clock.now()
    last = {"annonce.essais": annonces.TRIES - 1, "annonce.time": clock.now()}
    collection_of(RendezVous).update_one({"_id": made.id}, {"$set": last})
    annonces.send_due()
    agent, page = desk("national"), "/pan/bureau/agendas"
    assert made.reference in agent.get(page).text and "503" in agent.get(page).text
    assert desk("formee").get(page).status_code == 403
    exports(vendeur, f"A-1;{LIEU};02/03/2027;09:00;20;1;", faute="")
    assert agent.post(f"{page}/annonces/{made.id}", {}, page).status_code == 303
    assert annonces.send_due() == 1 and made.reference not in agent.get(page).text
    known = requests.get(f"{vendeur}/registre", timeout=5).json()
    assert next(each for each in known if each["reservation"] == made.id)["state"] == "ANNULE"


ZONES = {LIEU: hours.PARIS, "974-guichet": "Indian/Reunion"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_table_is_read_as_offices_write_it(encoding: str, separator: str) -> None:
    """Separators, encodings, forms of days and hours, places overseas; a formula is text, and no line hides another."""
    rows = [
        HEAD, f"a;{LIEU};31/03/2027;9 h 30;20;2;Dépôt", "b;974-guichet;2027-03-31;09:00;;;",
        f'"=1+1";{LIEU};31.03.2027;10:00;20;1;', f"c;{LIEU};28/03/2027;02:30;20;1;", f"a;{LIEU};01/04/2027;9h;20;1;",
        "d;ailleurs;31/03/2027;9h;20;1;", f"e;{LIEU};31/03/2027;9h;20;x;", "",
    ]  # fmt: skip
    found = understand("\r\n".join(rows).replace(";", separator).encode(encoding), ZONES)
    starts = {one.cle: one.debut for one, _ in found.lus}
    assert starts == {
        "a": datetime(2027, 3, 31, 7, 30, tzinfo=UTC),
        "b": datetime(2027, 3, 31, 5, tzinfo=UTC),
        "=1+1": datetime(2027, 3, 31, 8, tzinfo=UTC),
    }
    assert [line.split(" :")[0] for line in found.ignorees] == ["Ligne 5", "Ligne 6", "Ligne 7", "Ligne 8"]
    assert "l’horloge avance" in found.ignorees[0]


@pytest.mark.parametrize("content", [b"", b"<html></html>", b"\x00\xff\x00", b"a;b\n1;2\n", b'creneau;jour\n"x'])
def test_what_is_no_table_of_slots_is_refused_whole(content: bytes) -> None:
    """Nothing of it is offered, and the place is named as silent."""
    with pytest.raises(Muet):
        understand(content, ZONES)


@pytest.mark.parametrize(
    ("fault", "clause"),
    [
        ("", ""),
        ("jeton", "Un mauvais jeton n’ouvre rien"),
        ("signature", "Un avis signé par un autre est refusé"),
        ("cles", "L’identifiant d’un créneau ne change pas"),
        ("muet", "Un avis signé est pris"),
        ("illisible", "L’adresse répond dans son dialecte"),
        ("double", "Un créneau pris est refusé à un autre (409)"),
        ("annulation", "Un créneau annulé se réserve de nouveau"),
    ],
)
def test_the_conformance_command_finds_what_is_wrong(fault: str, clause: str) -> None:
    """Against a real server in its own process: the right one passes, each broken one fails by its clause."""
    running, url = start(fault)
    day = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    requests.put(f"{url}/creneaux", json={"lignes": [f"A-1;{LIEU};{day};09:00;20;1;"]}, timeout=5)
    json_one = fault in ("double", "annulation")
    dialect, path = ("sejour-json", "/api") if json_one else ("csv", "/export.csv")
    given = ["--jeton", TOKEN, "--lieu", LIEU, "--avis", f"{url}/avis", "--secret", SECRET, "--ecrire"]
    try:
        command = [sys.executable, "-m", "services.pan.conformite", dialect, f"{url}{path}", *given]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        running.terminate()
        running.wait(10)
    missing = [line for line in done.stdout.splitlines() if line.startswith("MANQUE")]
    assert (done.returncode == 0, bool(missing)) == (not clause, bool(clause)), done.stdout + done.stderr
    assert not clause or any(clause in line for line in missing), done.stdout
