"""A helper who calls for somebody: her mandate is asked of deposit, never believed; and nothing is read out to her."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from chassis import clock, mongo
from chassis.web.sessions import token_hash
from services.ccc.store import Appel
from services.deposit.compte.actions import recuperation
from services.deposit.dossier.store.usager import Mandat, Structure, Usager
from tests.agents import Program
from tests.browser import Browser
from tests.ccc.conftest import relay_all, reload
from tests.ccc.test_appels import MEI, called, run_commands, settings, theirs

__all__ = ["settings", "theirs"]

ADRESSE, BOITE = "7 impasse Cachee", "boite-de-mei@exemple.test"
FOR_HER = MEI | {"pour_autrui": "true"}


@pytest.fixture
def helper(web: Browser) -> str:
    """A helper of a structure that Meï gave a mandate to; her identifier."""
    mei = Usager.objects(numero_etranger="9912345678").first()
    mongo.database("deposit")["usagers"].update_one(
        {"_id": mei.id}, {"$set": {"courriel": BOITE, "adresse": [ADRESSE, "93000 Bobigny"]}}
    )
    structure = Structure(
        id="structure-ccas",
        parcours_id="structure-ccas",
        nom="CCAS d’exemple",
        prefecture="93",
        membres=[{"login": "aide-ccas", "nom": "Aide", "actif": True, "password_hash": ""}],
    )
    Structure.objects(id=structure.id).delete()
    Structure.objects.insert(structure)
    mandate(["lire"])
    return "aide-ccas"


def mandate(portee: list[str], end: date | None = None) -> None:
    """What Meï allows, until when."""
    mei = Usager.objects(numero_etranger="9912345678").first()
    Mandat.objects(id="mandat-mei").delete()
    Mandat.objects.insert(
        Mandat(
            id="mandat-mei",
            parcours_id=mei.parcours_id,
            usager_id=mei.id,
            structure_id="structure-ccas",
            portee=portee,
            debut_date=clock.today() - timedelta(days=30),
            fin_date=end or clock.today(),
        )
    )


@pytest.mark.clause("CCC-16/c")
def test_a_mandated_helper_hears_the_state_and_never_the_mailbox_the_address_nor_the_pieces(
    web: Browser, agent: Any, helper: str
) -> None:
    desk, saisine = called(web, agent)
    path = f"/ccc/agents/saisines/{saisine.id}"
    desk.post(f"{path}/appel/entrant", {}, form=f"{path}/appel")
    desk.post(f"{path}/appel/verification", FOR_HER | {"aidant": helper}, form=f"{path}/appel")
    screen, page = desk.get(f"{path}/appel").text, desk.get(path).text
    read = mongo.database("ccc")["consultations"].count_documents({"agent_id": "chloe", "saisine_id": saisine.id})

    bound = reload(saisine)
    assert (bound.identite, bound.mandat) == ("VERIFIEE", "CCAS d’exemple")
    assert "Mandat de CCAS d’exemple" in screen
    assert "Aucune demande." in page
    for hidden in (BOITE, ADRESSE):
        assert hidden not in screen + page
    assert read >= 1
    assert Appel.objects(saisine_id=saisine.id).count() == 1


@pytest.mark.parametrize(
    ("name", "aidant", "end"),
    [
        ("no identifier", "", 0),
        ("nobody's identifier", "aide-inconnue", 0),
        ("a mandate that ended yesterday", "aide-ccas", -1),
    ],
)
def test_without_a_mandate_in_force_a_caller_for_somebody_else_learns_nothing(
    web: Browser, agent: Any, helper: str, name: str, aidant: str, end: int
) -> None:
    mandate(["lire", "agir"], clock.today() + timedelta(days=end))
    desk, saisine = called(web, agent)
    path = f"/ccc/agents/saisines/{saisine.id}"
    desk.post(f"{path}/appel/verification", FOR_HER | {"aidant": aidant}, form=f"{path}/appel")
    page = desk.get(path).text

    assert reload(saisine).identite == "ECHEC", name
    for hidden in ("Mei Exemple", BOITE, ADRESSE, "Aucune demande."):
        assert hidden not in page


@pytest.mark.clause("CCC-16/h")
@pytest.mark.parametrize(("aidant", "verdict"), [("aide-ccas", "VERIFIEE"), ("aide-inconnue", "ECHEC"), ("", "ECHEC")])
def test_a_program_checks_a_helper_as_the_page_does(
    app: Flask, web: Browser, agent: Any, helper: str, aidant: str, verdict: str
) -> None:
    _desk, saisine = called(web, agent)
    said = {"repere": MEI["repere"], "nom": MEI["nom"], "prenoms": MEI["prenoms"], "naissance": "1995-03-12"}
    path = f"/agents/saisines/{saisine.id}:verifier-identite"
    answer = Program(app, "ccc", "chloe").post(path, said | {"pour_autrui": True, "aidant": aidant})

    assert answer.json["identite"] == verdict
    assert reload(saisine).mandat == ("CCAS d’exemple" if verdict == "VERIFIEE" else "")


@pytest.mark.clause("CCC-16/g")
def test_a_mandate_lifts_what_it_allows_and_never_reaches_the_account(web: Browser, agent: Any, helper: str) -> None:
    desk, saisine = called(web, agent)
    path = f"/ccc/agents/saisines/{saisine.id}"

    def ask(acte: str, **values: str) -> int:
        return int(desk.post(f"{path}/levee", {"acte": acte, "motif": "demande", **values}, form=path).status_code)

    desk.post(f"{path}/appel/verification", FOR_HER | {"aidant": helper}, form=f"{path}/appel")
    reader = ask("5")
    mandate(["lire", "agir"])
    desk.post(f"{path}/appel/verification", FOR_HER | {"aidant": helper}, form=f"{path}/appel")
    account = [ask(acte, courriel="voleur@exemple.test") for acte in ("3", "4", "11", "12")]
    link = ask("5")
    relay_all()
    run_commands()

    assert reader == 403
    assert account == [403] * 4
    assert link == 303
    assert reload(saisine).actes[0].state == "FAIT"
    assert Usager.objects(numero_etranger="9912345678").first().courriel == BOITE


def test_an_agent_of_another_prefecture_reaches_no_call_screen(web: Browser, agent: Any, helper: str) -> None:
    _desk, saisine = called(web, agent)
    path = f"/ccc/agents/saisines/{saisine.id}/appel"

    assert agent("remi").get(path).status_code == 403
    assert agent("gael").get(path).status_code == 403


def test_two_agents_of_the_centre_bind_another_mailbox_the_same_day_and_the_old_one_opens_nothing(
    web: Browser, agent: Any, helper: str
) -> None:
    desk, saisine = called(web, agent)
    path = f"/ccc/agents/saisines/{saisine.id}"
    mei = Usager.objects(numero_etranger="9912345678").first()
    old = recuperation.send(mei.id, request_id=clock.new_id())
    desk.post(f"{path}/appel/verification", MEI, form=f"{path}/appel")
    asked = {"acte": "3", "motif": "boîte perdue", "courriel": "neuve-de-mei@exemple.test"}
    second = agent("claude").post(f"{path}/levee", asked, form=path)
    relay_all()
    run_commands()

    bound = Usager.objects(id=mei.id).first()
    links = list(mongo.database("deposit")["recuperations"].find({"usager_id": mei.id}))
    assert second.status_code == 303
    assert (bound.courriel, bound.rattache_date, bound.rattache_minutes) == (asked["courriel"], clock.today(), 0)
    # One for each way that she has.
    assert {link["prouve"] for link in links} == {True}
    assert token_hash(old) not in {link["_id"] for link in links}
