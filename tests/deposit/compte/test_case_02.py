"""CASE-02, Madame B: an account was opened in her name by somebody else. She files in time, holds her document, and
whoever took her name is out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock, mongo, rpc
from dev.browser import Page
from sejour.deposit.v1 import deposit_pb2
from services.deposit import rpc as servicers
from services.deposit.dossier.store.usager import Blocage
from tests.deposit.conftest import MOT_DE_PASSE, PDF, Deposit, a_person, mandatory
from tests.deposit.desk import Screen, an_agent, signed_in
from tests.deposit.messages import secret_of
from tests.deposit.navigateur import Navigateur

NUMERO, USURPEE, A_ELLE = "7599990202", "madame.b@autre-fournisseur.test", "madame.b@exemple.test"
BASE = {"nom": "Exemple", "prenoms": "Bintou", "naissance_date": "1990-05-17", "numero_etranger": NUMERO}
PAPIER = {"papier": "TITRE_DE_SEJOUR", "nom": "EXEMPLE", "naissance": "17/05/1990", "numero_etranger": NUMERO}
SAID = {
    "identifiant": NUMERO,
    "nom": "exemple",
    "naissance_date-jour": "17",
    "naissance_date-mois": "5",
    "naissance_date-annee": "1990",
    "contact": A_ELLE,
}
NAMES = ("agent-verifie", "agent-change")


@pytest.fixture(autouse=True)
def clean(deposit: Deposit) -> Iterator[None]:
    """Each life begins without an account of that number, and none counts the openings of the others."""
    yield
    mongo.database("deposit")["limites"].delete_many({"expire_time": {"$gt": clock.now()}})
    mongo.database("deposit")["usagers"].update_many(
        {"numero_etranger": NUMERO}, {"$unset": {"numero_etranger": 1, "courriel": 1}}
    )


@pytest.fixture
def ccc(deposit: Deposit) -> Iterator[rpc.Client]:
    """The contact centre, as a client of a running deposit."""
    server, port = rpc.create_server(
        replace(deposit.settings, rpc_port=0),
        servicers.ALLOWED,
        lambda made: servicers.add_servicers(made, Blocage, str),
    )
    server.start()
    client = rpc.Client(replace(deposit.settings, service="ccc", rpc_addresses={"deposit": f"127.0.0.1:{port}"}))
    yield client
    client.close()
    server.stop(grace=1).wait()


def stored(usager_id: str) -> dict[str, Any]:
    """The account as it is kept."""
    found: Any = mongo.database("deposit")["usagers"].find_one({"_id": usager_id})
    return dict(found)


def last_link(usager: dict[str, Any]) -> str:
    """The token of the last recovery link sent to her."""
    told = [e["prive"] for e in usager["outbox"] if e.get("prive", {}).get("modele") == "recuperation"]
    return secret_of(told[-1], "lien").rsplit("/", 1)[-1]


def claim(browser: Navigateur) -> tuple[Page, Page]:
    """She asks for an account, reads that there is one, and says on that very page that it is not hers."""
    told = browser.open_account(
        nom="Exemple", prenoms="Bintou", numero_etranger=NUMERO, courriel=A_ELLE, prefecture="75"
    )
    return told, browser.send(told, "/usurpation")


def desks(deposit: Deposit) -> tuple[Screen, Screen]:
    """Two agents of her préfecture."""
    first, second = (an_agent(deposit, "superviseur", agent_id=name) for name in NAMES)
    return first, second


def choose_password(deposit: Deposit, usager_id: str) -> Navigateur:
    """By the link sent to her own address; then she is in, and nothing is closed to her."""
    browser, token = Navigateur(deposit), last_link(stored(usager_id))
    browser.send(browser.read(f"/deposit/recuperation/{token}"), f"/recuperation/{token}", password="une phrase à elle")
    assert browser.sign_in(stored(usager_id)["identifiant"], "une phrase à elle").title == "Mon espace"
    return browser


@pytest.mark.clause("DEP-03/c", "DEP-06/a", "DEP-06/d", "CASE-02/a", "CASE-02/b", "CASE-02/f")
def test_she_claims_is_recognised_the_same_day_files_and_has_no_day_without_document(deposit: Deposit) -> None:
    theirs = {"telephone": "+33639980202", "adresse": ["3 rue Cachée", "75011 Paris"]}
    usurper = a_person(deposit, **BASE, **theirs, courriel=USURPEE, prefecture="75")
    at_home = signed_in(deposit, usurper)
    end = clock.today() + timedelta(days=70)
    hostile = usurper.file(titre_code="visiteur", prefecture="75")
    blocked_day = clock.today()

    told, done = claim(Navigateur(deposit))
    frozen = [at_home.get("/espace").status_code, usurper.call("GET", "/moi").status_code]
    signs_in = Navigateur(deposit).sign_in(usurper.identifiant)

    assert (told.status, done.title) == (409, "C’est enregistré")
    assert "gratuit" in told.text.lower()
    assert done.reference.startswith("B-")
    assert done.links("/substitution/?blocage=")
    assert done.links("/pan/?blocage=")
    assert frozen == [302, 401]
    assert "Ce compte est gelé" in signs_in.text
    for page in (told, done):
        assert USURPEE not in page.text

    first, second = desks(deposit)
    path = f"/agents/personnes/{usurper.usager_id}"
    first.post(f"{path}/identite", **PAPIER)
    alone = first.confirm(f"{path}/actes/changer-courriel", courriel=A_ELLE)[1]
    bound = second.confirm(f"{path}/actes/changer-courriel", courriel=A_ELLE)[1]
    protected = second.post(f"{path}/actes/proteger")

    assert (alone.status_code, bound.status_code, protected.status_code) == (403, 303, 303)
    kept = stored(usurper.usager_id)
    assert (kept["courriel"], kept["rattache_date"], kept["gele"]) == (A_ELLE, blocked_day.isoformat(), False)
    contacts = [e for e in kept["outbox"] if e["kind"] == "contact"]
    assert contacts
    # What who took the account typed stays as evidence, and the next link goes to none of it.
    assert (kept["telephone"], kept["adresse"]) == ("", [])
    assert kept["conteste"]["telephone"] == theirs["telephone"]
    assert kept["protege"] is True
    assert Navigateur(deposit).sign_in(usurper.identifiant, MOT_DE_PASSE).status == 401

    hers = choose_password(deposit, usurper.usager_id)
    hers.send(
        hers.read(f"/deposit/demandes/{hostile['demande_id']}/pas-de-moi"),
        "pas-de-moi",
        texte="pas de moi",
        preuve="une phrase à elle",
    )
    deposit.advance(71)
    filed_id, filed = hers.file("carte-de-resident", end.isoformat())
    demande = mongo.database("deposit")["demandes"].find_one({"_id": filed_id})
    documents = [d for d in demande["attestations"] if d["nature"] == "API"]

    assert filed.title == "Votre demande est déposée"
    assert demande["retenue_date"] == blocked_day.isoformat()
    assert min(d["debut_date"] for d in documents) <= clock.today().isoformat()
    set_aside = mongo.database("deposit")["demandes"].find_one({"_id": hostile["demande_id"]})
    assert set_aside["state"] == "REPUDIEE"


@pytest.mark.clause("DEP-06/e")
def test_her_number_is_given_back_on_an_account_of_her_own_and_the_other_stays_as_evidence(deposit: Deposit) -> None:
    usurper = a_person(deposit, **BASE, courriel=USURPEE, prefecture="75")
    hostile = usurper.file(titre_code="visiteur", prefecture="75")
    claimed_day = clock.today()
    claim(Navigateur(deposit))
    first, second = desks(deposit)
    path = f"/agents/personnes/{usurper.usager_id}"
    deposit.advance(3)

    first.post(f"{path}/identite", **PAPIER)
    shown, freed = second.confirm(f"{path}/actes/liberer", courriel=A_ELLE)
    hers = mongo.database("deposit")["usagers"].find_one({"numero_etranger": NUMERO})
    browser = choose_password(deposit, hers["_id"])
    filed_id, filed = browser.file("visiteur")

    usurped = stored(usurper.usager_id)
    assert freed.status_code == 303
    assert "compte_ouvert" not in shown.text and "Votre compte est ouvert" in shown.text
    assert (hers["courriel"], hers["gele"]) == (A_ELLE, False)
    assert filed.title == "Votre demande est déposée"
    assert mongo.database("deposit")["demandes"].find_one({"_id": filed_id})["retenue_date"] == claimed_day.isoformat()
    assert (usurped["gele"], usurped["conteste"]["courriel"]) == (True, USURPEE)
    assert mongo.database("deposit")["demandes"].find_one({"_id": hostile["demande_id"]})["state"] == "REPUDIEE"
    assert Navigateur(deposit).sign_in(usurper.identifiant).status == 401


def test_her_paper_gives_her_number_back_though_the_account_that_took_it_bears_another_name(deposit: Deposit) -> None:
    theirs = {"nom": "Autre", "prenoms": "Jean", "naissance_date": "1980-01-01", "numero_etranger": NUMERO}
    usurper = a_person(deposit, **theirs, courriel=USURPEE, prefecture="75")
    filed = usurper.file(titre_code="visiteur", prefecture="75")
    first, second = desks(deposit)
    path = f"/agents/personnes/{usurper.usager_id}"
    born = {"naissance-jour": "17", "naissance-mois": "05", "naissance-annee": "1990"}
    hers = {"nom": "Exemple", "prenoms": "Bintou", **born, "courriel": A_ELLE}

    living = first.post(f"{path}/identite", **PAPIER)
    first.post(f"{path}/actes/geler")
    another = first.post(f"{path}/identite", **{**PAPIER, "numero_etranger": "7500000001"})
    read = first.post(f"{path}/identite", **PAPIER)
    refused = [
        second.confirm(f"{path}/actes/changer-courriel", courriel=A_ELLE)[1].status_code,
        second.confirm(f"{path}/actes/liberer", courriel=A_ELLE)[1].status_code,
        first.confirm(f"{path}/actes/liberer", **hers)[1].status_code,
    ]
    freed = second.confirm(f"{path}/actes/liberer", **hers)[1]

    assert (living.status_code, another.status_code, read.status_code) == (403, 403, 303)
    assert "gelez le compte" in living.text
    assert refused == [403, 403, 403], "her number alone is hers, and two agents give it back"
    assert freed.status_code == 303
    own: Any = mongo.database("deposit")["usagers"].find_one({"numero_etranger": NUMERO})
    assert (own["nom"], own["prenoms"], own["naissance_date"], own["courriel"]) == (
        "Exemple", "Bintou", "1990-05-17", A_ELLE,
    )  # fmt: skip
    choose_password(deposit, own["_id"])
    assert stored(usurper.usager_id)["gele"] is True
    # It may be of a person who mistyped a number: what she filed in her own name is judged by nobody here.
    assert mongo.database("deposit")["demandes"].find_one({"_id": filed["demande_id"]})["state"] == "DEPOSEE"


def test_no_channel_is_told_the_e_mail_and_no_unmandated_caller_is_recognised(
    deposit: Deposit, ccc: rpc.Client
) -> None:
    usurper = a_person(deposit, **BASE, courriel=USURPEE, adresse=["3 rue Cachee"], prefecture="75")

    found = ccc.call(
        "deposit",
        f"{servicers.NAME}/FindUsagers",
        deposit_pb2.FindUsagersRequest(numero_etranger=NUMERO),
        deposit_pb2.FindUsagersResponse,
    )
    situation = ccc.call(
        "deposit",
        f"{servicers.NAME}/GetSituation",
        deposit_pb2.GetSituationRequest(usager_id=usurper.usager_id),
        deposit_pb2.GetSituationResponse,
    )
    mandate = ccc.call(
        "deposit",
        f"{servicers.NAME}/CheckMandat",
        deposit_pb2.CheckMandatRequest(usager_id=usurper.usager_id, aidant="un-voisin"),
        deposit_pb2.CheckMandatResponse,
    )

    for answer in (found, situation):
        assert USURPEE not in str(answer)
        assert "Cachee" not in str(answer)
    assert not mandate.valide


def test_the_answer_is_the_same_for_an_account_that_does_not_exist(deposit: Deposit) -> None:
    a_person(deposit, **BASE, courriel=USURPEE)
    browser = Navigateur(deposit)

    page = browser.read("/deposit/usurpation")
    assert len(page.html.select("select option[value='']")) == 1
    known = browser.send(page, "/usurpation", **SAID)
    unknown = browser.send(page, "/usurpation", **{**SAID, "identifiant": "7500000009"})

    assert known.text.replace(known.reference, "") == unknown.text.replace(unknown.reference, "")


@pytest.mark.clause("DEP-61/e")
def test_a_bare_word_does_not_lock_out_a_holder_whom_a_desk_has_recognised(deposit: Deposit) -> None:
    person = a_person(deposit, **BASE, prefecture="75")
    claim(Navigateur(deposit))
    locked = stored(person.usager_id)["gele"]
    first, _second = desks(deposit)
    path = f"/agents/personnes/{person.usager_id}"
    first.post(f"{path}/identite", **PAPIER)
    first.post(f"{path}/actes/deverrouiller")

    again = claim(Navigateur(deposit))[1]

    assert locked
    assert again.reference.startswith("B-")
    assert not stored(person.usager_id)["gele"]
    assert Navigateur(deposit).sign_in(person.identifiant).title == "Mon espace"


@pytest.mark.parametrize(
    "wrong",
    [{"nom": "Autre"}, {"naissance_date-jour": "18"}, {"contact": "je ne sais pas"}, {"nom": ""}],
    ids=["name", "birth", "no way to reach her", "nothing"],
)
def test_an_identifier_alone_freezes_nobodys_account(deposit: Deposit, wrong: dict[str, str]) -> None:
    person = a_person(deposit, **BASE, prefecture="75")
    browser = Navigateur(deposit)

    browser.send(browser.read("/deposit/usurpation"), "/usurpation", **{**SAID, **wrong})

    assert not stored(person.usager_id)["gele"]


def test_one_address_may_not_claim_account_after_account(deposit: Deposit) -> None:
    browser = Navigateur(deposit)
    page = browser.read("/deposit/usurpation")
    for tried in range(25):
        answer = browser.send(page, "/usurpation", **{**SAID, "identifiant": f"75000100{tried:02d}"})

    assert answer.status == 429


def test_the_clocks_of_the_holder_stop_while_her_account_is_frozen(deposit: Deposit) -> None:
    person = a_person(deposit, **BASE, prefecture="75")
    demande_id = person.file(titre_code="visiteur", prefecture="75")["demande_id"]
    claim(Navigateur(deposit))
    stopped = mongo.database("deposit")["demandes"].find_one({"_id": demande_id})["arrets"]
    first, _second = desks(deposit)
    path = f"/agents/personnes/{person.usager_id}"
    deposit.advance(2)
    first.post(f"{path}/identite", **PAPIER)
    first.post(f"{path}/actes/deverrouiller")

    started = mongo.database("deposit")["demandes"].find_one({"_id": demande_id})["arrets"]
    assert [stop.get("fin_date") for stop in stopped] == [None]
    assert [stop["fin_date"] for stop in started] == [clock.today().isoformat()]


def test_an_agent_elsewhere_a_failed_paper_and_an_unmandated_helper_are_refused_by_the_same_page(
    deposit: Deposit,
) -> None:
    person = a_person(deposit, **BASE, prefecture="75")
    first, _second = desks(deposit)
    far = an_agent(deposit, "superviseur", prefectures=("13",), agent_id="agent-loin")
    path = f"/agents/personnes/{person.usager_id}/identite"

    elsewhere = far.post(path, page="/agents/recherche", **PAPIER)
    wrong = first.post(path, **{**PAPIER, "naissance": "18/05/1990"})
    helper = first.post(path, **PAPIER, aidant="un-voisin")

    assert [answer.status_code for answer in (elsewhere, wrong, helper)] == [403, 403, 403]
    assert "n’a pas de mandat en cours" in helper.text
    assert (
        first.confirm(f"/agents/personnes/{person.usager_id}/actes/changer-courriel", courriel=A_ELLE)[1].status_code
        == 403
    )


@pytest.mark.clause("DEP-06/f")
def test_the_pieces_of_the_hostile_filing_stay_auditable(deposit: Deposit) -> None:
    usurper = a_person(deposit, **BASE, prefecture="75")
    hostile = usurper.file(titre_code="visiteur", prefecture="75")
    assert mandatory(hostile)
    first, second = desks(deposit)
    path = f"/agents/personnes/{usurper.usager_id}"
    first.post(f"{path}/identite", **PAPIER)
    second.confirm(f"{path}/actes/liberer", courriel="libre@exemple.test")

    token = deposit.agent("superviseur", agent_id=NAMES[0])
    history = deposit.call("GET", f"/demandes/{hostile['demande_id']}/historique", token)

    piece = hostile["pieces"][0]["piece_id"]
    opened = second.get(f"/agents/demandes/{hostile['demande_id']}/pieces/{piece}")

    assert opened.status_code == 200 and opened.data == PDF
    assert history.status_code == 200
    assert "deposit.demande.deposee" in {fact["fait"] for fact in history.json["faits"]}
