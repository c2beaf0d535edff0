"""A refusal of a voie is written, from validated reasons, and read by a supervisor; repeated, by the ministry."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest

from services.substitution.actions.papiers import PAPIERS
from services.substitution.actions.voies import Identite
from services.substitution.rules import refus
from services.substitution.store import Voie
from services.substitution.store.voie import PAGE
from tests.browser import Browser
from tests.documents.lecture import text_of
from tests.substitution import acts
from tests.substitution.acts import BIRTH, again, check, opened, page_of
from tests.substitution.conftest import World

FORBIDDEN = ("pays d’origine", "pays d'origine", "visa", "démarches simplifiées", "admission exceptionnelle", "retourn")


def refuse(browser: Browser, voie: Voie, raison: str, *vues: str) -> Any:
    """Refuses through the page."""
    return browser.post(page_of(voie, "/refus"), {"raison": raison, "preuves_vues": list(vues)}, form=page_of(voie))


@pytest.mark.clause("SUB-17/c")
def test_a_refusal_is_a_letter_with_its_reason_and_the_evidence_seen(world: World) -> None:
    """Her screenshot is named; nothing sends her home or to another démarche; a supervisor has it."""
    voie, browser = opened(contact_id="c-8"), world.browser("g93")
    check(browser, voie)

    assert refuse(browser, voie, "IDENTITE_NON_ETABLIE", "capture-ecran").status_code == 303

    refused = again(voie)
    numero = refused.refus[0].numero
    said = text_of(browser.get(page_of(voie, f"/documents/{numero}.pdf")).data).casefold()
    assert PAPIERS.find(numero)[1].nature == "DECISION" and "capture d’écran" in said
    assert not [words for words in FORBIDDEN if words in said]
    assert voie.reference in world.browser("s93").get("/substitution/bureau/refus").text


@pytest.mark.clause("SUB-17/f", "CASE-08/d")
@pytest.mark.parametrize(
    ("raison", "vues"),
    [("RETOURNEZ_CHEZ_VOUS", ("rien",)), ("CONDITION_ARTICLE_4", ("rien",)), ("DEJA_DEPOSEE", ())],
)
def test_what_is_not_a_validated_reason_is_not_written(world: World, raison: str, vues: tuple[str, ...]) -> None:
    """No free text, no article 4 where the route is free, and always what was seen."""
    voie, browser = opened(), world.browser("g93")
    check(browser, voie)

    assert refuse(browser, voie, raison, *vues).status_code == 422 and again(voie).state == "OUVERTE"


def test_no_reason_of_the_list_sends_anybody_elsewhere() -> None:
    """Madame J was told to ask a new visa."""
    texts = [raison.texte.casefold() for raison in refus.RAISONS.values()]

    assert not [text for text in texts for words in FORBIDDEN if words in text]


def test_a_repeated_refusal_alerts_the_ministry(world: World) -> None:
    """The second one to the same person."""
    first, second = (opened(parcours_id="parcours-j", identite=Identite(nom, "", BIRTH)) for nom in ("Jay", "Joy"))
    browser = world.browser("g93")
    for voie in (first, second):
        refuse(browser, voie, "IDENTITE_NON_ETABLIE", "rien")

    assert (again(first).supervision, again(second).supervision) == ("A_REVOIR", "MINISTERE")
    assert "ministère" in world.browser("national").get("/substitution/bureau/refus").text


@pytest.mark.clause("SUB-17/e")
def test_the_alerts_come_first_and_the_list_goes_on_to_its_end(world: World) -> None:
    """More refusals than a page holds, the repeated one written last."""
    browser, alone = world.browser("g93"), [opened(identite=Identite("Seule", "", date(1980, 1, 1)))]
    alone += [opened(identite=Identite(f"Liste {chr(65 + n % 26)}{n // 26 * 'x'}", "", BIRTH)) for n in range(PAGE)]
    for voie in (*alone, again_refused := opened(identite=Identite("Seule", "", date(1980, 1, 1)))):
        refuse(browser, voie, "IDENTITE_NON_ETABLIE", "rien")

    page = world.browser("national").get("/substitution/bureau/refus").text
    listed = page
    following = re.search(r'href="(/substitution/bureau/refus\?apres=[^"]+)"', page)
    assert following is not None
    listed += world.browser("national").get(unescape(following[1])).text

    first = listed.index(again_refused.reference)
    assert first < listed.index("À relire") and first < min(listed.index(voie.reference) for voie in alone)
    assert [voie.reference for voie in alone if voie.reference not in listed] == []


def test_a_supervisor_sets_a_refusal_aside_and_the_voie_is_open_on_its_first_date(world: World) -> None:
    """In one act."""
    voie = opened(identite=Identite("Retire", "", BIRTH))
    refuse(world.browser("g93"), voie, "IDENTITE_NON_ETABLIE", "rien")
    supervisor = world.browser("s93")

    done = supervisor.post(page_of(voie, "/revision"), {"issue": "ANNULE"}, form=page_of(voie))

    assert done.status_code == 303
    after = again(voie)
    assert (after.state, after.date_protegee, after.supervision) == ("OUVERTE", voie.date_protegee, "")
    assert {"substitution.voie.modifiee", "substitution.convocation.emise"} <= set(acts.facts(voie))


def test_where_article_4_is_kept_it_cannot_be_opposed_to_who_showed_its_proof(existing_law: World) -> None:
    """The contact centre's document was seen: the reason falls."""
    voie, browser = opened(preuves=("document-ccc",)), existing_law.browser("g93")
    check(browser, voie)

    assert refuse(browser, voie, "CONDITION_ARTICLE_4", "document-ccc").status_code == 422
    assert refuse(browser, voie, "CONDITION_ARTICLE_4", "rien").status_code == 303
