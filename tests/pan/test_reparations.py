"""The account of who is here, by a real deposit behind gRPC: rebound by two agents, or given back, the same day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from mongoengine import disconnect

from chassis import clock, mongo, rpc
from chassis.service import prepare_store
from chassis.settings import Settings
from documents import autorite
from services.deposit import __main__ as deposit
from services.deposit.compte.actions import comptes, usurpation
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager
from services.pan import __main__ as pan
from services.pan.cadre import cadre
from services.pan.store import Visite
from tests import agents, drain
from tests.browser import Browser
from tests.conftest import Mongo
from tests.pan.conftest import AGENTS
from tests.pan.deskwork import identify, receive

NUMERO = "9311112222"
COURRIEL, LIBERER, ROUVRIR, GELER = "3", "11", "4", "10"


@pytest.fixture(scope="module")
def settings(settings: Settings, mongo: Mongo) -> Iterator[Settings]:
    """pan beside a real deposit server."""
    base = settings
    autorite.create(base.cles_dir / "documents")
    theirs = replace(base, service="deposit", mongodb_uri=mongo.uri_for("deposit"))
    prepare_store(deposit.SERVICE, theirs)
    for login, (roles, prefectures) in AGENTS.items():
        agents.add("deposit", login, *roles, prefectures=prefectures)
    server, port = rpc.create_server(
        theirs, deposit.SERVICE.allowed, lambda made: deposit.SERVICE.add_servicers(made, theirs)
    )
    server.start()
    yield replace(base, rpc_addresses={"deposit": f"127.0.0.1:{port}"})
    server.stop(None)
    disconnect(alias="deposit")


@pytest.fixture
def diallo() -> Iterator[Usager]:
    """An account that somebody else opened in the name of who comes; her number is in it."""
    identite = comptes.Identite(
        nom="Diallo",
        prenoms="Awa",
        naissance=date(1990, 5, 4),
        numero_etranger=NUMERO,
        courriel="usurpateur@exemple.test",
        prefecture="93",
    )
    opened = comptes.open_without_password(identite, "", request_id=clock.new_id(), by="agent")
    yield opened
    mongo.database("deposit")["usagers"].delete_many({})


def joined(agent: Browser, usager: Usager, **other: Any) -> str:
    """Her visit, identified on paper and joined to her account."""
    page = receive(agent, "Diallo")
    assert identify(agent, page, numero_etranger=NUMERO, **other).status_code == 303
    assert agent.post(f"{page}/rattacher", {"usager_id": usager.id}, page).status_code == 303
    return page


def work() -> None:
    """What the worker does with stored commands."""
    drain.commands(pan.SERVICE, cadre().client)


def test_two_agents_bind_another_e_mail_from_the_visit_the_same_day(
    desk: Callable[[str], Browser], diallo: Usager
) -> None:
    page = joined(desk("formee"), diallo)
    asked = {"acte": COURRIEL, "courriel": "awa@exemple.test"}

    alone = desk("formee").post(f"{page}/compte", asked, page)
    second = desk("accueil").post(f"{page}/compte", asked, page)
    pending = desk("formee").get(page).text
    work()
    shown = desk("formee").get(page).text

    bound = Usager.objects(id=diallo.id).first()
    assert (alone.status_code, second.status_code) == (403, 303)
    assert "demandé, en attente de réponse." in pending
    assert "Votre nouvelle adresse est enregistrée" in shown
    assert "usurpateur@exemple.test" not in shown
    assert (bound.courriel, bound.rattache_date) == ("awa@exemple.test", clock.today())


def test_a_usurped_number_is_given_back_on_an_account_of_her_own_the_same_day(
    desk: Callable[[str], Browser], diallo: Usager
) -> None:
    usurpation.freeze(diallo.id, by="anonyme", request_id=clock.new_id())
    page = joined(desk("formee"), diallo)

    sent = desk("accueil").post(f"{page}/compte", {"acte": LIBERER, "courriel": "awa@exemple.test"}, page)
    work()

    hers = Usager.objects(numero_etranger=NUMERO).first()
    usurped = Usager.objects(id=diallo.id).first()
    assert sent.status_code == 303
    assert (hers.nom, hers.courriel, hers.gele) == ("Diallo", "awa@exemple.test", False)
    assert hers.identifiant in desk("formee").get(page).text
    assert (usurped.gele, usurped.numero_etranger, usurped.courriel) == (True, None, None)
    assert usurped.conteste["courriel"] == "usurpateur@exemple.test"
    assert Demande.objects(usager_id=usurped.id).count() == 0


@pytest.mark.clause("DEP-06/d")
def test_her_paper_gives_back_a_number_that_an_account_under_another_name_took(
    desk: Callable[[str], Browser], diallo: Usager
) -> None:
    hers = {"nom": "Sow", "prenoms": "Fatou", "numero_etranger": NUMERO}
    first, second = desk("formee"), desk("accueil")
    page = receive(first, "Sow")
    identify(first, page, **hers)
    asked = {"acte": LIBERER, "courriel": "fatou@exemple.test"}

    second.post(f"{page}/compte", asked, page)
    work()
    living = first.get(page).text
    first.post(f"{page}/compte", {"acte": GELER}, page)
    work()
    alone = first.post(f"{page}/compte", asked, page)
    second.post(f"{page}/compte", asked, page)
    work()

    own, usurped = Usager.objects(numero_etranger=NUMERO).first(), Usager.objects(id=diallo.id).first()
    assert "Gelez d’abord ce compte" in living
    assert alone.status_code == 403
    assert (own.nom, own.prenoms, own.courriel, own.gele) == ("Sow", "Fatou", "fatou@exemple.test", False)
    assert (usurped.gele, usurped.numero_etranger) == (True, None)
    assert own.identifiant in first.get(page).text


def test_a_protected_account_opens_on_the_paper_seen_here(desk: Callable[[str], Browser], diallo: Usager) -> None:
    Usager.objects(id=diallo.id).update(set__protege=True, set__gele=True)
    page = joined(desk("formee"), diallo)

    desk("formee").post(f"{page}/compte", {"acte": ROUVRIR}, page)
    work()

    assert not Usager.objects(id=diallo.id).first().gele


@pytest.mark.parametrize("name", ["lyon", "guichet", "ccc", "notaire"])
def test_another_prefecture_and_another_role_are_refused_by_the_same_page(
    desk: Callable[[str], Browser], diallo: Usager, name: str
) -> None:
    page = joined(desk("formee"), diallo)

    refused = desk(name).post(f"{page}/compte", {"acte": ROUVRIR}, "/pan/bureau")

    assert refused.status_code == 403
    assert not Visite.objects(id=page.rsplit("/", 1)[-1]).first().reparations


def test_a_failed_check_and_a_helper_without_mandate_or_with_one_change_no_account(
    desk: Callable[[str], Browser], diallo: Usager
) -> None:
    agent = desk("formee")
    failed = receive(agent, "Diallo")
    identify(agent, failed, photo_conforme=None)
    no_paper = receive(agent, "Diallo")
    identify(agent, no_paper, papier="AUCUN")
    unmandated = receive(agent, "Diallo")
    refused = identify(agent, unmandated, pour_autrui="true")
    end = {"mandat_fin_date-jour": "1", "mandat_fin_date-mois": "1", "mandat_fin_date-annee": "2099"}
    mandated = joined(agent, diallo, pour_autrui="true", mandat_vu="true", **end)

    answers = [
        agent.post(f"{page}/compte", {"acte": ROUVRIR}, page).status_code
        for page in (failed, no_paper, unmandated, mandated)
    ]

    assert refused.status_code == 403
    assert answers == [403, 403, 403, 403]
    assert "Son compte en ligne" not in agent.get(mandated).text
