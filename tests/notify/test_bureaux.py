"""The desks, through their pages: who may, letters with their proof of posting, calls with identity first."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from pymongo.database import Database
from werkzeug.test import TestResponse

from chassis import clock
from chassis.messages import Notice
from chassis.mongo import collection_of
from chassis.outbox import Fact
from droit.jours import day_in_words
from sejour.deposit.v1 import events_pb2 as deposit_pb2
from services.notify import store
from services.notify.moyens import Moyens
from services.notify.store import Message
from tests.notify.monde import PDF, Boites, Source, contact, envois, facts, work

Browser = Callable[..., FlaskClient]
CHAMPS = {"reference": "R-77", "libelle": "Étudiant"}
ADRESSE = ["3 rue Haute", "69001 Lyon"]


def post(client: FlaskClient, page: str, action: str, **fields: str) -> TestResponse:
    """Sends the form of `page` whose action is `action`, as a browser would."""
    shown = client.get(page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
    assert token is not None, (page, shown.status_code)
    sent = {"csrf_token": token[1], "request_id": clock.new_id(), **fields}
    return client.post(action, data=sent)


def asked(source: Source, database: Database[dict[str, Any]], contact_id: str, **demande: Any) -> str:
    """A message asked for and noted."""
    message_id = source.ask(Notice(contact_id, f"p-{contact_id}", "demande_complete", CHAMPS, **demande))
    source.relay_to(database)
    return message_id


# Role -> where it may go, for a parcours of its own préfecture and for one of another.
PAGES = {
    "instructeur": ({"message"}, set()),
    "superviseur": ({"message", "courriers", "appels", "echecs"}, {"courriers", "appels", "echecs"}),
    "prefecture": ({"courriers"}, {"courriers"}),
    "bureau_national": ({"message", "courriers", "appels", "echecs"}, {"message", "courriers", "appels", "echecs"}),
    "ccc": ({"message", "courriers", "appels", "echecs"}, {"message", "courriers", "appels", "echecs"}),
    "ccc_superviseur": ({"message", "courriers", "appels", "echecs"}, {"message", "courriers", "appels", "echecs"}),
    "exploitant": ({"echecs", "rejets"}, {"echecs", "rejets"}),
    "pan": (set(), set()),
    "pan_forme": (set(), set()),
}


@pytest.mark.clause("XCT-07/e")
@pytest.mark.parametrize("role", PAGES)
def test_each_role_opens_its_own_pages_and_no_other(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], browser: Browser, role: str
) -> None:
    """By role, and by préfecture for the roles that are not national."""
    source.say(contact("w1", adresse=ADRESSE))
    message_id = asked(source, database, "w1")
    work(moyens)
    store.add_to_parcours("p-w1", prefecture="69")
    addresses = {
        "message": f"/notify/messages/{message_id}",
        "courriers": "/notify/courriers",
        "appels": "/notify/appels",
        "echecs": "/notify/echecs",
        "rejets": "/notify/rejets",
    }
    for prefecture, allowed in zip(("69", "13"), PAGES[role], strict=True):
        client = browser(role, prefectures=(prefecture,))
        opened = {name for name, address in addresses.items() if client.get(address).status_code == 200}
        assert opened == allowed, prefecture


def test_nobody_signed_in_opens_nothing(moyens: Moyens, browser: Browser) -> None:
    """The desk asks who one is; the API wants a token."""
    client = browser("ccc")
    client.delete_cookie("sejour_agent")
    assert client.get("/notify/").status_code == 302
    assert client.get("/notify/api/v1/echecs").status_code == 401


@pytest.mark.clause("NOT-01/c", "NOT-09/c")
def test_a_letter_is_printed_with_its_pieces_posted_with_its_date_then_declared_distributed(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], browser: Browser
) -> None:
    """REMIS when it is posted, DELIVRE when an agent declares it with a proof; each date is kept."""
    source.say(contact("w2", adresse=ADRESSE, canaux=["LETTRE"]))
    message_id = asked(source, database, "w2", pieces=(("Avis", "/deposit/interne/documents/1.pdf"),))
    work(moyens)
    client, envoi = browser("ccc"), envois(message_id)["LETTRE"]
    base = f"/notify/courriers/{envoi.id}"
    assert client.get(f"{base}/impression.zip").status_code == 409
    assert post(client, "/notify/courriers", f"{base}/imprimer").status_code == 303
    job = zipfile.ZipFile(io.BytesIO(client.get(f"{base}/impression.zip").data))
    assert job.namelist() == ["1-lettre.pdf", "2-Avis.pdf"]
    assert job.read("1-lettre.pdf").startswith(b"%PDF-") and job.read("2-Avis.pdf") == PDF

    tomorrow = clock.today() + timedelta(days=1)
    parts = {
        "poste_date-jour": str(tomorrow.day),
        "poste_date-mois": str(tomorrow.month),
        "poste_date-annee": str(tomorrow.year),
    }
    assert post(client, "/notify/courriers", f"{base}/poster", **parts).status_code == 422
    today = clock.today()
    parts = {
        "poste_date-jour": str(today.day),
        "poste_date-mois": str(today.month),
        "poste_date-annee": str(today.year),
    }
    assert post(client, "/notify/courriers", f"{base}/poster", suivi="1A 234", **parts).status_code == 303
    posted = envois(message_id)["LETTRE"]
    assert (posted.state, posted.poste_date, posted.preuves[-1]["suivi"]) == ("REMIS", today, "1A 234")
    shown = client.get("/notify/courriers").text
    assert day_in_words(today) in shown and "1A 234" in client.get(f"/notify/messages/{message_id}").text
    assert post(client, "/notify/courriers", f"{base}/fin", issue="distribue", preuve="avis signé").status_code == 303
    assert envois(message_id)["LETTRE"].state == "DELIVRE"
    assert facts(database) == [], "who asked did not wait to be told: it asks"


@pytest.mark.clause("NOT-09/d")
def test_a_returned_letter_leaves_the_address_alone_and_says_that_nobody_was_reached(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], browser: Browser
) -> None:
    """Its return is the proof of failure."""
    source.say(contact("w3", adresse=ADRESSE, canaux=["LETTRE"]))
    message_id = asked(source, database, "w3", acte_attendu=True)
    work(moyens)
    client, envoi = browser("ccc"), envois(message_id)["LETTRE"]
    base, today = f"/notify/courriers/{envoi.id}", clock.today()
    post(client, "/notify/courriers", f"{base}/imprimer")
    parts = {
        "poste_date-jour": str(today.day),
        "poste_date-mois": str(today.month),
        "poste_date-annee": str(today.year),
    }
    post(client, "/notify/courriers", f"{base}/poster", **parts)
    assert post(client, "/notify/courriers", f"{base}/fin", issue="revenu", preuve="NPAI").status_code == 303
    work(moyens)
    assert Message.objects(id=message_id).first().state == "NON_RECU"
    page = browser("ccc").get("/notify/echecs").text
    assert "Votre demande R-77 est complète" in page


@pytest.mark.clause("NOT-08/b")
def test_a_letter_to_a_protected_person_is_neutral_and_attaches_nothing(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], browser: Browser
) -> None:
    """Only the way she confirmed, and nothing else in the envelope."""
    source.say(contact("w4", adresse=ADRESSE, protege=True, canaux_confirmes=["LETTRE"]))
    message_id = asked(source, database, "w4", pieces=(("Avis", "/deposit/interne/documents/1.pdf"),))
    work(moyens)
    client, envoi = browser("ccc"), envois(message_id)["LETTRE"]
    post(client, "/notify/courriers", f"/notify/courriers/{envoi.id}/imprimer")
    job = zipfile.ZipFile(io.BytesIO(client.get(f"/notify/courriers/{envoi.id}/impression.zip").data))
    assert job.namelist() == ["1-lettre.pdf"]
    text = pypdfium2.PdfDocument(job.read("1-lettre.pdf"))[0].get_textpage().get_text_bounded()
    assert "Un message vous attend" in text
    assert not any(word in text for word in ("R-77", "tudiant", "préfecture", "demande de titre"))

    # A lost password: the letter bears its link, or she could not come back to her account.
    lien = "https://exemple.test/r/1"
    champs = {"lien": "x", "duree_minutes": 30, "lien_poste": lien, "fin_poste_date": "2027-01-05"}
    message_id = source.ask(Notice("w4", "p-w4", "recuperation", champs))
    source.relay_to(database)
    work(moyens)
    envoi = envois(message_id)["LETTRE"]
    post(client, "/notify/courriers", f"/notify/courriers/{envoi.id}/imprimer")
    job = zipfile.ZipFile(io.BytesIO(client.get(f"/notify/courriers/{envoi.id}/impression.zip").data))
    text = pypdfium2.PdfDocument(job.read("1-lettre.pdf"))[0].get_textpage().get_text_bounded()
    assert lien in text and "5 janvier 2027" in text


@pytest.mark.clause("NOT-01/d")
def test_a_call_says_nothing_before_the_identity_is_verified(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], browser: Browser
) -> None:
    """Wrong answers are refused through the same page; right ones show the words; `joint` is then LU."""
    source.say(contact("w5", telephone="+33611550005", canaux=["APPEL"]))
    message_id = asked(source, database, "w5")
    work(moyens)
    client, envoi = browser("ccc"), envois(message_id)["APPEL"]
    page = f"/notify/appels/{envoi.id}"
    assert page in client.get("/notify/appels").text
    assert "R-77" not in client.get(page).text
    assert post(client, page, f"{page}/resultat", issue="joint").status_code == 403
    for nom, reponse in (("Amina Diallo", "R-78"), ("Awa Diallo", "R-77"), ("", "")):
        refused = post(client, page, f"{page}/identite", nom=nom, reponse=reponse)
        assert refused.status_code in (403, 422) and "R-77 est" not in refused.text
    assert post(client, page, f"{page}/identite", nom="DIALLO, Amina", reponse="r 77").status_code == 303
    assert "R-77" in client.get(page).text
    # Another agent has not verified anything: she sees nothing.
    other = browser("ccc", agent_id="agent-2")
    assert "R-77" not in other.get(page).text
    assert post(other, page, f"{page}/resultat", issue="joint").status_code == 403
    assert post(client, page, f"{page}/resultat", issue="joint").status_code == 303
    assert envois(message_id)["APPEL"].state == "LU"


@pytest.mark.clause("NOT-06/a")
def test_a_call_without_answer_is_tried_on_other_days_then_gives_up(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], browser: Browser, day: Callable[[int], Any]
) -> None:
    """Nobody, somebody else, or an identity not verified: another day; three times, and the next way is looked for."""
    source.say(contact("w6", telephone="+33611550006", adresse=ADRESSE, canaux=["APPEL", "LETTRE"]))
    message_id = asked(source, database, "w6", acte_attendu=True)
    work(moyens)
    envoi = envois(message_id)["APPEL"]
    page = f"/notify/appels/{envoi.id}"
    for tried, issue in enumerate(("absent", "tiers", "identite_refusee")):
        client = browser("ccc")
        assert page in client.get("/notify/appels").text
        assert post(client, page, f"{page}/resultat", issue=issue).status_code == 303
        assert page not in client.get("/notify/appels").text
        day(tried + 1)
    assert envois(message_id)["APPEL"].cause == "APPEL_SANS_REPONSE"
    work(moyens)
    assert envois(message_id)["LETTRE"].state == "A_REMETTRE"


@pytest.mark.clause("NOT-07/a", "NOT-07/b", "DEP-61/g")
def test_an_agent_changes_the_words_before_they_leave(
    moyens: Moyens, source: Source, boites: Boites, database: Database[dict[str, Any]], browser: Browser
) -> None:
    """What the agent wrote is what leaves; after it left, changing is refused and rectifying offered."""
    source.say(contact("w7", courriel="w7@exemple.fr"))
    message_id = asked(source, database, "w7")
    work(moyens, canaux=(), rounds=1)
    store.add_to_parcours("p-w7", prefecture="988")
    page = f"/notify/messages/{message_id}"
    far = browser("instructeur", prefectures=("13",))
    assert far.get(page).status_code == 403
    client = browser("instructeur", prefectures=("988",))
    words = {"objet": "Autre objet", "corps": "Bonjour,\n\nLisez ceci : {LIEN}", "sms": "Voir {LIEN}"}
    assert post(client, page, f"{page}/texte", **words).status_code == 303
    work(moyens)
    mail = boites.mails("w7@exemple.fr")[0]
    assert str(mail["Subject"]) == "Autre objet" and "Lisez ceci" in mail.get_body(("plain",)).get_content()
    assert post(client, page, f"{page}/texte", **words).status_code == 422
    # An evening of Paris is the next morning in Nouméa, where she read it.
    evening = datetime(2027, 3, 1, 20, 30, tzinfo=UTC)
    collection_of(Message).update_one({"_id": message_id}, {"$set": {"engage_time": evening}})
    assert post(client, page, f"{page}/rectifier", texte="La bonne date est le 3 mars.").status_code == 303
    work(moyens)
    second = boites.mails("w7@exemple.fr")[1].get_body(("plain",)).get_content()
    assert "envoyé le 2 mars 2027 (« Autre objet »)" in second and "La bonne date est le 3 mars." in second
    assert {"notify.message.modifie", "notify.message.rectifie"} <= set(facts(database))


@pytest.mark.clause("NOT-07/a")
@pytest.mark.parametrize("canal", ["COURRIEL", "LETTRE", "APPEL"])
def test_an_agent_withdraws_what_has_not_left(
    moyens: Moyens,
    source: Source,
    boites: Boites,
    database: Database[dict[str, Any]],
    browser: Browser,
    canal: str,
) -> None:
    """Whatever its way: nothing leaves, and the queues empty."""
    source.say(
        contact(f"w8{canal}", courriel="w8@exemple.fr", adresse=ADRESSE, telephone="+33611550008", canaux=[canal])
    )
    message_id = asked(source, database, f"w8{canal}")
    work(moyens, canaux=(), rounds=2)
    page = f"/notify/messages/{message_id}"
    client = browser("ccc")
    assert post(client, page, f"{page}/annuler", motif="envoyé par erreur").status_code == 303
    work(moyens)
    assert {envoi.state for envoi in envois(message_id).values()} == {"ANNULE"}
    assert boites.mails("w8@exemple.fr") == []
    assert "notify.message.annule" in facts(database)


def test_one_persons_messages_are_found_by_the_reference_she_was_told(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], browser: Browser
) -> None:
    """Ways, dates and proofs on one page, whichever channel she met first; the address is masked; an unknown reference
    says so.
    """
    source.say(contact("w9", courriel="amina.diallo@exemple.fr"))
    source.ask(Notice("w9", "p-first", "depot_recu", CHAMPS | {"reference": "R-78", "depot_date": "2027-01-05"}))
    for taker, ancien in (("p-met", "p-first"), ("p-w9", "p-met")):
        joined = deposit_pb2.ParcoursRattache(parcours_id=taker, ancien_parcours_id=ancien)
        source.say(Fact("deposit.parcours.rattache", joined), parcours_id=taker)
    asked(source, database, "w9")
    work(moyens)
    client = browser("ccc")
    found = client.get("/notify/recherche?q=R-77", follow_redirects=True)
    text = BeautifulSoup(found.text, "html.parser").get_text(" ")
    assert "Votre demande R-78 est bien reçue" in text, "joined by another joining"
    assert "Votre demande R-77 est complète" in text and "Remis au transporteur" in text
    assert "a…@exemple.fr" in text and "amina.diallo@" not in found.text
    assert client.get("/notify/recherche?q=inconnue").status_code == 404


def test_the_operator_sees_what_was_set_aside_and_has_it_taken_up(
    moyens: Moyens, source: Source, database: Database[dict[str, Any]], browser: Browser
) -> None:
    """A message without its field, and a fact that nobody can read."""
    source.say(contact("w10", courriel="w10@exemple.fr"))
    message_id = source.ask(Notice("w10", "p", "demande_complete", {"reference": "R"}))
    source.relay_to(database)
    work(moyens)
    database["rejets"].insert_one(
        {"_id": "e1", "subject": "deposit.x", "error": "KeyError", "time": clock.now(), "replayed_time": None}
    )
    client = browser("exploitant")
    page = client.get("/notify/rejets").text
    assert "CHAMP_MANQUANT libelle" in page and "deposit.x e1" in page
    assert post(client, "/notify/rejets", "/notify/rejets/faits/e1/rejouer").status_code == 303
    assert database["rejets"].find_one({"_id": "e1"})["replay_time"] is not None
    assert post(client, "/notify/rejets", f"/notify/rejets/messages/{message_id}/reprendre").status_code == 303
    assert Message.objects(id=message_id).first().state == "A_PLANIFIER"
