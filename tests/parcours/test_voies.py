"""The routes outside the téléservice keep their word with every service up: paper to the end, slots in time, dates."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
import requests

from dev.browser import filled
from dev.parcours.monde import PDF, Monde, add_piece
from droit.jours import day_in_words
from tests.documents.lecture import text_of
from tests.parcours.cas_compte import open_account
from tests.parcours.cas_documents import signed_in, somebody
from tests.parcours.cas_dossier import ticket_of
from tests.parcours.cas_voies import (
    ADRESSE,
    BOBIGNY,
    day_of,
    find_voie,
    moved_with_its_dossier,
    on_paper,
    refused_twice,
    slots,
)
from tests.parcours.ensemble import Cas, live
from tests.parcours.guichet import EVERY, file_there, path_of
from tests.parcours.messages import letters_of, printed
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(400)
REUNION = "974"


def filed_by_mail(monde: Monde) -> Iterator[int]:
    """She writes to the filing address with two files and a third that nobody can open: a dossier of that day, with its
    receipt; the desk reads the identity and files it.
    """
    boite, day = "depot-courriel@exemple.test", monde.today
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Mina Courriel <{boite}>", "depot@prefecture-75.example", "Ma demande"
    mail.set_content("Bonjour, voici mon dossier d’étudiante.")
    for name, kind in (("identite.pdf", "pdf"), ("domicile.pdf", "pdf"), ("ressources.docx", "octet-stream")):
        content = PDF if kind == "pdf" else b"PK\x03\x04 rien"
        mail.add_attachment(content, maintype="application", subtype=kind, filename=name)
    port = int(monde.stack.env_for("substitution", "worker")["SMTP_INBOUND_PORT"])
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
        refused = server.send_message(mail, to_addrs=["depot@prefecture-75.example", "depot@ailleurs.example"])
    assert set(refused) == {"depot@ailleurs.example"}, "no other address is ours"
    yield 0

    receipt = monde.stack.boites.wait_courriel(boite, "est reçu le")
    assert day_in_words(day) in receipt["text"] and "par e-mail" in receipt["text"]
    proof = text_of(monde.stack.boites.attachment(receipt))
    assert day_in_words(day) in proof and "identite.pdf" in proof and "ressources.docx" in proof
    desk = monde.desk("gael")
    listed = desk.read("/substitution/bureau/courriels")
    (path,) = set(listed.links("/bureau/voies/"))
    page = desk.read(f"{path}/dossier")
    assert "voici mon dossier d’étudiante" in page.text and "domicile.pdf" in page.text
    page = desk.send(
        page, "/dossier/identite", nom="Courriel", prenoms="Mina",
        **{"naissance-jour": "8", "naissance-mois": "8", "naissance-annee": "1999"},
    )  # fmt: skip
    said = desk.send(page, "/dossier/objet", objet="titre:etudiant", stade="premiere")
    desk.send(said, "/dossier/depot")
    yield 0
    done = monde.agent("substitution", "gael").get(path.removeprefix("/substitution"))
    assert done["depot_reference"] and done["date_protegee"] == day.isoformat()
    row = next(r for r in monde.agent("deposit", "ines").queue() if r["reference"] == done["depot_reference"])
    filed = monde.agent("deposit", "ines").get(f"/demandes/{row['demande_id']}")
    assert filed["depot_date"] == day.isoformat()
    assert {"identite.pdf", "domicile.pdf"} <= {piece["nom"] for piece in filed["pieces"]}


def tried_in_vain(monde: Monde) -> Iterator[int]:
    """The reception points of Paris are silent, and the centre lets her calls ring: a route is open after each, with
    that as its evidence, by the reference alone.
    """
    browser, centre = monde.browser(), monde.agent("ccc", "chloe")
    page = browser.read("/pan/rendez-vous?prefecture=75&objet=AIDE")
    told = browser.send(page, "/attentes", nom="Essai-Vain", telephone="0639980155")
    assert "Vous n’avez rien à prouver" in told.text
    (led,) = told.links("/substitution/suivre?reference=B-")
    reference = ""
    while not reference:
        abandoned = centre.post("/agents/appels/abandons", telephone="+33639980156", attente_secondes=900)
        reference = abandoned["blocage_reference"]
        assert abandoned["tentatives"] < 10
    yield 0
    for path, desk in ((led, "gael"), (f"/substitution/suivre?reference={reference}", "nadia")):
        own = browser.send(browser.read(path), "/suivre")
        assert "Votre voie est ouverte" in own.text and "Convocation" in own.text
        seen = monde.desk(desk).read(f"/substitution/bureau/recherche?reference={path.rpartition('=')[2]}")
        assert "des essais sans réponse" in seen.text, seen.text[:500]


def held(monde: Monde) -> Iterator[int]:
    """A detained person asks for a visit, then for an appointment outside, on the page of his route: each is given."""
    boite = "detenu@exemple.test"
    hers = {"nom": "Retenu-Visite", "prenoms": "Exemple", "naissance": "1979-01-01"}
    opened = monde.anybody("substitution").post(
        "/voies", prefecture=BOBIGNY, objet="titre:etudiant", origine="DETENTION", courriel=boite,
        etablissement="Maison d’arrêt de l’Exemple", adresse=ADRESSE, **hers,
    )  # fmt: skip
    yield 0
    browser, desk = monde.browser(), monde.desk("sonia")
    own = browser.send(
        browser.read(f"/substitution/suivre?reference={opened['reference']}"), "/suivre", nom="Retenu-Visite"
    )
    own = browser.send(own, "/ma-voie/visite")
    assert "Votre demande de visite est notée" in own.text
    page = desk.read(f"/substitution{path_of(monde.agent('substitution', 'sonia'), opened['reference'])}")
    assert "Une visite dans l'établissement est demandée" in page.text
    day = monde.today + timedelta(days=9)
    typed = {"jour-jour": str(day.day), "jour-mois": str(day.month), "jour-annee": str(day.year)}
    desk.send(page, "/visite", **typed)
    yield 0
    letter = next(x for x in letters_of(monde, opened["reference"]) if x["modele"] == "visite_etablissement")
    assert f"le {day_in_words(day)}" in printed(monde, letter)
    own = browser.read("/substitution/ma-voie")
    assert day_in_words(day) in own.text
    browser.send(own, "/ma-voie/rendez-vous")
    yield 0
    given = find_voie(monde, opened["reference"], "Retenu-Visite")
    assert day_of(given) >= monde.today + timedelta(days=8)


def led_on(monde: Monde) -> Iterator[int]:
    """What the counter of Bobigny writes on its console is what every channel says; a page that cannot go on leads to
    the other route with what is known.
    """
    desk, telephone, words = monde.desk("sonia"), "01 99 00 93 88", "Le mardi matin, au guichet 4."
    console = f"/substitution/reglages/{BOBIGNY}"
    page = desk.send(desk.read(console), "/demarches", demarche="titre:etudiant-concours", texte=words)
    desk.send(page, console, **{"substitution.telephone": telephone})
    person = somebody(monde, "menee", prefecture=BOBIGNY, numero_etranger="9303099301")
    yield 0

    mailbox = "regles@exemple.test"
    for service in ("deposit", "ccc", "pan", "substitution"):
        stuck, said = monde.browser(), {"essai": "Rien ne marche.", "prefecture": BOBIGNY, "contact": mailbox}
        told = stuck.send(stuck.read(f"/{service}/je-n-y-arrive-pas"), "/je-n-y-arrive-pas", **said)
        assert telephone in told.text, service
    yield 0
    assert telephone in monde.stack.boites.wait_courriel(mailbox, "Vos façons de faire")["text"]

    browser, card = signed_in(monde, person), "/deposit/demarches/etudiant-concours"
    own = browser.read(card)
    assert words in own.text and f"Relu le {day_in_words(monde.today)}" in own.text and "Seine-Saint-Denis" in own.text
    (led,) = set(own.links("/substitution/?blocage="))
    arrived = browser.read(led)
    reference = next(word for word in led.replace("&", "=").split("=") if word.startswith("B-"))
    for known in (reference, "Seine-Saint-Denis", "En vigueur depuis", telephone):
        assert known in arrived.text, known
    opening = browser.read(arrived.links("/substitution/ouvrir?")[0])
    kept = filled(opening.form("/ouvrir"))
    assert (kept["prefecture"], kept["objet"]) == ([BOBIGNY], ["titre:etudiant-concours"])
    desk.send(desk.read(console), "/demarches", demarche="titre:etudiant-concours", texte="")
    yield 0
    assert words not in browser.read(card).text
    assert words not in browser.read(f"/substitution/prefectures/{BOBIGNY}").text

    path = path_of(monde.agent("substitution", "sonia"), find_voie(monde, reference, "Exemple menee")["reference"])
    paper = {"nom": "Exemple menee", "prenoms": "Exemple", "naissance": "1990-05-17"}
    filed = file_there(monde, path, paper, EVERY, login="sonia", objet="titre:etudiant-concours", stade="premiere")
    yield 0
    (hers,) = [row for row in person.get("/demandes")["demandes"] if row["reference"] == filed["depot_reference"]]
    own_demande = person.get(f"/demandes/{hers['demande_id']}")
    assert own_demande["retenue_date"] == filed["date_protegee"]
    space = browser.read(f"/deposit/demandes/{hers['demande_id']}").text
    for known in (filed["depot_reference"], "Attestation de dépôt", "domicile.pdf", "guichet"):
        assert known in space, known
    add_piece(person, hers["demande_id"], "autre")
    days = ("jours-proposition", "jours-rendez-vous", "jours-depot")
    wait_until("its days are counted", lambda: all(means(monde, BOBIGNY, one) for one in days), timeout=20)
    shown = monde.browser().read(f"/substitution/indicateurs?prefecture={BOBIGNY}").text
    assert shown.count("du premier essai bloqué") >= 3, "each counts from the first blocage"

    stranger = monde.browser()
    refused = open_account(stranger, "Menee-Deux", "9303099301", "menee-deux@exemple.test")
    assert refused.reference and "1 rue de l'Exemple" in refused.text and "Au guichet" in refused.text
    led = refused.links("/substitution/?blocage=")[0]
    assert refused.reference in led and "prefecture=75" in led
    assert "Préfecture d'exemple de Paris" in stranger.read(led).text


def attested(monde: Monde) -> Iterator[int]:
    """The centre attests that she is blocked: the message gives the address for the post, and her post is taken."""
    boite = "atteste-poste@exemple.test"
    told = {"precis": "La page reste blanche.", "categorie": "TELEPROCEDURE", "prefecture": "75", "courriel": boite}
    ticket = monde.anybody("ccc").post("/saisines", **told)
    yield 0
    monde.agent("ccc", "chloe").post(f"/agents/saisines/{ticket_of(monde, ticket)}:attester")
    yield 0
    mail = monde.stack.boites.wait_courriel(boite, "attestation")
    assert "Par la poste : Service des étrangers, 1 rue de l'Exemple, 75000 Paris" in mail["text"]
    desk = monde.desk("gael")
    voie = desk.read(f"/substitution/bureau/recherche?reference={ticket['blocage_reference']}")
    assert "un document du centre de contact" in voie.text
    day = monde.today
    arrival = {"moyen": "POSTE", "reception-jour": str(day.day), "reception-mois": str(day.month)}
    desk.send(desk.read(f"{voie.path}/dossier"), "/dossier", **arrival, **{"reception-annee": str(day.year)})
    yield 0
    assert day_in_words(day) in monde.stack.boites.wait_courriel(boite, "par la poste")["text"]


def late(monde: Monde) -> Iterator[int]:
    """No appointment before P-SUB ends in Paris: counted late, and still counted once her dossier is there. Elsewhere
    the days are counted from her first try, four days before the way was open to her.
    """
    desk = monde.agent("substitution", "gael")
    opened = monde.anybody("substitution").post(
        "/voies", prefecture="75", objet="titre:etudiant", nom="Tard-Servie", prenoms="Exemple", naissance="1990-01-01"
    )
    tried, first = {"joignable": "0639980157", "prefecture": REUNION}, monde.today
    browser = monde.browser()
    browser.send(browser.read("/ccc/appel-sans-reponse"), "/appel-sans-reponse", **tried, fois="2")
    yield 4
    told = browser.send(browser.read("/ccc/appel-sans-reponse"), "/appel-sans-reponse", **tried, fois="1")
    yield 0
    voie = find_voie(monde, told.reference, "")
    assert voie["date_protegee"] == first.isoformat()
    expected = (day_of(voie) - first).days
    assert expected >= 7
    wait_until("its days are counted", lambda: means(monde, REUNION, "jours-rendez-vous") != [], timeout=20)
    assert means(monde, REUNION, "jours-proposition") == [4.0]
    assert means(monde, REUNION, "jours-rendez-vous") == [float(expected)]
    yield 13
    path = path_of(desk, opened["reference"])
    assert opened["reference"] in monde.desk("gael").read_all("/substitution/bureau?filtre=retard")
    wait_until("she is counted late", lambda: means(monde, "75", "en-retard") != [], timeout=20)
    before = means(monde, "75", "en-retard")
    desk.post(f"{path}/dossier", moyen="POSTE", reception=monde.today.isoformat(), objet="titre:etudiant")
    yield 0
    assert opened["reference"] not in monde.desk("gael").read_all("/substitution/bureau?filtre=retard")
    assert means(monde, "75", "en-retard") == before


def means(monde: Monde, prefecture: str, indicateur: str) -> list[float]:
    """What substitution publishes of this indicator for a préfecture, month by month."""
    url = f"{monde.stack.url}/substitution/indicateurs.json"
    rows = requests.get(url, {"prefecture": prefecture}, timeout=30).json()["chiffres"]
    return [float(row["valeur"]) for row in rows if row["indicateur"] == indicateur]


LIVES: dict[str, Cas] = {
    "paper": on_paper,
    "slots": slots,
    "refusals": refused_twice,
    "moved": moved_with_its_dossier,
    "mail": filed_by_mail,
    "vain": tried_in_vain,
    "held": held,
    "led": led_on,
    "attested": attested,
    "late": late,
}
PROVED: dict[str, str] = {
    "paper": "SUB-01/b SUB-14/b SUB-14/c",
    "slots": "SUB-05/a SUB-05/c SUB-05/d SUB-06/a SUB-06/b SUB-06/d SUB-06/e SUB-07/a SUB-07/e",
    "refusals": "SUB-17/a SUB-17/b SUB-17/d SUB-17/g",
    "moved": "SUB-20/c SUB-20/d SUB-20/f",
    "mail": "SUB-07/c",
    "vain": "SUB-02/a SUB-02/b SUB-02/c",
    "held": "SUB-06/f SUB-13/d",
    "led": "SUB-04/a SUB-04/c SUB-09/e SUB-16/c SUB-19/a SUB-21/a SUB-21/b SUB-21/c",
    "attested": "SUB-07/d",
    "late": "SUB-19/b SUB-19/e",
}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_the_other_routes_keep_their_word(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure
