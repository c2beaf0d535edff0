"""What an agent of the centre answers, asks, ends and opens again, with every service up: each word is true."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from dev.environment import CENTRE
from dev.parcours.case_41 import p_att
from dev.parcours.monde import Acteur, Monde, Refus
from tests.parcours.cas_dossier import ticket_of
from tests.parcours.ensemble import Cas, live

pytestmark = pytest.mark.timeout(400)
AIDE, SUIVI, TRANSMISE = "AIDE_DEPOT", "INFORMATION_SUIVI", "ANOMALIE_TRANSMISE"
QUOTE = "la page dit que je suis inconnue"


def kept_word(monde: Monde) -> Iterator[int]:
    """Shut out without a symptom; a voie opened by itself. What is sent fits her, and the end says what was done."""
    courriel = "parole@exemple.test"
    told = {"precis": f"Impossible de me connecter : {QUOTE}.", "categorie": "TELEPROCEDURE", "prefecture": "75"}
    ticket = monde.anybody("ccc").post("/saisines", **told, courriel=courriel)
    yield 0
    assert monde.stack.boites.wait_courriel(courriel, "(V-")
    centre, boss = monde.agent("ccc", "chloe"), monde.agent("ccc", "cyril")
    calls, before = f"/agents/saisines/{ticket_of(monde, ticket)}", ended_by(monde)
    for issue in (AIDE, SUIVI, TRANSMISE, "SOLUTION_ANNONCEE"):
        assert refusal(centre, f"{calls}:clore", issue=issue) == "PAS_ENCORE_TRAITEE"
    away = {"citation": QUOTE, "texte": "Connectez-vous à votre compte : la page y est.", "issue": AIDE}
    assert refusal(centre, f"{calls}:repondre", **away) == "RENVOI_A_L_ESPACE"
    asked = {"citation": QUOTE, "question": "Que dit votre espace personnel de cette page ?"}
    assert refusal(centre, f"{calls}:reformuler", **asked) == "RENVOI_A_L_ESPACE"
    asked["question"] = "Cette page, l’avez-vous vue en navigation privée ?"
    assert refusal(centre, f"{calls}:reformuler", **asked) == "GESTE_TROP_TECHNIQUE"
    assert refusal(centre, f"{calls}:reformuler", question="Pouvez-vous préciser ?") == "REPONSE_A_COTE"

    answer = centre.post(f"{calls}:repondre", citation=QUOTE, texte="Quelle page vous dit cela ?", issue=AIDE)
    assert answer["state"] == "A_PRECISER", "it is called an answer, and she has to explain again"
    centre.post(f"{calls}:reformuler", citation=QUOTE, question="Quel jour la page l’a-t-elle dit ?")
    asked["question"] = "Et quelle autre page ?"
    assert refusal(centre, f"{calls}:reformuler", **asked) == "TROP_DE_REFORMULATIONS"
    centre.post(f"{calls}:attester")
    centre.post(f"{calls}:repondre", citation=QUOTE, texte="Vous n’êtes pas inconnue : le guichet reçoit.", issue=AIDE)
    assert refusal(centre, f"{calls}:clore", issue=TRANSMISE) == "ANOMALIE_NON_LIEE"
    assert refusal(centre, f"{calls}:clore", issue=AIDE, mot="Allez dans votre espace.") == "RENVOI_A_L_ESPACE"
    centre.post(f"{calls}:clore", issue=AIDE, mot="Le guichet garde votre place.")
    yield 0
    attested = monde.stack.boites.wait_courriel(courriel, "attestation")
    assert [piece["name"] for piece in attested["attachments"]] == ["attestation-de-blocage.pdf"]
    ended = monde.stack.boites.wait_courriel(courriel, "Le guichet garde votre place.")
    assert "terminée : Aide donnée pour déposer" in " ".join(ended["subject"].split())
    assert "ni la préfecture ni la direction générale" in " ".join(ended["text"].split())
    assert ended_by(monde)[AIDE] == before[AIDE] + 1

    # On the telephone she says that it is not; then by e-mail: the same ticket, a level higher each time.
    centre.post(f"{calls}:rouvrir")
    assert ticket["reference"] not in references(centre)
    assert ticket["reference"] in references(boss)
    boss.post(f"{calls}:repondre", citation=QUOTE, texte="La page est réparée, et vous êtes connue.", issue=AIDE)
    write(monde, courriel, f"Re: {ticket['reference']}", "Ce n'est toujours pas réglé.")
    seen = monde.anybody("ccc").get(f"/saisines/{ticket['cle']}")
    assert (seen["state"], seen["niveau"]) == ("OUVERTE", 3)


def ended_too_early(monde: Monde) -> Iterator[int]:
    """Answered and ended on the first day, a blockage that lasts is attested all the same."""
    courriel, words = "trop-tot@exemple.test", "Le bouton Envoyer reste gris"
    told = {"precis": words, "categorie": "TELEPROCEDURE", "prefecture": "75", "courriel": courriel}
    ticket = monde.anybody("ccc").post("/saisines", **told)
    yield 0
    centre, calls = monde.agent("ccc", "chloe"), f"/agents/saisines/{ticket_of(monde, ticket)}"
    centre.post(f"{calls}:repondre", citation=words, texte="Ce bouton gris nous est connu.", issue=AIDE)
    centre.post(f"{calls}:clore", issue="SOLUTION_ANNONCEE")
    yield p_att(monde) + 1
    assert monde.stack.boites.wait_courriel(courriel, "attestation")["attachments"]
    other = {"precis": words, "categorie": "INFORMATION", "prefecture": "75", "courriel": courriel}
    asked = monde.anybody("ccc").post("/saisines", **other)
    yield 0
    calls = f"/agents/saisines/{ticket_of(monde, asked)}"
    assert refusal(centre, f"{calls}:clore", issue=SUIVI) == "PAS_DE_REPONSE"
    call = centre.post(f"{calls}/appels", sens="ENTRANT")["appel_id"]
    centre.post(f"/agents/appels/{call}:terminer", resultat="TRAITE")
    assert centre.post(f"{calls}:clore", issue=SUIVI)["state"] == "CLOSE", "she was answered on the telephone"


def refusal(agent: Acteur, path: str, **body: Any) -> str:
    """The code by which the desk refuses an act."""
    with pytest.raises(Refus) as refused:
        agent.post(path, **body)
    assert refused.value.status < 500
    return str(refused.value.problem["code"])


def references(agent: Acteur) -> set[str]:
    """The tickets in the queue of this agent."""
    return {str(row["reference"]) for row in agent.queue()}


def ended_by(monde: Monde) -> dict[str, int]:
    """How many tickets ended by each duty, as the public figures say it."""
    found: dict[str, int] = monde.anybody("ccc").get("/chiffres")["issues"]
    return found


def write(monde: Monde, courriel: str, subject: str, words: str) -> None:
    """She writes to the centre; what came is read."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = courriel, CENTRE, subject
    message.set_content(words)
    monde.send_to_centre(message)
    monde.stack.clock.wait_quiet()


LIVES: dict[str, Cas] = {"word": kept_word, "early": ended_too_early}
PROVED: dict[str, str] = {
    "word": (
        "CCC-02/c CCC-02/d CCC-02/e CCC-02/f CCC-03/d CCC-03/f CCC-03/g CCC-03/h CCC-04/b CCC-04/c CCC-05/b CCC-06/a"
        " CCC-19/b"
    ),
    "early": "CCC-02/b CCC-06/c",
}


@pytest.fixture(scope="module")
def ends(monde: Monde) -> dict[str, BaseException | None]:
    """How each life ended: all are lived together on one legal clock."""
    return live(monde, LIVES)


@pytest.mark.parametrize(
    "life", [pytest.param(name, marks=pytest.mark.clause(*PROVED[name].split()), id=name) for name in LIVES]
)
def test_the_centre_keeps_its_word(ends: dict[str, BaseException | None], life: str) -> None:
    failure = ends[life]
    if failure is not None:
        raise failure
