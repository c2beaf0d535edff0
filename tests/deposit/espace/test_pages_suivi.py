"""What follows a filing, by the pages: state, requests, thread, changes, documents; nobody else sees any of it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import date, timedelta
from typing import Any

import pytest

from chassis import clock, event_log, mongo
from chassis.inbox import Meta
from documents.sceau import Sceau, is_sealed
from droit.jours import day_in_words
from sejour.contact.v1 import contact_pb2
from sejour.notify.v1 import events_pb2 as notify
from services.deposit import cadre
from services.deposit.__main__ import SERVICE
from services.deposit.consumers import HANDLERS
from services.deposit.dossier.store.demande import Demande
from tests import drain
from tests.deposit.conftest import Deposit
from tests.deposit.desk import an_agent
from tests.deposit.navigateur import Navigateur, ask, day, person_named, stored
from tests.documents.lecture import signature_of, text_of
from tests.pictures import heic


def facts_of(demande_id: str) -> list[dict[str, Any]]:
    """Every fact of a demande, as its log holds it."""
    return event_log.whole_history(Demande, mongo.database("deposit"), demande_id)


def tell(letter: dict[str, Any], subject: str, event: Any) -> None:
    """The worker of deposit reads what the service of messages tells of a sending of this letter."""
    event.message_id = letter["prive"]["message_id"]
    meta = Meta(clock.new_id(), subject, "envoi", 1, letter["parcours"], clock.today(), clock.now())
    HANDLERS[subject][1](event, meta)


@pytest.fixture(scope="module")
def filed(deposit: Deposit) -> tuple[Navigateur, str]:
    """A person with one filed renewal."""
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("etudiant", day(100))
    return browser, demande_id


@pytest.mark.clause("DEP-45/a", "DEP-45/c")
def test_the_space_says_state_since_when_who_and_what_is_awaited(filed: tuple[Navigateur, str]) -> None:
    browser, demande_id = filed

    space, one = browser.read("/deposit/espace"), browser.read(f"/deposit/demandes/{demande_id}")

    for page in (space, one):
        assert "Votre demande est déposée. La préfecture va vérifier qu’elle est complète." in page.text
        assert "Préfecture d'exemple de Paris" in page.text
        assert "Depuis le" in page.text


@pytest.mark.clause("DEP-29/b", "DEP-35/a")
def test_a_request_is_read_in_the_space_and_answered_with_a_dated_proof(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("etudiant", day(100))
    request_id = ask(deposit, demande_id, "acte-de-naissance")

    page = browser.read(f"/deposit/demandes/{demande_id}/demandes-pieces/{request_id}")
    photo = heic()
    browser.add_piece(demande_id, "acte-de-naissance", photo, name="IMG_0001.HEIC")
    after = browser.read(f"/deposit/demandes/{demande_id}/demandes-pieces/{request_id}")
    history = browser.read(f"/deposit/demandes/{demande_id}/historique")

    assert "Acte de naissance" in page.text
    assert "Répondez avant la fin du" in page.text
    assert "Vous avez répondu" in after.text
    written = browser.client.get(f"/deposit/demandes/{demande_id}/historique.csv").get_data(as_text=True)
    rows = csv.DictReader(io.StringIO(written.removeprefix("\ufeff")), delimiter=";")
    (proof,) = [row for row in rows if row["fait"] == "Pièces reçues : preuve d’envoi"]
    assert (proof["jour"], proof["par"]) == (day(0), "vous")
    assert f"IMG_0001.jpg (SHA-256 {hashlib.sha256(photo).hexdigest()} pour la photo reçue, " in proof["fichiers"]
    assert proof["fichiers"] in history.text
    assert stored(demande_id)["state"] == "DEPOSEE"


def damage(demande_id: str, pieces: list[str | None]) -> None:
    """Writes the list of the last request as a broken record would hold it, or as it was."""
    mongo.database("deposit")["demandes"].update_one(
        {"_id": demande_id}, {"$set": {"demandes_pieces.0.pieces": pieces}}
    )


@pytest.mark.clause("DEP-35/d", "DEP-37/a", "DEP-37/h")
def test_a_request_that_does_not_open_stops_the_clock_until_she_says_that_it_is_over(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("etudiant", day(100))
    request_id = ask(deposit, demande_id, "acte-de-naissance")
    path = f"/deposit/demandes/{demande_id}/demandes-pieces"

    wrong = browser.read(f"{path}/inconnue")
    untouched = stored(demande_id)["arrets"]
    # What is stored of it is damaged: the page cannot be made.
    damage(demande_id, [None])
    page = browser.read(f"{path}/{request_id}")
    damage(demande_id, ["acte-de-naissance"])
    deposit.advance(10)
    stopped = browser.read(f"/deposit/demandes/{demande_id}")
    again = browser.send(stopped, f"/demandes/{demande_id}/fin-arret")

    assert (wrong.status, untouched) == (404, []), "a wrong address stops nothing"
    assert "le bouton « Répondre »" in wrong.text
    assert page.status == 503
    assert page.reference.startswith("B-")
    assert "quelque chose vous empêche de faire la démarche" in stopped.text
    assert "Le délai est arrêté" in stopped.text
    assert "Le délai reprend" in again.text
    assert f"Avant la fin du {day_in_words(clock.today() + timedelta(days=30))}" in again.text
    assert browser.read("/deposit/espace").text.count(page.reference) == 0, "the blocage itself is over"


@pytest.mark.clause("DEP-35/c")
def test_a_request_in_words_alone_is_sent_with_its_words_and_answered_in_words(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("etudiant", day(100))
    request_id = ask(deposit, demande_id)
    path = f"/deposit/demandes/{demande_id}/demandes-pieces/{request_id}"

    page = browser.read(path)
    after = browser.send(page, "/reponse", texte="À l’école d’exemple.")
    told = [m for m in stored(demande_id)["outbox"] if m.get("prive", {}).get("modele") == "pieces_demandees"]

    assert "Merci." in page.text
    assert [json.loads(m["prive"]["contenu"])["champs"]["texte"] for m in told] == ["Merci."]
    assert "Vous avez répondu" in after.text
    assert stored(demande_id)["state"] == "DEPOSEE"
    assert "À l’école d’exemple." in browser.read(f"/deposit/demandes/{demande_id}").text


@pytest.mark.clause("DEP-37/d", "DEP-37/e")
def test_an_impediment_declared_by_the_person_stops_the_delay_until_she_says_it_is_over(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("etudiant", day(100))
    request_id = ask(deposit, demande_id, "domicile", "acte-de-naissance")
    path = f"/deposit/demandes/{demande_id}/demandes-pieces/{request_id}"

    deposit.advance(2)
    stopped = browser.send(browser.read(path), "/empechement", texte="Je n’ai pas encore de logement")
    deposit.advance(3)
    resumed = browser.send(browser.read(path), f"/demandes/{demande_id}/fin-arret")

    assert "Le délai est arrêté" in stopped.text
    assert f"Avant la fin du {day_in_words(clock.today() + timedelta(days=28))}" in resumed.text
    again = browser.send(browser.read(path), "/empechement", texte="Je l’ai perdu")
    assert "Le délai est arrêté" in again.text, "prevented once more, she stops it once more"
    assert "Je n’ai pas encore de logement" in browser.read(f"/deposit/demandes/{demande_id}").text


@pytest.mark.clause("DEP-31/a", "DEP-31/c", "DEP-32/a")
def test_a_filed_demande_takes_pieces_not_asked_for_and_corrections_whose_earlier_version_stays(
    deposit: Deposit,
) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id = browser.begin("visiteur")
    browser.send(
        browser.read(f"/deposit/demandes/{demande_id}/questions/urgence"), "/questions/urgence", reponse="avant"
    )
    from tests.deposit.conftest import mandatory

    for code in mandatory({"demande_id": demande_id}):
        browser.add_piece(demande_id, code)
    browser.send(browser.read(f"/deposit/demandes/{demande_id}/verifier"), "/deposer")

    # One photo a page has already reached the ceiling of a draft.
    sixty = [stored(demande_id)["pieces"][0] | {"id": f"page-{n}"} for n in range(60)]
    mongo.database("deposit")["demandes"].update_one(
        {"_id": demande_id}, {"$push": {"pieces": {"$each": sixty}}, "$inc": {"version": 1}}
    )
    added = browser.add_piece(demande_id, "autre", name="lettre.pdf")
    browser.send(
        browser.read(f"/deposit/demandes/{demande_id}/questions/urgence"), "/questions/urgence", reponse="après"
    )

    facts = browser.client.get(f"/deposit/demandes/{demande_id}/historique.json").json["faits"]
    corrected = [fact["details"] for fact in facts if "avant" in fact["details"]]
    assert "lettre.pdf" in added.text
    assert [(fact["avant"]["urgence"], fact["apres"]["urgence"]) for fact in corrected] == [("avant", "après")]


@pytest.mark.clause("DEP-49/a", "DEP-49/b", "DEP-49/c", "DEP-49/d")
def test_the_renewal_button_answers_with_a_date_puts_the_dossier_first_and_gives_what_is_due(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("etudiant", day(150))
    late, _identifiant = person_named(deposit)
    due, _page = late.file("etudiant", day(2))
    token = deposit.agent("instructeur", prefectures=("*",))

    before = deposit.call("GET", "/agents/file", token).json["demandes"]
    page = browser.send(browser.read(f"/deposit/demandes/{demande_id}"), "/renouveler")
    rows = deposit.call("GET", "/agents/file", token).json["demandes"]
    asked = clock.today()
    # Three days pass, and no machine looks.
    deposit.set_day(asked + timedelta(days=3))
    given = late.send(late.read(f"/deposit/demandes/{due}"), "/renouveler")

    assert "Votre demande de renouvellement est enregistrée le" in page.text
    # Her title still runs: nothing is given today, and she reads why and from when.
    assert "L’attestation commence le lendemain." in page.text
    seen = [[row["demande_id"] for row in held if row["demande_id"] in (demande_id, due)] for held in (before, rows)]
    assert seen == [[due, demande_id], [demande_id, due]], "it rises"
    mine = next(row for row in rows if row["demande_id"] == demande_id)
    phrase = "La personne demande le renouvellement de son attestation"
    assert (mine["raisons"][0]["phrase"], mine["raisons"][0]["date"]) == (phrase, asked.isoformat())
    dossier = " ".join(an_agent(deposit, "instructeur").text(f"/agents/demandes/{demande_id}").split())
    assert f"{phrase} : <strong>avant le {day_in_words(asked)}" in dossier, "the day on which she asked"
    assert "Attestation de prolongation d’instruction" in given.text
    assert "L’attestation commence le lendemain." not in given.text
    told = [f["prive"]["contenu"] for f in facts_of(demande_id) if f["prive"].get("modele") == "reception_confirmee"]
    assert "Votre demande de renouvellement de l’attestation" in told[-1]


@pytest.mark.clause("DEP-44/b", "DEP-44/d", "DEP-44/e", "DEP-44/f", "DEP-44/g", "DEP-44/h")
def test_the_history_holds_messages_and_files_in_order_and_its_three_exports_agree(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("refugie")
    path, agent = f"/deposit/demandes/{demande_id}", deposit.agent("instructeur")
    browser.add_piece(demande_id, "autre", name="bail.pdf")
    browser.send(browser.read(path), "/messages", texte="Je vous envoie mon bail.")
    deposit.call("POST", f"/demandes/{demande_id}:ecrire", agent, json={"texte": "Bien reçu, merci."})
    wanted = {"pieces": ["domicile"], "texte": "Votre visa."}
    deposit.call("POST", f"/demandes/{demande_id}:demander-pieces", agent, json=wanted)
    drain.outboxes(SERVICE)
    letter = next(f for f in facts_of(demande_id) if f["prive"].get("modele") == "depot_recu")
    tell(letter, "notify.envoi.remis", notify.EnvoiRemis(canal=contact_pb2.CANAL_COURRIEL))
    tell(letter, "notify.envoi.echec", notify.EnvoiEchoue(canal=contact_pb2.CANAL_SMS))

    page = browser.read(f"{path}/historique")
    files = [browser.get(link) for link in page.links("/deposit/documents/") + page.links(f"{path}/pieces/")]
    table, data, paper = (browser.client.get(f"{path}/historique.{kind}") for kind in ("csv", "json", "pdf"))
    rows = list(csv.DictReader(io.StringIO(table.get_data(as_text=True).removeprefix("\ufeff")), delimiter=";"))
    printed, kept = text_of(paper.data), data.json

    said = [row["details"] for row in rows]
    messages = ("mon bail.", "Bien reçu", "Votre visa.")
    assert not [text for text in said if "domicile" in text.split("\n")], "a piece has a name, and no code"
    order = [next(rank for rank, text in enumerate(said) if words in text) for words in messages]
    assert order == sorted(order)
    assert rows == sorted(rows, key=lambda row: row["heure_utc"])
    assert rows[0]["fait"] == "Demande déposée"
    assert all(row["jour"] and row["heure_utc"] and row["par"] and len(row["empreinte"]) == 64 for row in rows)
    for words in (*messages, "bail.pdf", "Remis au transporteur par e-mail", "Un envoi par SMS n’a pas abouti"):
        for shown in (page.text, table.get_data(as_text=True), data.get_data(as_text=True), printed):
            assert words in shown
    assert [line["empreinte"] for line in kept["lignes"]] == [row["empreinte"] for row in rows]
    assert len(files) > 3
    assert {answer.status_code for answer in files} == {200}
    # The chain is that of the facts, and the seal that of the text: both are checked without this service.
    assert event_log.broken_link(facts_of(demande_id)) is None
    sceau = Sceau(**{name: kept["sceau"][name] for name in ("empreinte", "signature", "certificat")})
    chain = cadre.cadre().autorite.chain
    assert is_sealed(kept["sceau"]["texte"], sceau, chain)
    assert not is_sealed(kept["sceau"]["texte"].replace("bail", "bien"), sceau, chain)
    assert signature_of(paper.data, chain).bottom_line, (
        "a court's PDF reader trusts it, and what it covers is the whole"
    )
    assert sceau.empreinte in printed.replace(" ", "")
    assert sceau.certificat in printed
    assert "Comment lire les empreintes" in printed
    assert "est calculée avec celle du fait d’avant" in printed


@pytest.mark.clause("DEP-12/c", "DEP-23/a")
def test_a_title_held_shows_its_article_and_both_dates_of_its_window(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    year, month, number = day(150).split("-")
    typed = {"fin_date-jour": number, "fin_date-mois": month, "fin_date-annee": year}

    page = browser.send(browser.read("/deposit/titres/ajouter"), "/titres/ajouter", titre_code="etudiant", **typed)

    from chassis.web.languages import day_in_words

    with deposit.client.application.test_request_context():
        dates = [day_in_words(clock.today() + timedelta(days=150 - before)) for before in (120, 60)]
    assert "Étudiant" in page.text
    assert "L. 422-1" in page.text
    assert f"du {dates[0]} au {dates[1]}" in page.text


@pytest.mark.clause("DEP-59/a")
def test_the_document_of_today_is_on_top_shown_large_checked_by_anybody_and_sent_when_it_does_not_open(
    deposit: Deposit,
) -> None:
    browser, _identifiant = person_named(deposit)
    browser.file("refugie")

    space = browser.read("/deposit/espace")
    shown = browser.read(space.links("/deposit/documents/")[0])
    reference = shown.html.find("strong", class_="reference").get_text()  # type: ignore[union-attr]
    checked = Navigateur(deposit).read(f"/deposit/verifier?reference={reference}")
    sent = browser.send(shown, "/envoyer")

    assert "Votre droit aujourd’hui" in space.text
    assert shown.html.find("svg", attrs={"role": "img"}) is not None
    assert "Valable aujourd’hui" in checked.text
    assert "Document lu n’est pas personne vérifiée" in checked.text
    assert "par la poste" in sent.text
    assert sent.reference.startswith("B-")


@pytest.mark.parametrize(
    "path",
    [
        "/demandes/{d}",
        "/demandes/{d}/preparer",
        "/demandes/{d}/pieces",
        "/demandes/{d}/verifier",
        "/demandes/{d}/confirmation",
        "/demandes/{d}/questions/urgence",
        "/demandes/{d}/historique",
        "/demandes/{d}/historique.csv",
        "/demandes/{d}/annuler",
        "/demandes/{d}/pas-de-moi",
        "/demandes/{d}/demandes-pieces/x",
        "/demandes/{d}/pieces/{p}",
        "/documents/{n}",
        "/documents/{n}.pdf",
    ],
)
def test_another_person_finds_nothing(deposit: Deposit, filed: tuple[Navigateur, str], path: str) -> None:
    _browser, demande_id = filed
    demande = stored(demande_id)
    other = _other(deposit)

    page = other.read(
        "/deposit" + path.format(d=demande_id, p=demande["pieces"][0]["id"], n=demande["attestations"][0]["numero"])
    )

    assert page.status == 404


def test_another_person_changes_nothing(deposit: Deposit, filed: tuple[Navigateur, str]) -> None:
    _browser, demande_id = filed
    other, before = _other(deposit), stored(demande_id)["version"]
    token = other.read("/deposit/espace").html.find("input", attrs={"name": "csrf_token"})["value"]  # type: ignore[index]

    statuses = {
        verb: other.client.post(
            f"/deposit/demandes/{demande_id}/{verb}", data={"csrf_token": token, "texte": "x"}
        ).status_code
        for verb in (
            "annuler",
            "deposer",
            "renouveler",
            "pas-de-moi",
            "messages",
            "titre-recu",
            "fantome",
            "pieces/blocage",
            "abandonner",
        )
    }

    assert set(statuses.values()) <= {404, 409}, statuses
    assert stored(demande_id)["version"] == before


_others: list[Navigateur] = []


def _other(deposit: Deposit) -> Navigateur:
    if not _others:
        _others.append(person_named(deposit)[0])
    return _others[0]


@pytest.mark.clause("DEP-33/a", "DEP-33/b", "DEP-33/c", "DEP-44/a")
def test_cancelling_says_its_effect_before_and_another_is_filed_at_once(deposit: Deposit) -> None:
    browser, _identifiant = person_named(deposit)
    demande_id, _page = browser.file("visiteur")

    before = browser.read(f"/deposit/demandes/{demande_id}/annuler")
    after = browser.send(before, "/annuler")
    other, done = browser.file("visiteur")
    depot_date = stored(demande_id)["depot_date"]
    deposit.set_day(clock.today() + timedelta(days=1000))
    drain.due_work(SERVICE.due)
    space = browser.read("/deposit/espace")

    assert "reste écrit dans l’historique" in before.text
    assert "Vous avez annulé cette demande." in after.text
    assert done.title == "Votre demande est déposée"
    written = browser.client.get(f"/deposit/demandes/{demande_id}/historique.csv").get_data(as_text=True)
    assert next(line for line in written.splitlines() if "Demande déposée" in line).count(depot_date) == 1
    assert depot_date == day(-1000)
    history = browser.read(f"/deposit/demandes/{demande_id}/historique").text
    assert day_in_words(date.fromisoformat(depot_date)) in history
    for kept in (demande_id, other):
        assert f"/deposit/demandes/{kept}" in space.links("/deposit/demandes/"), "years later, both are in her account"
