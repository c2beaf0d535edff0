"""Real pages in Debian's chromium: each persona walks every page she can reach, on a desk and on a telephone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from chassis import clock
from dev import people, seed
from dev.parcours.monde import Acteur, Monde, add_pieces
from dev.stack import Stack

DESK, TELEPHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Personas: nobody signed in, a person with a filed demande, a helper with a mandate, and one agent of each desk (the
# sign-on is one for all).
PERSONAS = ("anonyme", "usager", "aidante", "instructrice", "superviseur", "accueil", "contact", "national")
AGENTS = {
    "instructrice": "ines",
    "superviseur": "sam",
    "accueil": "farid",
    "contact": "cyril",
    "national": "otto",
}


@dataclass
class World:
    """A sown stack and a browser; `context(persona)` is signed in as she is."""

    stack: Stack
    browser: Browser
    states: dict[str, object] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    def somebody(self, name: str) -> Acteur:
        """A person of this name who opens an account: a persona from now on, here by the API."""
        monde = Monde(self.stack)
        typed = {"nom": name, "naissance_date": "1990-05-17", "password": people.MOT_DE_PASSE}
        self.people[name] = monde.anybody("deposit").post("/comptes", **typed)["identifiant"]
        signed = monde.anybody("deposit").post(
            "/comptes:connexion", identifiant=self.people[name], password=people.MOT_DE_PASSE
        )
        return Acteur(monde, "deposit", signed["jeton"])

    def context(
        self, persona: str, viewport: dict[str, int], *, script: bool = True, proxy: str = ""
    ) -> BrowserContext:
        """A fresh browser profile of this persona."""
        context = self.browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            java_script_enabled=script,
            base_url=self.stack.url,
            locale="fr-FR",
            storage_state=self._state(persona),  # type: ignore[arg-type]
            proxy={"server": proxy} if proxy else None,
        )
        context.set_default_timeout(20_000)
        return context

    def _state(self, persona: str) -> object:
        """Cookies of the persona: she signs in once, by the page that she would use."""
        if persona == "anonyme":
            return None
        if persona not in self.states:
            context = self.browser.new_context(base_url=self.stack.url, locale="fr-FR")
            page = context.new_page()
            if persona == "usager" or persona in self.people:
                page.goto("/deposit/connexion")
                page.fill("[name=identifiant]", self.people.get(persona, "mei@exemple.test"))
                page.fill("[name=password], [name=mot_de_passe]", people.MOT_DE_PASSE)
            elif persona == "aidante":
                page.goto("/deposit/aidants/connexion")
                page.fill("[name=login]", people.AIDANTE)
                page.fill("[name=password]", people.MOT_DE_PASSE)
                page.fill("[name=code]", helper_code(self.stack))
            else:
                agent = next(a for a in people.AGENTS if a["login"] == AGENTS[persona])
                page.goto("/ccc/agents/connexion")
                page.fill("[name=login]", agent["login"])
                page.fill("[name=password]", people.MOT_DE_PASSE)
                page.fill("[name=code]", pyotp.TOTP(agent["totp_seed"]).now())
            page.click("main button[type=submit]")
            page.wait_for_load_state()
            self.states[persona] = context.storage_state()
            context.close()
        return self.states[persona]


def helper_code(stack: Stack) -> str:
    """What the application of the sample helper shows; one that served a moment ago gives way to the next."""
    key, used = pyotp.TOTP((stack.data / people.CLE_AIDANTE).read_text()), stack.data / "aidante.pas"
    step = max(key.timecode(clock.now()), int(used.read_text()) + 1 if used.exists() else 0)
    used.write_text(str(step))
    return key.generate_otp(step)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole system, its legal clock standing still."""
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def world(stack: Stack) -> Iterator[World]:
    """The sample world, with one demande filed, in a real browser. Debian's chromium is asked for by name."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: apt install chromium (README)"
    seed.sow(stack)
    monde = Monde(stack)
    # A route and a ticket, so that the desks have what they work on.
    monde.anybody("substitution").post("/voies", prefecture="75", objet="titre:etudiant", nom="Voie", prenoms="Exemple")
    monde.anybody("ccc").post("/saisines", precis="Le bouton reste gris.", categorie="TELEPROCEDURE", prefecture="75")
    token = monde.anybody("deposit").post(
        "/comptes:connexion", identifiant="mei@exemple.test", password=people.MOT_DE_PASSE
    )["jeton"]
    person = monde.anybody("deposit")
    person.token = token
    draft = person.post("/demandes", titre_code="etudiant", prefecture="75", fin_titre_date=monde.in_days(60))
    add_pieces(person, draft["demande_id"])
    person.post(f"/demandes/{draft['demande_id']}:deposer")
    person.post("/demandes", titre_code="raison-de-sante", prefecture="75")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        yield World(stack, browser)
        browser.close()
