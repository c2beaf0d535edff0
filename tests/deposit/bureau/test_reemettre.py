"""A document of which a word was missing or wrong is made again, and gives no right that is over (DEP-26, DEP-57)."""

from __future__ import annotations

import html
from datetime import date

import pypdfium2
import pytest

from droit.jours import add_months, day_in_words
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent
from tests.deposit.messages import days

PROUVE = "Avec la carte expirée, jusqu’au"


def words(person: Personne, numero: str) -> str:
    """What a paper says."""
    pdf = person.call("GET", f"/documents/{numero}.pdf").data
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)).split())


def numero(person: Personne, demande_id: str, nature: str) -> str:
    """The number of her last document of this nature."""
    given = person.read(demande_id)["documents"]
    return str([document["numero"] for document in given if document["nature"] == nature][-1])


@pytest.fixture
def agent(deposit: Deposit) -> Screen:
    """An agent of Paris who instructs, decides and lifts."""
    return an_agent(deposit, "instructeur", "superviseur")


@pytest.mark.clause("DEP-26/a", "DEP-26/b", "DEP-26/c", "DEP-26/d")
def test_the_attestation_de_depot_follows_the_card_held_whichever_title_is_asked_for(deposit: Deposit) -> None:
    person = a_person(deposit)
    end = days(70)
    until = day_in_words(add_months(date.fromisoformat(end), 3))
    printed = {}
    for held, asked in (
        ("carte-pluriannuelle-4-ans", "etudiant"),
        ("carte-de-resident", "carte-de-resident-permanent"),
        ("titre-accord-plus-d-un-an", "visiteur"),
        ("carte-temporaire", "carte-de-resident-renouvellement"),
    ):
        filed = person.file(titre_code=asked, fin_titre_date=end, titre_tenu=held)
        printed[held] = words(person, numero(person, filed["demande_id"], "AD"))

    # What is recorded counts where she does not know.
    card = {"titre_code": "certificat-algerien-10-ans", "fin_date": days(71), "numero": "C-71"}
    assert person.call("POST", "/moi/titres", json=card).status_code == 201
    unsure = person.file(titre_code="etudiant", fin_titre_date=days(71), titre_tenu="autre")
    known = words(person, numero(person, unsure["demande_id"], "AD"))
    assert f"Séjour {PROUVE} {day_in_words(add_months(date.fromisoformat(days(71)), 3))}." in known

    short = printed.pop("carte-temporaire")
    assert PROUVE not in short
    for paper in printed.values():
        assert [f"{right} {PROUVE} {until}." in paper for right in ("Séjour", "Travail", "Droits sociaux")] == [
            True
        ] * 3


@pytest.mark.clause("DEP-57/a", "DEP-57/b", "DEP-57/c", "DEP-57/d", "DEP-57/e")
def test_a_document_with_a_wrong_or_missing_word_is_made_again_and_no_right_comes_back(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    demande = str(person.file(titre_code="etudiant", fin_titre_date=days(3))["demande_id"])
    base = f"/agents/demandes/{demande}/actes"
    agent.confirm(f"{base}/complete")
    ad, api = numero(person, demande, "AD"), numero(person, demande, "API")

    agent.confirm(f"{base}/carte-tenue", titre_tenu="carte-de-resident")
    right_ad = numero(person, demande, "AD")
    asked = agent.deposit.call("GET", f"/usagers/{person.usager_id}/questions", deposit.agent("superviseur")).json
    known = {"naissance": "17/05/1990", "prenoms": "Awa", "fin_titre": date.fromisoformat(days(3)).strftime("%d/%m/%Y")}
    known["depot"] = date.fromisoformat(days(0)).strftime("%d/%m/%Y")
    said = {question["code"]: known[question["code"]] for question in asked["questions"]}
    agent.post(f"/agents/personnes/{person.usager_id}/identite", **said)
    agent.post(f"/agents/personnes/{person.usager_id}/actes/corriger-identite", nom="Justement")
    agent.confirm(f"{base}/reemettre", numero=api)
    agent.confirm(f"{base}/reemettre", numero=right_ad)
    right_api = numero(person, demande, "API")
    agent.confirm(f"{base}/defavorable", motif="Les faits.", texte="Article L. 1", recours="Le tribunal, deux mois")
    letter = numero(person, demande, "DECISION")
    offered = agent.text(f"{base}/reemettre")
    refused = agent.post(f"{base}/reemettre", numero=right_api)
    agent.confirm(f"{base}/reemettre", numero=letter)
    replaced = Screen(deposit).text(f"/verifier?reference={api}")

    assert PROUVE not in words(person, ad) and PROUVE in words(person, right_ad)
    assert "Justement" not in words(person, right_ad) and "Justement" in words(person, numero(person, demande, "AD"))
    assert "Justement" not in words(person, api) and "Justement" in words(person, right_api)
    assert (
        "Justement" in words(person, numero(person, demande, "DECISION"))
        and numero(person, demande, "DECISION") != letter
    )
    assert "remplacé" in replaced.lower()
    assert ad in str(person.read(demande)["documents"])
    assert right_api not in offered
    assert refused.status_code == 422 and "ne donne plus de droit" in html.unescape(refused.text)


@pytest.mark.clause("DEP-57/d", "DEP-58/a")
def test_an_attestation_is_made_again_and_sent_by_post_and_the_wrong_one_is_marked_replaced(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    demande = person.file(titre_code="etudiant", fin_titre_date=days(3))
    base = f"/agents/demandes/{demande['demande_id']}"
    agent.confirm(f"{base}/actes/complete")
    wrong = person.read(demande["demande_id"])["documents"][-1]

    agent.confirm(f"{base}/actes/reemettre", numero=wrong["numero"])
    kept = person.read(demande["demande_id"])["documents"]
    right = kept[-1]
    _, sent = agent.confirm(f"{base}/actes/envoyer", numero=right["numero"])
    pdf = agent.get(f"{base}/documents/{right['numero']}.pdf")
    check = deposit.call("GET", f"/verifications/{wrong['numero']}").json

    assert sent.status_code == 303
    assert (wrong["nature"], right["nature"], check["etat"]) == ("API", "API", "remplace")
    assert wrong["numero"] in [document["numero"] for document in kept]
    assert pdf.data.startswith(b"%PDF-")
