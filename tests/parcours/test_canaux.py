"""What the channels hold in common: one history, one protected date, one outage; and what none of them writes down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from pymongo import MongoClient

from dev.parcours.monde import Acteur, Monde, Refus, file_demande
from dev.people import AGENTS
from droit.jours import day_in_words
from tests.parcours.accueil import visited
from tests.parcours.cas_documents import signed_in, somebody
from tests.parcours.cas_dossier import ticket_of
from tests.parcours.cas_essais import tried_in_five_services
from tests.parcours.ensemble import Cas, live
from tests.parcours.guichet import path_of
from tests.parcours.test_instruction import route_in

pytestmark = pytest.mark.timeout(400)
NAISSANCE = "1990-05-17"
SECRETE: dict[str, Any] = {
    "nom": "Zibeline-Secrete", "prenoms": "Quetzala", "nationalite": "ZW", "telephone": "0698765432",
    "courriel": "quetzala.zibeline@exemple.test", "adresse": ["77 rue Introuvable", "75001 Paris"],
}  # fmt: skip
WORDS = ("Zibeline", "Quetzala", "zibeline@", "98765432", "Introuvable", "Motsecret")
TALKED_TO = ("ccc", "pan", "substitution")


def one_history(monde: Monde) -> Iterator[int]:
    """Blocked online, then met by the centre, a reception point and a counter: each reads the same, and she who did."""
    person = somebody(monde, "histoire", **SECRETE)
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(200))
    person.post("/blocages", symptome="ENVOI_PIECE", demande_id=demande["demande_id"], precis="Motsecret")
    told = {"precis": "Motsecret : rien ne part.", "categorie": "SUIVI", "prefecture": "75", "nom": SECRETE["nom"]}
    ticket = monde.anybody("ccc").post("/saisines", **told, courriel=SECRETE["courriel"], demande=demande["reference"])
    for service in TALKED_TO:
        browser, stuck = monde.browser(), f"/{service}/je-n-y-arrive-pas"
        said = {"essai": "Motsecret", "contact": f"{service}.zibeline@exemple.test", "prefecture": "75"}
        assert browser.send(browser.read(stuck), "/je-n-y-arrive-pas", **said).reference
    hers = {"nom": SECRETE["nom"], "prenoms": SECRETE["prenoms"], "naissance": NAISSANCE}
    visit, desk = visited(monde, hers), monde.agent("pan", "farid")
    desk.post(f"{visit}:rattacher", usager_id=person.get("/moi")["usager_id"])
    desk.post(f"{visit}:terminer", services=["INFORMATION"], resultat="A_POURSUIVRE", suite="Revenir lundi.")
    yield 0

    page = signed_in(monde, person)
    number = str(page.read("/deposit/mon-parcours").html.select_one("strong.reference").get_text())  # type: ignore[union-attr]
    reference = route_in(monde, SECRETE["courriel"])
    centre, calls = monde.agent("ccc", "chloe"), f"/agents/saisines/{ticket_of(monde, ticket)}"
    centre.post(f"{calls}:verifier-identite", repere=number, **hers)
    yield 0
    counter = monde.desk("gael")
    shown = {
        "ccc": monde.desk("cyril").read(f"/ccc{calls}").text,
        "pan": monde.desk("farid").read(f"/pan{visit}").text,
        "substitution": counter.read(f"/substitution/bureau/recherche?reference={number}").text,
    }
    assert reference in shown["substitution"]
    own = page.read("/deposit/mon-parcours").text
    for text in (own, *shown.values()):
        assert number in text
        assert ticket["reference"] in text
        assert demande["reference"] in text or text is own
        for step in ("Point d’accueil : visite", "Centre de contact : question posée", "une voie est ouverte"):
            assert step in text, step
    read_by = page.read("/deposit/mes-aidants/journal").text
    names = {agent["login"]: agent["nom"] for agent in AGENTS}
    for place, login in (("centre de contact", "cyril"), ("point d’accueil", "farid"), ("guichet", "gael")):
        assert f"{names[login]}, {place}" in read_by and f"(situation, {place})" in read_by, place
    assert "agent:" not in read_by
    counter.read("/substitution/bureau/recherche?nom=Zibeline-Secrete&naissance-jour=17")
    monde.desk("cyril").read("/ccc/agents/?q=Zibeline-Secrete")


def before_any_account(monde: Monde) -> Iterator[int]:
    """Blocked at a reception point, at the centre and at a counter by persons without account, who file days later."""
    first, desk = monde.today, monde.agent("pan", "farid")
    visit = visited(monde, {"nom": "Exemple avant-pan", "prenoms": "Exemple", "naissance": NAISSANCE})
    desk.post(f"{visit}:constater", symptome=7, precis="La pièce ne part pas.", choix="titre:etudiant")
    ticket = monde.anybody("ccc").post(
        "/saisines", precis="Je suis bloqué : la page reste blanche.", categorie="TELEPROCEDURE", prefecture="75",
        courriel="avant-ccc@exemple.test",
    )  # fmt: skip
    met = {"nom": "Exemple avant-guichet", "prenoms": "Exemple", "naissance": NAISSANCE}
    opened = monde.anybody("substitution").post("/voies", prefecture="75", objet="titre:etudiant", **met)
    yield 0
    counter = monde.agent("substitution", "gael")
    noted = counter.post(f"{path_of(counter, opened['reference'])}/constat", symptome=7)["reference"]
    yield 5

    at_pan, at_ccc, at_counter = (somebody(monde, f"avant-{name}") for name in ("pan", "ccc", "guichet"))
    asked = {"titre_code": "etudiant", "fin_titre_date": monde.in_days(60)}
    by_pan, by_ccc = (file_demande(person, **asked) for person in (at_pan, at_ccc))
    # The paper that the counter gave bears a reference: she brings it to her account, and files.
    page = signed_in(monde, at_counter)
    wrong = page.send(page.read("/deposit/blocages/reference"), "/blocages/reference", reference="B-2222-2222")
    assert wrong.status == 422 and "Aucun blocage à vous" in wrong.text
    kept = page.send(page.read("/deposit/blocages/reference"), "/blocages/reference", reference=noted.lower())
    assert f"le {day_in_words(first)}, est protégée" in kept.text and noted in kept.text
    with pytest.raises(Refus):
        at_pan.post("/blocages:apporter", reference=noted)
    by_counter = file_demande(at_counter, **asked)
    assert [retained(at_counter, by_counter), retained(at_pan, by_pan)] == [first, monde.today]

    desk.post(f"{visit}:rattacher", usager_id=at_pan.get("/moi")["usager_id"])
    centre, calls = monde.agent("ccc", "chloe"), f"/agents/saisines/{ticket_of(monde, ticket)}"
    hers = {"nom": "Exemple avant-ccc", "prenoms": "Exemple", "naissance": NAISSANCE}
    centre.post(f"{calls}:verifier-identite", repere=by_ccc["reference"], **hers)
    yield 0
    assert [retained(at_pan, by_pan), retained(at_ccc, by_ccc)] == [first, first]


def retained(person: Acteur, demande: dict[str, Any]) -> date:
    """The day that counts for this demande, as its person reads it."""
    return date.fromisoformat(person.get(f"/demandes/{demande['demande_id']}")["retenue_date"])


def led_elsewhere(monde: Monde) -> Iterator[int]:
    """What her préfecture cannot lift goes to the programme desk; meanwhile a route is open to her, and she is told."""
    person, agent = somebody(monde, "remontee"), monde.agent("deposit", "ines")
    demande = file_demande(person, titre_code="etudiant", fin_titre_date=monde.in_days(200))
    agent.post(f"/demandes/{demande['demande_id']}:remonter", objet="autre", texte="La fiche ne s’ouvre pas.")
    yield 0
    reference = route_in(monde, "remontee@exemple.test")
    counter = monde.agent("substitution", "gael")
    assert counter.get(path_of(counter, reference))["prefecture"] == "75"
    browser = monde.browser()
    way = browser.send(browser.read("/substitution/suivre"), "/suivre", reference=reference, nom="Exemple remontee")
    assert "convocation" in way.text.lower()


def an_outage(monde: Monde) -> Iterator[int]:
    """The téléservice is down in the last days of two persons of Lyon: each is told, and no delay runs on."""
    waiting, ending = (somebody(monde, f"panne-{name}", prefecture="69") for name in ("pieces", "titre"))
    by_sms = somebody(monde, "panne-sms", prefecture="69", courriel="", telephone="+33639980268")
    demande = file_demande(waiting, titre_code="etudiant", prefecture="69", fin_titre_date=monde.in_days(200))
    path = f"/demandes/{demande['demande_id']}"
    monde.agent("deposit", "rhoda").post(f"{path}:demander-pieces", pieces=["ressources"], texte="")
    for person in (ending, by_sms):
        person.post("/moi/titres", titre_code="etudiant", fin_date=monde.in_days(29))
    yield 29

    begun, boites = monde.today, monde.stack.boites
    operator = monde.agent("substitution", "otto")
    panne = operator.post("/bureau/pannes", prefectures=["69"])["panne_id"]
    yield 3
    for mailbox in ("panne-pieces@exemple.test", "panne-titre@exemple.test"):
        mail = boites.wait_courriel(mailbox, "en panne")
        assert day_in_words(begun) in mail["text"] and "guichet" in mail["text"].lower(), mailbox
    assert boites.wait_sms("+33639980268", "en panne")
    stuck = monde.browser()
    told = stuck.send(
        stuck.read("/substitution/je-n-y-arrive-pas"), "/je-n-y-arrive-pas", essai="Blanc", prefecture="69"
    )
    assert "convocation" in told.text.lower(), "a route opens by itself"
    operator.post(f"/bureau/pannes/{panne}/fin")
    yield 1
    request = waiting.get(path)["pieces_demandees"][0]
    assert request["echeance_date"] > begun.isoformat()
    late = file_demande(ending, titre_code="etudiant", prefecture="69", fin_titre_date=begun.isoformat())
    assert late["retenue_date"] == begun.isoformat(), "filed on the day after, it counts on the first of the outage"


LIVES: dict[str, Cas] = {
    "trials": tried_in_five_services,
    "history": one_history,
    "before": before_any_account,
    "elsewhere": led_elsewhere,
    "outage": an_outage,
}
PROVED: dict[str, str] = {
    "trials": "XCT-15/c",
    "history": "CCC-16/e XCT-07/g XCT-21/b",
    "before": "CCC-21/e DEP-25/c",
    "elsewhere": "DEP-61/k",
    "outage": "XCT-02/d CASE-68/a CASE-68/b CASE-68/c",
}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_what_one_channel_knows_the_others_hold_too(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure


@pytest.mark.clause("XCT-07/k")
@pytest.mark.usefixtures("ends")
@pytest.mark.parametrize("service", TALKED_TO)
def test_no_log_of_a_service_that_met_her_holds_what_she_told(monde: Monde, service: str) -> None:
    logs = {process: monde.stack.log_of(service, process) for process in ("web", "rpc", "worker")}

    assert "http.request" in logs["web"]
    assert [(process, word) for process, log in logs.items() for word in WORDS if word in log] == []


@pytest.mark.clause("XCT-07/l")
@pytest.mark.usefixtures("ends")
def test_no_fact_of_any_service_holds_what_she_told(monde: Monde) -> None:
    """Every fact published since the stack started; how she is reached goes to notify alone, on a stream of its own."""
    with MongoClient[dict[str, Any]](monde.stack.mongodb_uri) as client:
        facts = [
            fact
            for service in monde.stack.services
            for fact in client[f"sejour_{service}"]["faits"].find({}, {"subject": 1, "payload": 1})
        ]
    assert {fact["subject"].partition(".")[0] for fact in facts} >= set(monde.stack.services) - {"notify"}
    assert [(f["subject"], word) for f in facts for word in WORDS if word.encode() in bytes(f["payload"])] == []
