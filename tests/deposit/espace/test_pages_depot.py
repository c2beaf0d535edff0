"""The whole filing by the pages, without script; each blocked act leaves its reference on its own page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chassis import clock, mongo
from droit.jours import day_in_words
from tests.deposit.bureau.test_desk_actes import day_fields
from tests.deposit.conftest import PDF, Deposit, mandatory
from tests.deposit.desk import an_agent
from tests.deposit.navigateur import Navigateur, day, person_named, usager
from tests.pictures import CUT_HEIC

ENFANT = {
    "beneficiaire_nom": "Petit",
    "beneficiaire_naissance_date-jour": "3",
    "beneficiaire_naissance_date-mois": "4",
    "beneficiaire_naissance_date-annee": "2018",
}


@pytest.mark.clause("DEP-09/e", "DEP-10/e")
def test_a_person_without_number_or_e_mail_files_in_several_sittings_and_gets_her_receipt(deposit: Deposit) -> None:
    browser, identifiant = person_named(deposit)
    demande_id = browser.begin("etudiant", day(90))
    question = browser.read(f"/deposit/demandes/{demande_id}/questions/adresse")
    browser.send(question, "/questions/adresse", reponse="1 rue d’Exemple")
    later = Navigateur(deposit)
    later.sign_in(identifiant)
    kept = later.read(f"/deposit/demandes/{demande_id}/preparer")
    for code in mandatory({"demande_id": demande_id}):
        later.add_piece(demande_id, code)
    done = later.send(later.read(f"/deposit/demandes/{demande_id}/verifier"), "/deposer")

    assert "1 rue d’Exemple" in kept.text
    assert done.title == "Votre demande est déposée"
    assert "D-" in done.text
    receipt = later.client.get(done.links(".pdf")[0])
    assert (receipt.status_code, receipt.mimetype, receipt.data[:5]) == (200, "application/pdf", b"%PDF-")


@pytest.mark.clause("DEP-10/d")
@pytest.mark.parametrize(
    "moment", ["2034-12-24T23:59:30+01:00", "2035-01-01T03:00:00+01:00"], ids=["sunday", "holiday"]
)
def test_she_files_at_any_hour_of_any_day_and_no_page_asks_for_an_appointment(
    deposit: Deposit, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    hour, before = datetime.fromisoformat(moment), clock.today()
    monkeypatch.setattr(clock, "now", lambda: hour)
    deposit.set_day(hour.date())
    browser, _identifiant = person_named(deposit)
    met = [browser.read(f"/deposit/{path}") for path in ("choisir", "demarches/visiteur", "commencer/visiteur")]
    demande_id = browser.begin("visiteur")
    met += [browser.read(f"/deposit/demandes/{demande_id}/{step}") for step in ("preparer", "pieces", "verifier")]
    _demande_id, done = browser.finish(demande_id, {})
    deposit.set_day(before)

    assert done.title == "Votre demande est déposée"
    texts = [page.html.main.get_text() for page in (*met, done)]  # type: ignore[union-attr]
    said = [sentence for text in texts for sentence in text.split(".") if "rendez-vous" in sentence.lower()]
    # Nobody may sell one: that is all that is said of appointments.
    assert [words for words in said if "s'achète pas" not in words and "de l'argent" not in words] == []


@pytest.mark.clause("DEP-23/b", "DEP-23/c")
@pytest.mark.parametrize("end", [200, 90, 10, -40], ids=["before", "inside", "after the window", "after the end"])
def test_filing_is_accepted_before_inside_and_after_the_window(deposit: Deposit, end: int) -> None:
    browser, _identifiant = person_named(deposit)

    _demande_id, page = browser.file("etudiant", day(end))

    assert page.title == "Votre demande est déposée"


@pytest.mark.clause("DEP-30/a")
def test_several_files_go_in_one_piece_and_one_of_them_is_above_ten_mega_bytes(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id = browser.begin("etudiant")
    code = mandatory({"demande_id": demande_id})[0]

    browser.add_piece(demande_id, code, name="page-1.pdf")
    page = browser.add_piece(demande_id, code, PDF + b"0" * 12_000_000, name="page-2.pdf")

    section = page.html.find(id=code)
    assert section is not None
    assert [link.get_text() for link in section.find_all("a")] == ["page-1.pdf", "page-2.pdf"]


def test_a_wrong_file_is_mended_on_the_page_and_opens_the_other_way_when_it_happens_again(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id = browser.begin("etudiant")
    code = mandatory({"demande_id": demande_id})[0]

    photo = browser.add_piece(demande_id, code, CUT_HEIC, name="IMG_0001.HEIC")
    offered = browser.read(f"/deposit/demandes/{demande_id}/pieces")
    assert (photo.status, photo.reference, offered.reference) == (422, "", "")
    assert "« Le plus compatible »" in photo.text and "Voir comment faire autrement" in photo.text
    assert photo.form("/pieces/blocage"), "opened when she asks"
    assert mongo.database("deposit")["blocages"].find_one({"demande_id": demande_id}) is None

    wrong = browser.add_piece(demande_id, code, b"MZ rien de bon", name="virus.exe")
    declared = browser.send(browser.read(f"/deposit/demandes/{demande_id}/pieces"), "/pieces/blocage")
    huge = browser.add_piece(demande_id, code, PDF + b"0" * 26_300_000)

    assert (wrong.status, declared.status, huge.status) == (422, 200, 413)
    assert wrong.reference.startswith("B-")
    # Met again, it is the same blocage with one more attempt.
    assert wrong.reference == declared.reference
    assert wrong.links(f"/substitution/suivre?reference={wrong.reference}"), "the route that it opened, not another one"
    assert huge.reference == "", "a file too big for one form is hers to mend too"
    assert "Un fichier a 50 Mo au plus, et 26 Mo si votre navigateur l’envoie en une fois." in huge.text
    stored = mongo.database("deposit")["blocages"].find_one({"reference": wrong.reference})
    assert stored is not None
    assert stored["demande_id"] == demande_id


@pytest.mark.clause("DEP-13/a", "DEP-13/c", "DEP-13/d", "DEP-13/e", "DEP-13/f", "DEP-13/h")
@pytest.mark.parametrize("code", ["salarie", "naturalisation"])
def test_what_cannot_be_begun_here_says_why_and_leaves_a_reference_to_whoever_sees_it(
    deposit: Deposit, code: str
) -> None:
    known, _identifiant = person_named(deposit, prefecture="75")
    stranger, robot = Navigateur(deposit), Navigateur(deposit)
    machine = {"User-Agent": "Mozilla/5.0 (compatible; Examplebot/2.1)"}
    kept = mongo.database("deposit")["blocages"]

    for browser in (known, stranger):
        page, before = browser.read(f"/deposit/demarches/{code}"), kept.count_documents({})
        again = browser.read(f"/deposit/commencer/{code}") if browser is known else browser.read(page.path)

        assert (page.status, again.path) == (200, page.path)
        assert "ne se demande pas en ligne" in page.text or "ne se fait pas sur ce site" in page.text
        assert page.html.find(id="route").find_parent("section").find(class_="hint"), "the rule"  # type: ignore[union-attr]
        assert page.reference.startswith("B-") and again.reference == page.reference
        assert page.links(f"/substitution/?blocage={page.reference}&demarche={code}&prefecture=")
        assert page.links(f"/ccc/?blocage={page.reference}")
        assert not page.links("/deposit/commencer/"), "it is offered by the other ways alone"
        assert "Une attestation de dépôt tout de suite" not in page.text
        found = kept.find_one({"reference": page.reference})
        assert found is not None and code in (found["titre_code"], found["demarche_code"])
        assert bool(found["usager_id"]) == (browser is known)
        assert (len(found["tentatives"]), kept.count_documents({})) == (1, before)
    assert "B-" not in robot.get(f"/deposit/demarches/{code}", headers=machine).text


@pytest.mark.clause("DEP-27/b", "DEP-27/d", "DEP-27/e", "DEP-61/b")
def test_a_ghost_is_said_recorded_and_never_stops_a_filing(deposit: Deposit) -> None:
    browser, identifiant = person_named(deposit)
    ghost = {
        "titre_code": "etudiant",
        "libelle": "Étudiant",
        "numero": "AB123",
        "fin_date": day(60),
        "remis": False,
        "origine": "reprise",
    }
    later = ghost | {"numero": "CD456", "debut_date": day(30), "fin_date": day(400)}
    mongo.database("deposit")["usagers"].update_one(
        {"identifiant": identifiant}, {"$push": {"titres": {"$each": [ghost, later]}}, "$inc": {"version": 1}}
    )
    browser.file("visiteur")
    demande_id = browser.begin("etudiant", day(60))

    tasks = browser.read(f"/deposit/demandes/{demande_id}/preparer")
    recorded = browser.send(tasks, "/fantome")
    browser.send(tasks, "/titre-recu")
    for code in [*mandatory({"demande_id": demande_id}), "preuve-remise"]:
        browser.add_piece(demande_id, code)
    done = browser.send(browser.read(f"/deposit/demandes/{demande_id}/verifier"), "/deposer")

    assert "AB123" in tasks.text
    assert "Cela ne vous empêche pas de déposer" in tasks.text
    assert recorded.reference.startswith("B-")
    assert done.title == "Votre demande est déposée"
    filed = mongo.database("deposit")["demandes"].find_one({"_id": demande_id})
    assert filed is not None
    assert {flag["code"] for flag in filed["incoherences"]} == {"TITRE_NON_REMIS"}, "a living one is not forgotten"

    # The agent sees the photo of the card, and notes that handing over, on its day: the other title still waits.
    agent = an_agent(deposit, "instructeur", "superviseur")
    dossier = agent.text(f"/agents/demandes/{demande_id}")
    handed = clock.today() - timedelta(days=3)
    page = f"/agents/personnes/{filed['usager_id']}"
    noted = agent.post(
        f"{page}/actes/remise-passee", motif="Photo de la carte", **day_fields("jour", handed.isoformat())
    )
    shown = agent.text(page)
    assert "preuve-remise.pdf" in dossier
    assert noted.status_code == 303
    assert (shown.count("Remise non enregistrée"), shown.count("Remis le")) == (1, 1)
    assert f"Remis le {day_in_words(handed)}" in shown


def test_somebody_told_already_under_way_elsewhere_gets_a_reference_even_without_signing_in(deposit: Deposit) -> None:
    browser = Navigateur(deposit)

    page = browser.send(
        browser.read("/deposit/deja-en-cours"),
        "/deja-en-cours",
        precis="Le site dit : demande déjà en cours",
        demarche="etudiant",
    )

    assert page.status == 200
    assert page.reference.startswith("B-")
    assert page.links("/deposit/demarches/etudiant")


@pytest.mark.clause("DEP-14/a", "DEP-15/a")
def test_one_person_files_several_demandes_at_once_by_the_pages(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)

    pages = [
        browser.file("etudiant", day(30))[1],
        browser.file("raison-de-sante")[1],
        browser.file("dcem", **ENFANT)[1],
    ]

    assert [page.title for page in pages] == ["Votre demande est déposée"] * 3
    assert len(browser.read("/deposit/espace").links("/deposit/demandes/")) == 3


@pytest.mark.clause("DEP-41/a", "DEP-41/b")
def test_a_person_whose_title_ended_long_ago_and_whose_demande_was_closed_files_again(deposit: Deposit) -> None:
    browser, identifiant = person_named(deposit)
    demande_id, _page = browser.file("visiteur", day(-400))
    token = deposit.agent("superviseur")
    closed = deposit.call(
        "POST",
        f"/demandes/{demande_id}:clore",
        token,
        json={"motif": "pièces absentes", "texte": "x", "recours": ["recours gracieux"]},
    )

    again = Navigateur(deposit)
    again.sign_in(identifiant)
    _other, page = again.file("visiteur", day(-400))

    assert closed.json["state"] == "CLOSE"
    assert page.title == "Votre demande est déposée"
    assert "pièces absentes" in again.read(f"/deposit/demandes/{demande_id}").text


def test_the_account_of_the_ghost_can_say_that_the_title_was_received(deposit: Deposit) -> None:
    browser, identifiant = person_named(deposit)
    ghost = {
        "titre_code": "etudiant",
        "libelle": "Étudiant",
        "numero": "AB124",
        "fin_date": day(60),
        "remis": False,
        "origine": "reprise",
    }
    mongo.database("deposit")["usagers"].update_one(
        {"identifiant": identifiant}, {"$push": {"titres": ghost}, "$inc": {"version": 1}}
    )
    year, month, number = day(-3).split("-")

    page = browser.read("/deposit/titres/recu")
    after = browser.send(
        page, "/titres/recu", **{"jour_date-jour": number, "jour_date-mois": month, "jour_date-annee": year}
    )

    assert "ne vous bloque plus" in after.text
    assert usager(identifiant)["titres"][0]["remis"] is True
