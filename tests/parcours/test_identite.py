"""Whose it is, with every service up: a number taken by somebody else, and a person met by every channel."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from pymongo import MongoClient

from chassis import clock
from dev.parcours.monde import PDF, Acteur, Monde, Refus, file_demande
from dev.people import MOT_DE_PASSE
from droit.jours import day_in_words
from tests.parcours.accueil import visited
from tests.parcours.cas_compte import LIEN, PHRASE, by_link
from tests.parcours.guichet import file_there, path_of
from tests.parcours.messages import messages_of, printed
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(300)
GELER = 10
NAISSANCE, ADRESSE = "1990-05-17", "6 rue de l’Exemple, 75011 Paris"


def called(monde: Monde, numero: str, nom: str) -> str:
    """She telephones the contact centre, whose agent checks who she is: the path of her ticket."""
    agent = monde.agent("ccc", "chloe")
    opened = agent.post("/agents/saisines", precis="Mon numéro a été pris.", prefecture="75", telephone="+33639980201")
    path = next(f"/agents/saisines/{row['id']}" for row in agent.queue() if row["reference"] == opened["reference"])
    agent.post(f"{path}:verifier-identite", repere=numero, nom=nom, prenoms="Awa", naissance=NAISSANCE)
    return path


def at_the_counter(monde: Monde, identite: dict[str, str], titre: str) -> dict[str, Any]:
    """She opens a route on her own word, and the counter files what she brings, her paper seen."""
    said = {name: identite[name] for name in ("nom", "prenoms", "naissance")}
    opened = monde.anybody("substitution").post("/voies", prefecture="75", objet=f"titre:{titre}", **said)
    monde.stack.clock.wait_quiet()
    path = path_of(monde.agent("substitution", "gael"), opened["reference"])
    return file_there(monde, path, identite, objet=f"titre:{titre}", stade="premiere")


def begun_at_the_pan(monde: Monde, identite: dict[str, str], titre: str) -> str:
    """A reception point sees her paper and begins a dossier: its page."""
    desk, path = monde.agent("pan", "farid"), visited(monde, identite, ADRESSE)
    depot = desk.post(f"{path}/depots", choix=f"titre:{titre}", stade="premiere")
    return f"/pan/bureau/depots/{depot['id']}"


def at_the_pan(monde: Monde, identite: dict[str, str], titre: str) -> tuple[str, str]:
    """The same, filed at once: the reference that deposit gave it, and its page there."""
    page = begun_at_the_pan(monde, identite, titre)
    monde.agent("pan", "farid").post(f"/bureau/depots/{page.rsplit('/', 1)[1]}:deposer")
    monde.stack.clock.wait_quiet()
    return reference_on(monde.desk("farid").read(page).text), page


def reference_on(text: str) -> str:
    """The reference of the demande that a page names."""
    found = re.search(r"D-[0-9A-Z]{4}-[0-9A-Z]{4}", text)
    assert found is not None, text
    return found[0]


def references(person: Acteur) -> dict[str, dict[str, Any]]:
    """Her demandes as her own account shows them."""
    return {demande["reference"]: demande for demande in person.get("/demandes")["demandes"]}


def test_a_mailbox_is_hers_by_the_code_that_it_got_and_who_has_one_already_is_told_there(monde: Monde) -> None:
    """What was due before the code came back is told then; who tries another’s address reads the same."""
    boites, courriel = monde.stack.boites, "deux-comptes@exemple.test"
    known = {"naissance_date": NAISSANCE, "password": MOT_DE_PASSE, "courriel": courriel, "prefecture": "75"}

    def opened(nom: str) -> Acteur:
        identifiant = monde.anybody("deposit").post("/comptes", nom=nom, **known)["identifiant"]
        signed = monde.anybody("deposit").post("/comptes:connexion", identifiant=identifiant, password=MOT_DE_PASSE)
        return Acteur(monde, "deposit", signed["jeton"])

    hers = opened("Celle-Qui-Prouve")
    asked = boites.wait_courriel(courriel, "voici votre code")
    before = [mail["subject"] for mail in boites.courriels(courriel)]
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", asked["text"])
    assert code is not None and "Celle-Qui-Prouve" not in asked["text"], "nobody's text goes to who proved nothing"
    hers.post("/moi:confirmer", voie="COURRIEL", code=code[0])
    boites.wait_courriel(courriel, "Votre compte est ouvert")

    other = opened("Celle-Qui-Essaie")
    told = boites.wait_courriel(courriel, "a voulu ouvrir un compte avec votre adresse")
    assert "/deposit/connexion" in told["text"] and "/deposit/recuperation" in told["text"]
    assert before == [asked["subject"]], "nothing but the code before"
    assert set(other.get("/moi")) == set(hers.get("/moi")), "the answer has the same fields"
    assert (hers.get("/moi")["courriel"], other.get("/moi")["courriel"]) == (courriel, "")


@pytest.mark.clause(
    "DEP-06/b", "DEP-06/c", "DEP-06/g", "DEP-06/h", "DEP-46/b", "PAN-12/a", "PAN-14/a", "XCT-21/d"
)  # fmt: skip
def test_what_she_files_under_a_usurped_number_is_hers_and_counts_from_her_call(monde: Monde) -> None:
    numero, theirs, hers = "7506000601", "celui-qui-prend@exemple.test", "celle-a-qui-il-est@exemple.test"
    identite = {"nom": "Numéro-Pris", "prenoms": "Awa", "naissance": NAISSANCE, "numero_etranger": numero}
    usurper = monde.person(
        nom="Numéro-Pris", prenoms="Awa", naissance_date=NAISSANCE, numero_etranger=numero, courriel=theirs,
        prefecture="75",
    )  # fmt: skip
    usager_id = usurper.get("/moi")["usager_id"]
    hostile = file_demande(usurper, titre_code="visiteur", prefecture="75")
    # Before anybody knew, the counter could only believe the number and the name.
    before = at_the_counter(monde, identite, "raison-de-sante")["depot_reference"]

    monde.agent("ccc", "chloe").post(f"{called(monde, numero, 'Numéro-Pris')}:lever", acte=GELER, motif="pas à elle")
    monde.stack.clock.wait_quiet()
    claimed_day, letters = monde.today.isoformat(), len(monde.stack.boites.courriels(theirs))
    with pytest.raises(Refus):
        usurper.get("/moi")
    monde.advance(1)
    filed_day = monde.today.isoformat()
    counter = at_the_counter(monde, identite, "etudiant")
    desk, at_desk = at_the_pan(monde, identite, "conjoint-de-francais")
    farid = monde.desk("farid")
    receipt = farid.read(at_desk).html.select("a[href*='/deposit/']")[0]
    shown = farid.read(str(receipt["href"]))
    told = monde.stack.boites.courriels(theirs)
    sam = monde.desk("sam")
    frozen = sam.read(f"/deposit/agents/personnes/{usager_id}").text

    assert counter["depot_reference"] and desk
    assert "Attestation de dépôt" in shown.text and "Valable aujourd’hui" in shown.text, "the reception point reads it"
    assert counter["depot_reference"] not in frozen and desk not in frozen
    assert len(told) == letters, "whoever took her number is told nothing more"

    ines, at_her_desk = monde.agent("deposit", "ines"), monde.desk("ines")
    mark, waiting = "Déposée avec un point d’accueil", [row for row in ines.queue() if row["reference"] == desk]
    assert [row["accompagne"] for row in waiting] == [True]
    assert mark in at_her_desk.read(f"/deposit/agents/demandes/{waiting[0]['demande_id']}").text
    paper = {"nom": "Numéro-Pris", "naissance": "17/05/1990", "numero_etranger": numero}
    ines.post(f"/usagers/{usager_id}:verifier-identite", reponses=paper, papier="PASSEPORT", pour="liberer")
    monde.agent("deposit", "sam").post(f"/usagers/{usager_id}:liberer", courriel=hers)
    back = by_link(monde, monde.stack.boites.wait_courriel(hers, "/deposit/recuperation/"), hers)
    monde.stack.clock.wait_quiet()
    own = references(back.api)

    assert back.api.get("/moi")["numero_etranger"] == numero
    assert set(own) == {before, counter["depot_reference"], desk}
    assert hostile["reference"] not in own
    assert {demande["state"] for demande in own.values()} <= {"DEPOSEE", "COMPLETE"}
    late = (counter["depot_reference"], desk)
    read = [back.api.get(f"/demandes/{own[reference]['demande_id']}") for reference in late]
    assert [(demande["depot_date"], demande["retenue_date"]) for demande in read] == [(filed_day, claimed_day)] * 2
    receipts = [next(d for d in demande["documents"] if d["nature"] == "AD") for demande in read]
    assert receipts[1]["numero"] == receipt.get_text() and receipts[1]["debut_date"] == filed_day


@pytest.mark.clause("DEP-08/f")
def test_what_a_protected_person_brought_to_a_desk_is_read_there_by_nobody_but_who_took_it_in(monde: Monde) -> None:
    numero, secret = "7508000801", "plainte-contre-mon-mari.pdf"
    identite = {"nom": "Protégée-Ici", "prenoms": "Awa", "naissance": NAISSANCE, "numero_etranger": numero}
    person = monde.person(
        nom="Protégée-Ici", prenoms="Awa", naissance_date=NAISSANCE, numero_etranger=numero, prefecture="75",
        adresse=["8 rue Cachée", "75011 Paris"],
    )  # fmt: skip
    person.post("/moi:proteger", canaux=[])
    # Each desk has seen her paper; none has anything of hers yet.
    gael, sam, farid, cyril = (monde.desk(login) for login in ("gael", "sam", "farid", "cyril"))
    said = {name: identite[name] for name in ("nom", "prenoms", "naissance")}
    opened = monde.anybody("substitution").post("/voies", prefecture="75", objet="titre:etudiant", **said)
    monde.stack.clock.wait_quiet()
    counter = monde.agent("substitution", "gael")
    path = path_of(counter, opened["reference"])
    seen = dict.fromkeys(("papier", "nom_concorde", "naissance_concorde", "visage_concorde"), "oui")
    counter.post(f"{path}/identite", **seen, **identite)
    counter.post(f"{path}/dossier", moyen="GUICHET", reception=monde.today.isoformat(), objet="titre:etudiant")
    scanned = f"/substitution{path}/dossier"
    with_file = gael.send(gael.read(scanned), "/envois/formulaire", fichier=(BytesIO(PDF), secret))
    link = str(with_file.html.find("a", string=secret)["href"])  # type: ignore[index]
    assert gael.read(link).status == 200
    counter.call("POST", f"{path}/depot")

    at_desk = farid.read(begun_at_the_pan(monde, identite, "raison-de-sante"))
    at_desk = farid.send(at_desk, "/envois/formulaire", fichier=(BytesIO(PDF), secret))
    theirs = str(at_desk.html.find("a", string=secret)["href"])  # type: ignore[index]
    farid.send(at_desk, "/deposer")
    monde.stack.clock.wait_quiet()
    pages = [gael.read(scanned.removesuffix("/dossier")), farid.read(at_desk.path.partition("?")[0])]

    assert [desk.read(link).status for desk in (gael, sam)] == [403, 403]
    assert farid.read(theirs).status == 403
    for page in pages:
        assert secret not in page.text and "Cachée" not in page.text
    ticket = cyril.read(f"/ccc{called(monde, numero, 'Protégée-Ici')}")
    assert ticket.status == 200 and "Cachée" not in ticket.text and secret not in ticket.text
    filed = person.get("/demandes")["demandes"]
    assert len(filed) == 2
    held = [piece["nom"] for row in filed for piece in person.get(f"/demandes/{row['demande_id']}")["pieces"]]
    assert held == [secret, secret], "she reads them herself, in her own dossiers"


def recovery_by(monde: Monde, reference: str, canal: str) -> dict[str, Any] | None:
    """How the link of whoever bears this reference goes by one way, as the desk of messages follows it."""
    told = (m for m in messages_of(monde, reference) if m["modele"] == "recuperation")
    return next((way for message in told for way in message["envois"] if way["canal"] == canal), None)


@pytest.mark.clause("DEP-04/a", "DEP-04/b", "DEP-04/d")
def test_a_link_without_proof_gives_way_at_p_pwd_to_a_letter_whose_link_works_when_it_arrives(monde: Monde) -> None:
    courriel = "sans-nouvelle+perdu@exemple.test"
    person = monde.person(
        nom="Lien-Perdu", prenoms="Awa", naissance_date=NAISSANCE, courriel=courriel, prefecture="75",
        adresse=["4 rue de l’Exemple", "75011 Paris"],
    )  # fmt: skip
    moi, first_day = person.get("/moi"), monde.today
    reference = file_demande(person, titre_code="visiteur", prefecture="75")["reference"]
    at_home = monde.browser()
    at_home.sign_in(moi["identifiant"])
    asked = at_home.send(at_home.read("/deposit/compte"), "/compte/codes")
    sheet = at_home.send(asked, "/compte/codes", preuve=MOT_DE_PASSE).html.select("li strong")[0].get_text()
    browser = monde.browser()
    browser.send(browser.read("/deposit/recuperation"), "/recuperation", identifiant=moi["identifiant"])
    monde.stack.clock.wait_quiet()
    mails = [mail["text"] for mail in monde.stack.boites.courriels(courriel) if "recuperation" in mail["text"]]
    by_mail = LIEN.search(mails[0])

    # The thirty minutes of P-PWD pass without a word of the carrier.
    with MongoClient[dict[str, Any]](monde.stack.mongodb_uri) as client:
        waiting = {"destinataire_id": moi["usager_id"], "canal": "COURRIEL", "modele": "recuperation"}
        done = client["sejour_notify"]["envois"].update_one(waiting, {"$set": {"suite_time": clock.now()}})
    assert done.modified_count == 1
    wait_until("the letter waits", lambda: recovery_by(monde, reference, "LETTRE") is not None, every=0.5)
    monde.stack.clock.wait_quiet()
    mail, letter = (recovery_by(monde, reference, canal) for canal in ("COURRIEL", "LETTRE"))
    assert mail is not None and (mail["state"], mail["cause"]) == ("REMIS", "SANS_PREUVE")
    assert letter is not None and letter["state"] == "A_REMETTRE"
    by_post = LIEN.search(printed(monde, letter).replace("\n", ""))
    assert by_mail is not None and by_post is not None
    assert by_mail[0] != by_post[0], "each way has a link of its own"

    # It is read some days later.
    monde.advance(5)
    back = monde.browser()
    changed = back.send(back.read(by_post[0]), "/recuperation/", password=PHRASE)
    assert changed.path.startswith("/deposit/connexion"), changed.text
    asked = back.sign_in(moi["identifiant"], PHRASE)
    space = back.send(asked, "/preuve", code=sheet)
    assert re.search(r"B-[0-9A-Z]{4}-[0-9A-Z]{4}", space.text)
    assert day_in_words(first_day) in space.text
    # The first used ends the others.
    assert back.send(back.read(by_mail[0]), "/recuperation/", password="autre phrase longue").status == 422


CHANGER_COURRIEL = 3


@pytest.mark.clause("DEP-05/b", "DEP-05/c", "DEP-05/g", "DEP-05/h", "XCT-21/a")
def test_the_contact_centre_and_a_reception_point_bind_another_mailbox_and_the_old_links_die(monde: Monde) -> None:
    before = monde.agent("deposit", "sam").get("/agents/delais")["rattachements"]["nombre"]
    people = {
        "ccc": monde.person(
            nom="Boîte-Une", prenoms="Awa", naissance_date=NAISSANCE, numero_etranger="7505000501",
            courriel="ancienne-un@exemple.test", prefecture="75",
        ),
        # Nobody knows where she lives: she is counted all the same.
        "pan": monde.person(
            nom="Boîte-Deux", prenoms="Awa", naissance_date=NAISSANCE, numero_etranger="7505000502",
            courriel="ancienne-deux@exemple.test",
        ),
    }  # fmt: skip
    ids = {channel: person.get("/moi")["usager_id"] for channel, person in people.items()}
    old = {}
    for channel, address in (("ccc", "ancienne-un@exemple.test"), ("pan", "ancienne-deux@exemple.test")):
        browser = monde.browser()
        browser.send(browser.read("/deposit/recuperation"), "/recuperation", identifiant=address)
        found = LIEN.search(monde.stack.boites.wait_courriel(address, "/deposit/recuperation/")["text"])
        assert found is not None
        old[channel] = found[0]

    blocked = people["ccc"].post("/blocages", symptome="DEMARCHE_GRISEE")["reference"]
    # By telephone, two agents of the contact centre; at the reception point, two who see her there.
    ticket = called(monde, "7505000501", "Boîte-Une")
    monde.agent("ccc", "cyril").post(
        f"{ticket}:lever", acte=CHANGER_COURRIEL, motif="boîte perdue", courriel="neuve-un@exemple.test"
    )
    visit = visited(monde, {"nom": "Boîte-Deux", "prenoms": "Awa", "naissance": NAISSANCE}, ADRESSE)
    monde.agent("pan", "farid").post(f"{visit}:rattacher", usager_id=ids["pan"])
    monde.agent("pan", "paola").post(f"{visit}:reparer", acte=CHANGER_COURRIEL, courriel="neuve-deux@exemple.test")
    # The same person is met by every channel.
    mine = {"nom": "Boîte-Une", "prenoms": "Awa", "naissance": NAISSANCE, "numero_etranger": "7505000501"}
    seen = visited(monde, mine, ADRESSE)
    monde.agent("pan", "farid").post(f"{seen}:rattacher", usager_id=ids["ccc"])
    monde.agent("pan", "farid").post(f"{seen}:terminer", services=["INFORMATION"], resultat="ABOUTI", suite="Rien.")
    counter = at_the_counter(monde, mine, "raison-de-sante")
    monde.stack.clock.wait_quiet()

    for channel, address in (("ccc", "neuve-un@exemple.test"), ("pan", "neuve-deux@exemple.test")):
        dead = monde.browser()
        assert dead.send(dead.read(old[channel]), "/recuperation/", password=PHRASE).status == 422
        back = by_link(monde, monde.stack.boites.wait_courriel(address, "/deposit/recuperation/"), address)
        filed = file_demande(back.api, titre_code="visiteur", prefecture="75")
        assert filed["reference"] in monde.stack.boites.wait_courriel(address, filed["reference"])["text"]
    after = monde.agent("deposit", "sam").get("/agents/delais")["rattachements"]["nombre"]
    assert after == before + 2
    whole = monde.desk("sam").read(f"/deposit/agents/personnes/{ids['ccc']}").text
    for step in (
        blocked,
        counter["depot_reference"],
        "Centre de contact : question posée",
        "Point d’accueil : visite",
        "Faire autrement : une voie est ouverte",
        "Faire autrement : demande déposée",
        "Message remis au transporteur",
    ):
        assert step in whole, step
