"""The telephone with a real deposit behind gRPC: the fixed questions, the powers, the situation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask

from chassis import clock, commands, mongo, rpc
from chassis.service import prepare_store
from chassis.settings import SERVICES, Settings
from documents import autorite
from services.ccc import __main__ as ccc
from services.ccc.actions import blocages
from services.ccc.store import Appel, Blocage, Saisine
from services.deposit import __main__ as deposit
from services.deposit.compte.actions import comptes
from tests import agents
from tests.browser import Browser
from tests.ccc.conftest import AGENTS, frame, make_settings, relay_all, reload, write
from tests.conftest import Mongo
from tests.deposit.conftest import Deposit, a_person
from tests.deposit.desk import signed_in

MEI_NUMERO = "9912345678"
MEI = {
    "repere": "99.12 34-56 78",
    "nom": "EXEMPLE",
    "prenoms": "Meï",
    "naissance-jour": "12",
    "naissance-mois": "3",
    "naissance-annee": "1995",
}


@pytest.fixture(scope="module")
def theirs(mongo: Mongo, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """deposit, prepared, with one person in it."""
    base = make_settings(mongo, tmp_path_factory)
    autorite.create(base.cles_dir / "documents")
    made = replace(
        base, service="deposit", mongodb_uri=mongo.uri_for("deposit"), pieces_dir=tmp_path_factory.mktemp("d")
    )
    _open_deposit(made)
    return made


@pytest.fixture(scope="module")
def settings(mongo: Mongo, theirs: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """ccc beside a real deposit server; its port is free to choose."""
    ours = tmp_path_factory.mktemp("ccc")
    base = replace(theirs, service="ccc", mongodb_uri=mongo.uri_for("ccc"), pieces_dir=ours)
    server, port = rpc.create_server(
        theirs, deposit.SERVICE.allowed, lambda made: deposit.SERVICE.add_servicers(made, theirs)
    )
    server.start()
    yield replace(base, rpc_addresses={name: f"127.0.0.1:{port}" for name in SERVICES if name == "deposit"})
    server.stop(None)


def _open_deposit(settings: Settings) -> None:
    prepare_store(deposit.SERVICE, settings)
    # The operator's one directory is loaded into each service.
    for login, (roles, prefectures) in AGENTS.items():
        agents.add("deposit", login, *roles, prefectures=prefectures)
    identite = comptes.Identite(
        nom="Exemple",
        prenoms="Mei",
        naissance=date(1995, 3, 12),
        nationalite="CN",
        numero_etranger="9912345678",
        prefecture="93",
    )
    comptes.open_without_password(identite, "parcours-mei", request_id="compte-de-mei-0001", by="agent")


def called(web: Browser, agent: Any, login: str = "chloe", categorie: str = "TELEPROCEDURE") -> tuple[Browser, Saisine]:
    """A ticket by telephone, and the agent's browser."""
    desk = agent(login)
    asked = {"categorie": categorie, "precis": "Je ne peux plus entrer dans mon compte", "symptome": "3"}
    made = desk.post("/ccc/agents/appel", {**asked, "prefecture": "93", "telephone": "06 39 98 00 11"})
    assert made.status_code == 303, made.text
    return desk, Saisine.objects(id=made.headers["Location"].split("/saisines/")[1].split("/")[0]).first()


@pytest.mark.clause("CCC-01/b", "CCC-15/a", "CCC-16/a", "CASE-28/a", "CASE-43/a")
def test_the_right_answers_open_the_same_situation_as_the_person_reads(web: Browser, agent: Any) -> None:
    desk, saisine = called(web, agent)
    screen = f"/ccc/agents/saisines/{saisine.id}/appel"
    before = desk.get(f"/ccc/agents/saisines/{saisine.id}").text
    assert desk.post(f"{screen}/verification", MEI, form=screen).status_code == 303
    after = desk.get(f"/ccc/agents/saisines/{saisine.id}").text

    assert "Rien de son dossier n’est montré" in before
    assert saisine.reference in before
    assert "1er mars 2027" in before
    assert "Mei Exemple" not in before
    assert "Aucune demande." not in before
    assert "Mei Exemple" in after
    assert "Aucune demande." in after
    bound = reload(saisine)
    assert bound.usager_id
    assert Blocage.objects(id=saisine.blocage_id).first().usager_id == bound.usager_id
    constats = [f for f in relay_all().facts if f["subject"] == "ccc.blocage.constate"]
    assert len([f for f in constats if f["aggregate"] == saisine.blocage_id]) == 2


@pytest.mark.clause("CCC-18/a")
def test_who_asks_where_her_demande_is_hears_what_her_own_page_says(theirs: Settings, web: Browser, agent: Any) -> None:
    served = Deposit(theirs, deposit.SERVICE.create_app(theirs).test_client(), theirs.cles_dir)
    person = a_person(served, nom="Suivie", numero_etranger="9912345699", prefecture="93")
    filed = person.file(titre_code="etudiant", prefecture="93")
    own = signed_in(served, person).browser.read(f"/deposit/demandes/{filed['demande_id']}").html
    phrase = own.find("p", class_="lead").get_text()
    since, service, awaited, following = [line.get_text() for line in own.select("dl.summary dd")[1:5]]
    desk, saisine = called(web, agent, categorie="SUIVI")
    screen = f"/ccc/agents/saisines/{saisine.id}/appel"
    birth = {"naissance-jour": "17", "naissance-mois": "5", "naissance-annee": "1990"}
    answers = {"repere": "9912345699", "nom": "Suivie", "prenoms": "Awa", **birth}
    assert desk.post(f"{screen}/verification", answers, form=screen).status_code == 303
    ticket = desk.read(f"/ccc/agents/saisines/{saisine.id}").text

    assert service == "Préfecture d'exemple de la Seine-Saint-Denis"
    assert f"{phrase} Depuis le {since}. Chez : {service}. {awaited} {following}" in ticket


SPELT = (
    ("1", "N’Diaye", "Awa", "NDIAYE", "awa"),
    ("2", "D'Arc", "Zoé", "darc", "ZOE"),
    ("3", "Łukasz", "Özge", "Lukasz", "Ozge"),
    ("4", "Suharto", "", "SUHARTO", ""),
    ("5", "Ben Ali", "Meï", "Benali", "Mei"),
)


@pytest.mark.clause("CCC-15/f")
@pytest.mark.parametrize(("rank", "nom", "prenoms", "said", "first"), SPELT)
def test_the_right_answers_pass_as_people_spell_them(
    theirs: Settings, web: Browser, agent: Any, rank: str, nom: str, prenoms: str, said: str, first: str
) -> None:
    served = Deposit(theirs, deposit.SERVICE.create_app(theirs).test_client(), theirs.cles_dir)
    numero = f"991234570{rank}"
    a_person(served, nom=nom, prenoms=prenoms, numero_etranger=numero, prefecture="93")
    desk, saisine = called(web, agent)
    screen = f"/ccc/agents/saisines/{saisine.id}/appel"
    birth = {"naissance-jour": "17", "naissance-mois": "5", "naissance-annee": "1990"}
    answers = {"repere": numero, "nom": said, "prenoms": first, **birth}

    assert desk.post(f"{screen}/verification", answers, form=screen).status_code == 303
    assert "Identité vérifiée" in desk.get(screen).text


WRONG = (
    ("another birth date", {"naissance-annee": "1996"}),
    ("another name", {"nom": "Autre"}),
    ("nobody's number", {"repere": "9900000000"}),
    ("for somebody else", {"pour_autrui": "true"}),
)


@pytest.mark.clause("CCC-10/k", "CCC-15/a", "CASE-28/b")
@pytest.mark.parametrize(("name", "change"), WRONG)
def test_a_failed_check_discloses_nothing_and_lifts_nothing(
    web: Browser, agent: Any, name: str, change: dict[str, str]
) -> None:
    desk, saisine = called(web, agent)
    path = f"/ccc/agents/saisines/{saisine.id}"
    desk.post(f"{path}/appel/verification", MEI | change, form=f"{path}/appel")
    page = desk.get(path).text
    lift = desk.post(f"{path}/levee", {"acte": "4", "motif": "compte fermé"}, form=path)

    assert reload(saisine).identite == "ECHEC", name
    assert "Mei Exemple" not in page
    assert lift.status_code == 403
    assert "Mei Exemple" not in lift.text
    assert not reload(saisine).actes


def test_a_power_is_asked_as_this_agent_shown_pending_then_told_in_the_words_of_deposit(
    web: Browser, agent: Any
) -> None:
    desk, saisine = called(web, agent)
    path = f"/ccc/agents/saisines/{saisine.id}"
    mongo.database("deposit")["usagers"].update_one({"numero_etranger": MEI_NUMERO}, {"$set": {"gele": True}})
    desk.post(f"{path}/appel/verification", MEI, form=f"{path}/appel")
    assert desk.post(f"{path}/levee", {"acte": "4", "motif": "compte fermé"}, form=path).status_code == 303
    pending = desk.get(path).text
    relay_all()
    run_commands()
    done = reload(saisine)

    assert "demandé, en attente de réponse" in pending
    assert done.actes[0].state == "FAIT"
    assert done.leve
    assert "Votre compte est ouvert de nouveau." in desk.get(path).text
    assert Blocage.objects(id=saisine.blocage_id).first().state == "LEVE"
    history = mongo.database("deposit")["usagers"].find_one({"numero_etranger": MEI_NUMERO})["outbox"]
    assert any(entry.get("by") == "agent:chloe" for entry in history)


def test_another_address_takes_two_agents(web: Browser, agent: Any) -> None:
    desk, saisine = called(web, agent)
    path = f"/ccc/agents/saisines/{saisine.id}"
    desk.post(f"{path}/appel/verification", MEI, form=f"{path}/appel")
    asked = {"acte": "3", "motif": "boîte perdue", "courriel": "nouvelle@exemple.test"}
    alone = desk.post(f"{path}/levee", asked, form=path)
    second = agent("claude").post(f"{path}/levee", asked, form=path)
    relay_all()
    run_commands()

    assert alone.status_code == 403
    assert "deux agents" in alone.text
    assert second.status_code == 303
    assert reload(saisine).actes[0].state == "FAIT"
    bound = mongo.database("deposit")["usagers"].find_one({"numero_etranger": MEI_NUMERO})
    assert bound["courriel"] == "nouvelle@exemple.test"


@pytest.mark.clause("CCC-15/c")
def test_an_outgoing_call_has_a_code_that_the_person_reads_first(web: Browser, agent: Any) -> None:
    desk, saisine = called(web, agent)
    screen = f"/ccc/agents/saisines/{saisine.id}/appel"
    desk.post(f"{screen}/sortant", {}, form=screen)
    appel = Appel.objects(saisine_id=saisine.id).first()

    assert len(appel.code) == 6
    assert appel.code in web.get(f"/ccc/suivi/{saisine.suivi_cle}").text
    assert appel.code in desk.get(screen).text


@pytest.mark.clause("XCT-07/g")
def test_a_silent_deposit_is_could_not_be_checked_and_never_a_refusal_and_the_person_reads_later_who_opened(
    app: Flask, web: Browser, agent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, saisine = called(web, agent)
    path = f"/ccc/agents/saisines/{saisine.id}"
    desk.post(f"{path}/appel/verification", MEI, form=f"{path}/appel")
    address = {"deposit": "127.0.0.1:1"}
    read = mongo.database("deposit")["consultations"]
    read.delete_many({})
    monkeypatch.setitem(frame().__dict__, "client", rpc.Client(replace(frame().settings, rpc_addresses=address)))
    page = desk.get(path)
    desk.get(path)
    asked = desk.post(f"{path}/appel/verification", MEI, form=f"{path}/appel")

    assert page.status_code == 200
    assert "n’a pas pu être vérifiée" in page.text
    assert asked.status_code == 503
    assert "n’a pas pu être vérifié" in asked.text
    assert write(web).reference

    # Deposit answers again: what was opened meanwhile is in the journal that she reads, once.
    relay_all()
    monkeypatch.undo()
    run_commands()
    assert [line["objet"] for line in read.find({"usager_id": reload(saisine).usager_id})] == [
        "situation, centre de contact"
    ]


def run_commands() -> None:
    """What the worker does with stored commands."""
    commands.run_pending(mongo.database("ccc"), frame().client, ccc.SERVICE.replies)


def test_vain_calls_from_one_telephone_are_one_count_however_it_was_typed(service: Settings) -> None:
    """The machine counts E.164, the person types it as she likes: at P-ATTEMPTS the centre itself is the blockage."""
    spellings = ("06 98 76 54 32", "0698765432", "+33698765432", "06.98.76.54.32")

    counted = [
        blocages.record_vain(typed, "93", [clock.today()], by="anonyme", request_id=f"vain-{rank}")
        for rank, typed in enumerate(spellings)
    ]

    assert len({one.id for one in counted}) == 1
    assert len(counted[-1].tentatives) == len(spellings)
