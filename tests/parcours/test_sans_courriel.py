"""A whole life of a dossier without e-mail: by telephone, by post, and by a helper whom the person chose (DEP-09)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dev.parcours.case_08 import LIEU
from dev.parcours.monde import Acteur, Monde, add_piece, file_demande
from dev.people import MOT_DE_PASSE
from tests.parcours.messages import letters_of, messages_of, printed
from tests.parcours.test_cas_suivants_aidants import enrolled

pytestmark = pytest.mark.timeout(300)
TELEPHONE, BOITE = "+33639980901", "case29@exemple.test"
PIECE = "domicile"


def opened(monde: Monde, nom: str, **ways: Any) -> Acteur:
    """She opens an account without e-mail from the page, and signs in by the identifier that it gave her."""
    return monde.person(nom=nom, prenoms="Awa", naissance_date="1990-05-17", prefecture="75", **ways)


def lived(monde: Monde, person: Acteur, during: Any) -> dict[str, Any]:
    """Filed, complete, asked for a piece, answered, accepted; `during` is told while the request runs."""
    ines = monde.agent("deposit", "ines")
    filed = file_demande(person, titre_code="etudiant", prefecture="75", fin_titre_date=monde.in_days(3))
    path = f"/demandes/{filed['demande_id']}"
    assert filed["documents"][0]["nature"] == "AD"
    ines.post(f"{path}:complete")
    ines.post(f"{path}:demander-pieces", pieces=[PIECE], texte="Le dernier mois, s’il vous plaît.")
    monde.stack.clock.wait_quiet()
    during(filed["reference"])
    add_piece(person, filed["demande_id"], PIECE)
    assert person.get(path)["pieces_demandees"][0]["repondue_date"] == monde.today.isoformat()
    ines.post(f"{path}:favorable")
    monde.stack.clock.wait_quiet()
    done: dict[str, Any] = person.get(path)
    return done


@pytest.mark.clause("DEP-09/f", "DEP-09/g", "DEP-09/h", "DEP-09/i")
def test_who_has_a_telephone_only_is_told_by_it_of_each_step(monde: Monde) -> None:
    person = opened(monde, "Telephone-Seul", telephone=TELEPHONE)
    told: list[str] = []

    def asked(reference: str) -> None:
        asking = monde.stack.boites.wait_sms(TELEPHONE, "vous demande de répondre")["text"]
        told.extend(sms["text"] for sms in monde.stack.boites.sms(TELEPHONE))
        assert reference in asking

    done = lived(monde, person, asked)
    decided = monde.stack.boites.wait_sms(TELEPHONE, "favorable")["text"]

    assert {d["nature"] for d in done["documents"]} >= {"AD", "API", "ADF"}
    assert any("attestation" in text.lower() for text in told), told
    assert done["state"] == "FAVORABLE"
    assert done["reference"] in decided


@pytest.mark.clause("DEP-09/b", "DEP-09/f", "DEP-09/g", "DEP-09/h")
def test_who_has_a_postal_address_only_reads_each_step_in_a_letter(monde: Monde) -> None:
    person = opened(monde, "Poste-Seule", adresse=["9 rue de l’Exemple", "75011 Paris"])

    def asked(reference: str) -> None:
        letters = {letter["modele"]: letter for letter in letters_of(monde, reference)}
        words = printed(monde, letters["pieces_demandees"])
        assert "9 rue de l’Exemple" in words and reference in words
        assert "Il manque" in words and "Date limite" in words

    done = lived(monde, person, asked)
    letters = {letter["modele"]: letter for letter in letters_of(monde, done["reference"])}
    given = next(letter for modele, letter in letters.items() if modele in ("demande_complete", "attestation_delivree"))
    api, adf = (next(d for d in done["documents"] if d["nature"] == nature) for nature in ("API", "ADF"))

    assert api["travail"] in printed(monde, given)
    assert adf["travail"] in printed(monde, letters["decision_favorable"])


def to_tell(monde: Monde, nom: str) -> list[str]:
    """The messages that the desk of her reception point has to tell her: the path of each."""
    desk = monde.desk("farid").read(f"/pan/bureau/lieux/{LIEU}")
    return [str(link["href"]) for link in desk.html.find_all("a", string=re.compile(f"À dire à Awa {nom}"))]


@pytest.mark.clause("DEP-09/c")
def test_a_reception_point_that_she_named_tells_her_what_is_sent_to_her(monde: Monde) -> None:
    person = opened(monde, "Point-Choisi")
    browser, farid = monde.browser(), monde.desk("farid")
    browser.sign_in(person.get("/moi")["identifiant"], MOT_DE_PASSE)
    named = browser.send(browser.read("/deposit/compte/point-accueil"), "/compte/point-accueil", lieu_id=LIEU)
    filed = file_demande(person, titre_code="visiteur", prefecture="75")
    ines = monde.agent("deposit", "ines")
    ines.post(f"/demandes/{filed['demande_id']}:demander-pieces", pieces=[PIECE], texte="Le dernier mois.")
    monde.stack.clock.wait_quiet()
    waiting = to_tell(monde, "Point-Choisi")
    heard = {}
    for path in waiting:
        closed = farid.read(path)
        stranger = farid.send(closed, path, nom="Quelqu’un d’autre", reponse="75011")
        by_telephone = farid.send(closed, path, nom="Awa Point-Choisi", reponse=filed["reference"])
        seen = farid.send(closed, path, papier="PASSEPORT")
        assert filed["reference"] not in closed.text + stranger.text and stranger.status == 403
        heard[path] = by_telephone.text if filed["reference"] in by_telephone.text else seen.text
    assert waiting, farid.read(f"/pan/bureau/lieux/{LIEU}").text
    (asked,) = (path for path, words in heard.items() if "Il manque" in words)
    farid.send(farid.read(asked), f"{asked}/fin", issue="dit")
    monde.stack.clock.wait_quiet()
    proofs = [way for m in messages_of(monde, filed["reference"]) for way in m["envois"] if way["canal"] == "ACCUEIL"]

    assert (
        "vous dira ce qui vous est envoyé" in named.text
        and "Attend depuis" in farid.read(f"/pan/bureau/lieux/{LIEU}").text
    )
    assert filed["reference"] in heard[asked] and "Date limite" in heard[asked]
    assert asked not in to_tell(monde, "Point-Choisi") and len(waiting) > 1
    assert "LU" in {way["state"] for way in proofs}

    # Somebody may be waiting for her there: nothing more until she says that the place is safe.
    person.post("/moi:proteger", canaux=[])
    monde.stack.clock.wait_quiet()
    assert to_tell(monde, "Point-Choisi") == []
    person.post("/moi:proteger", canaux=["ACCUEIL"], preuve=MOT_DE_PASSE)
    monde.stack.clock.wait_quiet()
    (told, *_others) = to_tell(monde, "Point-Choisi")
    assert filed["reference"] not in farid.send(farid.read(told), told, papier="PASSEPORT").text


@pytest.mark.clause("DEP-09/d")
def test_a_helper_chosen_as_her_contact_receives_what_is_sent_to_her_until_his_mandate_ends(monde: Monde) -> None:
    structure_id, _helper = enrolled(monde, "aide-relais")
    person = opened(monde, "Sans-Rien")
    moi = person.get("/moi")
    browser = monde.browser()
    browser.sign_in(moi["identifiant"], MOT_DE_PASSE)
    given = person.post(
        f"/usagers/{moi['usager_id']}/mandats", structure_id=structure_id, portee=["lire"], fin_date=monde.in_days(90)
    )
    page = browser.send(browser.read("/deposit/mes-aidants/"), "/messages", recevoir="true")
    filed = file_demande(person, titre_code="visiteur", prefecture="75")
    monde.stack.clock.wait_quiet()
    received = [mail for mail in monde.stack.boites.courriels(BOITE) if "Bonjour Awa Sans-Rien" in mail["text"]]

    assert "partent maintenant chez cette structure" in page.text
    assert any(filed["reference"] in mail["text"] and mail["attachments"] for mail in received), "and her attestation"
    # A link that opens her account is hers alone: it goes to nobody, and that is a blocage.
    lost = monde.browser()
    lost.send(lost.read("/deposit/recuperation"), "/recuperation", identifiant=moi["identifiant"])
    monde.stack.clock.wait_quiet()
    assert not [mail for mail in monde.stack.boites.courriels(BOITE) if "/deposit/recuperation/" in mail["text"]]
    assert re.search(r"B-[0-9A-Z]{4}-[0-9A-Z]{4}", browser.read("/deposit/espace").text)

    person.post(f"/mandats/{given['mandat_id']}:revoquer")
    monde.stack.clock.wait_quiet()
    later = file_demande(person, titre_code="raison-de-sante", prefecture="75")
    monde.stack.clock.wait_quiet()
    assert not [mail for mail in monde.stack.boites.courriels(BOITE) if later["reference"] in mail["text"]]
