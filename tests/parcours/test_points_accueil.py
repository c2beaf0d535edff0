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
from tests.parcours.accueil import training
from tests.parcours.cas_dossier import ticket_of
from tests.parcours.ensemble import Cas, live
from tests.parcours.guichet import path_of
from tests.parcours.test_agents import types

pytestmark = pytest.mark.timeout(400)
CODE, FERME, AUTRE = "13", "13-pan-pref", "13-pan-aix"
# Of no sample: what stands there was enrolled.
SANS_REGLES = "74"
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
    asked = {"precis": "Question ordinaire, posée avant la panne.", "categorie": "SUIVI", "prefecture": "75"}
    ordinary = monde.anybody("ccc").post("/saisines", **asked, courriel="ordinaire@exemple.test")
    farid.post(f"{path}:saisir", precis="Une demande fantôme empêche le dépôt.")
    ended = {"services": ["ORDINATEUR"], "resultat": "BLOQUE", "suite": "Revenir demain."}
    with pytest.raises(Refus) as caught:
        farid.post(f"{path}:terminer", **ended)
    assert caught.value.problem["code"] == "ATTESTATION_A_DONNER"
    yield 0
    queue = list(cyril.queue())
    first = next(row for row in queue if "demande fantôme empêche" in row["precis"])
    before = queue[: queue.index(first)]
    assert ordinary["reference"] not in {row["reference"] for row in before}, "asked before, called after"
    assert all("un agent attend avec la personne" in row["raison"] for row in (*before, first)), "first of its queue"
    quote = {"citation": "demande fantôme", "texte": "La demande fantôme est close : le dépôt passe."}
    cyril.post(f"/agents/saisines/{first['id']}:repondre", **quote, issue="AIDE_DEPOT")
    yield 0
    shown = monde.desk("farid").read(f"/pan{path}").text
    assert "Le centre de contact a répondu" in shown
    farid.post(f"{path}:terminer", **ended)


def only_blocked(monde: Monde) -> Iterator[int]:
    """Who can do it alone is led to a route, on the page and at the desk, and takes no slot; who came has a proof."""
    farid, browser, desk = monde.agent("pan", "farid"), monde.browser(), monde.desk("farid")
    anybody, page = monde.anybody("pan"), f"/pan/bureau/lieux/{LIEU}"
    before = len(slots(anybody, "75")), visits(monde)
    led = browser.read("/pan/rendez-vous?prefecture=75&objet=SEUL")
    ways = {str(link["href"]) for link in led.html.find_all("a")}
    assert {"/ccc/", "/substitution/je-n-y-arrive-pas"} <= ways and not led.html.select("ul.slots a")
    assert browser.read("/ccc/").status == 200
    stuck = "/substitution/je-n-y-arrive-pas"
    assert browser.send(browser.read(stuck), "/je-n-y-arrive-pas", essai="Bouton gris.", prefecture="75").reference
    sent = desk.send(desk.read(page), "/orienter", precis="Le bouton Envoyer reste gris.", choix="titre:etudiant")
    reference = str(sent.html.select_one("strong.reference").get_text())  # type: ignore[union-attr]

    # The centre knows her name from a call; she says nothing of it here.
    number, called = "9971020301", monde.agent("ccc", "chloe")
    seen = {"nom": "Déjà Appelée", "prenoms": "Une"}
    monde.person(
        **seen, naissance_date="1971-02-03", numero_etranger=number, courriel="appelee@exemple.test", prefecture="75"
    )
    told = {"precis": "Je n’arrive pas à déposer.", "categorie": "SUIVI", "prefecture": "75", "nom": "Déjà Appelée"}
    ticket = monde.anybody("ccc").post("/saisines", **told, courriel="deja.appelee@exemple.test")
    yield 0
    repere = {"repere": number, "naissance": "1971-02-03"}
    called.post(f"/agents/saisines/{ticket_of(monde, ticket)}:verifier-identite", **seen, **repere)
    assert (len(slots(anybody, "75")), visits(monde)) == before, "no slot is taken, no visit is counted"
    followed = monde.browser().read(f"/substitution/suivre?reference={reference}")
    assert followed.status == 200 and "V-" in followed.text, "a route has opened for her"

    born = {"naissance_date-jour": "3", "naissance_date-mois": "2", "naissance_date-annee": "1971"}
    persons: tuple[tuple[str, dict[str, str], bool], ...] = (
        ("Jamais Venue", {}, True),
        ("Avec Ticket", {"ticket": ticket["reference"]}, False),
        ("DEJA APPELEE", {}, False),
        ("Le Dit", {"ccc_deja": "true"}, False),
    )
    for nom, other, out in persons:
        arrived = farid.post(f"/bureau/lieux/{LIEU}/arrivees", nom=nom, objet="AIDE")
        visit = f"/pan/bureau/visites/{arrived['id']}"
        desk.send(desk.read(visit), "/verifier", **typed_identity(nom) | born | other)
        offered = {str(option["value"]) for option in desk.read(visit).html.select("#f-orientation option")}
        assert ("CCC" in offered) is out, (nom, offered)
        if not out:
            away = {"services": ["INFORMATION"], "resultat": "A_POURSUIVRE", "suite": "Appeler.", "orientation": "CCC"}
            with pytest.raises(Refus):
                farid.post(f"/bureau/visites/{arrived['id']}:terminer", **away)
    ended = farid.post(
        f"/bureau/visites/{arrived['id']}:terminer", services=["INFORMATION"], resultat="A_POURSUIVRE",
        difficulte="Le bouton reste gris.", suite="Déposer au guichet.",
    )  # fmt: skip
    number = next(str(paper["numero"]) for paper in ended["papiers"])
    assert monde.anybody("pan").get(f"/documents/{number}")["etat"] == "valide"
    opened = monde.anybody("substitution").post(
        "/voies", prefecture="75", objet="titre:etudiant", nom="Le Dit", preuves=["preuve-de-visite"]
    )
    yield 0
    counter = monde.agent("substitution", "gael")
    path = path_of(counter, opened["reference"])
    route = monde.desk("gael").read(f"/substitution{path}").text
    assert "Une preuve de visite à un point d’accueil" in route.replace("'", "’")
    papers = dict.fromkeys(("papier", "nom_concorde", "naissance_concorde", "visage_concorde"), "oui")
    counter.post(f"{path}/identite", **papers, nom="Le Dit", prenoms="Une", naissance="1971-02-03")
    with pytest.raises(Refus) as caught:
        counter.post(f"{path}/refus", raison="CONDITION_ARTICLE_4", preuves_vues=["preuve-de-visite"])
    assert caught.value.problem["code"] == "REFUS_IMPOSSIBLE", "no other proof may be asked for"
    assert counter.get(path)["state"] == "OUVERTE"


def on_its_site(monde: Monde) -> Iterator[int]:
    """The pages of a préfecture show the places of the directory as they are now, France services houses included."""
    boss, fragment = monde.agent("pan", "nadia"), f"/deposit/rubrique/fragment.html?prefecture={SANS_REGLES}"
    house = {
        "prefecture": SANS_REGLES, "nom": "Maison France services du Lac", "adresse": "2 quai du Lac",
        "ville": "Annecy", "code_postal": "74000", "telephone": "04 99 00 74 01", "de": "09:00", "a": "12:00",
        "vecteurs": ["telephone", "accueil"], "jours": [0, 3],
    }  # fmt: skip
    made = boss.post("/bureau/lieux", **house)
    shown = monde.browser().read(fragment).text
    directory = monde.browser().read(f"/pan/annuaire/{SANS_REGLES}").text
    for words in ("Maison France services du Lac", "2 quai du Lac", "04 99 00 74 01"):
        assert words in shown and words in directory
    assert "9 h" in shown, "its hours"
    fed = monde.http.get(f"{monde.stack.url}/deposit/rubrique/donnees.json?prefecture={SANS_REGLES}", timeout=10).json()
    assert [lieu["nom"] for lieu in fed["lieux"]] == ["Maison France services du Lac"]
    monde.desk("nadia").send(
        monde.desk("nadia").read(f"/pan/bureau/lieux/{made['id']}/fermer"), "/fermer", motif="Fin."
    )
    yield 0
    assert "Maison France services du Lac" not in monde.browser().read(fragment).text, "closed, nobody is sent there"


def visits(monde: Monde) -> int:
    """How many visits ended, as the public figures say it."""
    return int(monde.anybody("pan").get("/statistiques?departement=75")["total"]["visites"])


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
    given |= training(monde.today) if role == "pan_forme" else {}
    access: Page = boss.send(boss.read("/pan/agents/equipe"), "/agents/equipe", **given)
    assert types(browser, "pan", access).status == 200
    return browser


def typed_identity(nom: str) -> dict[str, str]:
    """The identity check as the form sends it."""
    checks = dict.fromkeys(("nom_conforme", "naissance_conforme", "photo_conforme"), "true")
    born = {"naissance_date-jour": "1", "naissance_date-mois": "1", "naissance_date-annee": "1980"}
    return {"papier": "PASSEPORT", "nom": nom, **checks, **born}


LIVES: dict[str, Cas] = {
    "closing": closing,
    "confidence": in_confidence,
    "centre": agent_to_agent,
    "blocked": only_blocked,
    "site": on_its_site,
}
PROVED: dict[str, str] = {
    "closing": (
        "PAN-10/a PAN-10/b PAN-10/c PAN-10/d PAN-10/e PAN-10/h PAN-11/a PAN-11/b PAN-11/c PAN-11/d PAN-11/e PAN-11/f"
    ),
    "confidence": "PAN-04/c PAN-16/a PAN-16/c PAN-16/d",
    "centre": "PAN-09/a PAN-09/b PAN-09/c",
    "blocked": "PAN-06/b PAN-06/c PAN-08/a PAN-17/b",
    "site": "PAN-01/d",
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
