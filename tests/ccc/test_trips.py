"""How many files the main acts of the contact centre cross, counted as they run."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup

from chassis import clock
from services.ccc import store
from tests.browser import Browser
from tests.trip import followed

AT_MOST = 8


def test_opening_and_answering_a_ticket_cross_eight_files_at_most(web: Browser, agent: Any) -> None:
    crossed: dict[str, list[str]] = {}
    desk = agent("chloe")
    desk.get("/ccc/agents/")

    with followed("ccc") as crossed["open a ticket"]:
        key = {"Idempotency-Key": clock.new_id()}
        made = web.client.post("/ccc/api/v1/saisines", json={"precis": "Quels papiers pour étudier ?"}, headers=key)
    saisine = store.Saisine.objects(reference=made.json["reference"]).first()
    page = f"/ccc/agents/saisines/{saisine.id}"
    token = str(BeautifulSoup(desk.get(page).text, "html.parser").select_one("input[name=csrf_token]")["value"])
    answer = {"texte": "Voici la liste des papiers.", "citation": "Quels papiers pour étudier ?", "issue": "AIDE_DEPOT"}
    typed = {"csrf_token": token, "request_id": clock.new_id(), **answer}
    with followed("ccc") as crossed["answer"]:
        assert desk.client.post(f"{page}/reponse", data=typed).status_code == 303

    assert [act for act, files in crossed.items() if not files] == []
    assert {act: files for act, files in crossed.items() if len(files) > AT_MOST} == {}
