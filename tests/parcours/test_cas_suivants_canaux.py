"""Cases 26, 39, 40, 45 and 53: what reaches a person, and what she may rely on when her own ways are closed."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from bs4 import Tag

from chassis import clock, rpc
from chassis.settings import Settings
from dev.browser import Page
from dev.parcours.monde import Acteur, Monde, Refus, add_pieces, file_demande
from dev.people import MOT_DE_PASSE
from sejour.deposit.v1 import deposit_pb2
from services.deposit.rpc import NAME as DEPOSIT
from tests.documents.lecture import text_of
from tests.parcours.accueil import visited
from tests.parcours.messages import letters_of
from tests.pictures import heic, picture
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(300)
LIEN = re.compile(r"/deposit/recuperation/[\w-]+")
ENVOYER_ATTESTATION, URGENCE, TELECHARGEMENT = 9, 13, 9
BAIL = picture(width=21)


def refused(person: Acteur, path: str) -> str:
    """The code of the refusal to read `path`."""
    with pytest.raises(Refus) as caught:
        person.get(path)
    return str(caught.value.problem["code"])


def signed_in(monde: Monde, courriel: str, password: str) -> Acteur:
    """Whoever knows the password, by the API."""
    given = monde.anybody("deposit").post("/comptes:connexion", identifiant=courriel, password=password)
    return Acteur(monde, "deposit", given["jeton"])


def with_a_document(monde: Monde, nom: str, **identite: Any) -> tuple[Acteur, dict[str, Any], dict[str, Any]]:
    """A student whose title ends this week and whose demande is complete: the person, her demande, her API."""
    person = monde.person(
        nom=nom, prenoms="Exemple", naissance_date="1990-10-10", nationalite="TN", prefecture="75", **identite
    )
    filed = file_demande(person, titre_code="etudiant", prefecture="75", fin_titre_date=monde.in_days(3))
    demande = monde.agent("deposit", "ines").post(f"/demandes/{filed['demande_id']}:complete")
    return person, demande, next(d for d in demande["documents"] if d["nature"] == "API")


@pytest.mark.clause("CASE-26/a", "CASE-26/b", "CASE-26/c", "CASE-26/d", "DEP-05/a", "DEP-05/e", "DEP-08/a")
def test_case_26_nothing_is_readable_from_a_mailbox_that_somebody_else_controls(monde: Monde) -> None:
    old, new, his = "case26@exemple.test", "case26-neuve@exemple.test", "un mot de passe à lui"
    person = monde.person(
        nom="Vingt-Six", prenoms="Exemple", naissance_date="1992-02-02", nationalite="MA", prefecture="75",
        courriel=old, adresse=["26 rue de l'Exemple", "75012 Paris"],
    )  # fmt: skip
    usager_id = person.get("/moi")["usager_id"]
    draft = person.post("/demandes", titre_code="victime-de-violences-conjugales", prefecture="75")["demande_id"]
    add_pieces(person, draft)

    # The author has the mailbox: a link makes a new password, and opens nothing of what was written before (DEP-08).
    browser = monde.browser()
    browser.send(browser.read("/deposit/recuperation"), "/recuperation", identifiant=old)
    link = LIEN.search(monde.stack.boites.wait_courriel(old, "/deposit/recuperation/")["text"])
    assert link is not None
    browser.send(browser.read(link[0]), "/recuperation/", password=his)
    browser.sign_in(old, his)
    author = signed_in(monde, old, his)
    kept = [f"/deposit/demandes/{draft}/preparer", f"/deposit/demandes/{draft}/pieces", "/deposit/espace"]
    assert {browser.read(path).path for path in [*kept, "/deposit/compte"]} == {"/deposit/preuve"}
    assert {refused(author, path) for path in (f"/demandes/{draft}", "/demandes", "/moi")} == {"PREUVE_DEMANDEE"}

    # One agent sees her passport, another changes the address, without the old mailbox (DEP-05).
    read = {"nom": "Vingt-Six", "naissance": "02/02/1992", "numero_etranger": ""}
    ines, sam = monde.agent("deposit", "ines"), monde.agent("deposit", "sam")
    sam.post(f"/usagers/{usager_id}:proteger", protege=True)
    ines.post(f"/usagers/{usager_id}:verifier-identite", reponses=read, papier="PASSEPORT", pour="courriel")
    before = len(monde.stack.boites.courriels(old))
    sam.post(f"/usagers/{usager_id}:changer-courriel", courriel=new)
    assert browser.read("/deposit/espace").path.startswith("/deposit/connexion")
    assert refused(author, "/moi") == "NON_AUTHENTIFIE"

    # She comes back by the new mailbox and files; no word there says why, none goes to the old (NOT-08).
    opened = monde.stack.boites.wait_courriel(new, "/deposit/recuperation/")
    hers = LIEN.search(opened["text"])
    assert hers is not None
    own = monde.browser()
    own.send(own.read(hers[0]), "/recuperation/", password=MOT_DE_PASSE)
    filed = signed_in(monde, new, MOT_DE_PASSE).post(f"/demandes/{draft}:deposer")
    monde.stack.clock.wait_quiet()
    received = monde.stack.boites.courriels(new)
    said = " ".join(mail["subject"] + mail["text"] for mail in received)
    assert filed["state"] == "DEPOSEE"
    assert len(received) >= 3
    assert not [word for word in ("Vingt-Six", "violence", "titre", "rue", filed["reference"]) if word in said]
    assert not any(mail["attachments"] for mail in received)
    assert len(monde.stack.boites.courriels(old)) == before


@pytest.mark.clause("CASE-39/a", "CASE-39/b", "CCC-10/k", "DEP-58/a", "DEP-58/d")
def test_case_39_who_cannot_download_gets_the_paper_on_the_same_ticket(monde: Monde) -> None:
    courriel = "case39@exemple.test"
    _person, demande, api = with_a_document(
        monde, "Trente-Neuf", courriel=courriel, numero_etranger="7503003901",
        adresse=["39 rue de l'Exemple", "75012 Paris"],
    )  # fmt: skip
    ticket = monde.anybody("ccc").post(
        "/saisines", precis="Mon attestation ne se télécharge pas.", categorie="TELEPROCEDURE",
        symptome=TELECHARGEMENT, prefecture="75", nom="Trente-Neuf", courriel=courriel,
    )  # fmt: skip
    agent = monde.agent("ccc", "chloe")
    rows = agent.queue()
    path = f"/agents/saisines/{next(row['id'] for row in rows if row['reference'] == ticket['reference'])}"
    asked = {"acte": ENVOYER_ATTESTATION, "motif": "téléchargement impossible", "attestation_numero": api["numero"]}
    with pytest.raises(Refus):
        agent.post(f"{path}:lever", **asked)
    agent.post(
        f"{path}:verifier-identite", repere="7503003901", nom="Trente-Neuf", prenoms="Exemple", naissance="1990-10-10"
    )
    monde.stack.clock.wait_quiet()
    browser = monde.browser()
    browser.sign_in(courriel)
    reference = ticket["blocage_reference"]
    wait_until("the blocage is on her page", lambda: reference in browser.read("/deposit/espace").text, every=0.5)
    agent.post(f"{path}:lever", **asked, demande_id=demande["demande_id"])
    monde.stack.clock.wait_quiet()

    # The ticket is a blockage, in her account too, and the agent reads the same paper.
    assert reference.startswith("B-")
    paper = monde.agent("deposit", "ines").get(f"/documents/{api['numero']}.pdf")
    mail = monde.stack.boites.wait_courriel(courriel, demande["reference"])
    sent = [m for m in monde.stack.boites.courriels(courriel) for p in m["attachments"] if api["numero"] in p["name"]]
    assert mail and len(sent) >= 2, "given once when it was made, and again on the ticket"
    assert text_of(monde.stack.boites.attachment(sent[0])) == text_of(paper)
    assert "Attestation de prolongation d’instruction" in sent[0]["text"], "in words, and not by its code"
    assert "attestation_delivree" in {letter["modele"] for letter in letters_of(monde, demande["reference"])}
    done = monde.anybody("ccc").get(f"/saisines/{ticket['cle']}")
    assert done["state"] == "REPONDUE"
    assert ticket["blocage_reference"] not in browser.read("/deposit/espace").text


@pytest.mark.clause("CASE-40/a", "CASE-40/b", "CASE-40/c", "CASE-40/d")
def test_case_40_a_refusal_by_a_partner_becomes_a_file_ready_to_contest(monde: Monde) -> None:
    person = monde.person(
        nom="Quarante", prenoms="Exemple", naissance_date="1986-05-05", nationalite="AF", prefecture="75",
        courriel="case40@exemple.test",
    )  # fmt: skip
    demande = file_demande(person, titre_code="refugie", prefecture="75")
    api = next(d for d in demande["documents"] if d["nature"] == "API")
    partners = {row["code"]: row for row in monde.anybody("deposit").get("/partenaires")["partenaires"]}
    note = text_of(person.get(f"/documents/{api['numero']}/partenaires/caf.pdf"))
    checked = monde.anybody("deposit").get(f"/verifications/{api['numero']}")
    agent = monde.agent("deposit", "ines")
    before = rank(agent, demande)
    said = {"partenaire": "caf", "organisme": "CAF d'exemple", "refus_date": monde.today.isoformat()}
    refus = person.post("/refus", numero=api["numero"], texte="On me propose l'AME.", urgence=True, **said)
    monde.stack.clock.wait_quiet()
    line = next(row for row in agent.queue() if row["demande_id"] == demande["demande_id"])
    agent.post(f"/refus/{refus['refus_id']}:suivre", state="EN_COURS", texte="La CAF est appelée.")
    counted = [
        row for row in monde.anybody("deposit").get("/partenaires/refus")["refus"]
        if (row["partenaire"], row["prefecture"]) == ("caf", "75")
    ]  # fmt: skip

    assert {"caf", "cpam", "france-travail", "bailleur", "banque", "employeur"} <= set(partners)
    assert all(text in note for text in partners["caf"]["textes"])
    assert checked["document"]["reference"] in note and checked["etat"] == "valide"
    assert "prestations" in {reason["code"] for reason in line["raisons"]}
    assert rank(agent, demande) <= before
    assert counted[0]["nombre"] >= 1 and counted[0]["en_cours"] >= 1
    kept = person.get(f"/usagers/{person.get('/moi')['usager_id']}/refus")["refus"]
    assert [(row["state"], row["texte"], len(row["suites"])) for row in kept] == [
        ("EN_COURS", "On me propose l'AME.", 1)
    ]


def proved_on(page: Page) -> list[str]:
    """What the screen of another channel says that proves her right today."""
    heading = page.html.find("h3", string="Ce qui prouve son droit aujourd’hui")
    listed = heading.find_next("ul") if heading else None
    assert isinstance(listed, Tag), page.text
    return [" ".join(proof.get_text().split()) for proof in listed.select("strong")]


def rank(agent: Acteur, demande: dict[str, Any]) -> int:
    """The place of a demande in the agent's queue, 0 first."""
    return next(n for n, row in enumerate(agent.queue()) if row["demande_id"] == demande["demande_id"])


@pytest.mark.clause(
    "CASE-45/a",
    "CASE-45/b",
    "CCC-18/b",
    "DEP-45/a",
    "DEP-45/b",
    "DEP-45/d",
    "DEP-45/e",
    "DEP-45/f",
    "DEP-60/e",
    "DEP-60/f",
)
def test_case_45_the_state_is_the_same_in_the_account_and_on_the_telephone(monde: Monde) -> None:
    courriel, numero = "case45@exemple.test", "7503004501"
    person, demande, _api = with_a_document(monde, "Quarante-Cinq", courriel=courriel, numero_etranger=numero)
    browser = monde.browser()
    browser.sign_in(courriel)
    page = browser.read(f"/deposit/demandes/{demande['demande_id']}")
    facts = [str(dd.get_text(" ", strip=True)) for dd in page.html.select("dl.summary dd")]
    step = page.html.find("p", class_="lead")
    asked = {"precis": "Où en est mon dossier ?", "categorie": "SUIVI", "nom": "Quarante-Cinq"}
    ticket = browser.send(
        browser.read("/ccc/ecrire"), "/ccc/ecrire", **asked, captures=(BytesIO(picture()), "lettre.png")
    )
    browser.send(ticket, "/messages", texte="Et la suite.", captures=(BytesIO(heic()), "IMG_0042.HEIC"))
    ticket = browser.read(ticket.path)
    agent = monde.agent("ccc", "chloe")
    saisine_id = next(row["id"] for row in agent.queue() if row["reference"] in ticket.text)
    answers = {"repere": numero, "nom": "Quarante-Cinq", "prenoms": "Exemple", "naissance": "1990-10-10"}
    desk = monde.desk("cyril")
    silent = desk.read(f"/ccc/agents/saisines/{saisine_id}").text
    agent.post(f"/agents/saisines/{saisine_id}:verifier-identite", **answers)
    told = desk.read(f"/ccc/agents/saisines/{saisine_id}").text

    # Step, since when, what is awaited, what comes next: word for word; nothing before the identity is checked.
    assert step is not None
    since, awaited, after = facts[1], facts[3], facts[4]
    for said in (demande["reference"], step.get_text(strip=True), awaited, after):
        assert said and said in told
        assert said not in silent
    assert f"Depuis le {since}." in told
    assert (demande["attendu"], demande["suite"]) == (awaited, after)
    # An act is read at once by both (DEP-45).
    monde.agent("deposit", "ines").post(f"/demandes/{demande['demande_id']}:favorable")
    new = person.get(f"/demandes/{demande['demande_id']}")["phrase"]
    assert new in browser.read(page.path).text
    assert new in desk.read(f"/ccc/agents/saisines/{saisine_id}").text

    # An urgency told at the contact centre, then at a reception point, is read in the queue of the préfecture with its
    # proof: a file that she sent with her question or later, or that an agent joins.
    page = desk.read(f"/ccc/agents/saisines/{saisine_id}")
    sent = {str(option.text): str(option["value"]) for option in page.html.select("select[name=piece] option")}
    flagged = {"urgence": "travail", "motif": "Son employeur écrit qu’il rompt le contrat."}
    desk.send(page, "/levee", acte=str(URGENCE), **flagged, piece=sent["IMG_0042.jpg"])
    joined = {"urgence": "logement", "motif": "Son bailleur attend le titre.", "fichier": (BytesIO(BAIL), "bail.png")}
    desk.send(page, "/levee", acte=str(URGENCE), **joined)
    visit = visited(monde, answers | {"numero_etranger": numero})
    monde.agent("pan", "farid").post(f"{visit}:rattacher", usager_id=person.get("/moi")["usager_id"])
    seen = monde.desk("farid").read(f"/pan{visit}")
    # What proves her right is one answer: on the telephone, at the reception point, in her space.
    proofs = proved_on(page)
    assert proofs and proofs == proved_on(seen)
    assert all(proof in browser.read("/deposit/espace").text for proof in proofs)
    told_there = {"acte": str(URGENCE), "urgence": "sante", "texte": "Opération le 12, papier vu."}
    monde.desk("farid").send(seen, "/compte", **told_there, fichier=(BytesIO(picture()), "convocation.png"))
    monde.stack.clock.wait_quiet()
    row = next(line for line in monde.agent("deposit", "ines").queue() if line["reference"] == demande["reference"])
    reasons = {reason["phrase"] for reason in row["raisons"]}
    assert {"Urgence signalée : perte d’un emploi", "Urgence signalée : santé"} <= reasons
    prefecture = monde.desk("ines")
    dossier = prefecture.read(f"/deposit/agents/demandes/{demande['demande_id']}")
    assert "Son employeur écrit qu’il rompt le contrat." in dossier.text
    assert "Opération le 12, papier vu." in dossier.text
    files = {link: prefecture.http.get(prefecture.url + link).content for link in dossier.links("/urgences/")}
    assert {link.rpartition("/")[2] for link in files} == {"travail", "logement", "sante"}
    assert all(content.startswith((b"\x89PNG", b"\xff\xd8")) for content in files.values())
    assert BAIL in files.values()
    assert {"lettre.png", "IMG_0042.jpg"} <= set(sent) and "IMG_0042.jpg" in ticket.text
    # A proof that its channel holds no more stops no urgency: it is told with its words, and the answer says so.
    gone = deposit_pb2.Fichier(nom="perdue.png", url=f"/ccc/interne/pieces/{saisine_id}/{'0' * 32}", sha256="0" * 64)
    lost = deposit_pb2.DebloquerRequest(
        request_id=clock.new_id(), acte=deposit_pb2.ACTE_SIGNALER_URGENCE,
        usager_id=person.get("/moi")["usager_id"], urgence="famille", motif="Naissance le 3.", preuve=gone,
    )  # fmt: skip
    client = rpc.Client(Settings.from_env("ccc", monde.stack.env_for("ccc", "rpc")))
    told = client.call("deposit", f"{DEPOSIT}/Debloquer", lost, deposit_pb2.DebloquerResponse)
    client.close()
    assert told.fait and "Sans la preuve jointe" in told.phrase
    assert "Naissance le 3." in prefecture.read(dossier.path).text
    read_by = browser.read("/deposit/mes-aidants/journal").text
    assert "centre de contact" in read_by and "point d’accueil" in read_by
