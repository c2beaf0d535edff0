"""What proves her right today, said alike by her space, the check, the agent and the other channels (DEP-59)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock
from droit.catalogue import Stade, catalogue
from droit.jours import day_in_words
from services.deposit import rpc
from services.deposit.dossier.rules import acces, etats
from services.deposit.droits.rules import preuves
from services.deposit.droits.rules.preuves import Tenue
from services.deposit.instruction.actions import effets, instruction
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import an_agent, signed_in
from tests.deposit.reponses import Reponses
from tests.deposit.vie import ordered

JOUR = date(2027, 3, 12)
HIER, DEMAIN = JOUR - timedelta(days=1), JOUR + timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "decision", "remise", "expected"),
    [
        (etats.DEPOSEE, None, None, None),
        (etats.FAVORABLE, HIER, None, None),
        (etats.REMISE, HIER, JOUR, JOUR),
        (etats.DEFAVORABLE, HIER, None, HIER),
        (etats.CLOSE, None, None, None),
        (etats.ANNULEE, None, None, None),
        # Refused, then opened again: the decision of before ends nothing.
        (etats.DEPOSEE, HIER, None, None),
    ],
)
def test_a_refusal_and_a_handing_over_end_the_documents_of_a_demande_and_nothing_else_does(
    state: str, decision: date | None, remise: date | None, expected: date | None
) -> None:
    assert preuves.end_day(state, decision, remise) == expected


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (Tenue(None, JOUR), True),
        (Tenue(JOUR, DEMAIN), True),
        (Tenue(None, HIER), False),
        (Tenue(DEMAIN, DEMAIN), False),
        (Tenue(None, DEMAIN, remis=True), True),
        # The record says that it waits at the préfecture: she does not hold it.
        (Tenue(None, DEMAIN, remis=False), False),
    ],
)
def test_a_card_or_a_visa_proves_from_its_first_day_to_its_last_when_it_is_in_hand(held: Tenue, expected: bool) -> None:
    assert preuves.holds(held, JOUR) is expected


@pytest.mark.parametrize(
    ("state", "stade", "expected"),
    [
        (etats.DEPOSEE, Stade.RENOUVELLEMENT, True),
        (etats.DEPOSEE, Stade.PREMIERE, True),
        (etats.DEFAVORABLE, Stade.RENOUVELLEMENT, True),
        (etats.DEPOSEE, Stade.REGULARISATION, False),
        (etats.BROUILLON, Stade.RENOUVELLEMENT, False),
        (etats.ANNULEE, Stade.RENOUVELLEMENT, False),
        (etats.REPUDIEE, Stade.RENOUVELLEMENT, False),
    ],
)
def test_what_she_told_when_she_filed_says_what_she_holds(state: str, stade: Stade, expected: bool) -> None:
    assert preuves.proves_what_she_holds(state, stade) is expected


@pytest.mark.parametrize(
    ("regime", "fin", "fin_titre", "expected"),
    [
        ("AD", DEMAIN, HIER, True),
        ("AD", JOUR, HIER, True),
        # The card itself still proves.
        ("AD", DEMAIN, JOUR, False),
        ("AD", HIER, HIER, False),
        ("AD", None, HIER, False),
        ("API", DEMAIN, HIER, False),
    ],
)
def test_the_receipt_proves_with_the_card_that_it_prolongs_once_that_card_has_ended(
    regime: str, fin: date | None, fin_titre: date | None, expected: bool
) -> None:
    assert preuves.prolongs(regime, fin, fin_titre, JOUR) is expected


def answers_of(deposit: Deposit, person: Personne) -> Reponses:
    agent = an_agent(deposit, "instructeur", "superviseur", agent_id="agent-preuves")
    return Reponses(deposit, person.usager_id, signed_in(deposit, person), agent)


def days(n: int) -> str:
    return (clock.today() + timedelta(days=n)).isoformat()


def decide(deposit: Deposit, demande: dict[str, Any], path: str, **body: Any) -> None:
    agent = deposit.agent("instructeur", "superviseur", agent_id="agent-decide")
    done = deposit.call("POST", f"/demandes/{demande['demande_id']}:{path}", agent, json=body)
    assert done.status_code == 200, done.json


@pytest.mark.clause("DEP-59/a", "DEP-41/a")
def test_a_visa_then_an_api_then_a_refusal_are_told_alike_by_every_channel(deposit: Deposit) -> None:
    person = a_person(deposit)
    answers = answers_of(deposit, person)
    filed = person.file(titre_code="talent", fin_titre_date=days(20), visa=True)

    (visa,) = answers.check()
    deposit.advance(21)
    (api,) = answers.check()
    decide(deposit, filed, "defavorable", motif="motif", texte="texte", recours=["recours gracieux"])
    refused = answers.check()
    deposit.advance(10)

    assert visa.startswith("Visa jusqu’au ")
    assert api.startswith("Attestation de prolongation d’instruction jusqu’au ")
    assert refused == answers.check() == []
    assert not answers.alarme()


def test_a_list_that_has_an_end_shows_first_what_is_in_force(deposit: Deposit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by the machine of three years: the fifty-first document was in force, and other channels were not told."""
    person = a_person(deposit)
    filed = person.file(titre_code="refugie")
    decide(deposit, filed, "defavorable", motif="motif", texte="texte", recours=["recours gracieux"])
    monkeypatch.setattr(rpc, "DOCUMENTS_MAX", 1)

    (told,) = answers_of(deposit, person).situation().documents

    assert told.state == "VALIDE"


def test_a_late_demande_is_told_that_nothing_proves_her_right(deposit: Deposit) -> None:
    person = a_person(deposit)
    person.file(titre_code="etudiant", fin_titre_date=days(-40))
    answers = answers_of(deposit, person)

    assert answers.check() == []
    assert answers.alarme()


def test_a_childs_paper_is_never_the_parents_right_and_says_whose_it_is(deposit: Deposit) -> None:
    person = a_person(deposit)
    enfant = {"nom": "Exemple", "prenoms": "Petit", "naissance_date": "2010-02-03"}
    person.file(titre_code="jeune-majeur-ne-et-scolarise", beneficiaire=enfant)
    answers = answers_of(deposit, person)

    assert answers.check() == []
    assert len(answers.documents()) == 2
    assert "pour Petit Exemple" in answers.hers.text("/documents")


def test_the_receipt_of_a_long_card_proves_with_it_from_its_end_to_the_decision(deposit: Deposit) -> None:
    person = a_person(deposit)
    person.call("POST", "/moi/titres", json={"titre_code": "carte-de-resident-renouvellement", "fin_date": days(2)})
    filed = person.file(titre_code="carte-de-resident-renouvellement", fin_titre_date=days(2))
    answers = answers_of(deposit, person)

    (card,) = answers.check()
    page = answers.hers.text("/espace")
    deposit.advance(3)
    after = answers.check()
    (receipt,) = [d["numero"] for d in person.read(filed["demande_id"])["documents"] if d["nature"] == "AD"]
    decide(deposit, filed, "defavorable", motif="motif", texte="texte", recours=["recours gracieux"])

    assert answers.check() == []
    assert answers.verifier(receipt) == "termine"
    assert card.startswith("Titre de séjour jusqu’au ")
    assert "Le renouvellement est demandé." in page
    assert "Renouveler ce titre" not in page
    assert any(phrase.startswith("Attestation de dépôt avec votre carte expirée jusqu’au ") for phrase in after)


@pytest.mark.clause("DEP-12/c", "DEP-53/e")
def test_after_the_handing_over_no_channel_shows_the_adf_and_nobody_is_told_to_renew_the_old_title(
    deposit: Deposit,
) -> None:
    person = a_person(deposit)
    person.call("POST", "/moi/titres", json={"titre_code": "etudiant", "fin_date": days(10)})
    filed = person.file(titre_code="etudiant", fin_titre_date=days(10))
    answers = answers_of(deposit, person)
    decide(deposit, filed, "favorable")
    deposit.advance(20)
    (adf,) = answers.check()
    (number,) = [d["numero"] for d in person.read(filed["demande_id"])["documents"] if d["nature"] == "ADF"]
    shown = answers.documents()

    fin = clock.today() + timedelta(days=365)
    carte = instruction.Carte("C-0042", fin)
    ordered(lambda d, o: instruction.hand_over(d, o, carte), filed["demande_id"], clock.new_id(), acces.REMETTRE)
    effets.apply(filed["demande_id"])
    deposit.advance(40)
    page = answers.hers.text("/espace")
    (card,) = answers.check()

    assert adf.startswith("Attestation de décision favorable jusqu’à la remise de votre titre")
    assert card.startswith(f"Titre de séjour jusqu’au {day_in_words(fin)} inclus, ")
    assert number in shown - answers.documents()
    assert "Un nouveau titre vous a été remis le " in page
    assert catalogue().titre("etudiant").article in page
    # One renewal is offered, that of the new title: nobody is sent back to the old one.
    assert page.count("Renouveler ce titre") == 1
    assert f"fin={fin}" in page
    assert "déposez maintenant" not in page
