"""A person at the desk: found without a trace in addresses, seen at 360°, checked before anything is opened."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from chassis import clock, mongo
from droit.catalogue import ROOT, load
from personne.urgence import MOTIFS
from services.deposit import cadre
from services.deposit.instruction.actions import delais
from tests.deposit.conftest import PDF, Deposit, Personne, a_person, mandatory
from tests.deposit.desk import Screen, an_agent, signed_in

NAISSANCE = "17/05/1990"


def days(count: int) -> str:
    """The legal day `count` days from today."""
    return (clock.today() + timedelta(days=count)).isoformat()


def known(deposit: Deposit) -> Personne:
    """A person who declared enough to be asked about."""
    return a_person(deposit, telephone="0611223344", nationalite="Mali")


def check(agent: Screen, person: Personne, **wrong: str) -> Any:
    """Answers the questions of the identity page, rightly unless said otherwise."""
    right = {"naissance": NAISSANCE, "prenoms": "Awa", "telephone": "3344", "nationalite": "Mali"}
    return agent.post(f"/agents/personnes/{person.usager_id}/identite", **(right | wrong))


CARTE = {"numero": "C-0001", "fin_date-jour": "1", "fin_date-mois": "9", "fin_date-annee": "2027"}


@pytest.fixture
def agent(deposit: Deposit) -> Screen:
    """An agent of Paris who instructs and lifts."""
    return an_agent(deposit, "instructeur", "superviseur")


@pytest.mark.clause("DEP-62/b")
def test_a_title_is_handed_over_only_after_an_identity_check_of_today(deposit: Deposit, agent: Screen) -> None:
    person = known(deposit)
    demande = person.file(titre_code="etudiant", fin_titre_date=days(60))
    base = f"/agents/demandes/{demande['demande_id']}/actes"
    agent.confirm(f"{base}/favorable")
    preview, _ = agent.confirm(f"{base}/titre-pret", lieu="Guichet 4, du lundi au vendredi")

    ready = signed_in(deposit, person).text("/espace")

    unchecked = agent.post(f"{base}/remettre", **CARTE)
    failed = check(agent, person, telephone="0000")
    after_failure = agent.post(f"{base}/remettre", **CARTE)
    passed = check(agent, person)
    handed = agent.post(f"{base}/remettre", **CARTE)

    assert f"/agents/personnes/{person.usager_id}/identite" in unchecked.text
    assert "Revenir au dossier" in unchecked.text
    assert "C-0001" in unchecked.text
    assert "Guichet 4" in preview.text
    assert "Venez le chercher ici : Guichet 4, du lundi au vendredi." in ready
    assert (unchecked.status_code, failed.status_code, after_failure.status_code) == (403, 403, 403)
    assert (passed.status_code, handed.status_code) == (303, 303)
    assert person.read(demande["demande_id"])["state"] == "REMISE"


def test_a_failed_check_says_nothing_and_three_close_the_day(deposit: Deposit, agent: Screen) -> None:
    person = known(deposit)

    nothing = dict.fromkeys(("naissance", "prenoms", "telephone", "nationalite"), "")

    # A form sent empty by mistake is no try.
    empty = [check(agent, person, **nothing) for _ in range(3)]
    pages = [check(agent, person, telephone=guess) for guess in ("1111", "2222", "5555")]
    right_but_late = check(agent, person)
    deposit.advance(1)
    next_day = check(agent, person)

    assert [page.status_code for page in empty] == [422, 422, 422]
    assert "rien n’est compté" in empty[0].text
    assert [page.status_code for page in pages] == [403, 403, 403]
    assert not any(secret in page.text for page in pages for secret in ("3344", NAISSANCE))
    assert right_but_late.status_code == 403
    assert next_day.status_code == 303


@pytest.mark.clause("DEP-05/d")
def test_another_email_takes_two_agents_and_ends_open_sessions(deposit: Deposit, agent: Screen) -> None:
    person = known(deposit)
    browser = signed_in(deposit, person)
    second = an_agent(deposit, "superviseur", agent_id="agent-2")
    path = f"/agents/personnes/{person.usager_id}/actes/changer-courriel"

    without = agent.confirm(path, courriel="neuve@exemple.fr")[1]
    check(agent, person)
    alone = agent.confirm(path, courriel="neuve@exemple.fr")[1]
    done = second.confirm(path, courriel="neuve@exemple.fr")[1]

    assert (without.status_code, alone.status_code, done.status_code) == (403, 403, 303)
    stored = mongo.database("deposit")["usagers"].find_one({"_id": person.usager_id})
    assert stored["courriel"] == "neuve@exemple.fr"
    assert person.call("GET", "/moi").status_code == 401
    assert browser.get("/espace").status_code in (302, 303, 401)


def test_an_unmandated_role_and_the_wrong_prefecture_reach_no_page_of_a_person(deposit: Deposit) -> None:
    person = known(deposit)
    clerk = an_agent(deposit, "prefecture", agent_id="agent-guichet")
    far = an_agent(deposit, "superviseur", prefectures=("13",), agent_id="agent-13")
    base = f"/agents/personnes/{person.usager_id}"

    assert [
        clerk.get(f"{base}/actes/{code}").status_code for code in ("changer-courriel", "deverrouiller", "geler")
    ] == [403] * 3
    assert [far.get(path).status_code for path in (base, f"{base}/identite", f"{base}/actes/geler")] == [403] * 3
    assert far.post(f"{base}/identite", page="/agents/recherche", naissance=NAISSANCE).status_code == 403


@pytest.mark.clause("DEP-19/a", "DEP-19/b", "DEP-19/c")
def test_every_fondement_demande_and_document_of_a_person_is_on_one_page(deposit: Deposit, agent: Screen) -> None:
    person = known(deposit)
    here = person.file(titre_code="etudiant", fin_titre_date=days(60))
    there = person.file(titre_code="visiteur", fin_titre_date=days(60), prefecture="13")
    for numero, last in (("T-ANCIEN", days(-400)), ("T-ACTUEL", days(60))):
        person.call("POST", "/moi/titres", json={"titre_code": "etudiant", "numero": numero, "fin_date": last})
    blocked = person.call("POST", "/blocages", json={"symptome": "DEMARCHE_GRISEE"}).json

    found = agent.post("/agents/recherche", reference=here["reference"])
    page = agent.text(f"/agents/personnes/{person.usager_id}")

    assert person.usager_id in found.text
    for text in (here["reference"], there["reference"], blocked["reference"], "Pièces et formulaire cachés"):
        assert text in page
    for code in ("etudiant", "visiteur"):
        titre = cadre.cadre().catalogue.titre(code)
        # The sources name no article for every title.
        article = f" Article {titre.article}." if titre.article else ""
        assert f"Fondement : {titre.fondement}.{article}" in page
    assert "Article L. 422-1." in page
    past = page[page.index("T-ANCIEN") : page.index("T-ACTUEL")]
    assert "Fini" in past, "a title of the past is among those held, and said to be one"
    assert agent.get(f"/agents/demandes/{there['demande_id']}").status_code == 403


def test_a_person_of_another_prefecture_is_counted_and_not_named(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Lointaine", numero_etranger="7503000001", prefecture="13")
    agent = an_agent(deposit, "instructeur", agent_id="agent-75")

    found = html.unescape(agent.post("/agents/recherche", numero_etranger="7503000001").text)

    assert "1 personne d’une autre préfecture n’est pas montrée." in found
    assert person.usager_id not in found


@pytest.mark.clause("DEP-08/c", "DEP-08/d")
def test_a_protected_person_shows_a_mark_and_no_piece_until_an_agent_takes_charge(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit, adresse=["12 rue Secrete", "75011 Paris"])
    demande = person.file(titre_code="etudiant", fin_titre_date=days(60))
    mongo.database("deposit")["usagers"].update_one({"_id": person.usager_id}, {"$set": {"protege": True}})
    base = f"/agents/demandes/{demande['demande_id']}"
    piece = f"{base}/pieces/{demande['pieces'][0]['piece_id']}"

    hidden, situation, refused = agent.text(base), agent.text(f"/agents/personnes/{person.usager_id}"), agent.get(piece)
    letter = agent.get(f"{base}/documents/{demande['documents'][0]['numero']}.pdf")
    agent.post(f"{base}/actes/prendre-en-charge")

    assert "Personne protégée" in hidden
    assert "Secrete" not in hidden + situation
    assert "cachés" in situation
    assert refused.status_code == 403
    assert letter.status_code == 403
    assert agent.get(piece).status_code == 200
    assert "Secrete" in agent.text(f"/agents/personnes/{person.usager_id}")


@pytest.mark.clause("XCT-07/f")
def test_the_person_reads_who_opened_her_dossier_and_what_they_did(deposit: Deposit, agent: Screen) -> None:
    person = known(deposit)
    demande = person.file(titre_code="etudiant", fin_titre_date=days(60))
    agent.text(f"/agents/demandes/{demande['demande_id']}")
    agent.confirm(f"/agents/demandes/{demande['demande_id']}/actes/complete")

    journal = signed_in(deposit, person).text("/mes-aidants/journal")

    assert f"agent-1, préfecture ({demande['reference']})" in journal
    assert "Demande complète" in journal


@pytest.mark.clause("DEP-29/d")
def test_a_receipt_follows_once_the_view_of_the_prefecture_holds_what_was_sent(deposit: Deposit, agent: Screen) -> None:
    person = known(deposit)
    demande = person.file(titre_code="etudiant", fin_titre_date=days(60))
    demandes = mongo.database("deposit")["demandes"]

    def told() -> list[str]:
        """What she was told of, in messages of their own, and what her history says of it."""
        facts = person.call("GET", f"/demandes/{demande['demande_id']}/historique").json["faits"]
        return [fact["fait"] for fact in facts]

    filed, page = told(), agent.text("/agents/")
    # No line can be made of a demande that holds this: what she sends is taken all the same.
    demandes.update_one({"_id": demande["demande_id"]}, {"$set": {"urgences": [{"date": "hier"}]}})
    person.add(demande["demande_id"], "autre")
    sent_only = told()
    demandes.update_one({"_id": demande["demande_id"]}, {"$set": {"urgences": []}})
    seen = agent.text("/agents/"), told(), agent.text("/agents/"), told()

    assert filed.count("deposit.reception.confirmee") == 1
    assert filed.count("deposit.message.demande") == 2
    assert demande["reference"] in page
    assert "Tout ce que les personnes ont envoyé est dans cette vue." in page
    assert sent_only.count("deposit.pieces.recues") == 1
    assert sent_only.count("deposit.reception.confirmee") == 1
    assert [facts.count("deposit.reception.confirmee") for facts in (seen[1], seen[3])] == [2, 2]
    assert deposit.call("GET", "/agents/bureau", deposit.agent("instructeur")).json["ecart"] == 0


@pytest.mark.clause("DEP-60/b", "DEP-60/c")
def test_each_ground_flagged_from_her_page_is_a_reason_of_the_queue_and_its_proof_opens(
    deposit: Deposit, agent: Screen
) -> None:
    person = known(deposit)
    draft = person.begin(titre_code="visiteur")
    for code in mandatory(draft):
        person.add(draft["demande_id"], code)
    person.call(
        "PUT", f"/demandes/{draft['demande_id']}/reponses", json={"reponses": {"urgence": "Mon contrat s’arrête."}}
    )
    demande = person.call("POST", f"/demandes/{draft['demande_id']}:deposer").json
    path, space = f"/demandes/{demande['demande_id']}", signed_in(deposit, person)
    told = agent.text("/agents/?filtre=urgence")

    bare = space.post(f"{path}/urgence", motif="sante")
    sent = [space.post(f"{path}/urgence", motif="travail", fichier=(BytesIO(PDF), "lettre.pdf"))]
    sent += [space.post(f"{path}/urgence", motif=ground, texte="Ma lettre du 3.") for ground in list(MOTIFS)[1:]]
    queue, page = agent.text("/agents/?filtre=urgence"), agent.text(f"/agents{path}")

    assert demande["reference"] in told
    assert "La personne dit une urgence dans sa demande" in told
    assert "Une urgence se signale avec une preuve." in html.unescape(bare.text)
    assert [answer.status_code for answer in sent] == [303] * len(MOTIFS)
    assert len(MOTIFS) == 8
    for words in MOTIFS.values():
        assert f"Urgence signalée : {words.lower()}" in queue
    assert "Ma lettre du 3." in page
    assert agent.get(f"/agents{path}/urgences/travail").data == PDF


@pytest.mark.clause("DEP-60/a", "DEP-60/g")
def test_an_urgency_flagged_with_a_proof_moves_the_dossier_up_with_its_reason(deposit: Deposit, agent: Screen) -> None:
    first, second = known(deposit), known(deposit)
    usual = first.file(titre_code="etudiant", fin_titre_date=days(20))
    pressing = second.file(titre_code="etudiant", fin_titre_date=days(80))
    path = f"/demandes/{pressing['demande_id']}:urgence"
    token = second.token

    before = agent.text("/agents/")
    bare = deposit.call("POST", path, token, data={"motif": "travail"})
    unknown = deposit.call("POST", path, token, data={"motif": "presse", "texte": "vite"})
    done = deposit.call("POST", path, token, data={"motif": "travail", "texte": "Lettre de mon employeur du 3."})
    after = agent.text("/agents/")
    only = agent.text("/agents/?filtre=urgence")

    assert (bare.status_code, unknown.status_code, done.status_code) == (422, 422, 200)
    assert before.index(usual["reference"]) < before.index(pressing["reference"])
    assert after.index(pressing["reference"]) < after.index(usual["reference"])
    assert "Urgence signalée : perte d’un emploi" in after
    assert pressing["reference"] in only
    assert usual["reference"] not in only


def test_the_renewal_button_gives_priority_in_the_queue(deposit: Deposit, agent: Screen) -> None:
    person = known(deposit)
    demande = person.file(titre_code="etudiant", fin_titre_date=days(80))

    person.call("POST", f"/demandes/{demande['demande_id']}:renouveler")

    page = agent.text("/agents/?filtre=renouvellement")
    assert demande["reference"] in page
    assert "La personne demande le renouvellement de son attestation" in page


@pytest.mark.clause("DEP-64/a", "DEP-64/b", "DEP-64/c", "DEP-64/d", "DEP-64/e")
def test_days_to_the_first_act_of_an_agent_and_to_decision_are_measured_and_alert_beyond_settings(
    deposit: Deposit, tmp_path: Path
) -> None:
    person, agent = a_person(deposit, prefecture="35"), an_agent(deposit, "superviseur", prefectures=("35",))
    end = days(200)
    opened = person.file(titre_code="etudiant", fin_titre_date=end, prefecture="35")["demande_id"]
    person.file(titre_code="visiteur", fin_titre_date=end, prefecture="35")
    deposit.advance(15)
    agent.text("/agents/")
    calm = _figures(deposit)
    deposit.advance(1)

    # Nobody opened them: the alert does not wait for somebody to look.
    waiting, head = _figures(deposit), agent.text("/agents/")
    agent.text(f"/agents/demandes/{opened}")
    deposit.set_day(clock.today() + timedelta(days=114))
    undecided = _figures(deposit)
    token = deposit.agent("superviseur", prefectures=("35",), agent_id="agent-1")
    decided = deposit.call("POST", f"/demandes/{opened}:favorable", token)
    page, measured = agent.text("/agents/delais/"), _figures(deposit)

    assert decided.status_code == 200, decided.json
    assert [row["alerte_enregistrement"] for row in calm.values()] == [False, False]
    assert [row["alerte_enregistrement"] for row in waiting.values()] == [True, True]
    assert "2 demandes attendent depuis trop longtemps d’être ouvertes" in head
    assert {row["non_decidees"] for row in undecided.values()} == {1}
    etudiant, visiteur = measured["Étudiant"], measured["Visiteur"]
    # Opened on day 16, decided on day 130: counted, however long ago it was filed.
    assert (etudiant["decisions"], etudiant["decision_median"], etudiant["alerte_decision"]) == (1, 130, True)
    assert (etudiant["non_enregistrees"], visiteur["non_enregistrees"], visiteur["enregistrement_max"]) == (0, 1, 130)
    assert "Alerte au-delà de 15 jours pour l’enregistrement, de 120 jours pour la décision" in page
    # The deployment sets these times: with others in its rules, the same figures alert no more.
    with _other_settings(tmp_path):
        assert not any(row["alerte_enregistrement"] or row["alerte_decision"] for row in _figures(deposit).values())
        assert "Alerte au-delà de 400 jours pour l’enregistrement, de 500 jours" in agent.text("/agents/delais/")


def _figures(deposit: Deposit) -> dict[str, dict[str, Any]]:
    """The measures of Ille-et-Vilaine, by title."""
    delais.compute()
    token = deposit.agent("superviseur", prefectures=("35",), agent_id="agent-1")
    rows = deposit.call("GET", "/agents/delais", token).json["delais"]
    return {row["libelle"]: row for row in rows if row["prefecture"] == "35"}


@contextmanager
def _other_settings(folder: Path) -> Iterator[None]:
    """A deployment whose rules give other times."""
    root = shutil.copytree(ROOT, folder / "droit", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    national, before = root / "national.toml", cadre.cadre()
    text = national.read_text("utf-8")
    for name, value in (("P-DELAI", 400), ("P-DECISION", 500)):
        head, _, tail = text.partition(f"[[{name}.blocs]]")
        text = f"{head}[[{name}.blocs]]" + re.sub(r"valeur = \d+", f"valeur = {value}", tail, count=1)
    national.write_text(text, "utf-8")
    cadre.holder.put(replace(before, catalogue=load(root)))
    yield
    cadre.holder.put(before)
