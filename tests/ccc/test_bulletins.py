"""Bulletins of known faults: regularly, to the desks, with the instruction to orient; the end told to those touched."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock
from sejour.deposit.v1.events_pb2 import CampagneOuverte
from services.ccc.actions import bulletins, touchees
from services.ccc.store import Abonne, Bulletin
from services.notify import textes
from tests.browser import Browser
from tests.ccc.conftest import Clock, relay_all, write
from tests.ccc.test_consumers import tell
from tests.ccc.test_registre import FANTOME, TOLD

PAGE = "/ccc/agents/bulletins/"
BOITES = {
    "cyril": {"cible": "CCC", "nom": "Plateau", "courriel": "plateau@exemple.test"},
    "gael": {"cible": "PREFECTURE", "prefecture": "93", "courriel": "etrangers@prefecture-93.example"},
    "paola": {"cible": "PAN", "prefecture": "93", "nom": "Accueil", "courriel": "pan@prefecture-93.example"},
}


def told(modele: str) -> list[dict[str, Any]]:
    """What left of one template since the last look: recipient and fields."""
    while bulletins.send_batch() or touchees.announce_batch():
        pass
    facts = [fact for fact in relay_all().facts if fact.get("prive", {}).get("modele") == modele]
    return [json.loads(fact["prive"]["contenu"])["champs"] for fact in facts]


def said(champs: dict[str, Any]) -> str:
    """The e-mail as notify writes it."""
    reader = textes.Lecteur("Plateau", "fr")
    return textes.render("bulletin_anomalies", champs, reader, "ccc", "https://exemple.fr/aide").corps


@pytest.mark.clause("NOT-10/b")
def test_each_week_the_desks_read_what_is_open_and_to_orient_at_once_until_it_is_solved(
    web: Browser, agent: Any, legal_clock: Clock
) -> None:
    """Contact centre, préfecture and reception point; then the solution, to them and to who was touched."""
    code = agent("chloe").post("/ccc/agents/registre", FANTOME).headers["Location"].rsplit("/", 1)[1]
    write(web, precis=TOLD, symptome="6", courriel="touchee@exemple.test", nom="Touchée")
    for login, boite in BOITES.items():
        assert agent(login).post(f"{PAGE}boites", boite, form=PAGE).status_code == 303
    week = clock.today()
    assert told("bulletin_anomalies") == []

    legal_clock.forward(6)
    assert told("bulletin_anomalies") == []
    legal_clock.forward(1)
    first = told("bulletin_anomalies")
    assert len(first) == len(BOITES)
    for champs in first:
        mail = said(champs)
        assert code in mail and FANTOME["titre"] in mail
        assert "orientée tout de suite vers une autre façon de faire" in mail
    for login in BOITES:
        page = agent(login).get(PAGE).text
        assert code in page and "orientée tout de suite" in page
    assert told("bulletin_anomalies") == []

    legal_clock.forward(7)
    assert len(told("bulletin_anomalies")) == len(BOITES)
    change = {"state": "RESOLUE", "solution": "La remise est de nouveau notée."}
    assert agent("cyril").post(f"/ccc/agents/registre/{code}", change).status_code == 303
    assert [champs["code"] for champs in told("anomalie_resolue")] == [code]
    legal_clock.forward(7)
    last = told("bulletin_anomalies")
    assert len(last) == len(BOITES)
    assert "La remise est de nouveau notée." in said(last[0]) and last[0]["anomalies"] == []
    assert (clock.today() - week).days == 21

    legal_clock.forward(30)
    assert told("bulletin_anomalies") == []
    assert Bulletin.objects(state="PREVU").first() is None


@pytest.mark.parametrize(
    ("login", "boite", "status"),
    [
        ("gael", BOITES["gael"], 303),
        ("gael", {**BOITES["gael"], "prefecture": "75"}, 403),
        ("gael", BOITES["cyril"], 403),
        ("chloe", BOITES["cyril"], 403),
        ("cyril", BOITES["gael"], 303),
        ("cyril", {**BOITES["gael"], "prefecture": ""}, 422),
        ("cyril", {**BOITES["cyril"], "courriel": "pas une adresse"}, 422),
        ("otto", BOITES["cyril"], 403),
    ],
)
def test_a_desk_writes_down_its_own_mailbox(agent: Any, login: str, boite: dict[str, str], status: int) -> None:
    """By role and préfecture; the contact centre's supervisor for all."""
    assert agent(login).post(f"{PAGE}boites", boite, form=PAGE).status_code == status


def test_a_mailbox_that_was_stopped_gets_nothing_more(agent: Any, legal_clock: Clock) -> None:
    """And may be written to again."""
    agent("chloe").post("/ccc/agents/registre", FANTOME)
    cyril = agent("cyril")
    cyril.post(f"{PAGE}boites", BOITES["cyril"], form=PAGE)
    abonne = Abonne.objects(courriel=BOITES["cyril"]["courriel"], actif__in=[True, False]).first()
    assert cyril.post(f"{PAGE}boites/{abonne.id}/arreter", {}, form=PAGE).status_code == 303
    assert not Abonne.objects(id=abonne.id).first().actif
    assert cyril.post(f"{PAGE}boites/{abonne.id}/reprendre", {}, form=PAGE).status_code == 303
    assert Abonne.objects(id=abonne.id).first().actif


def test_before_a_demarche_joins_the_teleservice_the_desks_are_told(agent: Any) -> None:
    """Contact centre, préfecture and reception point, once, on the news of deposit; their page says it too."""
    for login, boite in BOITES.items():
        agent(login).post(f"{PAGE}boites", boite, form=PAGE)
    told("campagne_bureau")
    effet = (clock.today() + timedelta(days=60)).isoformat()
    news = CampagneOuverte(campagne_id="c1", code="x", libelle="Carte permanente", effet_date=effet)
    tell("deposit.campagne.ouverte", news)
    sent = told("campagne_bureau")
    assert sent == [{"libelle": "Carte permanente", "effet_date": effet}] * len(BOITES)
    assert "Carte permanente" in agent("gael").get(PAGE).text
