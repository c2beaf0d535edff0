"""Who may do what, through HTTP, cell by cell: the table of `rules/acces.py` is what the desk answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser import Browser
from tests.pan.deskwork import LIEU, known, receive

# Act -> (page that the agent sends, what she types, who gets through). 93 is everybody's préfecture but `lyon`'s.
WHO = ("formee", "accueil", "volontaire", "lyon", "guichet", "ccc", "notaire")
READS = {"formee", "accueil", "volontaire", "guichet"}
HELPS = {"formee", "accueil"}


def test_nobody_but_an_agent_sees_a_desk(public: Browser) -> None:
    """A link takes to the sign-on page; a form sent without it is refused."""
    assert public.get(LIEU).status_code == 302
    assert public.client.post("/pan/api/v1/bureau/lieux/93-pan-nord/arrivees", json={}).status_code in (400, 401)


@pytest.mark.clause("XCT-07/c")
@pytest.mark.parametrize("name", WHO)
def test_the_desk_is_read_by_its_own_agents(desk: Callable[[str], Browser], name: str) -> None:
    """Roles and préfecture both count."""
    assert (desk(name).get(LIEU).status_code == 200) == (name in READS)


@pytest.mark.clause("XCT-07/c", "PAN-15/c")
@pytest.mark.parametrize(
    ("act", "typed", "may"),
    [
        ("verifier", {}, {"formee", "accueil", "guichet"}),
        ("constater", {"symptome": "4", "precis": "x"}, HELPS),
        ("saisir", {"precis": "x"}, HELPS),
        ("convoquer", {}, HELPS),
        ("compte", {"acte": "1"}, set()),
        ("terminer", {"services": ["ORDINATEUR"], "resultat": "ABOUTI"}, HELPS | {"volontaire"}),
        ("depots", {"choix": "titre:conjoint-de-francais"}, {"formee"}),
    ],
)
def test_each_act_is_done_by_those_of_the_table_alone(
    desk: Callable[[str], Browser], act: str, typed: dict[str, object], may: set[str]
) -> None:
    """Who may not gets a refusal (403), never a fault of the form nor an effect."""
    from tests.pan.deskwork import identify

    for name in WHO:
        page = known(desk("formee"), f"{act} {name}")
        sent = (
            identify(desk(name), page) if act == "verifier" else desk(name).post(f"{page}/{act}", typed, "/pan/bureau")
        )
        assert (sent.status_code == 303) == (name in may), f"{name} {act}: {sent.status_code}"
        if name not in may:
            assert sent.status_code == 403
            assert name != "volontaire" or act == "depots" or "Un volontaire aide au numérique" in sent.text


def test_a_victim_is_received_in_confidence(desk: Callable[[str], Browser]) -> None:
    """The untrained see neither the visit in the queue nor its page; nothing is sent unless she says it is safe."""
    page = receive(desk("formee"), "Confidence", objet="VICTIME")
    assert "Confidence" in desk("formee").get(LIEU).text
    assert not any("Confidence" in desk(name).get(LIEU).text for name in ("accueil", "volontaire"))
    refused = desk("volontaire").get(page)
    assert refused.status_code == 403 and "Confidence" not in refused.text
