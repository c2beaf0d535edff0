"""The appointment core: one place is one person's, whatever the rush, the repeats and the crashes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from flask_openapi import OpenAPI

from chassis import clock, due
from chassis.mongo import collection_of
from droit.decision import Refused
from personne.joindre import Joignable
from sejour.deposit.v1 import events_pb2
from services.pan import inputs
from services.pan.actions import agenda, attentes, capacites, fermetures, lieux, offre, projections
from services.pan.actions.agenda import Reservation
from services.pan.due import DUE
from services.pan.rules import agenda as rules
from services.pan.store import Attente, Creneau, Lieu, RendezVous
from services.pan.store.agenda import hold, loosen
from tests.pan import facts

Move = Callable[[int], date]
pytestmark = pytest.mark.usefixtures("app")


def booking(slot: str, nom: str = "Quelqu’un", *, parcours: str = "", telephone: str = "") -> Reservation:
    """A booking for help, made at a desk."""
    return Reservation(
        "AIDE", "ACCUEIL", Joignable(nom=nom, telephone=telephone), creneau_id=slot, parcours_id=parcours
    )


def free(prefecture: str = "2A", rank: int = 0) -> dict[str, object]:
    """A free slot."""
    return dict(offre.offer(prefecture, "AIDE").creneaux[rank])


def places(slot: object) -> tuple[int, int]:
    """(places left, places)."""
    found = collection_of(Creneau).find_one({"_id": slot}) or {}
    return found["libres"], found["places"]


def test_fifty_people_race_for_the_last_place_and_one_has_it(app: OpenAPI) -> None:
    """Each in her own thread at the same instant; the others are refused, and the count is true."""
    slot = str(free()["id"])
    collection_of(Creneau).update_one({"_id": slot}, {"$set": {"libres": 1, "places": 1}})
    start = Barrier(50)

    def rush(number: int) -> bool:
        start.wait()
        try:
            agenda.book(booking(slot, f"Personne {number}"), by="test", request_id=clock.new_id())
        except Refused as refused:
            assert refused.motif is rules.CRENEAU_PRIS
            return False
        return True

    with ThreadPoolExecutor(50) as pool:
        won = list(pool.map(rush, range(50)))

    assert won.count(True) == 1
    assert places(slot) == (0, 1)
    assert RendezVous.objects(creneau_id=slot, lieu_id__gt="", state="PRIS", id__gt="").count() == 1


def test_one_person_holds_one_live_appointment_for_a_motive() -> None:
    """By her parcours, and by name and telephone without one; the place she could not have is free again."""
    first, second = str(free(rank=1)["id"]), str(free(rank=2)["id"])
    before = places(second)
    agenda.book(booking(first, "Rémi", telephone="06 12 34 56 78"), by="test", request_id=clock.new_id())
    with pytest.raises(Refused) as refused:
        agenda.book(booking(second, "rémi", telephone="+33612345678"), by="test", request_id=clock.new_id())
    assert refused.value.motif is rules.RENDEZ_VOUS_DEJA
    assert places(second) == before


@pytest.mark.parametrize("told", ["Fatou N'DIAYE", "FATOU NDIAYE", "fatou n’diaye", "Fatou NʼDiaye"])
def test_her_appointment_is_found_however_her_name_is_written(told: str) -> None:
    """By its reference, typed as one likes, and the name that was given."""
    made = agenda.book(booking(str(free(rank=2)["id"]), "Fatou N’Diaye"), by="test", request_id="ndiaye")
    assert agenda.by_reference(made.reference.lower().replace("-", " "), told).id == made.id
    with pytest.raises(Refused) as refused:
        agenda.by_reference(made.reference, "Fatou Diallo")
    assert refused.value.motif is rules.RENDEZ_VOUS_INCONNU


def test_two_parcours_joined_with_a_live_appointment_each_keep_both() -> None:
    """The fact is taken, not tried again without end: each appointment stays until it is used or cancelled."""
    made = [
        agenda.book(booking(str(free(rank=rank)["id"]), parcours=parcours), by="test", request_id=clock.new_id())
        for rank, parcours in ((8, "parcours-ancien"), (9, "parcours-gardé"))
    ]
    joined = events_pb2.ParcoursRattache(parcours_id="parcours-gardé", ancien_parcours_id="parcours-ancien")
    projections.parcours_rattache(joined, facts.meta("deposit.parcours.rattache", "parcours-gardé"))
    assert [RendezVous.objects(id=each.id).first().parcours_id for each in made] == [
        "parcours-ancien",
        "parcours-gardé",
    ]


def test_a_repeat_of_a_booking_is_the_same_booking() -> None:
    """Same request, same appointment, one place."""
    slot = str(free(rank=3)["id"])
    left = places(slot)[0]
    made = {agenda.book(booking(slot), by="test", request_id="meme-demande").id for _ in range(3)}
    assert len(made) == 1 and places(slot)[0] == left - 1


def test_moving_frees_the_old_place_once_the_new_one_is_written() -> None:
    """And cancelling gives it to who waits."""
    one, two = str(free(rank=4)["id"]), str(free(rank=5)["id"])
    left = places(one)[0], places(two)[0]
    made = agenda.book(booking(one), by="test", request_id=clock.new_id())
    agenda.move(made.id, two, by="agent:x", request_id="deplace", vecteur="ACCUEIL")
    agenda.move(made.id, two, by="agent:x", request_id="deplace", vecteur="ACCUEIL")
    assert (places(one)[0], places(two)[0]) == (left[0], left[1] - 1)

    asked = inputs.Inscription(prefecture="2A", objet="AIDE", nom="Attend", telephone="06 00 00 00 01")
    waiting = attentes.join_list(asked, request_id=clock.new_id())
    agenda.cancel(made.id, par="USAGER", by="agent:x", request_id="annule")
    assert places(two)[0] == left[1]
    assert Attente.objects(id=waiting.id).first().state == "PREVENU"


def test_a_hold_whose_holder_died_ends_by_what_was_written() -> None:
    """Held and never booked: free. Booked and not confirmed: booked."""
    one, two = str(free(rank=6)["id"]), str(free(rank=7)["id"])
    before = places(one)[0], places(two)[0]
    past = clock.now() - timedelta(seconds=1)
    hold(one, "personne", past)
    made = agenda.book(booking(two), by="test", request_id=clock.new_id())
    loosen(two, made.id, past)
    assert agenda.sweep_holds() == 2
    assert (places(one)[0], places(two)[0]) == (before[0], before[1] - 1)
    assert agenda.sweep_holds() == 0


def test_slots_open_to_the_web_in_waves_and_to_desks_at_once(move_clock: Move) -> None:
    """A day made today is seen by the desk now, and by the web at noon and after."""
    today = move_clock(1)
    due.run_due(DUE)
    newest = today + timedelta(days=rules.HORIZON_JOURS)
    made = list(collection_of(Creneau).find({"lieu_id": "93-pan-nord", "debut_time": {"$gt": clock.now()}}))
    last = [slot for slot in made if slot["debut_date"] == newest.isoformat()]
    assert last and len({slot["visible_time"] for slot in last}) == min(rules.VAGUES, len(last))


def test_a_place_that_closes_carries_its_bookings_to_another(move_clock: Move) -> None:
    """Each booking of the closed place is live at another place of the préfecture; the directory shows the closing."""
    from chassis.web.who import AGENT, Who

    slots = [s for s in offre.offer("93", "AIDE").creneaux if s["lieu_id"] == "93-pan-nord"][:3]
    made = [
        agenda.book(booking(str(slot["id"]), f"Carried {rank}"), by="test", request_id=clock.new_id())
        for rank, slot in enumerate(slots)
    ]
    chief = Who(AGENT, "chef", frozenset({"superviseur"}), frozenset({"93"}))
    closed = fermetures.close("93-pan-nord", "Travaux", chief, request_id=clock.new_id())
    assert closed.repreneur_id == "93-pan-pref"
    due.run_due(DUE)
    for booked in made:
        carried = RendezVous.objects(id=booked.id).first()
        assert carried.state == "PRIS" and carried.lieu_id == "93-pan-pref"
    shown = next(lieu for lieu in lieux.directory("93")["lieux"] if lieu["id"] == "93-pan-nord")
    assert not shown["ouvert"] and shown["repreneur_id"] == "93-pan-pref"


def test_a_place_without_slot_is_told() -> None:
    """Nothing free within P-PAN: a fact for the préfecture and the ministry, and the wait in the directory."""
    lieu = Lieu.objects(prefecture="2A", genre="pan").first()
    slots = collection_of(Creneau)
    slots.update_many({"lieu_id": lieu.id, "debut_time": {"$gt": clock.now()}}, {"$set": {"libres": 0}})
    capacites.count(lieu.id)
    told = Lieu.objects(id=lieu.id).first()
    assert told.attente_jours == -1
    assert any(entry.get("subject") == "pan.capacite.insuffisante" for entry in told.outbox)
