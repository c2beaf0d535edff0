"""The desk by a program: an appointment moved and cancelled, a piece taken back, an appointment looked up."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask_openapi import OpenAPI

from services.pan.actions import offre
from services.pan.store import Creneau, Depot, RendezVous
from tests.agents import Program
from tests.browser import Browser
from tests.pan.deskwork import known

Desk = Callable[[str], Browser]
Programs = Callable[[str], Program]


@pytest.fixture
def program(app: OpenAPI) -> Programs:
    """A program with the token of an agent, or of nobody."""
    return lambda login: Program(app, "pan", login)


def slots(prefecture: str = "93", objet: str = "AIDE") -> list[str]:
    """Free slots, the earliest first."""
    return [str(slot["id"]) for slot in offre.offer(prefecture, objet).creneaux]


def booked(program: Programs, nom: str, objet: str = "AIDE") -> Any:
    """An appointment taken at the desk."""
    typed = {"creneau_id": slots(objet=objet)[0], "objet": objet, "nom": nom, "vecteur": "TELEPHONE"}
    made = program("formee").post("/bureau/lieux/93-pan-nord/rendez-vous", typed)
    assert made.status_code == 201, made.text
    return made.json


def free(creneau_id: str) -> int:
    """Places left in a slot."""
    return int(Creneau.objects(id=creneau_id).first().libres)


def test_an_appointment_is_moved_then_cancelled_and_its_place_given_back(
    program: Programs, desk: Desk, public: Browser
) -> None:
    made = booked(program, "Deplacee")
    path, before = f"/bureau/rendez-vous/{made['id']}", made["creneau"]["id"]
    after = slots()[1]
    places = free(before), free(after)

    moved = program("volontaire").post_twice(f"{path}:deplacer", {"creneau_id": after})
    held = free(before), free(after)
    page = desk("volontaire").read(f"/pan/bureau/rendez-vous/{made['id']}")
    cancelled = program("volontaire").post_twice(f"{path}:annuler")
    public.post("/pan/mon-rendez-vous", {"reference": made["reference"], "nom": "Deplacee"})
    hers = public.read("/pan/mon-rendez-vous")

    assert (moved.json["creneau"]["id"], moved.json["state"]) == (after, "PRIS")
    assert held == (places[0] + 1, places[1] - 1)
    assert RendezVous.objects(id=made["id"]).first().creneau_id == after
    assert made["reference"] in page.text
    assert (cancelled.json["state"], free(after)) == ("ANNULE", places[1])
    assert "Annulé" in hers.text
    other = next(slot for slot in slots() if slot not in (before, after))
    assert program("volontaire").post(f"{path}:deplacer", {"creneau_id": other}).status_code == 409


@pytest.mark.parametrize("name", ["lyon", "notaire", ""])
def test_an_appointment_is_changed_by_an_agent_of_its_prefecture_alone(program: Programs, name: str) -> None:
    made = booked(program, f"Gardee {name}")
    path = f"/bureau/rendez-vous/{made['id']}"

    refused = [
        program(name).post(f"{path}:deplacer", {"creneau_id": slots()[1]}),
        program(name).post(f"{path}:annuler"),
    ]

    assert {answer.status_code for answer in refused} == {403 if name else 401}
    kept = RendezVous.objects(id=made["id"]).first()
    assert (kept.state, kept.creneau_id) == ("PRIS", made["creneau"]["id"])


def test_a_victims_appointment_is_moved_by_the_trained_alone(program: Programs) -> None:
    made = booked(program, "En confiance", objet="VICTIME")
    path = f"/bureau/rendez-vous/{made['id']}"

    untrained = program("volontaire").post(f"{path}:annuler")
    trained = program("formee").post(f"{path}:annuler")

    assert (untrained.status_code, trained.status_code) == (403, 200)
    assert "En confiance" not in untrained.text


def test_an_agent_moves_nobody_to_a_prefecture_that_is_not_hers(program: Programs, desk: Desk) -> None:
    made, elsewhere = booked(program, "Reste Ici"), slots("69")[0]
    page = f"/pan/bureau/rendez-vous/{made['id']}"

    by_api = program("formee").post(f"/bureau/rendez-vous/{made['id']}:deplacer", {"creneau_id": elsewhere})
    by_page = desk("formee").post(f"{page}/deplacer", {"creneau_id": elsewhere}, page)

    assert (by_api.status_code, by_page.status_code) == (403, 403)
    assert RendezVous.objects(id=made["id"]).first().creneau_id == made["creneau"]["id"]


@pytest.mark.parametrize(("length", "page_status", "api_status"), [(0, 422, 422), (200, 422, 404), (201, 422, 422)])
def test_a_slot_is_named_within_one_limit_on_page_and_api(
    program: Programs, desk: Desk, length: int, page_status: int, api_status: int
) -> None:
    """At the limit the name is read, and no slot bears it; over it, it is not."""
    made = booked(program, f"Limite {chr(65 + length % 26)}")
    page = f"/pan/bureau/rendez-vous/{made['id']}"

    by_api = program("formee").post(f"/bureau/rendez-vous/{made['id']}:deplacer", {"creneau_id": "x" * length})
    by_page = desk("formee").post(f"{page}/deplacer", {"creneau_id": "x" * length}, page)

    assert by_api.status_code == api_status, by_api.text
    assert by_page.status_code == page_status, by_page.text


def dossier(desk: Desk, nom: str) -> Depot:
    """A dossier in hand with one file."""
    agent = desk("formee")
    page = known(agent, nom)
    shown = agent.post(f"{page}/depots", {"choix": "titre:conjoint-de-francais"}, page).headers["Location"]
    depot_id = shown.rsplit("/", 1)[1]
    sent = {"depot": depot_id, "piece": "identite", "fichier": (io.BytesIO(b"%PDF-1.4 recto\n%%EOF\n"), "recto.pdf")}
    assert agent.post("/pan/envois/formulaire", sent, shown).status_code == 303
    found: Depot = Depot.objects(id=depot_id).first()
    return found


def test_a_piece_is_taken_back_from_a_dossier_in_hand_and_from_no_other(program: Programs, desk: Desk) -> None:
    depot = dossier(desk, "Reprise")
    path = f"/bureau/depots/{depot.id}/pieces/{depot.pieces[0].id}:retirer"
    page = f"/pan/bureau/depots/{depot.id}"

    refused = {name: program(name).post(path).status_code for name in ("volontaire", "guichet", "lyon", "")}
    kept = "recto.pdf" in desk("formee").read(page).text
    taken = program("formee").post_twice(path)

    assert refused == {"volontaire": 403, "guichet": 403, "lyon": 403, "": 401}
    assert kept and taken.status_code == 200
    assert "recto.pdf" not in desk("formee").read(page).text
    filed = dossier(desk, "Deposee")
    desk("formee").post(f"/pan/bureau/depots/{filed.id}/deposer", {}, f"/pan/bureau/depots/{filed.id}")
    late = program("formee").post(f"/bureau/depots/{filed.id}/pieces/{filed.pieces[0].id}:retirer")
    assert late.status_code == 409
    assert len(Depot.objects(id=filed.id).first().pieces) == 1


def test_looking_an_appointment_up_writes_nothing_needs_no_key_and_is_counted(app: OpenAPI, program: Programs) -> None:
    made = booked(program, "Retrouvee")
    path, right = "/pan/api/v1/rendez-vous:retrouver", {"reference": made["reference"], "nom": "RETROUVEE"}
    client = app.test_client()

    found = client.post(path, json=right)
    guesses = [client.post(path, json=right | {"nom": f"essai {number}"}).status_code for number in range(40)]

    assert (found.status_code, found.json) == (200, made)
    assert guesses[0] == 404
    assert guesses[-1] == 429
