"""Every page that a persona reaches by links: WCAG 2.2 AA by axe, no sideways scroll at 360 px, with and without
script.
"""

from __future__ import annotations

import re
from collections import deque
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.pages.conftest import DESK, PERSONAS, TELEPHONE, World

pytestmark = pytest.mark.timeout(600)

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ENTRIES = {
    "anonyme": [
        "/",
        "/deposit/",
        "/deposit/choisir",
        "/ccc/",
        "/pan/",
        "/substitution/",
        "/deposit/je-n-y-arrive-pas",
        "/pan/indicateurs",
        "/ccc/consignes",
        "/deposit/divergences",
    ],
    "usager": ["/deposit/espace", "/deposit/choisir"],
    "aidante": ["/deposit/aidants/"],
    "instructrice": ["/deposit/agents/"],
    "superviseur": ["/deposit/agents/", "/substitution/bureau", "/substitution/reglages"],
    "accueil": ["/pan/bureau"],
    "contact": ["/ccc/agents/"],
    "national": ["/deposit/agents/national/", "/deposit/agents/missions/", "/substitution/fraicheur", "/notify/"],
}
# Where the links of a walk may lead, when it is wider than its entries: a person's own pages are all of deposit's.
WITHIN = {"usager": ["/deposit/"]}
PAGES_MAX = 40
# What the walk of a desk must have met: a page of each kind that its agents work on.
REACHED = {
    "instructrice": ["/deposit/agents/demandes/"],
    "superviseur": ["/substitution/reglages/", "/substitution/bureau/voies/"],
    "accueil": ["/pan/bureau/"],
    "contact": ["/ccc/agents/saisines/"],
    "national": ["/notify/", "/deposit/agents/national/", "/substitution/fraicheur"],
}
# What differs between two pages of one kind: identifiers, codes, query strings.
_IDENTIFIER = re.compile(r"/(?=[^/]*\d)[^/]{3,}|/(?:titres|demarches)/[^/]+")
_LEFT = ("deconnexion", "/api/", "/interne/", "/pieces/", ".pdf", ".csv", ".json", "/boites/", "lang=", "/lu/")


def walk(page: Page, persona: str) -> list[str]:
    """Pages reached by links from the entries, one of each kind, at most PAGES_MAX; each must answer below 400."""
    seen: set[str] = set()
    found: list[str] = []
    entries = ENTRIES[persona]
    folders = [entry for entry in WITHIN.get(persona, entries) if entry != "/"]
    todo = deque(entries)
    while todo and len(found) < PAGES_MAX:
        path = todo.popleft()
        kind = _IDENTIFIER.sub("/*", path.partition("?")[0].partition("#")[0])
        if kind in seen:
            continue
        seen.add(kind)
        answer = page.goto(path)
        assert answer is not None, path
        assert answer.status < 400, f"{path}: {answer.status}"
        found.append(path)
        for link in page.eval_on_selector_all("a[href]", "links => links.map(a => a.href)"):
            parts = urlsplit(link)
            # A desk is walked inside its own folder: the public pages around it have their own walk.
            near = any(parts.path.startswith(folder.rstrip("/")) for folder in folders)
            same = parts.netloc == urlsplit(page.url).netloc and near
            if same and not any(left in link for left in _LEFT):
                todo.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return found


def faults(page: Page) -> list[str]:
    """What axe finds, as lines that name the rule and the place."""
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
    return [
        f"{violation['id']}: {node['target']} {node['html'][:120]}"
        for violation in results.response["violations"]
        for node in violation["nodes"][:3]
    ]


@pytest.mark.clause("XCT-08/a", "XCT-08/b")
@pytest.mark.parametrize("persona", PERSONAS)
def test_every_page_a_persona_reaches_is_accessible(world: World, persona: str) -> None:
    context = world.context(persona, DESK)
    page = context.new_page()
    found = walk(page, persona)
    wrong: dict[str, list[str]] = {}
    for path in found:
        page.goto(path)
        listed = faults(page)
        if listed:
            wrong[path] = listed
    context.close()

    assert wrong == {}
    assert len(found) >= len(ENTRIES[persona])
    assert [kind for kind in REACHED.get(persona, ()) if not any(path.startswith(kind) for path in found)] == []


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("script", [True, False], ids=["script", "sans-script"])
def test_on_a_telephone_nothing_scrolls_sideways(world: World, persona: str, script: bool) -> None:
    context = world.context(persona, TELEPHONE, script=True)
    found = walk(context.new_page(), persona)
    context.close()
    context = world.context(persona, TELEPHONE, script=script)
    page = context.new_page()
    wide, headless = [], []
    for path in found:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status < 400, path
        if script and page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(path)
        if page.locator("h1").count() != 1 or page.locator("main").count() != 1:
            headless.append(path)
    context.close()

    assert (wide, headless) == ([], [])
