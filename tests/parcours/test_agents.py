"""One agent in five services: enrolled, signed in, changed, signed out and shut out by any one of them."""

from __future__ import annotations

import pyotp
import pytest

from chassis import clock, hours
from dev.browser import Page
from dev.parcours.case_08 import LIEU
from dev.parcours.monde import Monde, Navigateur
from tests.parcours.accueil import training

pytestmark = pytest.mark.timeout(300)
SERVICES = ("deposit", "ccc", "pan", "substitution", "notify")
LOGIN = "nouvelle@prefecture.test"


def types(browser: Navigateur, service: str, access: Page, *, later: int = 0) -> Page:
    """The answer of a service to her login, her password and the code of now, or of half a minute `later`."""
    login, password, seed = (str(cell.get_text()).strip() for cell in access.html.select("dl.summary dd"))
    totp = pyotp.TOTP(seed)
    code = totp.generate_otp(totp.timecode(clock.now()) + later)
    page = browser.read(f"/{service}/agents/connexion")
    return browser.send(page, "/agents/connexion", login=login, password=password, code=code)


def opens(browser: Navigateur) -> list[str]:
    """The services whose pages for agents this browser opens."""
    return [each for each in SERVICES if browser.read(f"/{each}/agents/sessions").title == "Mes connexions"]


def test_an_agent_comes_changes_and_goes_in_the_five_services_at_once(monde: Monde) -> None:
    boss = monde.desk("nadia")
    team = boss.read("/deposit/agents/equipe")
    who = {"nom": "Nouvelle Agente", "login": LOGIN, "roles": ["instructeur"], "prefectures": "69"}
    access = boss.send(team, "/agents/equipe", **who)
    monde.stack.clock.wait_quiet()

    at_work, other = monde.browser(), monde.browser()
    first = types(at_work, "pan", access)
    monde.stack.clock.wait_quiet()
    repeated = types(other, "ccc", access)
    everywhere = opens(at_work)

    assert (first.status, repeated.status) == (200, 401), "one code serves once in the whole system"
    assert everywhere == list(SERVICES)

    copied = monde.browser()
    copied.http.cookies.update(at_work.http.cookies)
    sessions = at_work.read("/ccc/agents/sessions")
    at_work.send(sessions, "/agents/deconnexion")
    monde.stack.clock.wait_quiet()
    assert opens(copied) == [], "what was copied before she signed out opens nothing"

    hers = next(
        str(link["href"])
        for link in boss.read("/substitution/agents/equipe").html.find_all("a")
        if link.get_text() == "Nouvelle Agente"
    )
    renewed = boss.send(boss.read(hers), "/acces", acte="facteur")
    monde.stack.clock.wait_quiet()
    back = monde.browser()
    assert types(back, "notify", access, later=1).status == 401, "what she lost opens nothing"
    assert types(back, "notify", renewed, later=1).status == 200
    monde.stack.clock.wait_quiet()
    assert opens(back) == list(SERVICES)

    boss.send(boss.read(hers), "/acces", acte="retirer")
    monde.stack.clock.wait_quiet()
    assert opens(back) == [], "a revocation shuts her out everywhere"


@pytest.mark.clause("PAN-15/a")
def test_who_is_trained_is_recorded_with_the_day_in_the_five_services_and_may_then_qualify(monde: Monde) -> None:
    boss, browser, nom = monde.desk("nadia"), monde.browser(), "Bientôt Formée"
    given = {"nom": nom, "login": "formation@pan.test", "prefectures": "75"}
    team = boss.read("/pan/agents/equipe")
    undated = boss.send(team, "/agents/equipe", **given, roles=["pan_forme"])
    to_come = boss.send(team, "/agents/equipe", **given, roles=["pan_forme"], **training(monde.today, later=1))
    assert "Écrivez le jour de sa formation" in undated.text and "Écrivez le jour de sa formation" in to_come.text
    assert nom not in boss.read("/pan/agents/equipe").text, "nobody was enrolled"
    access = boss.send(team, "/agents/equipe", **given, roles=["pan"])
    assert types(browser, "pan", access).status == 200
    monde.stack.clock.wait_quiet()
    assert [recorded(boss, service, nom) for service in SERVICES] == ["Non formé au droit du séjour"] * len(SERVICES)

    desk = f"/pan/bureau/lieux/{LIEU}"
    arrived = browser.send(browser.read(desk), "/arrivees", nom="Reçue Bientôt", objet="AIDE")
    visit = next(str(a["href"]) for a in arrived.html.find_all("a") if "Reçue Bientôt" in a.get_text())
    browser.send(browser.read(visit), "/prendre")
    qualified = {"services": ["QUALIFIER"], "resultat": "A_POURSUIVRE", "suite": "Revenir mardi avec le bail."}
    assert browser.send(browser.read(visit), "/terminer", **qualified).status == 403

    sheet = next(str(a["href"]) for a in boss.read("/pan/agents/equipe").html.find_all("a") if a.get_text() == nom)
    boss.send(boss.read(sheet), sheet, roles=["pan", "pan_forme"], prefectures="75", **training(monde.today))
    monde.stack.clock.wait_quiet()
    words = f"Formé au droit du séjour le {hours.day_in_words(monde.today)}"
    assert [recorded(boss, service, nom) for service in SERVICES] == [words] * len(SERVICES)
    ended = browser.send(browser.read(visit), "/terminer", **qualified)
    assert ended.status == 200 and "Qualifier la demande (agent formé)" in ended.text


def recorded(boss: Navigateur, service: str, nom: str) -> str:
    """What the team page of a service says of the training of this agent."""
    lines = boss.read(f"/{service}/agents/equipe").html.select("ul.ways li")
    (line,) = (line for line in lines if str(line.h2.get_text()) == nom)  # type: ignore[union-attr]
    return str(line.find_all("p")[-1].get_text())
