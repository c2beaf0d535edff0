"""Cases 24 to 37, 61 and 62: who may file, and which document proves her right the same day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dev.parcours.monde import Monde, add_pieces, file_demande
from droit.catalogue import catalogue
from tests.documents.lecture import text_of
from tests.parcours.messages import letters_of, printed

pytestmark = pytest.mark.timeout(300)
# What the API of a first « talent » demande wrongly said (003 I.B).
CONTRAIRE = "sauf si une autorisation de travail a été obtenue"
BPI_PREFECTURES = ("13", "2A", "69", "75", "93", "974")


def of(demande: dict[str, Any], nature: str) -> list[dict[str, Any]]:
    """The documents of one kind that a demande holds, the first first."""
    return [document for document in demande["documents"] if document["nature"] == nature]


def check(monde: Monde, document: dict[str, Any]) -> dict[str, Any]:
    """What anybody reads who checks the reference of a paper (DEP-59)."""
    found: dict[str, Any] = monde.anybody("deposit").get(f"/verifications/{document['numero']}")
    return found


@pytest.mark.clause("CASE-24/a", "CASE-24/b", "CASE-24/c", "DEP-01/a", "DEP-01/c", "DEP-55/a", "DEP-55/c")
def test_case_24_a_number_of_the_asylum_procedure_opens_everything_and_completeness_gives_a_document(
    monde: Monde,
) -> None:
    person = monde.person(
        nom="Vingt-Quatre", prenoms="Exemple", naissance_date="1991-04-02", nationalite="AF",
        numero_etranger="7503002401", prefecture="75", situation_reguliere=False,
    )  # fmt: skip
    filed = file_demande(person, titre_code="parent-d-enfant-francais", prefecture="75", situation_reguliere=False)
    agent = monde.agent("deposit", "ines")
    checked = agent.post(f"/demandes/{filed['demande_id']}:complete")

    assert person.get("/moi")["numero_etranger"] == "7503002401"
    assert (filed["state"], [d["nature"] for d in filed["documents"]]) == ("DEPOSEE", ["AD"])
    (reg,) = of(checked, "REG")
    assert reg["debut_date"] == monde.today.isoformat()
    assert check(monde, reg)["etat"] == "valide"
    assert text_of(person.get(f"/documents/{reg['numero']}.pdf")).count("Parent d'enfant français")


@pytest.mark.clause("CASE-25/a", "CASE-25/b", "CASE-25/c", "DEP-02/e", "SUB-15/a")
def test_case_25_who_was_protected_as_a_minor_needs_no_number_and_holds_six_months_from_filing(monde: Monde) -> None:
    person = monde.person(
        nom="Vingt-Cinq", prenoms="Exemple", naissance_date="2008-01-15", nationalite="GN", prefecture="75"
    )
    filed = file_demande(person, titre_code="mineur-protege-devenu-majeur", prefecture="75")
    (api,) = of(filed, "API")
    pages = {code: monde.browser().read(f"/substitution/prefectures/{code}").text for code in BPI_PREFECTURES}

    assert person.get("/moi")["numero_etranger"] == ""
    assert api["debut_date"] == filed["depot_date"] == monde.today.isoformat()
    assert (date.fromisoformat(api["fin_date"]) - monde.today).days > 175
    assert check(monde, api)["etat"] == "valide"
    # The dedicated route is on each préfecture's page until everybody files so (SUB-15).
    assert all("anciens mineurs protégés" in text for text in pages.values())
    assert all(f"protection@prefecture-{code.lower()}.example" in text for code, text in pages.items())


@pytest.mark.clause("CASE-34/a", "CASE-34/b", "CASE-34/c", "DEP-52/a", "DEP-52/b", "DEP-52/c")
@pytest.mark.parametrize("code", ["talent", "talent-famille"])
def test_case_34_a_first_talent_demande_after_a_visa_prints_that_work_is_allowed(monde: Monde, code: str) -> None:
    person = monde.person(
        nom=f"Trente-Quatre {code}", prenoms="Exemple", naissance_date="1990-09-09", nationalite="IN", prefecture="75"
    )
    agent = monde.agent("deposit", "ines")
    filed = file_demande(person, titre_code=code, prefecture="75", fin_titre_date=monde.in_days(10))
    checked = agent.post(f"/demandes/{filed['demande_id']}:complete")
    (first,) = of(checked, "API")
    again = agent.post(f"/demandes/{filed['demande_id']}:reemettre", numero=first["numero"])
    second = of(again, "API")[-1]
    printed = text_of(person.get(f"/documents/{second['numero']}.pdf"))

    # The day after the visa ends, no later.
    assert first["debut_date"] == monde.in_days(11)
    assert first["travail"].startswith("Autorise")
    assert CONTRAIRE not in text_of(person.get(f"/documents/{first['numero']}.pdf")) + printed
    assert catalogue().titre(code).libelle in printed and second["travail"] in printed
    # Re-issued, the earlier one is replaced, and the employer who checks either reads which counts (DEP-57, DEP-59).
    assert (check(monde, first)["etat"], check(monde, second)["document"]["travail_mention"]) == (
        "remplace",
        second["travail"],
    )


@pytest.mark.clause("CASE-35/a", "CASE-35/b", "CASE-35/c", "DEP-51/a", "DEP-58/b", "DEP-58/c")
def test_case_35_the_mention_is_printed_from_the_catalogue_made_again_and_sent_the_same_day(monde: Monde) -> None:
    courriel = "case35@exemple.test"
    person = monde.person(
        nom="Trente-Cinq", prenoms="Exemple", naissance_date="1999-03-03", nationalite="SN", prefecture="75",
        courriel=courriel, adresse=["35 rue de l'Exemple", "75012 Paris"],
    )  # fmt: skip
    agent = monde.agent("deposit", "ines")
    filed = file_demande(person, titre_code="etudiant", prefecture="75", fin_titre_date=monde.in_days(5))
    (wrong,) = of(agent.post(f"/demandes/{filed['demande_id']}:complete"), "API")
    right = of(agent.post(f"/demandes/{filed['demande_id']}:reemettre", numero=wrong["numero"]), "API")[-1]
    desk = monde.desk("ines")
    monde.stack.clock.wait_quiet()
    before = {letter["id"] for letter in letters_of(monde, filed["reference"])}
    act = f"/deposit/agents/demandes/{filed['demande_id']}/actes/envoyer"
    preview = desk.send(desk.read(act), "/actes/envoyer", numero=right["numero"])
    sent = desk.send(preview, "/actes/envoyer")
    monde.stack.clock.wait_quiet()
    paper = text_of(person.get(f"/documents/{right['numero']}.pdf"))
    (letter,) = [letter for letter in letters_of(monde, filed["reference"]) if letter["id"] not in before]

    titre = catalogue().titre("etudiant")
    assert titre.libelle in paper and titre.article in paper and right["travail"] in paper
    assert check(monde, wrong)["etat"] == "remplace"
    assert "C’est fait" in sent.text
    held = [[piece["name"] for piece in mail["attachments"]] for mail in monde.stack.boites.courriels(courriel)]
    assert sum(f"api-{right['numero']}.pdf" in names for names in held) >= 2, "once made again, then sent by the agent"
    assert letter["modele"] == "attestation_delivree"
    assert paper in printed(monde, letter), "the same paper leaves by post"


@pytest.mark.clause("CASE-37/a", "CASE-37/b", "DEP-51/b", "DEP-53/a", "DEP-53/b", "DEP-59/a")
def test_case_37_an_employer_hires_on_the_adf_that_names_title_article_and_work(monde: Monde) -> None:
    person = monde.person(
        nom="Trente-Sept", prenoms="Exemple", naissance_date="1988-08-08", nationalite="MA", prefecture="75"
    )
    filed = file_demande(person, titre_code="conjoint-de-francais", prefecture="75", fin_titre_date=monde.in_days(80))
    decided = monde.agent("deposit", "ines").post(f"/demandes/{filed['demande_id']}:favorable")
    (adf,) = of(decided, "ADF")
    printed = text_of(person.get(f"/documents/{adf['numero']}.pdf"))
    employer = check(monde, adf)
    by_reference = monde.browser().read(f"/deposit/verifier?reference={employer['document']['reference']}").text

    titre = catalogue().titre("conjoint-de-francais")
    assert titre.libelle in printed and adf["travail"] in printed and adf["article"] in printed
    assert (adf["debut_date"], adf["fin_date"]) == (monde.today.isoformat(), "")
    assert (employer["etat"], employer["document"]["travail_mention"]) == ("valide", adf["travail"])
    assert adf["travail"] in by_reference and titre.libelle in by_reference


@pytest.mark.clause("CASE-61/a", "CASE-61/b", "DEP-17/b")
def test_case_61_a_demande_is_filed_during_asylum_and_a_renewal_asks_for_a_longer_card(monde: Monde) -> None:
    seeker = monde.person(
        nom="Soixante-et-Un", prenoms="Asile", naissance_date="1994-06-01", nationalite="SD",
        numero_etranger="7503006101", prefecture="75", situation_reguliere=False,
    )  # fmt: skip
    asylum = file_demande(seeker, titre_code="demande-pendant-l-asile", prefecture="75", situation_reguliere=False)
    holder = monde.person(
        nom="Soixante-et-Un", prenoms="Carte", naissance_date="1985-06-01", nationalite="ML", prefecture="75"
    )
    draft = holder.post("/demandes", titre_code="conjoint-de-francais", fin_titre_date=monde.in_days(90))
    browser = monde.browser()
    browser.sign_in(holder.get("/moi")["identifiant"])
    question = f"/deposit/demandes/{draft['demande_id']}/questions/carte_demandee"
    shown = browser.read(question)
    offered = [str(choice["value"]) for choice in shown.html.find_all("input", attrs={"name": "reponse"})]
    for choice in offered:
        assert browser.send(shown, "/questions/carte_demandee", reponse=choice).status == 200
    add_pieces(holder, draft["demande_id"])
    filed = holder.post(f"/demandes/{draft['demande_id']}:deposer")
    read = monde.desk("ines").read(f"/deposit/agents/demandes/{draft['demande_id']}").text

    assert (asylum["state"], asylum["documents"][0]["nature"]) == ("DEPOSEE", "AD")
    assert {"carte-de-resident", "carte-de-sejour-pluriannuelle"} <= set(offered)
    assert filed["state"] == "DEPOSEE"
    assert catalogue().titre(offered[-1]).libelle in read, "the agent reads which card is asked for"
