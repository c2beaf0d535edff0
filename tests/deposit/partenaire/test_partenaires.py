"""Partners: what their text says, the note to show, a refusal recorded, followed up, counted (CASE-05, CASE-40)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pypdfium2
import pytest

from chassis import clock, mongo
from documents import numero as numeros
from services.deposit.partenaire import rules
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent, signed_in

CODES = ("caf", "cpam", "france-travail", "bailleur", "banque", "employeur")


def with_api(deposit: Deposit) -> tuple[Personne, dict[str, Any], str]:
    """A student whose dossier is complete: she holds an API. Gives the number of that document."""
    person = a_person(deposit, nom="Refusee")
    demande = person.file(titre_code="etudiant", fin_titre_date=clock.today().isoformat())
    judge = deposit.agent("instructeur", agent_id="agent-instruit")
    deposit.call("POST", f"/demandes/{demande['demande_id']}:complete", judge)
    held = mongo.database("deposit")["demandes"].find_one({"_id": demande["demande_id"]}) or {}
    deposit.advance(1)
    held = mongo.database("deposit")["demandes"].find_one({"_id": demande["demande_id"]}) or {}
    return person, demande, next(a["numero"] for a in held["attestations"] if a["nature"] in ("API", "REG"))


@pytest.fixture(scope="module")
def holder(deposit: Deposit) -> tuple[Personne, dict[str, Any], str]:
    return with_api(deposit)


def today_in_boxes() -> dict[str, str]:
    year, month, day = clock.today().isoformat().split("-")
    return {"refus_date-jour": day, "refus_date-mois": month, "refus_date-annee": year}


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)).split())


@pytest.mark.clause("XCT-13/a")
def test_the_table_says_for_each_partner_its_text_and_whether_it_names_our_documents(deposit: Deposit) -> None:
    anybody = Screen(deposit)

    page = anybody.text("/partenaires/")
    listed = {row["code"]: row for row in deposit.call("GET", "/partenaires").json["partenaires"]}

    assert set(CODES) <= set(listed)
    for text in ("D. 512-1", "10 mai 2017", "31 juillet 2015", "R. 5221-48", "construction et de l'habitation"):
        assert text in page, text
    assert [code for code, row in listed.items() if row["nomme"]] == ["france-travail"]
    assert page.count("Le texte ne les nomme pas") == len(listed) - 1
    for code in listed:
        assert "Vérifier un document" in anybody.text(f"/partenaires/{code}")
    assert anybody.get("/partenaires/inconnu").status_code == 404


@pytest.mark.clause("XCT-13/b")
def test_each_document_leads_to_a_note_in_pdf_whose_reference_is_the_documents_own(
    deposit: Deposit, holder: tuple[Personne, dict[str, Any], str]
) -> None:
    person, _demande, numero = holder
    page = signed_in(deposit, person)

    shown = page.text(f"/documents/{numero}")
    chosen = page.text(f"/documents/{numero}/partenaires")
    note = words_of(page.get(f"/documents/{numero}/partenaires/caf.pdf").data)
    by_api = person.call("GET", f"/documents/{numero}/partenaires/banque.pdf")

    assert f"/documents/{numero}/partenaires" in shown
    assert all(f"/partenaires/{code}.pdf" in chosen for code in CODES)
    assert "Caisse d’allocations familiales" in note.replace("'", "’")
    assert "D. 512-1" in note
    assert "ne nomme pas les attestations" in note
    assert numeros.reference(numero) in note
    assert "Refusee" in note
    assert "31 juillet 2015" in words_of(by_api.data)
    assert deposit.call("GET", f"/verifications/{numeros.reference(numero)}").json["etat"] == "valide"
    # The attestation de dépôt that prolongs a card (L. 433-3) has its note too.
    prolonged = a_person(deposit, nom="Prolongee")
    filed = prolonged.file(titre_code="carte-de-sejour-pluriannuelle", fin_titre_date=clock.today().isoformat())
    receipt = next(document["numero"] for document in filed["documents"] if document["nature"] == "AD")
    hers = signed_in(deposit, prolonged)
    assert f"/documents/{receipt}/partenaires" in hers.text(f"/documents/{receipt}")
    printed = words_of(hers.get(f"/documents/{receipt}/partenaires/employeur.pdf").data)
    assert "Attestation de dépôt" in printed and "Avec la carte expirée" in printed and "Prolongee" in printed


def test_a_note_is_given_to_nobody_out_of_reach(deposit: Deposit, holder: tuple[Personne, dict[str, Any], str]) -> None:
    _person, _demande, numero = holder
    stranger = a_person(deposit)
    far = deposit.agent("instructeur", prefectures=("13",), agent_id="agent-loin")
    refusal = {
        "numero": numero,
        "partenaire": "caf",
        "organisme": "CAF",
        "refus_date": clock.today().isoformat(),
    }

    seen = [
        stranger.call("GET", f"/documents/{numero}/partenaires/caf.pdf").status_code,
        stranger.call("POST", "/refus", json=refusal).status_code,
        deposit.call("GET", f"/documents/{numero}/partenaires/caf.pdf", far).status_code,
        deposit.call("POST", "/refus", far, json=refusal).status_code,
        deposit.call("POST", "/refus", json=refusal).status_code,
    ]

    assert seen == [404, 404, 403, 403, 401]


@pytest.mark.clause("XCT-13/c")
def test_a_refusal_is_recorded_followed_up_by_an_agent_and_read_by_the_person(deposit: Deposit) -> None:
    person, demande, numero = with_api(deposit)
    page, agent = signed_in(deposit, person), an_agent(deposit, "instructeur", agent_id="agent-instruit")

    told = page.post(
        f"/documents/{numero}/refus",
        partenaire="bailleur",
        organisme="Office d’exemple",
        texte="Il faut un récépissé",
        urgence="true",
        **today_in_boxes(),
    )
    queue = agent.text("/agents/refus/")
    refus = person.call("GET", f"/usagers/{person.usager_id}/refus").json["refus"][0]
    followed = agent.post(
        f"/agents/refus/{refus['refus_id']}", state=rules.RECONNU, texte="Appel fait : le bailleur accepte."
    )
    after = page.text("/refus")
    journal = page.text("/mes-aidants/journal")

    assert told.status_code == 303, told.text[:2000]
    assert "Office d’exemple" in queue
    assert followed.status_code == 303, followed.text[:2000]
    assert "Document accepté" in after
    assert "le bailleur accepte" in after
    assert "Refus d’un organisme suivi" in journal
    assert "Office d’exemple" not in agent.text("/agents/refus/")
    # The urgency moves the dossier in the queue, in words that name the organisation (DEP-60).
    flags = (mongo.database("deposit")["demandes"].find_one({"_id": demande["demande_id"]}) or {})["urgences"]
    assert [(flag["motif"], "Office d’exemple" in flag["texte"]) for flag in flags] == [("logement", True)]
    held = mongo.database("deposit")["refus_partenaires"].find_one({"_id": refus["refus_id"]}) or {}
    messages = [e["prive"]["modele"] for e in held["outbox"] if e.get("prive", {}).get("modele")]
    assert messages == ["refus_partenaire"]


@pytest.mark.clause("XCT-13/c")
def test_an_agent_records_what_a_person_told_by_telephone_and_a_repeat_changes_nothing(
    deposit: Deposit, holder: tuple[Personne, dict[str, Any], str]
) -> None:
    person, _demande, numero = holder
    token = deposit.agent("instructeur", agent_id="agent-instruit")
    body = {"numero": numeros.reference(numero), "partenaire": "cpam", "organisme": "CPAM d’exemple"}
    body |= {"refus_date": clock.today().isoformat()}
    key = {"Idempotency-Key": clock.new_id()}

    first = deposit.call("POST", "/refus", token, json=body, headers=key)
    again = deposit.call("POST", "/refus", token, json=body, headers=key)
    desk = an_agent(deposit, "instructeur", agent_id="agent-instruit").post(
        "/agents/refus/", numero=numero, partenaire="caf", organisme="CAF d’exemple", **today_in_boxes()
    )

    assert (first.status_code, again.status_code, desk.status_code) == (201, 201, 303)
    assert first.json["refus_id"] == again.json["refus_id"]
    found = person.call("GET", f"/usagers/{person.usager_id}/refus").json["refus"]
    assert sorted(refus["organisme"] for refus in found) == ["CAF d’exemple", "CPAM d’exemple"]


def test_refusals_are_published_per_partner_and_prefecture_with_nobody_in_them(
    deposit: Deposit, holder: tuple[Personne, dict[str, Any], str]
) -> None:
    person, _demande, numero = holder
    body = {"numero": numero, "partenaire": "employeur", "organisme": "Entreprise secrète", "texte": "Refus de Mme X"}
    assert person.call("POST", "/refus", json=body | {"refus_date": clock.today().isoformat()}).status_code == 201
    anybody = Screen(deposit)

    page = anybody.text("/partenaires/refus")
    rows = anybody.get("/partenaires/refus.json").json["refus"]
    sheet = anybody.get("/partenaires/refus.csv").data.decode("utf-8-sig")

    row = next(row for row in rows if row["partenaire"] == "employeur")
    assert (row["prefecture"], row["refus"], row["en_cours"]) == ("75", 1, 1)
    assert "employeur;75;1;0;0;1" in sheet
    assert "<svg" in page
    assert not any(word in page + sheet + str(rows) for word in ("Entreprise secrète", "Mme X", "Refusee"))


def test_a_refusal_of_tomorrow_or_of_a_paper_without_right_is_not_recorded(
    deposit: Deposit, holder: tuple[Personne, dict[str, Any], str]
) -> None:
    person, demande, numero = holder
    held = mongo.database("deposit")["demandes"].find_one({"_id": demande["demande_id"]}) or {}
    deposit_paper = next(a["numero"] for a in held["attestations"] if a["nature"] == "AD")
    body = {"partenaire": "caf", "organisme": "CAF"}
    tomorrow, today = (clock.today() + timedelta(days=1)).isoformat(), clock.today().isoformat()

    seen = [
        person.call("POST", "/refus", json=body | changed).json["code"]
        for changed in (
            {"numero": numero, "refus_date": tomorrow},
            {"numero": deposit_paper, "refus_date": today},
            {"numero": numero, "refus_date": today, "partenaire": "inconnu"},
        )
    ]

    assert seen == ["REFUS_JOUR_FUTUR", "DOCUMENT_SANS_DROIT", "PARTENAIRE_INCONNU"]


@pytest.mark.parametrize("service", ["ccc", "pan", "substitution", "notify"])
def test_the_number_of_another_service_is_directed_to_that_service(deposit: Deposit, service: str) -> None:
    numero = numeros.new(numeros.SERVICE_DIGITS[service])
    anybody = Screen(deposit)

    page = anybody.get(f"/verifier?reference={numeros.reference(numero)}").text
    answer = deposit.call("GET", f"/verifications/{numero}")

    assert answer.json["code"] == "DOCUMENT_AILLEURS"
    assert answer.json["details"]["service"] == service
    expected = "elle ne prouve pas un droit" if service == "notify" else f"/{service}/documents?reference="
    assert expected in page
    assert "Aucun document ne porte" not in page
