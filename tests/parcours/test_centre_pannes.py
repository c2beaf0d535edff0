"""One fault of everybody, and the telephone system: who is stopped is found, led on, counted and told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from dev.environment import PROCESSES
from dev.parcours.monde import Monde
from dev.standard import play
from droit.catalogue import catalogue
from droit.dates import Position
from tests.parcours.accueil import visited
from tests.parcours.cas_documents import somebody
from tests.parcours.cas_dossier import ticket_of
from tests.parcours.ensemble import Cas, live
from tests.parcours.guichet import path_of, waiting_at

pytestmark = pytest.mark.timeout(400)
QUI = "ni la préfecture ni la direction générale"
OBJET, ILLISIBLE = "titre:talent", 8
WORDS = "Le document demandé reste illisible, tourné à l’envers."
FAULT = {
    "titre": "Document demandé illisible et tourné à l’envers",
    "description": "La page montre le document à l’envers.",
    "mots": "document demandé illisible tourné envers",
    "objet": OBJET,
}


def wrote(monde: Monde, courriel: str, precis: str = WORDS, **more: Any) -> dict[str, Any]:
    """A ticket on the fault, or on something else."""
    asked = {"precis": precis, "categorie": "TELEPROCEDURE", "prefecture": "75", "symptome": ILLISIBLE, "choix": OBJET}
    made: dict[str, Any] = monde.anybody("ccc").post("/saisines", **asked | more, courriel=courriel)
    return made


def routes(monde: Monde) -> set[str]:
    """The routes in the queue of the préfecture's desk."""
    return {str(row["reference"]) for row in waiting_at(monde.agent("substitution", "gael"))}


def route_of(monde: Monde, courriel: str) -> str:
    """The route of which this mailbox was told."""
    subject = str(monde.stack.boites.wait_courriel(courriel, "(V-")["subject"])
    return subject.partition("(")[2].partition(")")[0]


def one_fault(monde: Monde) -> Iterator[int]:
    """Met in four services before anybody knew it: each person counts once, is led on, and reads the same news."""
    boites, centre, boss = monde.stack.boites, monde.agent("ccc", "chloe"), monde.agent("ccc", "cyril")
    older = wrote(monde, "ancienne@exemple.test", categorie="INFORMATION")
    mute = wrote(monde, "")
    account = somebody(monde, "touchee")
    draft = account.post("/demandes", titre_code="talent", prefecture="75")["demande_id"]
    account.post("/blocages", symptome="DEMANDE_ILLISIBLE", demande_id=draft)
    visit = visited(monde, {"nom": "Exemple touchee-pan", "prenoms": "Exemple", "naissance": "1990-05-17"})
    monde.agent("pan", "farid").post(f"{visit}:constater", symptome=ILLISIBLE, precis="À l’envers.", choix=OBJET)
    met = {"nom": "Exemple touchee-guichet", "prenoms": "Exemple", "naissance": "1990-05-17"}
    opened = monde.anybody("substitution").post("/voies", prefecture="75", objet=OBJET, **met)
    yield 0
    gael = monde.agent("substitution", "gael")
    gael.post(f"{path_of(gael, opened['reference'])}/constat", symptome=ILLISIBLE)
    yield 0
    assert not [mail for mail in boites.courriels("ancienne@exemple.test") if "attestation" in mail["subject"].lower()]

    code = centre.post("/agents/anomalies", **FAULT, symptome=ILLISIBLE, depuis=monde.today.isoformat())["code"]
    yield 0
    newer = wrote(monde, "nouvelle@exemple.test")
    asked = wrote(monde, "autre@exemple.test", "Une question sans rapport ?", symptome=0, categorie="AUTRE", choix="")
    yield 0
    centre.post(f"/agents/saisines/{ticket_of(monde, asked)}:reconnaitre", code=code)
    yield 0
    for courriel in ("ancienne@exemple.test", "nouvelle@exemple.test", "autre@exemple.test"):
        mail = boites.wait_courriel(courriel, "attestation")
        assert "Préfecture d'exemple de Paris" in " ".join(mail["text"].split()), "with the ways"
        assert route_of(monde, courriel) in routes(monde), courriel
    register = {row["code"]: row for row in monde.agent("ccc", "nadia").get("/agents/anomalies")["anomalies"]}
    assert register[code]["personnes"] == 7, "four tickets, deposit, reception point, counter"

    around = "Demandez-le sur papier au guichet."
    boss.post(f"/agents/anomalies/{code}:modifier", state="CONTOURNEE", contournement=around)
    yield 0
    for courriel in ("ancienne@exemple.test", "touchee@exemple.test", "autre@exemple.test"):
        assert boites.wait_courriel(courriel, around)
    boss.post(f"/agents/anomalies/{code}:modifier", state="RESOLUE", solution="Le document est à l’endroit.")
    yield 0
    for courriel in ("ancienne@exemple.test", "touchee@exemple.test", "nouvelle@exemple.test"):
        assert len([m for m in boites.courriels(courriel) if "Le document est à l’endroit." in m["text"]]) == 1
    assert QUI in " ".join(boites.wait_courriel("nouvelle@exemple.test", "à l’endroit")["text"].split())
    assert "Le document est à l’endroit." in monde.browser().read(f"/ccc/suivi/{mute['cle']}").text
    late = wrote(monde, "tardive@exemple.test", "Encore le même ennui hier.", symptome=0, choix="")
    yield 0
    centre.post(f"/agents/saisines/{ticket_of(monde, late)}:reconnaitre", code=code)
    yield 0
    assert boites.wait_courriel("tardive@exemple.test", "Le document est à l’endroit.")
    assert older["reference"] != newer["reference"]


def rung(monde: Monde) -> Iterator[int]:
    """Answered and given up, as the telephone system tells it; three in vain open a route, and three more another."""
    url, secret = monde.stack.url, monde.stack.env_for("ccc", "web")["TELEPHONIE_SECRET"]
    number, public = "+33639980181", monde.anybody("ccc")
    before = public.get("/chiffres")
    for wait in (20, 40):
        events = [("SONNE", 0), ("DECROCHE", wait), ("TRANSFERE", wait + 5), ("TERMINE", wait + 60)]
        play(url, secret, "+33639980182", events, agent="chloe")
    with pytest.raises(IOError):
        play(url, "un autre secret", number, [("SONNE", 0)])

    def in_vain() -> str:
        for _ in range(2):
            play(url, secret, number, [("SONNE", 0), ("ABANDONNE", 90)])
        said = public.post("/appels-sans-reponse", joignable=number, prefecture="75", fois=1)
        monde.stack.clock.wait_quiet()
        return str(said["blocage_reference"])

    first = in_vain()
    after = public.get("/chiffres")
    assert (after["appels"], after["appels_repondus"]) == (before["appels"] + 4, before["appels_repondus"] + 2)
    assert after["attente_secondes"] == 30, "of those answered, from the first ring"
    assert after["part_abandonnee"] == after["appels_abandonnes"] / after["appels"]
    assert after["appels_abandonnes"] == before["appels_abandonnes"] + 2
    opened = monde.desk("gael").read(f"/substitution/bureau/recherche?reference={first}")
    assert first.startswith("B-") and "V-" in opened.text
    play(url, secret, number, [("SONNE", 0), ("DECROCHE", 10), ("TERMINE", 50)], agent="chloe")
    assert in_vain() not in ("", first)
    figures = {row["agent"]: row for row in monde.agent("ccc", "cyril").get("/agents/chiffres")["agents"]}
    assert max(row["appels"] for row in figures.values()) >= 3
    assert "Chloé Contact" in monde.desk("cyril").read("/ccc/agents/chiffres").text
    yield 0


def unanswered(monde: Monde) -> Iterator[int]:
    """Nobody answers her: after P-ATTEMPTS days that is an attempt in vain, and a route opens; delays are by topic."""
    told = {"categorie": "AUTRE", "symptome": 0, "choix": ""}
    silent = wrote(monde, "silence@exemple.test", "Une chose à demander sur un duplicata.", **told)
    other = wrote(monde, "reponse@exemple.test", "Un duplicata coûte combien ?", **told)
    yield 2
    centre, calls = monde.agent("ccc", "chloe"), f"/agents/saisines/{ticket_of(monde, other)}"
    sent = {
        "citation": "Un duplicata coûte combien ?",
        "texte": "Un duplicata est payant.",
        "issue": "INFORMATION_SUIVI",
    }
    centre.post(f"{calls}:repondre", **sent)
    centre.post(f"{calls}:clore", issue="INFORMATION_SUIVI")
    delays = monde.anybody("ccc").get("/chiffres")["delais"]
    assert delays["AUTRE"]["reponse_jours"] > 0 and delays["AUTRE"]["solution_jours"] > 0
    assert "Délais par sujet" in monde.browser().read("/ccc/chiffres").text
    assert not [mail for mail in monde.stack.boites.courriels("silence@exemple.test") if "(V-" in mail["subject"]]
    yield catalogue().national.number("P-ATTEMPTS", monde.today, Position.RECOMMANDATION) - 1
    assert route_of(monde, "silence@exemple.test") in routes(monde)
    assert silent["state"] == "OUVERTE"


LIVES: dict[str, Cas] = {"fault": one_fault, "calls": rung, "silence": unanswered}
PROVED: dict[str, str] = {
    "fault": ("CCC-11/a CCC-11/b CCC-11/c CCC-11/d CCC-12/b CCC-12/c CCC-12/d CCC-12/e CCC-12/f CCC-13/d"),
    "calls": "CCC-20/b CCC-20/e CCC-20/f CCC-20/h",
    "silence": "CCC-20/c CCC-20/g SUB-02/b",
}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_nobody_is_left_with_a_fault_or_a_ringing_tone(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure


@pytest.fixture
def without_the_centre(monde: Monde, ends: dict[str, BaseException | None]) -> Iterator[None]:
    """The contact centre is stopped, whole; agents who signed in there before go on elsewhere."""
    for service, login in (("pan", "farid"), ("substitution", "gael")):
        monde.agent(service, login)
    monde.desk("gael")
    for process in PROCESSES:
        monde.stack.stop_process("ccc", process)
    yield
    for process in PROCESSES:
        monde.stack.start_process("ccc", process)
    monde.stack.clock.wait_quiet()


@pytest.mark.clause("CCC-09/a", "CCC-09/b", "CCC-09/c")
@pytest.mark.usefixtures("without_the_centre")
def test_without_the_contact_centre_each_proof_opens_a_route_and_no_ticket_is_asked_for(monde: Monde) -> None:
    """A screenshot on the page of the other routes; the constat of a reception point; that of the counter."""
    gael, browser = monde.agent("substitution", "gael"), monde.browser()
    hers = {"nom": "Sans-Centre", "prenoms": "Exemple", "naissance": "1990-05-17"}
    typed = {"nom": "Sans-Centre", "prenoms": "Exemple", "naissance-jour": "17", "naissance-mois": "5"}
    form = browser.read("/substitution/ouvrir?prefecture=75")
    shown = browser.send(
        form, "/ouvrir", **typed, **{"naissance-annee": "1990"}, prefecture="75", objet=OBJET, preuves="capture-ecran"
    )
    (opened,) = set(re.findall(r"V-\w{4}-\w{4}", shown.text))
    assert "une capture d’écran" in monde.desk("gael").read(f"/substitution{path_of(gael, opened)}").text
    assert monde.browser().read("/ccc/").status >= 500, "the centre is down"

    before = routes(monde)
    visit = visited(monde, {**hers, "nom": "Sans-Centre-Pan"})
    monde.agent("pan", "farid").post(f"{visit}:constater", symptome=ILLISIBLE, precis="À l’envers.", choix=OBJET)
    monde.stack.clock.wait_quiet()
    assert len(routes(monde) - before) == 1

    met = {**hers, "nom": "Sans-Centre-Guichet"}
    at_counter = monde.anybody("substitution").post("/voies", prefecture="75", objet=OBJET, **met)["reference"]
    noted = gael.post(f"{path_of(gael, at_counter)}/constat", symptome=ILLISIBLE)["reference"]
    assert noted.startswith("B-") and at_counter in routes(monde)
