"""Trust: helpers see every date of all they follow and are cut off at once; logs; one identifier for every channel."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from typing import Any

import pytest

from chassis import clock, mongo
from chassis.inbox import Meta
from sejour.message.v1.message_pb2 import MessageDemande
from sejour.pan.v1 import events_pb2 as pan
from sejour.substitution.v1 import events_pb2 as substitution
from services.deposit.consumers import HANDLERS
from tests.deposit.aidant.test_desk_aidants import MOT, activate, code_of, enrolled, in_boxes, mandated
from tests.deposit.compte.test_case_02 import A_ELLE, BASE, PAPIER, USURPEE, choose_password, claim, desks
from tests.deposit.conftest import Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent, signed_in
from tests.deposit.navigateur import Navigateur


def filed(person: Personne) -> dict[str, Any]:
    return person.file(titre_code="etudiant", fin_titre_date=(clock.today() + timedelta(days=60)).isoformat())


def add_member(deposit: Deposit, structure_id: str, login: str) -> Screen:
    """A colleague in the same structure, signed in."""
    clerk = an_agent(deposit, "prefecture", agent_id="agent-inscrit")
    path = f"/agents/structures/{structure_id}"
    clerk.post(f"{path}/membres", page=path, login=login, nom=f"Collègue {login}")
    code = re.search(rf"Code de Collègue {login} : ([0-9A-F]{{5}}-[0-9A-F]{{5}})", clerk.text(path))
    assert code is not None
    browser = Screen(deposit)
    activate(deposit, browser, login, code[1])
    return browser


def token_of(deposit: Deposit, login: str) -> str:
    """A token of a member who signs in by API."""
    said = {"login": login, "password": MOT, "code": code_of(deposit, login)}
    token: str = deposit.call("POST", "/aidants:connexion", json=said).json["jeton"]
    return token


def test_a_first_code_opens_once_for_seven_days_and_a_new_one_voids_it(deposit: Deposit) -> None:
    structure_id, _helper = enrolled(deposit, "aide-premiere")
    clerk = an_agent(deposit, "prefecture", agent_id="agent-inscrit")
    path = f"/agents/structures/{structure_id}"

    def given() -> str:
        clerk.post(f"{path}/membres", page=path, login="aide-code", nom="Aide Code")
        code = re.search(r"Code de Aide Code : ([0-9A-F]{5}-[0-9A-F]{5})", clerk.text(path))
        assert code is not None
        return code[1]

    def opens(code: str) -> int:
        said = {"login": "aide-code", "code": code, "password": MOT}
        return int(deposit.call("POST", "/aidants:activation", json=said).status_code)

    former, old = given(), given()
    late = {"$set": {"membres.$.code_fin": clock.now() - timedelta(seconds=1)}}
    stored = mongo.database("deposit")["structures"].find_one({"membres.login": "aide-code"}, {"membres.$": 1})
    assert stored is not None
    left = stored["membres"][0]["code_fin"].replace(tzinfo=UTC) - clock.now()
    mongo.database("deposit")["structures"].update_one({"membres.login": "aide-code"}, late)
    refused = [opens(former), opens(old)]
    new = given()

    assert timedelta(days=6) < left <= timedelta(days=7) and len({former, old, new}) == 3
    assert refused == [422, 422]
    assert [opens(old), opens(new), opens(new)] == [422, 201, 422]


@pytest.mark.clause("XCT-06/c")
def test_one_board_and_one_inbox_hold_every_date_and_message_of_all_persons_followed(deposit: Deposit) -> None:
    structure_id, helper = enrolled(deposit, "aide-tableau")
    people = [a_person(deposit, nom=nom) for nom in ("Suivieune", "Suiviedeux", "Suivietrois")]
    demandes = [filed(person) for person in people]
    for person in people:
        mandated(deposit, person, structure_id, "lire")
    stranger = a_person(deposit, nom="Etrangere")
    filed(stranger)
    agent = deposit.agent("instructeur", agent_id="agent-instruit")
    asked = {"pieces": ["passeport"], "texte": "Envoyez votre passeport."}
    done = deposit.call("POST", f"/demandes/{demandes[1]['demande_id']}:demander-pieces", agent, json=asked)
    assert done.status_code == 200, done.json
    deposit.call("POST", f"/demandes/{demandes[2]['demande_id']}:ecrire", agent, json={"texte": "Un mot pour vous."})

    board, inbox = helper.text("/aidants/echeances"), helper.text("/aidants/boite")
    dates = re.findall(r'<p class="moment">([^<(]+)', board)

    assert board.count("Fin du mandat") == 3
    assert "Pièces à envoyer" in board
    assert demandes[1]["reference"] in board
    assert len(dates) >= 4
    token = token_of(deposit, "aide-tableau")
    days = [row["jour"] for row in deposit.call("GET", "/aidants/echeances", token).json["echeances"]]
    assert days == sorted(days)
    assert "Un mot pour vous." in inbox
    assert "Suivietrois" in inbox
    assert "Etrangere" not in board + inbox


def test_a_colleague_takes_over_and_the_person_reads_it(deposit: Deposit) -> None:
    structure_id, helper = enrolled(deposit, "aide-depart")
    colleague = add_member(deposit, structure_id, "aide-arrivee")
    person = a_person(deposit, nom="Relayee")
    page = mandated(deposit, person, structure_id, "lire")
    own = f"/aidants/personnes/{person.usager_id}"
    relay = re.search(r"/deposit(/aidants/mandats/[^\"]+/relais)", helper.text(own))
    assert relay is not None

    wrong = helper.post(relay[1], page=own, login="aide-inconnue")
    done = helper.post(relay[1], page=own, login="aide-arrivee")

    assert wrong.headers["Location"].endswith("/aidants/")
    assert done.headers["Location"].endswith(own)
    assert "Relayee" in colleague.text("/aidants/echeances?qui=moi")
    assert "Relayee" not in helper.text("/aidants/echeances?qui=moi")
    assert "Mandat donné ou arrêté" in page.text("/mes-aidants/journal") or "aidant:aide-depart" in page.text(
        "/mes-aidants/journal"
    )


def test_an_abusive_helper_is_cut_off_at_once_on_pages_and_by_token(deposit: Deposit) -> None:
    structure_id, helper = enrolled(deposit, "aide-abus")
    person = a_person(deposit, nom="Abusee")
    page = mandated(deposit, person, structure_id, "lire", "agir")
    token = token_of(deposit, "aide-abus")
    seen = deposit.call("GET", "/aidants/personnes", token).json["personnes"]
    clerk = an_agent(deposit, "prefecture", agent_id="agent-inscrit")
    path = f"/agents/structures/{structure_id}"

    clerk.post(f"{path}/membres/aide-abus/fin", page=path)
    after = deposit.call("GET", "/aidants/personnes", token).status_code, helper.get("/aidants/").status_code

    assert [row["usager_id"] for row in seen] == [person.usager_id]
    assert after[0] == 401
    assert after[1] in (302, 303, 401)
    assert "Abusee" not in helper.get(f"/aidants/personnes/{person.usager_id}").text
    assert "En vigueur" in page.text("/mes-aidants/")

    # A member again, she comes in by a new code and a new password, and not by what was open before.
    clerk.post(f"{path}/membres", page=path, login="aide-abus", nom="Aide")
    again = deposit.call("GET", "/aidants/personnes", token).status_code, helper.get("/aidants/").status_code
    assert again[0] == 401 and again[1] in (302, 303, 401)


def test_a_whole_structure_is_cut_off_with_a_reason_and_its_mandates_hold_no_more(deposit: Deposit) -> None:
    structure_id, helper = enrolled(deposit, "aide-coupee")
    person = a_person(deposit, nom="Coupee")
    page = mandated(deposit, person, structure_id, "lire")
    clerk = an_agent(deposit, "prefecture", agent_id="agent-inscrit")
    path = f"/agents/structures/{structure_id}"

    silent = clerk.post(f"{path}/suspension", page=path, motif=" ")
    still = helper.get("/aidants/").status_code
    done = clerk.post(f"{path}/suspension", page=path, motif="Argent demandé à une personne")

    assert (silent.headers["Location"].endswith(structure_id), still) == (True, 200)
    assert done.headers["Location"].endswith("/agents/structures/")
    assert "Coupee" not in helper.get("/aidants/").text
    mine = page.text("/mes-aidants/")
    assert "En vigueur" not in mine
    assert structure_id not in mine
    far = deposit.agent("prefecture", prefectures=("13",), agent_id="agent-13")
    assert deposit.call("POST", f"/structures/{structure_id}:suspendre", far, json={"motif": "x"}).status_code == 403


def told(subject: str, message: Any, parcours: str, minutes: int) -> None:
    """A fact of another channel, as the consumer gives it."""
    at = clock.now() + timedelta(minutes=minutes)
    meta = Meta(clock.new_id(), subject, f"objet-{minutes}", 1, parcours, clock.today(), at)
    HANDLERS[subject][1](message, meta)


def test_visits_and_routes_known_before_the_account_join_its_one_identifier(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Parcourue")
    page, agent = signed_in(deposit, person), an_agent(deposit, "instructeur", agent_id="agent-instruit")
    account = (mongo.database("deposit")["usagers"].find_one({"_id": person.usager_id}) or {})["parcours_id"]
    filed(person)
    walk_in, other = clock.new_id(), clock.new_id()

    told("pan.rendez_vous.pris", pan.RendezVousPris(rendez_vous_id="r1", prefecture="75"), walk_in, 1)
    told("substitution.voie.ouverte", substitution.VoieOuverte(voie_id="v0", prefecture="75"), other, 2)
    visit = pan.VisiteEnregistree(visite_id="v1", prefecture="75", usager_id=person.usager_id)
    told("pan.visite.enregistree", visit, walk_in, 3)
    told("pan.rendez_vous.annule", pan.RendezVousAnnule(rendez_vous_id="r1", par="usager"), walk_in, 4)
    route = substitution.VoieOuverte(voie_id="v2", usager_id=person.usager_id, prefecture="75")
    told("substitution.voie.ouverte", route, account, 5)
    mine = page.text("/mon-parcours")
    theirs = agent.text(f"/agents/personnes/{person.usager_id}")

    for shown in (mine, theirs):
        assert account in shown
        assert walk_in in shown
        assert "Demande déposée" in shown
        for words in ("rendez-vous pris", "visite", "rendez-vous annulé"):
            assert f"Point d’accueil : {words}" in shown, words
        assert shown.count("Faire autrement : une voie est ouverte") == 1
        assert other not in shown


def test_what_is_kept_of_another_channel_is_no_personal_data(deposit: Deposit) -> None:
    told("pan.rendez_vous.pris", pan.RendezVousPris(rendez_vous_id="r9", lieu_id="lieu"), "parcours-9", 9)

    kept = mongo.database("deposit")["etapes"].find_one({"parcours_id": "parcours-9"}) or {}

    assert set(kept) == {"_id", "parcours_id", "subject", "aggregate", "jour_date", "time", "canal", "message_id"}


@pytest.mark.clause("XCT-07/i")
def test_the_logs_of_a_whole_day_hold_nothing_about_the_person(
    deposit: Deposit, capfd: pytest.CaptureFixture[str]
) -> None:
    told_of_her = {
        "nom": "Zibeline-Secrete",
        "prenoms": "Quetzala",
        "courriel": "quetzala.zibeline@exemple.test",
        "telephone": "0698765432",
        "adresse": ["77 rue Introuvable", "75001 Paris"],
        "nationalite": "Zanzibar",
    }
    person = a_person(deposit, **told_of_her)
    demande = filed(person)
    page, agent = signed_in(deposit, person), an_agent(deposit, "instructeur", agent_id="agent-instruit")
    page.text(f"/demandes/{demande['demande_id']}")
    page.post(
        f"/demandes/{demande['demande_id']}/messages", page=f"/demandes/{demande['demande_id']}", texte="Motsecret"
    )
    agent.text(f"/agents/demandes/{demande['demande_id']}")
    agent.get("/agents/recherche?nom=Zibeline-Secrete")
    page.get("/verifier?reference=ABCD-EFGH-JKMNP")
    person.call("POST", "/demandes", json={"titre_code": "etudiant", "prefecture": "Zibeline-Secrete"})

    written = "".join(capfd.readouterr())

    assert "http.request" in written
    words = ("Zibeline", "Quetzala", "zibeline@", "98765432", "Introuvable", "Zanzibar", "Motsecret", "ABCD-EFGH")
    assert [word for word in words if word in written] == []
    assert person.token not in written
    assert person.identifiant not in written


def test_what_the_usurper_allowed_ends_with_his_hold_and_helper_and_holder_are_told(deposit: Deposit) -> None:
    structure_id, helper = enrolled(deposit, "aide-usurpee")
    desk_id, by_paper = enrolled(deposit, "aide-papier")
    usurper = a_person(deposit, **BASE, courriel=USURPEE, prefecture="75")
    hostile = usurper.file(titre_code="visiteur", prefecture="75")
    mandated(deposit, usurper, structure_id, "lire", "agir")
    claim(Navigateur(deposit))
    first, second = desks(deposit)
    path = f"/agents/personnes/{usurper.usager_id}"
    first.post(f"{path}/identite", **PAPIER)
    _, paper = first.confirm(f"{path}/actes/mandat", structure_id=desk_id, portee=["lire"], **in_boxes(30))

    second.confirm(f"{path}/actes/changer-courriel", courriel=A_ELLE)
    kept = list(mongo.database("deposit")["mandats"].find({"usager_id": usurper.usager_id}).sort("structure_id", 1))
    asked = [e for m in kept for e in m["outbox"] if "modele" in e.get("prive", {})]
    told = {(MessageDemande.FromString(e["payload"]).destinataire_id, e["prive"]["modele"]) for e in asked}
    hers = choose_password(deposit, usurper.usager_id)

    assert paper.status_code == 303
    assert "Aucun mandat en cours" in helper.text("/aidants/") and "Exemple" in by_paper.text("/aidants/")
    assert {(structure_id, "aidant_mandat_fini"), (usurper.usager_id, "mandat_revoque")} <= told
    assert hostile["reference"] in next(e["prive"] for e in asked if "fini" in e["prive"]["modele"])["contenu"]
    assert hers.read("/deposit/mes-aidants/").text.count("En vigueur") == 1
    mongo.database("deposit")["usagers"].update_one(
        {"_id": usurper.usager_id}, {"$unset": {"numero_etranger": 1, "courriel": 1}}
    )
