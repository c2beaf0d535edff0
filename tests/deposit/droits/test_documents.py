"""Which document each person holds, with its title, article and work mention, through the API of deposit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest

from chassis import clock, mongo
from droit.catalogue import catalogue
from droit.jours import day_in_words
from tests.deposit.conftest import MOT_DE_PASSE, Deposit, Personne, a_person

CONTRAIRE = "sauf si une autorisation de travail a été obtenue"
COMPL = 30


def end_in(days: int) -> str:
    return (clock.today() + timedelta(days=days)).isoformat()


def of(person: Personne, demande: dict[str, Any], nature: str) -> list[dict[str, Any]]:
    return [d for d in person.read(demande["demande_id"])["documents"] if d["nature"] == nature]


def text_of(person: Personne, document: dict[str, Any]) -> str:
    """The words printed on the paper."""
    paper = person.call("GET", f"/documents/{document['numero']}.pdf")
    pdf = pypdfium2.PdfDocument(paper.data)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pdf)


@pytest.mark.clause("DEP-01/a", "DEP-01/c", "DEP-55/a", "DEP-55/c", "CASE-24/a", "CASE-24/b", "CASE-24/c", "CASE-36/b")
def test_a_number_of_an_asylum_procedure_files_parent_d_enfant_francais_and_holds_a_document(deposit: Deposit) -> None:
    person = a_person(deposit, numero_etranger="7503000001", situation_reguliere=False)
    filed = person.file(titre_code="parent-d-enfant-francais", situation_reguliere=False)
    agent = deposit.agent("instructeur")
    deposit.call("POST", f"/demandes/{filed['demande_id']}:complete", agent)

    (given,) = of(person, filed, "REG")
    deposit.advance(90)

    assert given["debut_date"] == filed["depot_date"]
    assert given["travail"] in text_of(person, given)
    assert len(of(person, filed, "REG")) == 2


@pytest.mark.clause(
    "DEP-02/d",
    "DEP-02/e",
    "DEP-47/c",
    "DEP-50/b",
    "DEP-54/a",
    "DEP-54/b",
    "DEP-54/c",
    "DEP-56/b",
    "DEP-56/c",
    "CASE-25/a",
    "CASE-25/c",
)
@pytest.mark.parametrize("code", ["refugie", "famille-de-bpi", "mineur-protege-devenu-majeur"])
def test_the_protected_and_their_family_hold_six_months_from_filing_then_an_adf_without_limit(
    deposit: Deposit, code: str
) -> None:
    person = a_person(deposit)
    filed = person.file(titre_code=code)
    (api,) = of(person, filed, "API")
    deposit.advance(COMPL)
    (adf,) = of(person, filed, "ADF")

    assert api["debut_date"] == filed["depot_date"]
    assert (date.fromisoformat(api["fin_date"]) - date.fromisoformat(api["debut_date"])).days > 175
    assert adf["fin_date"] == ""


@pytest.mark.clause("DEP-51/a", "DEP-52/c", "CASE-34/a", "CASE-34/b")
@pytest.mark.parametrize("code", ["talent", "talent-famille"])
def test_a_first_talent_demande_prints_that_work_is_allowed(deposit: Deposit, code: str) -> None:
    person = a_person(deposit)
    filed = person.file(titre_code=code)
    deposit.advance(COMPL)
    (api,) = of(person, filed, "API")
    printed = text_of(person, api)

    titre = catalogue().titre(code)
    assert titre.libelle in printed
    assert f"Article {titre.article or 'à compléter'}" in printed
    assert api["travail"] in printed
    assert api["travail"].startswith("Autorise")
    assert CONTRAIRE not in printed


@pytest.mark.clause("DEP-26/b")
def test_the_attestation_de_depot_of_a_long_card_says_that_the_card_proves_three_months_more(deposit: Deposit) -> None:
    person = a_person(deposit)
    filed = person.file(titre_code="carte-de-resident-renouvellement", fin_titre_date=end_in(70))
    (ad,) = of(person, filed, "AD")
    printed = text_of(person, ad)

    assert ad["fin_date"] > end_in(70 + 85)
    assert "L. 433-3" in printed
    until = day_in_words(date.fromisoformat(ad["fin_date"]))
    for right in ("Séjour", "Travail", "Droits sociaux"):
        assert f"{right} Avec la carte expirée, jusqu’au {until}." in printed


@pytest.mark.clause("DEP-17/b", "CASE-61/a")
def test_a_demande_is_filed_while_asylum_is_examined(deposit: Deposit) -> None:
    person = a_person(deposit, numero_etranger="7503000002", situation_reguliere=False)

    assert person.file(titre_code="demande-pendant-l-asile")["state"] == "DEPOSEE"


@pytest.mark.clause("DEP-20/b", "CASE-62/a")
def test_who_entered_as_a_minor_files_a_first_demande_as_student(deposit: Deposit) -> None:
    person = a_person(deposit)

    assert person.file(titre_code="etudiant-entre-mineur")["state"] == "DEPOSEE"


@pytest.mark.clause("DEP-14/a", "DEP-14/d", "DEP-14/e", "CASE-14/a")
def test_a_student_also_asks_a_title_for_health_and_a_refusal_of_one_leaves_the_other(deposit: Deposit) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur")
    first = person.file(titre_code="etudiant", fin_titre_date=end_in(5))
    second = person.file(titre_code="raison-de-sante")
    sens = {"motif": "conditions non réunies", "texte": "à citer", "recours": ["recours gracieux"]}
    deposit.call("POST", f"/demandes/{first['demande_id']}:defavorable", agent, json=sens)
    deposit.advance(1)

    assert person.read(first["demande_id"])["state"] == "DEFAVORABLE"
    assert person.read(second["demande_id"])["state"] == "DEPOSEE"


@pytest.mark.clause("DEP-15/a", "DEP-46/a", "CASE-17/a", "CASE-17/b")
def test_a_renewal_and_a_dcem_for_a_child_are_filed_the_same_day(deposit: Deposit) -> None:
    person = a_person(deposit)
    child = {"nom": "Exemple", "prenoms": "Petit", "naissance_date": "2020-01-01"}
    renewal = person.file(titre_code="etudiant", fin_titre_date=end_in(80))
    dcem = person.file(demarche_code="DEM-03", beneficiaire=child)

    assert [d["nature"] for d in renewal["documents"] + dcem["documents"]] == ["AD", "AD"]
    assert "Petit" in text_of(person, dcem["documents"][0])


@pytest.mark.clause("DEP-51/b", "DEP-53/a", "DEP-53/c", "DEP-59/a", "CASE-37/a", "CASE-37/b")
@pytest.mark.parametrize("code", ["conjoint-de-francais", "etudiant"])
def test_an_employer_checks_an_adf_and_reads_the_work_right(deposit: Deposit, code: str) -> None:
    person, agent = a_person(deposit), deposit.agent("instructeur")
    filed = person.file(titre_code=code, fin_titre_date=end_in(80))
    deposit.call("POST", f"/demandes/{filed['demande_id']}:favorable", agent)
    (adf,) = of(person, filed, "ADF")

    checked = deposit.call("GET", f"/verifications/{adf['numero']}").json
    printed, titre = text_of(person, adf), catalogue().titre(code)

    for words in (titre.libelle, f"Article {titre.article or 'à compléter'}", adf["travail"]):
        assert words in printed
    assert "Elle donne les mêmes droits que le titre, travail compris" in printed
    assert checked["etat"] == "valide"
    assert adf["travail"] in str(checked)


@pytest.mark.parametrize(("nom", "drawn"), [("محمد", True), ("王", False)])
def test_a_name_in_another_script_is_printed_in_latin_letters_and_never_as_boxes(
    deposit: Deposit, nom: str, drawn: bool
) -> None:
    """The spelling of the passport is asked for where a name has none; her own writing is kept, and printed too."""
    typed = {"nom": nom, "naissance_date": "1980-00-00", "password": MOT_DE_PASSE}
    asked = deposit.call("POST", "/comptes", json=typed)
    twice = deposit.call("POST", "/comptes", json={**typed, "nom_latin": nom})
    person = a_person(deposit, **typed, nom_latin="SPECIMEN")
    filed = person.file(titre_code="parent-d-enfant-francais", situation_reguliere=False)
    paper = person.read(filed["demande_id"])["documents"][0]
    printed = text_of(person, paper)

    for answer in (asked, twice):
        assert (answer.status_code, answer.json["champs"][0]["champ"]) == (422, "nom_latin")
    assert "SPECIMEN" in printed and "00/00/1980" in printed and "□" not in printed
    assert ("Nom d’origine" in printed) is drawn
    stored = mongo.database("deposit")["usagers"].find_one({"_id": person.usager_id}) or {}
    assert (stored["nom"], stored["nom_origine"], stored["cle_identite"]) == (
        "SPECIMEN",
        f"Awa {nom}",
        "SPECIMEN:1980-01-01",
    )
