"""Reception points with every service up: what they offer is true, a closed one loses nobody, a victim stays hidden."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from dev.browser import Page
from dev.parcours.case_08 import LIEU
from dev.parcours.monde import Acteur, Monde, Navigateur, Refus
from droit.catalogue import ROOT
from tests.parcours.ensemble import Cas, live
from tests.parcours.test_agents import types

pytestmark = pytest.mark.timeout(400)
CODE, FERME, AUTRE = "13", "13-pan-pref", "13-pan-aix"
# Where victims are received meanwhile.
AILLEURS, LIEU_SUR = "93", "93-guichet"
IDENTITE = {"papier": "PASSEPORT", "nom_conforme": True, "naissance_conforme": True, "photo_conforme": True}


def closing(monde: Monde) -> Iterator[int]:
    """A place closes, opens again, closes for some days: nobody books there, each booking is carried and told."""
    anybody, boss = monde.anybody("pan"), monde.desk("nadia")
    every = slots(anybody)
    assert len(every) > 200 and len({slot["debut_local"][:10] for slot in every}) > 15, "beyond the first fifty"
    hers = next(slot for slot in reversed(every) if slot["lieu_id"] == FERME)
    booked = anybody.post("/rendez-vous", creneau_id=hers["id"], nom="Portée Ailleurs", telephone="0639980131")
    yield 0
    boss.send(boss.read(f"/pan/bureau/lieux/{FERME}/fermer"), "/fermer", motif="Travaux au rez-de-chaussée")
    yield 0
    closed = section(monde, FERME)
    assert "Fermé" in closed and "Travaux au rez-de-chaussée" in closed
    left = slots(anybody)
    assert {slot["lieu_id"] for slot in left} == {AUTRE}, "the closed place offers nothing"
    without_slot(monde.browser())
    for refused in (anybody, monde.agent("pan", "nadia")):
        path = "/rendez-vous" if refused is anybody else f"/bureau/lieux/{FERME}/rendez-vous"
        with pytest.raises(Refus) as caught:
            refused.post(path, creneau_id=hers["id"], nom="Trop Tard")
        assert caught.value.status in (404, 409, 422)
    moved = anybody.post("/rendez-vous:retrouver", reference=booked["reference"], nom="Portée Ailleurs")
    assert (moved["state"], moved["creneau"]["lieu_id"]) == ("PRIS", AUTRE)
    told = monde.stack.boites.wait_sms("+33639980131", "déplacé")["text"]
    assert "PAN de la sous-préfecture" in told
    follow = next(word for word in told.split() if "/notify/lu/" in word)
    assert "Retrouver" in monde.browser().read(follow.removeprefix(monde.stack.url)).text, "no account is asked for"

    boss.send(boss.read(f"/pan/bureau/lieux/{FERME}"), "/rouvrir")
    yield 0
    assert "Ouvert" in section(monde, FERME) and "créneaux libres sur" in section(monde, FERME)
    again = next(slot for slot in slots(anybody) if slot["lieu_id"] == FERME)
    second = anybody.post("/rendez-vous", creneau_id=again["id"], nom="Revenue Là", telephone="0639980132")

    # Closed for the whole time ahead, by the rules that the préfecture publishes.
    rules = tomllib.loads((ROOT / "prefectures" / f"{CODE}.toml").read_text("utf-8"))
    days = {"du": monde.in_days(0), "au": monde.in_days(60), "motif": "Inventaire"}
    for lieu in rules["lieux"]:
        lieu["fermetures"] = [days] if lieu["code"] == FERME else lieu.get("fermetures", [])
    publish(monde, rules)
    yield 0
    assert {slot["lieu_id"] for slot in slots(anybody)} == {AUTRE}
    carried = anybody.post("/rendez-vous:retrouver", reference=second["reference"], nom="Revenue Là")
    assert carried["creneau"]["lieu_id"] == AUTRE
    shown = section(monde, FERME)
    assert "Inventaire" in shown and "Aucun créneau libre" in shown

    # Nothing is left there: the préfecture and the ministry see it, each at its own desk.
    desk = enrolled(monde, "alerte@prefecture.test", "prefecture")
    for browser in (desk, boss):
        assert "PAN de la préfecture" in browser.read("/pan/bureau/alertes").text
    yield max(0, day_of(moved) - monde.today.toordinal())
    assert "Portée Ailleurs" in boss.read(f"/pan/bureau/lieux/{AUTRE}").text, "the agenda of the other place shows it"
    publish(monde, tomllib.loads((ROOT / "prefectures" / f"{CODE}.toml").read_text("utf-8")))
    yield 0
    assert "Aucun créneau libre" not in section(monde, FERME)


def without_slot(browser: Navigateur) -> None:
    """Who finds no slot is led to a reception point that has some, and to the other routes."""
    nothing = browser.read(f"/pan/rendez-vous?prefecture={CODE}&objet=VICTIME")
    assert "Un autre point d'accueil a des créneaux" in nothing.text.replace("’", "'")
    ways = [str(link["href"]) for link in nothing.html.find_all("a")]
    near = next(way for way in ways if "prefecture=" in way and "/pan/rendez-vous" in way and f"={CODE}&" not in way)
    assert browser.read(near).html.select("ul.slots a"), "another one that has some"
    assert browser.read(f"/substitution/?prefecture={CODE}").status == 200


def in_confidence(monde: Monde) -> Iterator[int]:
    """A victim met at the desk, on the waiting list, and by appointment: written to only where she says, unnamed."""
    trained, helper = (
        enrolled(monde, f"{role}@pan.test", role, prefecture=AILLEURS) for role in ("pan_forme", "pan_volontaire")
    )
    anybody = monde.anybody("pan")
    for number, nom, safe in (("0639980141", "Confiance Une", "true"), ("0639980142", "Confiance Deux", "")):
        page = trained.read(f"/pan/bureau/lieux/{LIEU_SUR}")
        arrived = trained.send(page, "/arrivees", nom=nom, objet="VICTIME")
        assert nom in arrived.text, arrived.text
        visit = next(str(a["href"]) for a in arrived.html.find_all("a") if nom in a.get_text())
        trained.send(trained.read(visit), "/prendre")
        seen = {**typed_identity(nom), "telephone": number}
        trained.send(trained.read(visit), "/verifier", **seen, **({"sans_danger": safe} if safe else {}))
        trained.send(
            trained.read(visit), "/terminer", services=["INFORMATION"], resultat="A_POURSUIVRE", suite="Revenir mardi."
        )
    yield 0
    told = monde.stack.boites.wait_sms("+33639980141")["text"]
    assert not any(word in told.lower() for word in ("violence", "victime", "visite"))
    assert monde.stack.boites.sms("+33639980142") == [], "she did not say that it is safe"
    assert "Confiance Une" in trained.read(f"/pan/bureau/lieux/{LIEU_SUR}").text
    assert "Confiance" not in helper.read(f"/pan/bureau/lieux/{LIEU_SUR}").text, "ended visits included"

    slot = next(s for s in slots(anybody, AILLEURS, "VICTIME"))
    kept = {"creneau_id": slot["id"], "objet": "VICTIME", "telephone": "0639980143", "sans_danger": True}
    booked = anybody.post("/rendez-vous", nom="Victime Attendue", **kept)
    waits = {"prefecture": AILLEURS, "objet": "VICTIME"}
    listed = anybody.post("/attentes", nom="Victime Listée", telephone="0639980144", sans_danger=True, **waits)
    unsafe = anybody.post("/attentes", nom="Victime Cachée", telephone="0639980145", **waits)
    anonymous = anybody.post("/attentes", nom="Sans Téléphone", prefecture=AILLEURS)
    yield 0
    anybody.post("/rendez-vous:annuler", reference=booked["reference"], nom="Victime Attendue")
    yield 0
    freed = monde.stack.boites.wait_sms("+33639980144")["text"]
    assert not any(word in freed.lower() for word in ("victime", "violence", "confiance"))
    assert monde.stack.boites.sms("+33639980145") == [] and unsafe["reference"] != listed["reference"]

    # Without a telephone she is on the list too, and the page says how she will know.
    browser = monde.browser()
    page = browser.read(f"/pan/rendez-vous?prefecture={AILLEURS}&objet=AIDE")
    waiting = browser.send(page, "/attentes", nom="Sans Numéro")
    assert "passez au point d'accueil avec cette référence" in waiting.text.replace("’", "'")
    assert anonymous["reference"].startswith("L-")


def agent_to_agent(monde: Monde) -> Iterator[int]:
    """A failure during help waits for those who come first; its answer is on the desk; nobody leaves blocked bare."""
    farid, cyril = monde.agent("pan", "farid"), monde.agent("ccc", "cyril")
    arrived = farid.post(f"/bureau/lieux/{LIEU}/arrivees", nom="Bloquée Ici", objet="AIDE")
    path = f"/bureau/visites/{arrived['id']}"
    farid.post(f"{path}:prendre")
    farid.post(f"{path}:verifier", **IDENTITE, nom="Bloquée Ici", naissance_date="1980-01-01")
    farid.post(f"{path}:saisir", precis="Une demande fantôme empêche le dépôt.")
    ended = {"services": ["ORDINATEUR"], "resultat": "BLOQUE", "suite": "Revenir demain."}
    with pytest.raises(Refus) as caught:
        farid.post(f"{path}:terminer", **ended)
    assert caught.value.problem["code"] == "ATTESTATION_A_DONNER"
    yield 0
    first = next(row for row in cyril.queue() if "demande fantôme empêche" in row["precis"])
    quote = {"citation": "demande fantôme", "texte": "La demande fantôme est close : le dépôt passe."}
    cyril.post(f"/agents/saisines/{first['id']}:repondre", **quote, issue="AIDE_DEPOT")
    yield 0
    shown = monde.desk("farid").read(f"/pan{path}").text
    assert "Le centre de contact a répondu" in shown
    farid.post(f"{path}:terminer", **ended)


def slots(who: Acteur, prefecture: str = CODE, objet: str = "AIDE") -> list[dict[str, Any]]:
    """Every free slot of the préfecture, page after page."""
    found: list[dict[str, Any]] = []
    suite = ""
    while True:
        page = who.get(f"/creneaux?prefecture={prefecture}&objet={objet}&apres={suite.replace('+', '%2B')}")
        found += page["creneaux"]
        suite = page["suite"]
        if not suite:
            return found


def section(monde: Monde, lieu_id: str) -> str:
    """What the directory says of a place."""
    found = monde.browser().read(f"/pan/annuaire/{CODE}").html.select_one(f"[aria-labelledby='l-{lieu_id}']")
    assert found is not None
    return " ".join(str(found.get_text(" ")).split())


def publish(monde: Monde, rules: dict[str, Any]) -> None:
    """The rules of the préfecture, in force from today."""
    body = {"regles": json.loads(json.dumps(rules, default=str)), "depuis": monde.in_days(0)}
    monde.agent("substitution", "nadia").call("PUT", f"/bureau/prefectures/{CODE}", json=body)


def day_of(appointment: dict[str, Any]) -> int:
    """The ordinal of its day."""
    return date.fromisoformat(appointment["creneau"]["debut_local"][:10]).toordinal()


def enrolled(monde: Monde, login: str, role: str, prefecture: str = CODE) -> Navigateur:
    """The browser of a new agent of the préfecture, signed in at pan."""
    boss, browser = monde.desk("nadia"), monde.browser()
    nom = "Agente " + role.replace("_", " ").title()
    given = {"nom": nom, "login": login, "roles": [role], "prefectures": prefecture}
    access: Page = boss.send(boss.read("/pan/agents/equipe"), "/agents/equipe", **given)
    assert types(browser, "pan", access).status == 200
    return browser


def typed_identity(nom: str) -> dict[str, str]:
    """The identity check as the form sends it."""
    checks = dict.fromkeys(("nom_conforme", "naissance_conforme", "photo_conforme"), "true")
    born = {"naissance_date-jour": "1", "naissance_date-mois": "1", "naissance_date-annee": "1980"}
    return {"papier": "PASSEPORT", "nom": nom, **checks, **born}


LIVES: dict[str, Cas] = {"closing": closing, "confidence": in_confidence, "centre": agent_to_agent}
PROVED: dict[str, str] = {
    "closing": (
        "PAN-10/a PAN-10/b PAN-10/c PAN-10/d PAN-10/e PAN-10/h PAN-11/a PAN-11/b PAN-11/c PAN-11/d PAN-11/e PAN-11/f"
    ),
    "confidence": "PAN-04/c PAN-16/a PAN-16/c PAN-16/d",
    "centre": "PAN-09/b PAN-09/c",
}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_a_reception_point_keeps_its_word(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure
