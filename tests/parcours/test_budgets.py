"""Each act costs so many MongoDB commands and facts at most, over all the services that take part in it.

`out/budgets.json` says which commands were counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from string import ascii_lowercase

import pytest

from dev.environment import REPOSITORY
from dev.parcours.monde import Monde, add_piece, add_pieces
from dev.people import MOT_DE_PASSE
from loadtests.mix import driven
from tests.parcours.cas_documents import somebody
from tests.parcours.commandes import Compte

pytestmark = pytest.mark.timeout(900)

# Of each operation of the national mix: MongoDB commands, and facts received. What works in batches takes more of them
# on a busy machine: a figure stands a little above what was counted. Only ever lowered.
BUDGETS: dict[str, tuple[float, float]] = {
    "connexion": (5.5, 0),
    "brouillon": (2.5, 0),
    "piece": (4.5, 0),
    "depot": (15, 6.5),
    "suivi": (2.5, 0),
    "file": (30, 0),
    "statut": (10, 2),
    "saisine": (9, 3.5),
    "creneaux": (2.5, 0),
    "visite": (15, 3.5),
    "voie": (25, 6.5),
}
FACTS_OF_AN_ACT = 0.9
# People who do the same at once, so that what works in batches has some.
PEOPLE = 4
LIEU = "Guichet de l’Exemple, 75000 Paris"


class Vie:
    """One person, and the agent in charge: each operation of the mix once, on a draft that only has to be filed."""

    def __init__(self, monde: Monde, number: int) -> None:
        self._name = name = f"pesee-{ascii_lowercase[number]}"
        self._number = number
        self._telephone = f"06 99 00 {number:04}"
        self._person, self._agent = somebody(monde, name), monde.agent("deposit", "ines")
        self._deposit, self._ccc, self._pan, self._substitution = (
            monde.anybody(service) for service in ("deposit", "ccc", "pan", "substitution")
        )
        self._identifiant = self._person.get("/moi")["identifiant"]
        self._demande_id = self._person.post("/demandes", titre_code="etudiant", prefecture="75")["demande_id"]
        self._path = f"/demandes/{self._demande_id}"
        add_pieces(self._person, self._demande_id)

    def connexion(self) -> None:
        self._deposit.post("/comptes:connexion", identifiant=self._identifiant, password=MOT_DE_PASSE)

    def brouillon(self) -> None:
        answers = {"nationalite": "exemple", "adresse": "12 rue de l’Exemple", "situation": "Je travaille ici. " * 8}
        self._person.call("PUT", f"{self._path}/reponses", json={"reponses": answers})

    def piece(self) -> None:
        add_piece(self._person, self._demande_id, "ressources")

    def depot(self) -> None:
        self._person.post(f"{self._path}:deposer")

    def suivi(self) -> None:
        self._person.get(self._path)

    def file(self) -> None:
        self._agent.get("/agents/file")

    def statut(self) -> None:
        self._agent.post(f"{self._path}:complete")
        self._agent.post(f"{self._path}:favorable")
        self._agent.post(f"{self._path}:titre-pret", lieu=LIEU)

    def saisine(self) -> None:
        words = {"precis": "Quelles pièces faut-il pour renouveler ma carte ?", "categorie": "INFORMATION"}
        self._ccc.post("/saisines", **words, prefecture="75", nom=self._name, courriel=f"{self._name}@exemple.test")

    def creneaux(self) -> None:
        self._creneaux = self._pan.get("/creneaux?prefecture=75")["creneaux"]

    def visite(self) -> None:
        asked = {"creneau_id": self._creneaux[self._number]["id"], "nom": self._name, "telephone": self._telephone}
        self._pan.post("/rendez-vous", **asked)

    def voie(self) -> None:
        who = {"nom": self._name, "naissance": "1990-05-17", "courriel": f"{self._name}@exemple.test"}
        self._substitution.post("/voies", prefecture="75", **who)


# How many acts one call of an operation is: a status event is any of the three that a title has.
ACTS_OF = {"statut": 3}


@pytest.fixture
def compte(monde: Monde) -> Iterator[Compte]:
    """What counts on the running stack."""
    counting = Compte(monde.stack)
    yield counting
    counting.close()


def test_each_act_costs_its_budget_at_most(monde: Monde, compte: Compte) -> None:
    """Over a budget, all is done once more by others: on a busy machine a batch may hold one act alone."""
    first = Vie(monde, 0)
    for operation in BUDGETS:
        getattr(first, operation)()
    spent = _spend(monde, compte, 1)
    if _over(spent):
        again = _spend(monde, compte, 1 + PEOPLE)
        spent = {name: min(spent[name], again[name]) for name in BUDGETS}

    assert _over(spent) == {}
    parts = driven()
    facts_a_year = sum(spent[part.operation][1] * part.a_year for part in parts)
    assert facts_a_year / sum(part.a_year for part in parts) <= FACTS_OF_AN_ACT


def _spend(monde: Monde, compte: Compte, number: int) -> dict[str, tuple[float, float]]:
    """What each operation costs when some people do it at once: commands and facts; the report has each command."""
    lives = [Vie(monde, number + rank) for rank in range(PEOPLE)]
    compte.rest()
    spent: dict[str, tuple[float, float]] = {}
    details: dict[str, dict[str, float]] = {}
    for operation in BUDGETS:
        commands, facts = compte.of([getattr(life, operation) for life in lives])
        acts = PEOPLE * ACTS_OF.get(operation, 1)
        spent[operation] = (commands.total() / acts, facts / acts)
        details[operation] = {shape: round(n / acts, 2) for shape, n in commands.most_common()}
    report = json.dumps({"spent": spent, "commands": details}, indent=1, ensure_ascii=False)
    (REPOSITORY / "out").mkdir(exist_ok=True)
    (REPOSITORY / "out/budgets.json").write_text(report)
    return spent


def _over(spent: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    return {
        name: found
        for name, found in spent.items()
        if any(n > most for n, most in zip(found, BUDGETS[name], strict=True))
    }
