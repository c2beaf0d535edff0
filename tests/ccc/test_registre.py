"""The known-bug register: matched by its words, routed at once, escalated at P-BUG, and everybody told of the end."""

from __future__ import annotations

from typing import Any

import pytest

from chassis import clock, outbox
from chassis.inbox import Meta
from sejour.blocage.v1 import blocage_pb2
from services.ccc.actions import touchees
from services.ccc.cadre import cadre
from services.ccc.store import Anomalie, Blocage
from tests.browser import Browser
from tests.ccc.conftest import START, Clock, relay_all, reload, write

FANTOME = {
    "titre": "Titre fantôme en attente de remise",
    "description": "Le site dit qu’un titre attend à la préfecture.",
    "symptome": "6",
    "mots": "titre attend remise préfecture ancien",
    "depuis-jour": "1",
    "depuis-mois": "2",
    "depuis-annee": "2027",
}
TOLD = "Le site dit que mon ancien titre attend une remise à la préfecture"


@pytest.fixture
def code(agent: Any) -> str:
    """A fault just signalled."""
    made = agent("chloe").post("/ccc/agents/registre", FANTOME)
    assert made.status_code == 303, made.text
    return str(made.headers["Location"].rsplit("/", 1)[1])


@pytest.mark.clause("CCC-05/d", "CCC-12/a", "XCT-17/c")
def test_a_known_fault_is_recognised_routed_and_its_solution_told_to_all(web: Browser, agent: Any, code: str) -> None:
    tickets = [write(web, precis=TOLD, symptome="6", courriel=f"{n}@exemple.test", nom=n) for n in "abc"]
    known = reload(tickets[0]).anomalie_code
    blocage = Blocage.objects(id=reload(tickets[0]).blocage_id).first()
    relay_all()
    registers = [agent(login).get("/ccc/agents/registre").text for login in ("chloe", "gael", "paola", "nadia")]
    named = agent("chloe").get(f"/ccc/agents/saisines/{tickets[0].id}").text
    change = {"state": "RESOLUE", "solution": "La remise est de nouveau notée."}
    path = f"/ccc/agents/registre/{known}"
    assert agent("chloe").post(path, change).status_code == 403
    assert agent("cyril").post(path, change).status_code == 303
    while touchees.announce_batch():
        pass
    told = [f for f in relay_all().facts if f.get("prive", {}).get("modele") == "anomalie_resolue"]

    assert known
    assert blocage.state == "ATTESTE"
    assert blocage.anomalie_code == known
    assert reload(tickets[0]).papiers
    assert f"Anomalie reconnue : {known}" in named
    for register in registers:
        assert known in register
        assert "orientée tout de suite" in register
        assert "28 jours" in register
    assert len(told) >= len(tickets)
    assert "La remise est de nouveau notée." in told[0]["prive"]["contenu"]
    assert touchees.announce_batch() == 0
    again = agent("cyril").post(path, change)
    assert again.status_code in (403, 422)


def test_each_work_around_is_told_to_all_and_to_who_comes_after_and_a_withdrawn_one_is_shown_no_more(
    web: Browser, agent: Any, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second one is another news; who is met elsewhere after the end of the announcement hears it, also in a race."""
    ticket, desk = write(web, precis=TOLD, symptome="6", courriel="contour@exemple.test", nom="Contour"), agent("cyril")
    path = f"/ccc/agents/registre/{code}"

    def told() -> list[str]:
        while touchees.announce_batch():
            pass
        facts = [f for f in relay_all().facts if f.get("prive", {}).get("modele") == "anomalie_contournee"]
        return [fact["prive"]["contenu"] for fact in facts if code in fact["prive"]["contenu"]]

    def met(person: str) -> None:
        event = blocage_pb2.BlocageConstate(
            blocage_id=clock.new_id(), parcours_id=person, contact_id=person,
            symptome=blocage_pb2.SYMPTOME_TITRE_NON_REMIS, premiere_tentative_date="2027-02-20",
        )  # fmt: skip
        day, now = clock.today(), clock.now()
        touchees.on_constate(event, Meta(clock.new_id(), "pan.blocage.constate", person, 1, person, day, now))

    assert desk.post(path, {"state": "CONTOURNEE", "contournement": "Passez par la poste."}).status_code == 303
    assert [("Passez par la poste." in words) for words in told()] == [True]
    assert desk.post(path, {"state": "CONTOURNEE", "contournement": "Passez au guichet 4."}).status_code == 303
    assert [("Passez au guichet 4." in words) for words in told()] == [True]
    met("personne-apres")
    assert [("Passez au guichet 4." in words) for words in told()] == [True]

    # Met while the last batch was ending.
    met("personne-avant-la-fin")
    update = outbox.update

    def late(doc: Any, *entries: Any, **more: Any) -> Any:
        if isinstance(doc, Anomalie) and not doc.annonce:
            monkeypatch.setattr(outbox, "update", update)
            met("personne-pendant-la-fin")
        return update(doc, *entries, **more)

    monkeypatch.setattr(outbox, "update", late)
    assert len(told()) == 2

    assert desk.post(path, {"state": "OUVERTE"}).status_code == 303
    assert touchees.news_of(reload(ticket)) == ""


@pytest.mark.clause("XCT-17/a")
def test_the_register_holds_all_that_is_known_of_a_fault(agent: Any, code: str, legal_clock: Clock) -> None:
    path = f"/ccc/agents/registre/{code}"
    change = {
        "state": "CONTOURNEE",
        "contournement": "Écrire au centre de contact.",
        "plan": "Correctif livré en avril.",
        "soutien": "Équipe des titres, puis hébergeur",
        "visite": "Deux techniciens à Bobigny",
    }
    assert agent("cyril").post(path, change).status_code == 303
    reader = agent("chloe")
    young = reader.read(path).text
    legal_clock.forward(4)
    rows = reader.read("/ccc/agents/registre").html.find_all("tr")
    line = next(row.get_text() for row in rows if code in row.get_text())
    one = reader.read(path)
    summary = one.html.find("dl", class_="summary")
    assert summary is not None

    for shown in (line, summary.get_text()):
        for words in (
            "Le site dit qu’un titre m’attend à la préfecture.",
            "1er février 2027",
            "32 jours – trop ancienne",
            "Non résolue, avec une façon de faire en attendant",
            change["contournement"],
            change["plan"],
        ):
            assert words in shown, words
    assert "trop ancienne" not in young
    for words in (code, change["soutien"], "2027-03-01 : Deux techniciens à Bobigny"):
        assert words in one.text


def test_a_ticket_with_other_words_is_not_taken_for_the_fault(web: Browser, code: str) -> None:
    assert reload(write(web, precis="Je ne reçois pas le lien de connexion", symptome="3")).anomalie_code == ""


def test_a_fault_older_than_p_bug_goes_up_once(code: str, legal_clock: Clock) -> None:
    legal_clock.forward(1)
    assert Anomalie.objects(code=code).first().escalade_date is None
    legal_clock.forward(3)
    raised = Anomalie.objects(code=code).first().escalade_date

    assert raised is not None
    assert (raised - START).days == 4
    facts = [f for f in relay_all().facts if f["subject"] == "ccc.anomalie.modifiee"]
    assert facts


@pytest.mark.clause("CCC-17/a", "CCC-17/e", "XCT-11/a", "XCT-11/b")
def test_general_information_is_a_card_with_its_source_and_date(web: Browser, agent: Any, legal_clock: Clock) -> None:
    card = {
        "titre": "Changer d’adresse pendant la demande",
        "texte": "Dites-le dans les trois mois.",
        "source": "Essai",
    }
    made = agent("cyril").post("/ccc/agents/fiches", card)
    assert agent("chloe").post("/ccc/agents/fiches", card).status_code == 403
    desk = agent("chloe")
    read = desk.get(made.headers["Location"]).text
    found = desk.get("/ccc/fiches?q=changer+adresse").text

    assert "Dites-le dans les trois mois." in read
    assert "Essai" in read
    assert "1er mars 2027" in read
    assert "ne décide pas" in read
    assert "Changer d’adresse pendant la demande" in found
    assert "Responsable" in read and "Le centre de contact" in read

    legal_clock.forward(cadre().number("P-STALE", clock.today()) + 1)
    assert "Changer d’adresse pendant la demande" not in web.get("/ccc/fiches?q=changer+adresse").text
    assert web.get(made.headers["Location"]).status_code == 404
    listed = agent("cyril").get("/ccc/agents/fiches").text
    assert "Changer d’adresse pendant la demande" in listed, "whoever answers for it checks it again"
