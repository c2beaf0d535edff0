"""A proof for one purpose: what it shows, who may make it, who looked, what whoever checks is answered (DEP-59)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import tddoc.doc

from chassis import clock, mongo
from documents.autorite import Autorite
from services.deposit.justificatif import rules
from services.deposit.justificatif.rules import Etat, Situation
from tests.browser import hidden_fields
from tests.deposit.aidant.test_desk_aidants import enrolled, mandated
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent, signed_in
from tests.documents.lecture import code_of, text_of
from tests.documents.test_code2d import keychain

NAISSANCE = {"naissance-jour": "17", "naissance-mois": "05", "naissance-annee": "1990"}
VICTIME = "victime-de-violences-conjugales"
# What tells her story: no paper, code or answer for a purpose may say it.
HISTOIRE = ("violence", "victime", "conjug", "réfugi", "asile", "protection", "425-6", "424-1")
RECU = re.compile(r"R-[2-9A-Z]{4}-[2-9A-Z]{4}")


def with_api(deposit: Deposit, titre: str = VICTIME, **identite: Any) -> Personne:
    """A person whose title ends today and whose demande is complete: her API is in force tomorrow."""
    person = a_person(deposit, **identite)
    demande = person.file(titre_code=titre, fin_titre_date=clock.today().isoformat())
    agent = deposit.agent("instructeur", agent_id="agent-instruit")
    deposit.call("POST", f"/demandes/{demande['demande_id']}:complete", agent)
    deposit.advance(1)
    return person


def held_by(person: Personne) -> list[dict[str, Any]]:
    """Her proofs, with who looked."""
    answer = person.call("GET", f"/usagers/{person.usager_id}/justificatifs")
    return list(answer.json["justificatifs"])


def checked(anybody: Screen, code: str, usage: str, organisme: str = "Boulangerie Martin", **changes: Any) -> str:
    """The page of whoever checks, once sent."""
    sent = {"code": code, "usage": usage, "organisme": organisme, **NAISSANCE, **changes}
    return anybody.post("/justificatifs/verifier", **sent).text


def refuse(anybody: Screen, shown: str) -> int:
    """The refusal that the page of the check offers, sent."""
    found = RECU.search(shown)
    assert found is not None
    form = dict(hidden_fields(anybody.get("/justificatifs/verifier")))
    body = {"recu": found[0], "partenaire": "employeur", "texte": "Il nous faut une carte.", **NAISSANCE}
    return anybody.client.post("/deposit/justificatifs/refus", data=form | body).status_code


@pytest.mark.clause("XCT-13/c")
def test_a_victims_proof_for_work_says_work_and_nothing_of_her_story_on_paper_code_and_check(deposit: Deposit) -> None:
    person, anybody = with_api(deposit, nom="Discrete"), Screen(deposit)
    hers = signed_in(deposit, person)

    made = hers.post("/justificatifs/", usage="travail", jours="30")
    (held,) = held_by(person)
    paper = hers.get(f"/justificatifs/{held['justificatif_id']}.pdf").data
    printed, code = text_of(paper), str(held["code"])
    independent = tddoc.doc.TwoDDoc.from_code(code_of(paper, 150).decode("ascii"))
    signed = {data.definition.id: data.value for data in independent.message.dataset}
    shown = checked(anybody, code.lower().replace("-", " "), "travail")

    assert made.status_code == 303, made.text[:2000]
    assert len(code.replace("-", "")) == 9 and code[0] == "T" and code in hers.text("/justificatifs/")
    assert "Autorise son titulaire à travailler" in shown and "Discrete" in shown and "R. 431-15-2" in shown
    assert code in printed and "Autorise son titulaire à travailler" in printed
    # Offline, a library that is not ours reads and believes the code: dates and work, neither title nor country.
    assert independent.signature_is_valid(keychain(Autorite.load(deposit.settings.cles_dir / "documents")))
    assert signed["6P"] == "AUTORISE SON TITULAIRE A TRAVAILLER" and signed["6M"] == "USAGE TRAVAIL"
    assert not {"67", "6Q", "6L"} & set(signed)
    for words in (shown, printed, str(signed), str(held)):
        assert [said for said in HISTOIRE if said in words.lower()] == [], words[:3000]
    mine = hers.text("/justificatifs/")
    assert "Boulangerie Martin" in mine and "Ce justificatif est valable aujourd’hui." in mine
    # The number printed on it leads whoever types it to the check by code: it names no title there either.
    assert anybody.get(f"/verifier?reference={signed['6K']}").headers["Location"].endswith("/justificatifs/verifier")
    # Not accepted, from the very page: what is too long comes back; followed up by an agent, and she reads it.
    long = {"recu": RECU.findall(shown)[0], "partenaire": "employeur", "texte": "Carte ! " * 300, **NAISSANCE}
    again = anybody.post("/justificatifs/refus", page="/justificatifs/verifier", **long)
    assert again.status_code == 422 and "Carte ! Carte !" in again.text and "Autorise son titulaire" in again.text
    assert refuse(anybody, shown) == 303
    assert "Boulangerie Martin" in an_agent(deposit, "instructeur", agent_id="agent-instruit").text("/agents/refus/")
    assert "Boulangerie Martin" in hers.text("/refus") and "Ne l’accepte pas" in hers.text("/justificatifs/")


def test_a_proof_lives_for_one_purpose_and_until_she_revokes_it(deposit: Deposit) -> None:
    person, anybody = with_api(deposit, "etudiant", nom="Vivante"), Screen(deposit)
    hers = signed_in(deposit, person)
    hers.post("/justificatifs/", usage="banque", jours="2")
    code = held_by(person)[0]["code"]

    wrong = [checked(anybody, code, "banque", **{"naissance-annee": "1991"}), checked(anybody, "Q-2222-2222", "banque")]
    elsewhere = checked(anybody, code, "travail")
    nothing = {"recu": RECU.findall(elsewhere)[0], "partenaire": "employeur", "texte": "Rien à lire.", **NAISSANCE}
    refusal = anybody.post("/justificatifs/refus", page="/justificatifs/verifier", **nothing)
    assert refusal.status_code == 422 and "il ne montrait aucun document" in refusal.text
    right = checked(anybody, code[2:], "banque", "Banque d’exemple")
    assert ["Aucun justificatif n’a ce code" in page for page in wrong] == [True, True]
    assert "fait pour un autre usage" in elsewhere and "Vivante" not in elsewhere
    assert "Valable aujourd’hui" in right and "travailler" not in right
    recu = RECU.findall(right)[0]

    deposit.advance(2)
    assert "Ce justificatif est terminé" in checked(anybody, code, "banque")
    # The receipt still says what was answered then.
    again = anybody.post("/justificatifs/recu", recu=recu, **NAISSANCE).text
    assert "Banque d’exemple" in again and "Ce justificatif est valable aujourd’hui." in again and "Vivante" in again

    hers.post("/justificatifs/", usage="logement", jours="90")
    lodging = next(one for one in held_by(person) if one["usage"] == "logement")
    assert "Valable aujourd’hui" in checked(anybody, lodging["code"], "logement", "Agence")
    hers.post(f"/justificatifs/{lodging['justificatif_id']}/retirer", page="/justificatifs/")
    gone = checked(anybody, lodging["code"], "logement", "Agence")
    read = next(one for one in held_by(person) if one["usage"] == "logement")["lectures"]
    too_long = hers.post("/justificatifs/", usage="banque", jours="91")

    assert "La personne a retiré ce justificatif" in gone and "Vivante" not in gone
    assert [(one["organisme"], one["etat"]) for one in read] == [("Agence", "retire"), ("Agence", "valide")]
    assert too_long.status_code == 422 and "ne dure pas si longtemps" in too_long.text


def test_a_helper_with_a_mandate_and_a_desk_that_saw_her_make_one_and_nobody_else_does(deposit: Deposit) -> None:
    person = with_api(deposit, "etudiant", nom="Aidee")
    path = f"/usagers/{person.usager_id}/justificatifs"
    structure_id, helper = enrolled(deposit, "aide-justifie")
    mandated(deposit, person, structure_id, "lire", "agir")
    helper.post(f"/aidants/personnes/{person.usager_id}/agir", page=f"/aidants/personnes/{person.usager_id}")
    by_helper = helper.post("/justificatifs/", usage="sante", jours="30")
    desk = an_agent(deposit, "prefecture", agent_id="agent-guichet-justif")
    page = f"/agents/personnes/{person.usager_id}/justificatifs/"
    early = desk.post(page, usage="prestations", jours="30")
    desk.post(f"/agents/personnes/{person.usager_id}/identite", papier="PASSEPORT", nom="Aidee", naissance="17/05/1990")
    at_desk = desk.post(page, usage="prestations", jours="30")
    printed = desk.get(re.findall(r"/deposit(/justificatifs/[^\"]+[.]pdf)", desk.text(page))[0])

    assert by_helper.status_code == 303, by_helper.text[:1500]
    assert early.status_code == 403 and "n’a pas été vérifiée aujourd’hui" in early.text
    assert at_desk.status_code == 303 and printed.data.startswith(b"%PDF")
    assert {one["usage"] for one in held_by(person)} == {"sante", "prestations"}
    stranger, far = a_person(deposit), deposit.agent("instructeur", prefectures=("13",), agent_id="agent-loin")
    body, centre = {"usage": "banque"}, deposit.agent("ccc", prefectures=("*",), agent_id="agent-centre")
    seen = [
        deposit.call("GET", path, centre).status_code,
        stranger.call("POST", path, json=body).status_code,
        deposit.call("POST", path, far, json=body).status_code,
        deposit.call("POST", path, json=body).status_code,
    ]
    assert seen == [403, 404, 403, 401]
    # She reads in her journal what others did and opened for her.
    journal = signed_in(deposit, person).text("/mes-aidants/journal")
    assert "Justificatif fait pour un organisme" in journal and "justificatifs" in journal


def test_who_has_no_paper_of_ours_and_an_account_in_dispute_are_told_so_and_never_refused(deposit: Deposit) -> None:
    nobody = a_person(deposit, nom="Sanspapier")
    none = nobody.call("POST", f"/usagers/{nobody.usager_id}/justificatifs", json={"usage": "banque"})
    person = with_api(deposit, "etudiant", nom="Panne", naissance_date="1990-05-01")
    made = person.call("POST", f"/usagers/{person.usager_id}/justificatifs", json={"usage": "banque"})
    # Her passport says 00/05/1990: whoever compares reads that it is the same birth.
    unknown = {"naissance-jour": "00"}
    seen = checked(Screen(deposit), made.json["code"], "banque", **unknown)
    mongo.database("deposit")["usagers"].update_one({"_id": person.usager_id}, {"$set": {"gele": True}})
    frozen = checked(Screen(deposit), made.json["code"], "banque", **unknown)

    assert "né ou née le 1er mai 1990" in seen and "un jour inconnu" in seen.lower()
    assert (none.status_code, none.json["code"]) == (409, "RIEN_A_PROUVER")
    assert "n’a pas pu être vérifié. Ce n’est pas un refus" in frozen and "Panne" not in frozen


def test_partners_check_in_batches_get_receipts_and_are_stopped_beyond_their_quota(deposit: Deposit) -> None:
    people = [with_api(deposit, "etudiant", nom=nom) for nom in ("Lotun", "Lotdeux")]
    for person in people:
        person.call("POST", f"/usagers/{person.usager_id}/justificatifs", json={"usage": "prestations"})
    codes = [*(held_by(person)[0]["code"] for person in people), "P-2222-2222"]
    body = {"organisme": "Caisse d’exemple", "usage": "prestations"}
    lot = [{"code": code, "naissance": "1990-05-17"} for code in codes]

    told = deposit.call("POST", "/justificatifs:verifier-lot", json=body | {"codes": lot}).json["reponses"]
    again = deposit.call("POST", "/justificatifs:relire", json={"recu": told[0]["recu"], "naissance": "1990-05-17"})

    assert [answer["etat"] for answer in told] == ["valide", "valide", "inconnu"]
    assert [answer["justificatif"]["nom"] for answer in told[:2]] == ["Lotun", "Lotdeux"]
    assert len({answer["recu"] for answer in told[:2]}) == 2
    assert (again.json["organisme"], again.json["justificatif"]["nom"]) == ("Caisse d’exemple", "Lotun")
    # However one code is spelt, its tries are counted together.
    spelt = [{"code": "P33333333" if n % 2 else f"P-3333{'-' * n}3333", "naissance": "1990-05-17"} for n in range(11)]
    assert deposit.call("POST", "/justificatifs:verifier-lot", json=body | {"codes": spelt}).status_code == 429
    guesses = [{"code": f"P-2222-{number}", "naissance": "1990-05-17"} for number in range(2222, 2272)]
    answers = [deposit.call("POST", "/justificatifs:verifier-lot", json=body | {"codes": guesses}) for _ in range(7)]
    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    assert answers[-1].status_code == 429 and answers[-1].content_type.startswith("application/problem+json")
    assert answers[-1].headers["Retry-After"]


DAY = date(2027, 3, 12)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Etat.VALIDE),
        ({"demande": "banque"}, Etat.AUTRE_USAGE),
        ({"retire": True}, Etat.RETIRE),
        ({"fin": DAY - timedelta(days=1)}, Etat.TERMINE),
        ({"gele": True}, Etat.NON_VERIFIE),
        ({"papier": False, "carte": True}, Etat.CARTE),
        ({"papier": False}, Etat.SANS_DROIT),
        # Nothing of the person is said to who asks for something else, frozen or not.
        ({"demande": "banque", "gele": True}, Etat.AUTRE_USAGE),
    ],
)
def test_what_whoever_checks_is_answered(changes: dict[str, Any], expected: Etat) -> None:
    values: dict[str, Any] = {"usage": "travail", "demande": "travail", "fin": DAY, "retire": False, "gele": False}
    assert rules.answer(Situation(**(values | {"papier": True, "carte": False} | changes)), DAY) is expected


@pytest.mark.parametrize(
    ("mention", "shown"),
    [
        ("Autorise à travailler (talent (famille))", "Autorise à travailler"),
        ("Autorise à travailler 964 heures par an", "Autorise à travailler 964 heures par an"),
        ("N'autorise pas à travailler (valeur de démonstration : Visiteur)", "N'autorise pas à travailler"),
    ],
)
def test_the_right_to_work_is_shown_without_the_name_of_the_title(mention: str, shown: str) -> None:
    assert rules.without_title(mention) == shown
