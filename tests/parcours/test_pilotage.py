"""What each service publishes of its work, lived in Paris and read without account, every service up."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from dev.environment import REPOSITORY
from dev.parcours.monde import Monde, file_demande
from tests.parcours.cas_dossier import ticket_of
from tests.parcours.ensemble import Cas, live
from tests.parcours.guichet import file_there, path_of
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(400)
PARIS, SERVICES = "75", ("deposit", "ccc", "pan", "substitution")
TITRE = "conjoint-regroupement-familial"
NOBODY = {"papier": "non", "nom_concorde": "non", "naissance_concorde": "non", "visage_concorde": "non"}
BEING = {"nationalite": "MA", "naissance_date": "1990-04-05"}


def published(monde: Monde, service: str, mois: str = "") -> dict[str, Any]:
    """What this service publishes of Paris without account, by month, or by day of one month."""
    url = f"{monde.stack.url}/{service}/indicateurs.json"
    asked = {"prefecture": PARIS, "mois": mois}
    found: dict[str, Any] = requests.get(url, asked, timeout=30).json()
    return found


def counted(told: dict[str, Any], code: str, detail: str | None = None) -> tuple[int, float]:
    """How often an indicator was measured, and its means added up again."""
    rows = [row for row in told["chiffres"] if row["indicateur"] == code and detail in (None, row["detail"])]
    return sum(row["nombre"] for row in rows), sum(row["valeur"] * row["nombre"] for row in rows)


def more(monde: Monde, before: dict[str, Any], service: str, wanted: dict[tuple[str, str], int]) -> dict[str, Any]:
    """Waits until these indicators (code, detail) counted so many more than `before`; what is published then."""
    seen: dict[str, Any] = {}

    def all_counted() -> bool:
        seen.update(published(monde, service))
        return all(
            counted(seen, code, detail)[0] - counted(before, code, detail)[0] == number
            for (code, detail), number in wanted.items()
        )

    wait_until(f"{service} has counted {wanted}", all_counted, timeout=20)
    return seen


def of_day(monde: Monde, day: str) -> list[dict[str, Any]]:
    """What substitution publishes of this day."""
    return [row for row in published(monde, "substitution", day[:7])["chiffres"] if row["periode"] == day]


def routes(monde: Monde) -> Iterator[int]:
    """Asked by one, offered to another who is blocked; one is refused in writing, another received at the counter."""
    before, before_ccc = published(monde, "substitution"), published(monde, "ccc")
    desk = monde.agent("substitution", "gael")
    asked = [
        monde.anybody("substitution").post(
            "/voies", prefecture=PARIS, objet=f"titre:{TITRE}", nom=nom, prenoms="Exemple", naissance="1990-04-05"
        )["reference"]
        for nom in ("Pilotage", "Refusee")
    ]
    told = {"precis": "Le bouton « Déposer » reste gris.", "categorie": "TELEPROCEDURE", "prefecture": PARIS}
    ticket = monde.anybody("ccc").post("/saisines", **told, courriel="pilotage@exemple.test")
    yield 0
    refused = path_of(desk, asked[1])
    desk.post(f"{refused}/identite", **NOBODY, nom="Refusee", prenoms="Exemple", naissance="1990-04-05")
    desk.post(f"{refused}/refus", raison="IDENTITE_NON_ETABLIE", preuves_vues=["rien"])
    file_there(
        monde, path_of(desk, asked[0]), {"nom": "Pilotage", "prenoms": "Exemple", "naissance": "1990-04-05"},
        objet=f"titre:{TITRE}", stade="premiere",
    )  # fmt: skip
    centre, calls = monde.agent("ccc", "chloe"), f"/agents/saisines/{ticket_of(monde, ticket)}"
    words = "Le bouton « Déposer » reste gris"
    centre.post(f"{calls}:repondre", citation=words, texte="Ce bouton gris nous est connu.", issue="AIDE_DEPOT")
    centre.post(f"{calls}:clore", issue="AIDE_DEPOT")
    yield 0
    day = monde.today.isoformat()
    wanted = {
        ("demandees", "substitution"): 2, ("proposees", "ccc"): 1, ("refusees", "substitution"): 1,
        ("personnes-bloquees", "ccc"): 1, ("part-proposee", ""): 1, ("jours-proposition", ""): 1,
        ("abouties", ""): 1, ("jours-depot", ""): 1,
    }  # fmt: skip
    seen = more(monde, before, "substitution", wanted)
    assert counted(seen, "acceptees")[0] >= counted(before, "acceptees")[0] + 1
    share = next(one for one in seen["definitions"] if one["indicateur"] == "part-proposee")
    assert share["genre"] == "part" and "voie" in share["definition"]
    assert counted(seen, "part-proposee")[1] > counted(before, "part-proposee")[1]
    then = of_day(monde, day)
    assert {"demandees", "proposees", "acceptees", "refusees", "part-proposee"} <= {row["indicateur"] for row in then}
    more(monde, before_ccc, "ccc", {("saisines", "TELEPROCEDURE"): 1, ("issues", "AIDE_DEPOT"): 1})

    # A supervisor sets the refusal aside on another day: the day of the refusal stays what it was.
    yield 1
    monde.agent("substitution", "sam").post(f"{refused}/revision", issue="ANNULE")
    yield 0
    more(monde, seen, "substitution", {("refus-annules", ""): 1})
    assert of_day(monde, day) == then
    page = monde.browser().read(f"/substitution/indicateurs?prefecture={PARIS}")
    for words in ("Refus écrits", "gardés quand un superviseur les annule", "5 % des travailleurs sociaux", "<svg"):
        assert words in str(page.html), words
    sheet = requests.get(f"{monde.stack.url}/substitution/indicateurs.csv", timeout=30)
    lines = list(csv.DictReader(io.StringIO(sheet.text)))
    assert {"periode", "service", "prefecture", "indicateur", "detail", "nombre", "valeur"} == set(lines[0])
    assert any(line["indicateur"] == "refusees" and line["prefecture"] == PARIS for line in lines)
    assert sheet.headers["Access-Control-Allow-Origin"] == "*"

    told_before = {service: published(monde, service)["chiffres"] for service in ("substitution", "ccc")}
    for service, chiffres in told_before.items():
        _rebuild(monde, service)
        assert published(monde, service)["chiffres"] == chiffres, service


def gain(monde: Monde) -> Iterator[int]:
    """The same title filed online and at the counter; decided and compared; where nothing is gained, it is said."""
    before = published(monde, "deposit")
    person = monde.person(nom="Gain", prenoms="Enligne", **BEING, courriel="gain@exemple.test")
    online = file_demande(person, titre_code=TITRE, prefecture=PARIS)
    desk, agent = monde.agent("substitution", "gael"), monde.agent("deposit", "ines")
    yield 3
    asked = {"nom": "Gainee", "prenoms": "Guichet", "naissance": "1991-04-05"}
    voie = monde.anybody("substitution").post("/voies", prefecture=PARIS, objet=f"titre:{TITRE}", **asked)
    yield 0
    done = file_there(monde, path_of(desk, voie["reference"]), asked, objet=f"titre:{TITRE}", stade="premiere")
    counter = next(row["demande_id"] for row in agent.queue() if row["reference"] == done["depot_reference"])
    for demande_id in (online["demande_id"], counter):
        agent.post(f"/demandes/{demande_id}:favorable")
    yield 0
    ways = (f"{TITRE}|en-ligne", f"{TITRE}|autrement")
    wanted = {(code, way): 1 for way in ways for code in ("jours-decision", "gestes-agents")}
    seen = more(monde, before, "deposit", wanted)
    assert counted(seen, "jours-decision", ways[0])[1] - counted(before, "jours-decision", ways[0])[1] == 3
    page = monde.browser().read("/deposit/indicateurs")
    rows = [row.get_text(" ") for row in page.html.select("#gain ~ div tr")]
    [said] = [row for row in rows if "regroupement familial" in row]
    assert "Aucun gain pour les usagers" in said or "ni pour les usagers" in said
    assert "Ruptures commencées" in page.text and "Jours du dépôt à la décision" in page.text


def _rebuild(monde: Monde, service: str) -> None:
    """The command of the operator that counts every figure again from the facts."""
    env = {**os.environ, **monde.stack.env_for(service, "worker")}
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}", "chiffres"], cwd=REPOSITORY, env=env, capture_output=True,
        text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "days counted" in done.stdout, done.stderr[-2000:]


LIVES: dict[str, Cas] = {"routes": routes, "gain": gain}
PROVED: dict[str, str] = {
    "routes": "SUB-22/a SUB-22/b SUB-22/c SUB-22/d XCT-18/b XCT-18/e",
    "gain": "XCT-20/a XCT-20/b XCT-18/c",
}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_what_a_service_did_is_counted_and_open(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure


@pytest.mark.clause("XCT-18/d", "XCT-19/a", "XCT-19/b")
@pytest.mark.usefixtures("ends")
def test_each_service_publishes_its_own_with_the_work_and_the_staff(monde: Monde) -> None:
    """One page for each service, which leads to the others, per préfecture, with concrete help, topics and staff."""
    pages = {service: monde.browser().read(f"/{service}/indicateurs?prefecture={PARIS}") for service in SERVICES}
    for service, page in pages.items():
        others = {f"/{other}/indicateurs" for other in SERVICES if other != service}
        assert others <= {str(link["href"]) for link in page.html.select("main a[href]")}
        assert "Ce service ne suffit pas par lui-même" in page.text and "Agents qui manquent" in page.text
    assert "aide concrète" in pages["ccc"].text and "82 %" in pages["ccc"].text
    assert "Ce qui a été fait" in pages["pan"].text and "131 426" in pages["pan"].text
    # What came in on the days of the lives above, which may have ended in the month after.
    months = {(monde.today - timedelta(days=days)).isoformat()[:7] for days in (0, 10)}
    charge = [row for month in months for row in published(monde, "substitution", month)["charge"]]
    staff = [row for row in charge if row["prefecture"] == PARIS]
    assert max(row["agents"] for row in staff) >= 2 and sum(row["arrivees"] for row in staff) >= 3
    assert all({"faites", "agents_manquants"} <= set(row) for row in staff)
