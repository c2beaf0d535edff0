"""On a line where every request fails once, a person ends her journey: nothing typed is lost, nothing is done twice.

Each page, each form and each part of a file fails the first time that it is asked: it does not arrive, a service is
down, or the answer is lost after the service acted. At a desk she reloads; on a telephone she goes back, and sends
again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Error, Page, Response
from pymongo import MongoClient

from chassis import clock
from dev.parcours.monde import Acteur, add_pieces
from dev.people import MOT_DE_PASSE
from services.deposit.dossier.rules import etats
from tests.pages import line
from tests.pages.conftest import DESK, TELEPHONE, World
from tests.pages.line import Line
from tests.pictures import picture

pytestmark = pytest.mark.timeout(300)

SIZES = {"ordinateur": DESK, "telephone": TELEPHONE}
# Each page and each form fails once, and the page after a form once more.
TRIES, MILLISECONDS = 6, 60_000
# How a browser says that no page came, nor that of its error.
_NO_PAGE = ("net::ERR", "interrupted", "Not attached", "Timeout")


@dataclass
class Somebody:
    """A person at the end of a line that fails."""

    page: Page
    line: Line
    world: World
    name: str
    reloads: bool
    # How she is known to the service, where she is signed in.
    signed_in: Acteur | None = None

    @property
    def person(self) -> Acteur:
        """Herself by the API, on a line that holds."""
        assert self.signed_in is not None
        return self.signed_in

    def opens(self, path: str) -> None:
        """Types an address; reloads until the page comes."""
        if not self._comes(lambda: self.page.goto(path)):
            self._comes_again(self.page.reload)

    def follows(self, link: str) -> None:
        """Follows the first link of this kind."""
        if self._comes(lambda: self.page.click(f"{link} >> nth=0", no_wait_after=True)):
            return
        if self.reloads:
            self._comes_again(self.page.reload)
        else:
            self._comes_again(self.page.go_back)
            self.follows(link)

    def sends(self, form: str, done: str, typed: Mapping[str, str], secret: Mapping[str, str] | None = None) -> None:
        """Fills a form and sends it until the page shows `done`; what she had typed is still in it meanwhile.

        `secret` is what no page gives back: she types it again.
        """
        self._fill(form, typed)
        for _ in range(TRIES):
            self._fill(form, secret or {})
            came = self._comes(lambda: self.page.click(f"{form} button[type=submit] >> nth=0", no_wait_after=True))
            if not came:
                self._comes_again(self.page.reload if self.reloads else self.page.go_back)
            if self.page.locator(done).count():
                return
            self._finds(form, typed)
        raise AssertionError(f"{self.name}: {done} never came, she is at {self.page.url}")

    def _finds(self, form: str, typed: Mapping[str, str]) -> None:
        """The form shows what she typed, or offers it."""
        offered = self.page.locator("text=Reprendre ce que j'avais écrit")
        if offered.count():
            offered.first.click()
        shown = {name: self._shown(form, name) for name in typed}
        assert shown == dict(typed), f"lost on the way back to {self.page.url}"

    def _shown(self, form: str, name: str) -> str:
        field = self.page.locator(f"{form} [name='{name}']").first
        if field.get_attribute("type") == "radio":
            chosen = self.page.locator(f"{form} [name='{name}']:checked")
            return str(chosen.first.get_attribute("value")) if chosen.count() else ""
        return field.input_value()

    def _fill(self, form: str, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            field = self.page.locator(f"{form} [name='{name}']").first
            if field.get_attribute("type") == "radio":
                self.page.check(f"{form} [name='{name}'][value='{value}']")
            elif field.evaluate("field => field.localName") == "select":
                field.select_option(value)
            else:
                field.fill(value)

    def _comes(self, gesture: Callable[[], Any]) -> bool:
        """Whether a page of ours comes; that of a service that is down says what else to do."""
        try:
            with self.page.expect_navigation() as coming:
                gesture()
        except Error as error:
            assert any(words in str(error) for words in _NO_PAGE), error
            # A page that is shown all the same has come: going back or reloading once more would leave it.
            self.page.wait_for_selector("#main-frame-error, main")
            return self.page.locator("main").count() > 0
        answer: Response | None = coming.value
        if answer is None or answer.status != 503:
            return True
        assert self.page.locator("a[href*='/je-n-y-arrive-pas']").count()
        return False

    def _comes_again(self, gesture: Callable[[], Any]) -> None:
        for _ in range(TRIES):
            if self._comes(gesture):
                return
            gesture = self.page.reload
        raise AssertionError(f"{self.name}: no page comes, {self.line.broken[-3:]}")

    def kept(self, service: str, collection: str, criteria: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the service holds of her."""
        with MongoClient[dict[str, Any]](self.world.stack.mongodb_uri) as client:
            # By an index, whichever: MongoDB refuses here what would read a collection without one.
            return list(client[f"sejour_{service}"][collection].find(dict(criteria)).hint("_id_"))


def a_ticket(somebody: Somebody, _folder: Path) -> None:
    """She writes to the contact centre."""
    typed = {"precis": "L'été, « rien » ne part.", "courriel": f"{somebody.name}@exemple.test", "categorie": "SUIVI"}
    somebody.opens("/ccc/")
    somebody.follows("main a[href*='/ccc/ecrire']")
    somebody.sends("main form", ".confirmation .reference", typed)
    assert len(somebody.kept("ccc", "saisines", {"courriel": typed["courriel"]})) == 1


def an_appointment(somebody: Somebody, _folder: Path) -> None:
    """She books at a reception point."""
    somebody.opens("/pan/rendez-vous")
    somebody.sends("main form", "main .slots", {"prefecture": "75", "objet": "AIDE"})
    somebody.follows("main .slots a[href*='/prendre/']")
    somebody.sends("main form", ".confirmation .reference", {"nom": somebody.name})
    assert len(somebody.kept("pan", "rendez_vous", {"nom": somebody.name})) == 1


def a_blocage(somebody: Somebody, _folder: Path) -> None:
    """She says that she is stuck."""
    said = f"{somebody.name} : le bouton reste gris."
    somebody.opens("/substitution/je-n-y-arrive-pas")
    somebody.sends("main form", ".confirmation .reference", {"essai": said, "contact": "06 12 34 56 78"})
    assert len(somebody.kept("substitution", "blocages", {"precis": said})) == 1


def a_sign_in(somebody: Somebody, _folder: Path) -> None:
    """She signs in."""
    typed, secret = {"identifiant": "mei@exemple.test"}, {"password": MOT_DE_PASSE}
    somebody.opens("/deposit/connexion")
    somebody.sends("main form[action$='/connexion']", "form[action$='/deconnexion']", typed, secret)


def a_piece(somebody: Somebody, folder: Path) -> None:
    """She sends a photo in two parts; the page goes on by itself."""
    person, page = somebody.person, somebody.page
    draft = person.post("/demandes", titre_code="visiteur", prefecture="75")["demande_id"]
    code = next(p["code"] for p in person.get(f"/demandes/{draft}")["pieces_attendues"] if p["obligatoire"])
    (folder / "photo.png").write_bytes(picture(width=800, height=600, compress_level=0))
    somebody.opens(f"/deposit/demandes/{draft}/pieces")
    page.clock.install()
    page.set_input_files(f"#{code} [name=fichier]", folder / "photo.png")
    page.click(f"#{code} form.upload button[type=submit]")
    for _ in range(100):
        page.clock.run_for(20_000)
        page.wait_for_timeout(50)
        if page.locator(f"#{code} ul a").count():
            break
    (demande,) = somebody.kept("deposit", "demandes", {"_id": draft})
    assert [piece["nom"] for piece in demande["pieces"]] == ["photo.png"]
    somebody.opens(f"/deposit/demandes/{draft}/pieces")
    assert page.locator(f"#{code} ul a").count() == 1
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    link = str(page.locator(f"#{code} ul a").get_attribute("href"))
    shown = requests.get(f"{somebody.world.stack.url}{link}", cookies=cookies, timeout=60)
    assert shown.content.startswith(b"\x89PNG"), "the file is there after its last answer was lost"


def a_filing(somebody: Somebody, _folder: Path) -> None:
    """She files, and an agent examines, decides and hands the card over: each of them on such a line."""
    person = somebody.person
    somebody.opens("/deposit/commencer/visiteur")
    begun = {"situation": "aucun", "prefecture": "75"}
    somebody.sends("main form[action$='/commencer/visiteur']", "main a[href$='/pieces']", begun)
    usager = person.get("/moi")["usager_id"]
    (draft,) = somebody.kept("deposit", "demandes", {"usager_id": usager})
    add_pieces(person, draft["_id"])
    somebody.opens(f"/deposit/demandes/{draft['_id']}/verifier")
    # Where the page after it is lost, going back shows the demande, filed.
    filed = ".confirmation .reference, dl.summary dt:has-text('Déposée le')"
    somebody.sends("main form[action$='/deposer']", filed, {})
    context = somebody.world.context("instructrice", SIZES["ordinateur"], proxy=somebody.line.address)
    context.set_default_timeout(MILLISECONDS)
    agent = replace(somebody, page=context.new_page())
    for act, typed in {"complete": {}, "favorable": {}, "titre-pret": {"lieu": "Guichet 3, de 9 h à 12 h"}}.items():
        agent.opens(f"/deposit/agents/demandes/{draft['_id']}/actes/{act}")
        agent.sends("main form", "main form [name=etape]", typed)
        agent.sends("main form:has([name=etape])", "#actes", {})
    agent.opens(f"/deposit/agents/personnes/{usager}/identite?pour=REMISE")
    paper = {"papier": "PASSEPORT", "nom": somebody.name, "naissance": "17/05/1990"}
    agent.sends("main form:has([name=papier])", "main:not(:has([name=papier])), main .notice-ok", paper)
    agent.opens(f"/deposit/agents/demandes/{draft['_id']}/actes/remettre")
    day = {"fin_date-jour": "1", "fin_date-mois": "3", "fin_date-annee": str(clock.today().year + 2)}
    agent.sends("main form", "#actes", {"numero": "C-0001", **day})
    context.close()
    (demande,) = somebody.kept("deposit", "demandes", {"usager_id": usager})
    facts = Counter(fact["subject"] for fact in somebody.kept("deposit", "faits", {"aggregate": draft["_id"]}))
    acts = ("demande.deposee", "demande.complete", "demande.decidee", "titre.pret", "titre.remis")
    assert demande["state"] == etats.REMISE
    assert {facts[f"deposit.{act}"] for act in acts} == {1}, facts


# Whether she is signed in already.
JOURNEYS: dict[str, tuple[Callable[[Somebody, Path], None], bool]] = {
    "saisine": (a_ticket, False),
    "rendez-vous": (an_appointment, False),
    "blocage": (a_blocage, False),
    "connexion": (a_sign_in, False),
    "piece": (a_piece, True),
    "depot": (a_filing, True),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fault", line.FAULTS)
@pytest.mark.parametrize("journey", JOURNEYS)
def test_a_journey_on_a_line_where_each_request_fails_once_ends_once_with_all_that_was_typed(
    world: World, tmp_path: Path, journey: str, fault: str, size: str
) -> None:
    walk, signed_in = JOURNEYS[journey]
    name = f"{journey}-{fault}-{size}"
    with line.failing(fault) as failing:
        person = world.somebody(name) if signed_in else None
        context = world.context(name if signed_in else "anonyme", SIZES[size], proxy=failing.address)
        context.set_default_timeout(MILLISECONDS)
        walk(Somebody(context.new_page(), failing, world, name, size == "ordinateur", person), tmp_path)
        context.close()
    assert failing.broken
