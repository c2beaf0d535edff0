"""Helpers, page by page: enrolled by a préfecture, mandated by the person, acting under a banner, cut off at once."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from io import BytesIO

import pyotp
import pytest

from chassis import agents, clock, mongo
from tests.deposit.conftest import PDF, Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent, signed_in

MOT = "une phrase pour elle seule"


def in_boxes(count: int) -> dict[str, str]:
    """A last day as three boxes."""
    year, month, day = (clock.today() + timedelta(days=count)).isoformat().split("-")
    return {"fin_date-jour": day, "fin_date-mois": month, "fin_date-annee": year}


def activate(deposit: Deposit, browser: Screen, login: str, code: str) -> None:
    """The member chooses her password, puts the key into her application and gives its first code."""
    done = browser.post("/aidants/activation", login=login, code=code, password=MOT)
    assert done.headers["Location"] == "/deposit/aidants/cle", html.unescape(done.text)[:2000]
    assert browser.get("/aidants/").status_code == 302, "the password alone opens nothing"
    assert browser.post("/aidants/cle", code=code_of(deposit, login, -1)).headers["Location"] == "/deposit/aidants/"


def code_of(deposit: Deposit, login: str, later: int = 0) -> str:
    """What her application shows; no code serves twice, hence that of the half minutes around."""
    stored = mongo.database("deposit")["structures"].find_one({"membres.login": login}, {"membres.$": 1})
    assert stored is not None
    key = pyotp.TOTP(agents.unseal_seed(deposit.settings, bytes.fromhex(stored["membres"][0]["graine"])))
    return key.generate_otp(key.timecode(clock.now()) + later)


def enrolled(deposit: Deposit, login: str) -> tuple[str, Screen]:
    """A structure of Paris with one member, who chose her password with the code handed to her."""
    clerk = an_agent(deposit, "prefecture", agent_id="agent-inscrit")
    made = clerk.post(
        "/agents/structures/", nom=f"Association {login}", prefecture="75", courriel=f"{login}@exemple.fr"
    )
    structure_id = made.headers["Location"].rsplit("/", 1)[-1]
    clerk.post(
        f"/agents/structures/{structure_id}/membres", page=f"/agents/structures/{structure_id}", login=login, nom="Aide"
    )
    shown = clerk.text(f"/agents/structures/{structure_id}")
    code = re.search(r"[0-9A-F]{5}-[0-9A-F]{5}", shown)
    assert code is not None
    browser = Screen(deposit)
    activate(deposit, browser, login, code[0])
    again = Screen(deposit)
    assert again.post("/aidants/activation", login=login, code=code[0], password=MOT).status_code == 422
    return structure_id, browser


def mandated(deposit: Deposit, person: Personne, structure_id: str, *portee: str) -> Screen:
    """The person gives a mandate from her own pages."""
    page = signed_in(deposit, person)
    given = page.post("/mes-aidants/", structure_id=structure_id, portee=list(portee), **in_boxes(30))
    assert given.status_code == 303, html.unescape(given.text)[:2000]
    return page


@pytest.mark.clause("XCT-05/e")
def test_a_member_signs_in_with_a_password_of_her_own_and_sees_nobody_without_a_mandate(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Inconnue")
    _, helper = enrolled(deposit, "aide-un")
    other = Screen(deposit)

    wrong = other.post("/aidants/connexion", login="aide-un", password="autre chose")
    uncoded = other.post("/aidants/connexion", login="aide-un", password=MOT)
    code = code_of(deposit, "aide-un")
    right = other.post("/aidants/connexion", login="aide-un", password=MOT, code=code)
    again = Screen(deposit).post("/aidants/connexion", login="aide-un", password=MOT, code=code)
    by_api = deposit.call("POST", "/aidants:connexion", json={"login": "aide-un", "password": MOT})

    assert (wrong.status_code, right.status_code) == (401, 303)
    assert {answer.status_code for answer in (uncoded, again, by_api)} == {401}, "no password alone, no code twice"
    assert "/aidants/cle" not in html.unescape(uncoded.text)
    assert "Aucun mandat en cours" in helper.text("/aidants/")
    assert helper.get(f"/aidants/personnes/{person.usager_id}").status_code == 403
    assert helper.post(f"/aidants/personnes/{person.usager_id}/agir", page="/aidants/").status_code == 403


@pytest.mark.clause("DEP-60/d", "XCT-06/a", "XCT-06/d")
def test_a_mandated_helper_follows_the_states_and_each_of_her_acts_is_read_by_the_person(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Suivie")
    demande = person.file(titre_code="etudiant", fin_titre_date=(clock.today() + timedelta(days=60)).isoformat())
    structure_id, helper = enrolled(deposit, "aide-deux")
    page = mandated(deposit, person, structure_id, "lire", "agir")

    board, one = helper.text("/aidants/"), helper.text(f"/aidants/personnes/{person.usager_id}")
    flagged = helper.post(
        f"/aidants/demandes/{demande['demande_id']}/urgence",
        page=f"/aidants/personnes/{person.usager_id}",
        motif="logement",
        texte="Expulsion le 3",
        fichier=(BytesIO(PDF), "preuve.pdf"),
    )
    journal = page.text("/mes-aidants/journal")
    queue = an_agent(deposit, "instructeur").text("/agents/?filtre=urgence")

    assert "Suivie" in board
    assert "Votre demande est déposée" in board
    assert demande["reference"] in one
    assert flagged.status_code == 303
    assert demande["reference"] in queue
    assert "voir la preuve" in an_agent(deposit, "instructeur").text(f"/agents/demandes/{demande['demande_id']}")
    assert "Association aide-deux" in journal and "aidant:" not in journal
    assert "Urgence signalée" in journal


def test_a_helper_reads_the_same_sentence_as_the_person_once_a_reopening_is_asked(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Refermee")
    demande = person.file(titre_code="etudiant", fin_titre_date=(clock.today() + timedelta(days=60)).isoformat())
    structure_id, helper = enrolled(deposit, "aide-rouvre")
    page = mandated(deposit, person, structure_id, "lire")
    asked = {"code": "reouverture", "date": clock.today().isoformat()}
    closed = {"$set": {"state": "CLOSE", "attentes": [asked]}}
    mongo.database("deposit")["demandes"].update_one({"_id": demande["demande_id"]}, closed)

    theirs = helper.text(f"/aidants/personnes/{person.usager_id}")

    assert "Vous avez demandé la réouverture" in page.text(f"/demandes/{demande['demande_id']}")
    assert "Vous avez demandé la réouverture" in theirs


def test_a_structure_is_told_of_a_new_state_by_a_reference_and_nothing_else(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Prevenue")
    demande = person.file(titre_code="etudiant", fin_titre_date=(clock.today() + timedelta(days=60)).isoformat())
    structure_id, _ = enrolled(deposit, "aide-trois")
    mandated(deposit, person, structure_id, "lire")
    agent = an_agent(deposit, "instructeur")
    agent.text("/agents/")

    agent.confirm(f"/agents/demandes/{demande['demande_id']}/actes/complete")

    held = mongo.database("deposit")["demandes"].find_one({"_id": demande["demande_id"]}) or {}
    told = [e["prive"] for e in held["outbox"] if e.get("prive", {}).get("modele") == "aidant_suivi"]
    assert "complète" in told[-1]["contenu"]
    assert demande["reference"] in told[-1]["contenu"]
    assert "Prevenue" not in told[-1]["contenu"]


@pytest.mark.clause("XCT-05/d")
def test_acting_for_a_person_shows_a_banner_until_she_revokes(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Banniere")
    structure_id, helper = enrolled(deposit, "aide-quatre")
    page = mandated(deposit, person, structure_id, "lire", "agir")
    helper.post(f"/aidants/personnes/{person.usager_id}/agir", page=f"/aidants/personnes/{person.usager_id}")

    acting = helper.text("/espace")
    revoke = re.search(r"/deposit(/mes-aidants/[^\"]+/fin)", page.text("/mes-aidants/"))
    assert revoke is not None
    done = page.post(revoke[1], page="/mes-aidants/")
    after = helper.get("/espace")

    assert "Vous agissez pour Awa Banniere." in acting
    assert done.status_code == 303
    assert after.status_code in (403, 404)
    assert "Banniere" not in html.unescape(after.text)
    assert "Banniere" not in helper.text("/aidants/")


@pytest.mark.clause("XCT-05/d")
def test_a_paper_mandate_is_recorded_after_an_identity_check_and_ended_at_the_desk(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Papier", telephone="0611223344", nationalite="Mali")
    structure_id, helper = enrolled(deposit, "aide-cinq")
    clerk = an_agent(deposit, "prefecture", agent_id="agent-inscrit")
    path = f"/agents/personnes/{person.usager_id}/actes/mandat"
    asked = {"structure_id": structure_id, "portee": ["lire"], **in_boxes(10)}
    answers = {"naissance": "17 05 1990", "prenoms": "AWA", "telephone": "33 44"}

    unchecked = clerk.confirm(path, **asked)[1]
    clerk.post(f"/agents/personnes/{person.usager_id}/identite", **answers)
    preview, done = clerk.confirm(path, **asked)
    followed = helper.text("/aidants/")
    end = re.search(
        r"/deposit(/agents/personnes/[^\"]+/mandats/[^\"]+/fin)", clerk.text(f"/agents/personnes/{person.usager_id}")
    )
    assert end is not None
    clerk.post(end[1], page=f"/agents/personnes/{person.usager_id}")

    assert (unchecked.status_code, done.status_code) == (403, 303)
    assert "Lire le dossier et ses dates" in html.unescape(preview.text)
    assert "Papier" in followed
    assert "Papier" not in helper.text("/aidants/")


def test_a_structure_is_enrolled_by_its_own_prefecture_alone(deposit: Deposit) -> None:
    structure_id, _ = enrolled(deposit, "aide-six")
    far = an_agent(deposit, "prefecture", prefectures=("13",), agent_id="agent-13")
    instructor = an_agent(deposit, "instructeur", agent_id="agent-instruit")

    assert far.get(f"/agents/structures/{structure_id}").status_code == 403
    assert far.post("/agents/structures/", nom="X", prefecture="75").status_code == 403
    assert instructor.get("/agents/structures/").status_code == 403


@pytest.mark.clause("XCT-05/c", "XCT-06/b", "XCT-07/h", "DEP-08/e", "DEP-08/g")
def test_a_second_wider_mandate_counts_and_no_helper_reads_what_tells_of_violence(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Suivie-Tard", adresse=["8 rue Secrete", "75011 Paris"])
    demande = person.file(titre_code="etudiant", fin_titre_date=(clock.today() + timedelta(days=60)).isoformat())
    base, words = f"/demandes/{demande['demande_id']}", "Mon mari me frappe."
    person.call("POST", f"{base}/messages", json={"texte": words})
    structure_id, helper = enrolled(deposit, "aide-tardive")
    mandated(deposit, person, structure_id, "lire")
    path = f"/aidants/personnes/{person.usager_id}"

    # She joined late, with « lire » alone: her own page leads to the dossier, its documents and its history.
    reader = helper.text(path)
    links = set(re.findall(r"/deposit(/demandes/[^\"]+)", reader))
    assert links == {base, f"{base}/historique"}
    assert "Agir pour cette personne" not in reader
    dossier = helper.text(base)
    document = re.search(r"/deposit(/documents/[^\"]+)", dossier)
    assert document is not None
    assert helper.get(document[1]).status_code == 200
    assert "Demande déposée" in helper.text(f"{base}/historique")
    assert words in dossier

    # A second mandate, wider, given while the first runs.
    mandated(deposit, person, structure_id, "lire", "agir")
    assert "Agir pour cette personne" in helper.text(path)
    helper.post(f"{path}/agir", page=path)
    assert "Secrete" in helper.text("/compte")

    signed_in(deposit, person).post("/compte/proteger")
    piece = demande["pieces"][0]
    pages = [
        helper.text(page) for page in ("/compte", "/compte/changement", base, f"{base}/pieces", f"{base}/historique")
    ]
    pages += [helper.text(f"{base}/historique.{forme}") for forme in ("csv", "json")]
    agent = an_agent(deposit, "instructeur", agent_id="agent-sans-charge")
    before = agent.text(f"/agents{base}")
    agent.post(f"/agents{base}/actes/prendre-en-charge")

    for page in (*pages, before):
        assert "Secrete" not in page and words not in page and piece["nom"] not in page
    assert helper.get(f"{base}/pieces/{piece['piece_id']}").status_code == 403
    assert words in agent.text(f"/agents{base}"), "the agent in charge reads it"
    assert words in signed_in(deposit, person).text(base), "and so does she"
