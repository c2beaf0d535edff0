"""What anybody meets: the directory, a free slot, an appointment without account, ticket or e-mail."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from chassis.web.inputs import HIDDEN
from services.pan.actions import offre
from services.pan.store import RendezVous, Visite
from tests.browser import Browser

Desk = Callable[[str], Browser]


def first_slot(prefecture: str = "93", objet: str = "AIDE", rank: int = 0) -> str:
    """The identifier of a free slot."""
    return str(offre.offer(prefecture, objet).creneaux[rank]["id"])


@pytest.mark.clause("PAN-01/a", "PAN-02/a")
def test_the_directory_names_places_and_what_is_missing(public: Browser) -> None:
    """Place, hours, ways, closed periods, trained agents, and the services that have no PAN."""
    page = public.get("/pan/annuaire/93").text

    shown = (
        "PAN de la sous-préfecture nord",
        "93200",
        "de 9 h à 12 h",
        "Travaux",
        "par téléphone",
        "Sans rendez-vous possible",
    )
    assert [words for words in (*shown, "Agent formé au droit du séjour") if words not in page] == []
    data = public.get("/pan/api/v1/annuaire/93").json
    assert data is not None and data["sans_pan"]
    for code in ("13", "2A", "69", "75", "93", "974"):
        found = (public.get(f"/pan/api/v1/annuaire/{code}").json or {})["lieux"]
        ways = [set(place["vecteurs"]) for place in found if place["genre"] == "pan"]
        assert ways and all(len(each) > 1 and each - {"web", "courriel"} for each in ways)


@pytest.mark.clause("PAN-04/a")
def test_booking_asks_for_a_name_and_nothing_that_excludes(public: Browser) -> None:
    """The form has no e-mail, no ticket, no account; the telephone is optional."""
    slot = first_slot()
    page = public.get(f"/pan/rendez-vous/prendre/{slot}?objet=AIDE").text
    fields = set(re.findall(r'name="([a-z_]+)"', page)) - HIDDEN - {"viewport"}
    assert fields == {"creneau_id", "objet", "nom", "telephone"}

    path = f"/pan/rendez-vous/prendre/{slot}"
    taken = public.post(path, {"creneau_id": slot, "objet": "AIDE", "nom": "Awa Diallo"}, f"{path}?objet=AIDE")
    assert taken.status_code == 303
    shown = public.get("/pan/mon-rendez-vous").text
    assert re.search(r"R-[2-9A-Z]{4}-[2-9A-Z]{4}", shown)

    cancelled = public.post("/pan/mon-rendez-vous/annuler", {}, "/pan/mon-rendez-vous")
    assert cancelled.status_code == 303
    assert "Annulé" in public.get("/pan/mon-rendez-vous").text


@pytest.mark.clause("XCT-21/c")
def test_the_reference_of_a_blocage_comes_with_her_to_the_agent_who_receives_her(public: Browser, desk: Desk) -> None:
    """From the link of the page where she was stopped to the visit, she types it nowhere."""
    assert "B-23BC-DFGH" in public.get("/pan/?blocage=B-23BC-DFGH").text
    slot = first_slot()
    path = f"/pan/rendez-vous/prendre/{slot}"
    brought = re.search(r'name="blocage" value="([^"]+)"', public.get(path).text)
    assert brought is not None
    typed = {"creneau_id": slot, "objet": "AIDE", "nom": "Venue Bloquee", "blocage": brought[1]}
    assert public.post(path, typed, path).status_code == 303

    reference = re.search(r"R-[2-9A-Z]{4}-[2-9A-Z]{4}", public.get("/pan/mon-rendez-vous").text)
    assert reference is not None
    booked = RendezVous.objects(reference=reference[0]).first()
    agent = desk("formee")
    assert "B-23BC-DFGH" in agent.get(f"/pan/bureau/rendez-vous/{booked.id}").text
    place = f"/pan/bureau/lieux/{booked.lieu_id}"
    arrived = agent.post(f"{place}/arrivees", {"rendez_vous_id": booked.id}, place)
    assert arrived.status_code == 303
    visit = Visite.objects(rendez_vous_id=booked.id).first()
    assert "B-23BC-DFGH" in agent.get(f"/pan/bureau/visites/{visit.id}").text
