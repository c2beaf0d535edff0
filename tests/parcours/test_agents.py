"""One agent in five services: enrolled, signed in, changed, signed out and shut out by any one of them."""

from __future__ import annotations

import pyotp
import pytest

from chassis import clock
from dev.browser import Page
from dev.parcours.monde import Monde, Navigateur

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
