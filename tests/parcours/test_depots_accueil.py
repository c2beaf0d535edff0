"""A demande filed at a reception point, with every service up: an agent is named, and what she cannot read is told her.

With deposit down it is taken all the same, and counts from the day she came.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from dev.browser import Page
from dev.files import write_private
from dev.parcours.case_08 import LIEU
from dev.parcours.monde import Monde
from tests.parcours.accueil import visited
from tests.parcours.ensemble import Cas, live
from tests.parcours.guichet import attach_pieces
from tests.parcours.messages import letters_of, messages_of, printed

pytestmark = pytest.mark.timeout(400)
UNREAD = "pas ouvert ce que la préfecture lui a envoyé"
INSTRUCTEURS = {"Inès Instructrice": "ines", "Sam Superviseur": "sam"}
DESK = f"/pan/bureau/lieux/{LIEU}"


def filed_for(monde: Monde, nom: str, adresse: str = "", telephone: str = "") -> tuple[str, dict[str, Any]]:
    """She comes, and a whole dossier is filed for her: its page at her reception point, its line at deposit."""
    farid = monde.agent("pan", "farid")
    visit = visited(monde, {"nom": nom, "prenoms": "Awa", "naissance": "1984-06-07"}, adresse, telephone)
    made = farid.post(f"{visit}/depots", choix="titre:etudiant", stade="premiere")
    page = f"/pan/bureau/depots/{made['id']}"
    attach_pieces(monde, page, "farid")
    farid.post(f"/bureau/depots/{made['id']}:deposer")
    monde.stack.clock.wait_quiet()
    shown = monde.desk("farid").read(page).html.select_one("strong.reference")
    assert shown is not None, "deposit has answered"
    line = next(row for row in monde.agent("deposit", "ines").queue() if row["reference"] == shown.get_text())
    return page, line


def ways_of(monde: Monde, reference: str, modele: str) -> set[str]:
    """The ways by which a message about this demande goes or went."""
    found = (message for message in messages_of(monde, reference) if message["modele"] == modele)
    return {envoi["canal"] for message in found for envoi in message["envois"]}


def to_call(page: Page) -> str:
    """The call list of the desk, in words."""
    found = page.html.select_one("[aria-labelledby='rappels']")
    return found.get_text(" ") if found is not None else ""


def named(monde: Monde) -> Iterator[int]:
    """An instructeur has it under her name, which is on the letter, at the desk; her papers come by post at once."""
    page, line = filed_for(monde, "Nommée Deloin", "3 rue des Lilas\n75020 Paris", "0639980170")
    yield 0
    here = monde.desk("farid").read(page).text
    (agent,) = [nom for nom in INSTRUCTEURS if nom in here]
    theirs = monde.desk(INSTRUCTEURS[agent])
    assert "À votre nom" in theirs.read(f"/deposit/agents/demandes/{line['demande_id']}").text
    assert ways_of(monde, line["reference"], "depot_recu") == {"SMS", "LETTRE"}
    (letter,) = (letter for letter in letters_of(monde, line["reference"]) if letter["modele"] == "depot_recu")
    words = printed(monde, letter)
    assert agent in words and "3 rue des Lilas" in words
    assert "Attestation de dépôt · référence" in words, "the paper is in the envelope"
    monde.agent("deposit", "ines").post(f"/demandes/{line['demande_id']}:favorable")
    yield 0
    assert ways_of(monde, line["reference"], "decision_favorable") == {"SMS", "LETTRE"}


def watched(monde: Monde) -> Iterator[int]:
    """What she did not open goes by post, or by telephone to who has no address; the desk that helped her calls."""
    ines, desk = monde.agent("deposit", "ines"), monde.desk("farid")
    page, line = filed_for(monde, "Suivie Deloin", "3 rue des Lilas\n75020 Paris", "0639980171")
    _, other = filed_for(monde, "Sans Adresse", telephone="0639980172")
    asked = {"pieces": ["ressources"], "texte": "Le dernier mois."}
    ines.post(f"/demandes/{line['demande_id']}:demander-pieces", **asked)
    path = f"/demandes/{other['demande_id']}"
    ines.post(f"{path}:favorable")
    ines.post(f"{path}:titre-pret", lieu="Préfecture d'exemple de Paris")
    yield 0
    assert monde.stack.boites.wait_sms("+33639980171", "vous demande de répondre")
    assert ways_of(monde, line["reference"], "pieces_demandees") == {"SMS"}, "first by the way that she reads"
    for modele in ("depot_recu", "titre_pret"):
        assert ways_of(monde, other["reference"], modele) == {"SMS"}
    assert "Suivie Deloin" not in to_call(desk.read(DESK))

    yield 5
    assert ways_of(monde, line["reference"], "pieces_demandees") == {"SMS", "LETTRE"}
    for modele in ("depot_recu", "titre_pret"):
        assert ways_of(monde, other["reference"], modele) == {"SMS", "APPEL"}
    here = desk.read(DESK)
    assert UNREAD in to_call(here) and "Awa Suivie Deloin" in to_call(here) and "Awa Sans Adresse" in to_call(here)
    desk.send(here, f"/rappels/{page.rsplit('/', 1)[1]}")
    assert "Awa Suivie Deloin" not in to_call(desk.read(DESK)), "called: the line has left the list"
    assert "Appelée le" in desk.read(page).text, "and the call is recorded on her dossier"


LIVES: dict[str, Cas] = {"named": named, "watched": watched}
PROVED: dict[str, str] = {"named": "PAN-12/b PAN-12/c", "watched": "PAN-13/a PAN-13/b PAN-13/c"}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_who_was_helped_to_file_is_not_lost_sight_of(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure


@pytest.mark.clause("PAN-14/b")
@pytest.mark.usefixtures("ends")
def test_what_is_filed_while_deposit_is_down_bears_the_day_of_the_visit(monde: Monde) -> None:
    farid, ines, desk = monde.agent("pan", "farid"), monde.agent("deposit", "ines"), monde.desk("farid")
    visit_day = monde.today
    monde.stack.stop_process("deposit", "rpc")
    try:
        visit = visited(
            monde, {"nom": "Venue Avant", "prenoms": "Awa", "naissance": "1984-06-08"}, "5 rue des Lilas\n75020 Paris"
        )
        made = farid.post(f"{visit}/depots", choix="titre:etudiant", stade="premiere")
        page = f"/pan/bureau/depots/{made['id']}"
        farid.post(f"/bureau/depots/{made['id']}:deposer")
        waiting = desk.read(page).text
        # The order waits at pan, which is not quiet: the day goes by all the same.
        write_private(monde.stack.clock.file, (visit_day + timedelta(days=1)).isoformat())
    finally:
        monde.stack.start_process("deposit", "rpc")
    monde.stack.clock.wait_quiet()

    assert "Demande reçue" in waiting and "Imprimer la preuve de dépôt" in waiting
    shown = desk.read(page).html.select_one("strong.reference")
    assert shown is not None, "deposit has taken it"
    line = next(row for row in ines.queue() if row["reference"] == shown.get_text())
    assert monde.today > visit_day
    assert ines.get(f"/demandes/{line['demande_id']}")["depot_date"] == visit_day.isoformat()
