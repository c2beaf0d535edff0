"""Who may and who may not, through HTTP; a préfecture sees what is copied to it and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from services.ccc.rules import acces
from tests.browser import Browser
from tests.ccc.conftest import AGENTS, reload, write

# act -> (path after the ticket, form)
ACTS: dict[str, tuple[str, dict[str, str]]] = {
    acces.REPONDRE: (
        "/reponse",
        {"texte": "Cette page est en panne.", "citation": "page reste", "issue": "AIDE_DEPOT"},
    ),
    acces.QUALIFIER: ("/categorie", {"categorie": "AUTRE"}),
    acces.ATTESTER: ("/attestation", {}),
    acces.CLORE: ("/fin", {"issue": "AIDE_DEPOT"}),
    acces.APPELER: ("/appel/entrant", {}),
}


def in_scope(login: str, prefecture: str) -> bool:
    """Whether the agent's préfectures hold this one."""
    return "*" in AGENTS[login][1] or prefecture in AGENTS[login][1]


@pytest.mark.clause("XCT-07/b")
@pytest.mark.parametrize("login", sorted(AGENTS.keys() - {"claude"}))
def test_the_table_of_who_may_read_a_ticket_holds_through_http(web: Browser, agent: Any, login: str) -> None:
    saisine = write(web, prefecture="93")
    may = any(acces.LIRE in acces.MAY[role] for role in AGENTS[login][0]) and in_scope(login, "93")

    answer = agent(login).get(f"/ccc/agents/saisines/{saisine.id}")
    assert answer.status_code == (200 if may else 403), login
    assert (saisine.precis in answer.text) == may


@pytest.mark.clause("XCT-07/b")
@pytest.mark.parametrize("login", sorted(AGENTS.keys() - {"claude"}))
def test_the_table_of_who_may_act_holds_through_http(web: Browser, agent: Any, login: str) -> None:
    browser = agent(login)
    for act, (path, form) in ACTS.items():
        saisine = write(web, prefecture="93")
        may = any(act in acces.MAY[role] for role in AGENTS[login][0]) and in_scope(login, "93")
        page = f"/ccc/agents/saisines/{saisine.id}"
        before = reload(saisine).version
        answer = browser.post(f"{page}{path}", form, form="/ccc/agents/registre")

        if may:
            assert answer.status_code == (422 if act == acces.CLORE else 303), (login, act)
        else:
            assert answer.status_code == 403, (login, act)
            assert reload(saisine).version == before


@pytest.mark.clause("CCC-14/c")
def test_a_prefecture_sees_its_tickets_in_its_queue_unless_the_person_objects(web: Browser, agent: Any) -> None:
    soon = {"fin_droit-jour": "2", "fin_droit-mois": "3", "fin_droit-annee": "2027"}
    told = write(web, prefecture="93", precis="Une page blanche, je veux bien qu’elle le sache", **soon)
    hidden = write(web, prefecture="93", precis="Une page blanche, qu’elle ne le sache pas", objection="true", **soon)
    elsewhere = write(web, prefecture="69", precis="Une page blanche à Lyon", **soon)
    desk = agent("gael")
    queue = desk.get("/ccc/agents/").text

    assert told.reference in queue
    assert hidden.reference not in queue
    assert elsewhere.reference not in queue
    assert desk.get(f"/ccc/agents/saisines/{hidden.id}").status_code == 403
    assert "ne le sache pas" not in desk.get(f"/ccc/agents/saisines/{hidden.id}").text


@pytest.mark.parametrize("path", ["/ccc/agents/", "/ccc/agents/registre", "/ccc/agents/appel"])
def test_nobody_reads_the_desk_without_signing_in(web: Browser, path: str) -> None:
    assert web.get(path).status_code in (302, 303, 401)


def test_a_guessed_link_opens_no_ticket(web: Browser) -> None:
    assert web.get("/ccc/suivi/" + "A" * 32).status_code == 404
    assert web.get("/ccc/suivi/court").status_code == 404


def test_each_reading_of_a_ticket_is_kept(web: Browser, agent: Any) -> None:
    from chassis import mongo

    saisine = write(web)
    agent("chloe").get(f"/ccc/agents/saisines/{saisine.id}")
    kept = mongo.database("ccc")["consultations"].find_one({"saisine_id": saisine.id})

    assert kept is not None
    assert kept["agent_id"] == "chloe"
