"""The acts of the desk by a program: each refuses what its page refuses, and those that no other test does are done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from annotated_types import MaxLen
from pydantic import BaseModel

from chassis import clock, mongo
from promesse.rules import GENRES
from services.deposit.acte.actions import Acte
from services.deposit.aidant.inputs import Mandat
from services.deposit.bureau import inputs
from services.deposit.bureau.actions import actes, personne
from services.deposit.bureau.api.actes import ELSEWHERE
from services.deposit.engagement import inputs as engagements
from services.deposit.reprise import inputs as reprises
from tests.deposit.bureau.test_desk_actes import day_fields
from tests.deposit.bureau.test_desk_personnes import check, known
from tests.deposit.conftest import PDF, Deposit, Personne
from tests.deposit.desk import an_agent, signed_in
from tests.deposit.messages import days, filed
from tests.documents.lecture import text_of

ROLES = ("instructeur", "superviseur")
PROMISE = next(iter(GENRES))
DAY = (clock.today() - timedelta(days=9)).isoformat()
# What is filled in rightly, for each model of the tables.
RIGHT: dict[type[BaseModel], dict[str, Any]] = {
    inputs.Refus: {"motif": "x", "texte": "y", "recours": "z"},
    inputs.Fermeture: {"motif": "x", "texte": "y", "recours": "z"},
    inputs.Arrivee: {"code": "domicile", "voie": "poste", "jour": DAY},
    inputs.Correction: {"champ": "ville", "valeur": "Paris", "motif": "x"},
    inputs.Ancienne: {"reference": "D-1", "motif": "x"},
    inputs.Urgence: {"motif": "travail", "texte": "x"},
    inputs.RemisePassee: {"jour": DAY, "motif": "x"},
    Mandat: {"structure_id": "s", "portee": ["lire"], "fin_date": DAY},
    engagements.Promesse: {"genre": "REPONSE", "jour": DAY},
    engagements.Remontee: {"objet": "x", "texte": "x"},
    reprises.DepotAnterieur: {"depot": DAY, "lieu": "guichet"},
    reprises.DepotReconnu: {"depot": DAY, "lieu": "guichet", "titre_code": "etudiant"},
}


def limits(model: type[BaseModel]) -> Iterator[tuple[str, int]]:
    """Each field of a model that has a greatest length."""
    for name, info in model.model_fields.items():
        for each in info.metadata:
            if isinstance(each, MaxLen):
                yield name, each.max_length


def cases() -> Iterator[Any]:
    """Each act that a program does, with each of its fields that has a limit."""
    for noun, table in (("demandes", actes.DEMANDE), ("personnes", personne.PERSONNE)):
        for acte in table:
            for champ, high in limits(acte.inputs) if acte.code not in ELSEWHERE else ():
                yield pytest.param(noun, acte, champ, high, id=f"{noun}:{acte.code}.{champ}")


@pytest.fixture(scope="module")
def targets(deposit: Deposit) -> dict[str, str]:
    """One demande and one person: what is sent is judged before the state they are in."""
    person = known(deposit)
    return {"demandes": filed(person, days(60)), "personnes": person.usager_id}


@pytest.mark.parametrize(("noun", "acte", "champ", "high"), cases())
def test_an_act_refuses_by_api_what_its_page_refuses(
    deposit: Deposit, targets: dict[str, str], noun: str, acte: Acte, champ: str, high: int
) -> None:
    """The field over its limit is the fault, named by both; at its limit both say the same of it."""
    key, model = targets[noun], acte.inputs
    is_list = str(model.model_fields[champ].annotation).startswith("list")
    screen, token = an_agent(deposit, *ROLES), deposit.agent(*ROLES)
    path = f"/{'usagers' if noun == 'personnes' else noun}/{key}:{acte.code}"
    page = f"/agents/{noun}/{key}/actes/{acte.code}"

    def both(length: int) -> tuple[bool, bool]:
        value: Any = ["x"] * length if is_list else "x" * length
        said = RIGHT.get(model, {}) | {champ: value}
        sent: dict[str, Any] = {"data": said | _file(acte)} if acte.fichier else {"json": said}
        by_api = deposit.call("POST", path, token, **sent)
        by_page = screen.post(page, etape="faire", **_as_typed(said))
        problem = by_api.json or {}
        faults = {fault["champ"].split(".")[0] for fault in problem.get("champs", ())} | {problem.get("champ")}
        return (
            by_api.status_code in (409, 422) and champ in faults,
            by_page.status_code == 422 and f'href="#f-{champ}"' in by_page.text,
        )

    assert both(high + 1) == (True, True)
    # A pattern, a choice or a rule may refuse these letters; both doors then say the same of this field.
    at_the_limit = both(high)
    assert at_the_limit[0] == at_the_limit[1]


def _file(acte: Acte) -> dict[str, Any]:
    return {"fichier": (BytesIO(PDF), "piece.pdf")}


def _as_typed(said: dict[str, Any]) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for name, value in said.items():
        typed |= day_fields(name, value) if value == DAY else {name: value}
    return typed


@pytest.mark.parametrize(("jours", "status"), [(0, 422), (1, 200), (180, 200), (181, 422)])
def test_more_days_are_given_within_one_limit_on_page_and_api(deposit: Deposit, jours: int, status: int) -> None:
    screen, token = an_agent(deposit, *ROLES), deposit.agent(*ROLES)
    demande = filed(known(deposit), days(60))
    page = f"/agents/demandes/{demande}/actes"
    screen.confirm(f"{page}/demander-pieces", pieces=["domicile"])

    by_page = screen.post(f"{page}/prolonger", jours=str(jours))
    by_api = deposit.call("POST", f"/demandes/{demande}:prolonger", token, json={"jours": jours})

    assert (by_page.status_code, by_api.status_code) == (status, status)


def twice(deposit: Deposit, path: str, token: str, body: dict[str, Any] | None = None) -> Any:
    """An act whose answer was lost: sent again with its key, it is answered as the demande stands, and done once."""
    headers = {"Idempotency-Key": clock.new_id()}
    first, again = (deposit.call("POST", path, token, json=body, headers=headers) for _ in range(2))
    assert first.status_code == 200, first.json
    # The préfecture's view may have confirmed meanwhile what the person sent before.
    answers = [{**(done.json or {}), "version": 0} for done in (first, again)]
    assert (again.status_code, answers[1]) == (200, answers[0])
    other = deposit.call("POST", path, token, json={**(body or {}), "texte": "autre"}, headers=headers)
    assert other.status_code == 422
    return first.json


def told(person: Personne, demande: str = "") -> list[str]:
    """The words that wait to leave to a person, by their templates."""
    kept, key = ("demandes", demande) if demande else ("usagers", person.usager_id)
    found: Any = mongo.database("deposit")[kept].find_one({"_id": key})
    return [entry["prive"]["modele"] for entry in found["outbox"] if entry.get("subject") == "deposit.message.demande"]


def test_a_decision_for_by_a_program_gives_its_attestation_the_same_day(deposit: Deposit) -> None:
    person = known(deposit)
    demande = filed(person, days(60))

    done = twice(deposit, f"/demandes/{demande}:favorable", deposit.agent(*ROLES))

    hers = signed_in(deposit, person)
    adf = [d for d in done["documents"] if d["nature"] == "ADF"]
    assert (done["state"], len(adf), adf[0]["debut_date"]) == ("FAVORABLE", 1, clock.today().isoformat())
    assert "Attestation de décision favorable" in hers.text("/documents")
    assert "Décision" in hers.text(f"/demandes/{demande}/historique")
    assert told(person, demande).count("decision_favorable") == 1


AGAINST: dict[str, Any] = {
    "motif": "Ressources insuffisantes",
    "texte": "Article L. 433-1",
    "recours": ["Tribunal, deux mois", "Recours gracieux"],
}


def test_a_decision_against_by_a_program_leaves_with_reason_text_and_recourse(deposit: Deposit) -> None:
    person, token = known(deposit), deposit.agent(*ROLES)
    demande = filed(person, days(60))
    path = f"/demandes/{demande}:defavorable"

    bare = [deposit.call("POST", path, token, json=AGAINST | {name: ""}).status_code for name in AGAINST]
    kept = person.read(demande)["state"]
    done = twice(deposit, path, token, AGAINST)

    letter = next(d for d in done["documents"] if d["nature"] == "DECISION")
    printed = text_of(person.call("GET", f"/documents/{letter['numero']}.pdf").data)
    assert (bare, kept, done["state"]) == ([422] * 3, "DEPOSEE", "DEFAVORABLE")
    for words in (AGAINST["motif"], AGAINST["texte"], *AGAINST["recours"]):
        assert words in printed
    assert told(person, demande).count("decision_defavorable") == 1


def test_a_document_is_sent_again_by_a_program_when_it_is_of_this_demande(deposit: Deposit) -> None:
    person, token = known(deposit), deposit.agent(*ROLES)
    demande, other = filed(person, days(60)), filed(known(deposit), days(60))
    numero = person.read(demande)["documents"][0]["numero"]
    before = told(person, demande).count("attestation_delivree")

    foreign = deposit.call("POST", f"/demandes/{other}:envoyer", token, json={"numero": numero})
    done = twice(deposit, f"/demandes/{demande}:envoyer", token, {"numero": numero})

    assert foreign.status_code == 404
    assert done == {"fait": "envoyer"}
    assert told(person, demande).count("attestation_delivree") == before + 1


@pytest.mark.parametrize("noun", ["demandes", "usagers"])
def test_a_promise_by_a_program_is_read_by_the_person(deposit: Deposit, noun: str) -> None:
    person = known(deposit)
    demande = filed(person, days(60))
    key = demande if noun == "demandes" else person.usager_id
    said = {"genre": PROMISE, "jour": days(5), "texte": "Entre neuf heures et midi."}

    done = twice(deposit, f"/{noun}/{key}:promettre", deposit.agent(*ROLES), said)

    hers = signed_in(deposit, person).text(f"/demandes/{demande}" if noun == "demandes" else "/espace")
    past = deposit.call("POST", f"/{noun}/{key}:promettre", deposit.agent(*ROLES), json=said | {"jour": days(-1)})
    assert done["promesse_id"]
    assert hers.count(said["texte"]) == 1
    assert past.status_code == 422


def test_a_link_is_sent_again_by_a_program_to_the_contact_of_the_person(deposit: Deposit) -> None:
    person, screen = known(deposit), an_agent(deposit, *ROLES)
    check(screen, person)

    done = twice(deposit, f"/usagers/{person.usager_id}:renvoyer-lien", deposit.agent(*ROLES))

    assert done == {"fait": "renvoyer-lien"}
    assert told(person).count("recuperation") == 1


WHO = [(noun, code) for noun, codes in (
    ("demandes", ("favorable", "defavorable", "envoyer", "promettre")),
    ("usagers", ("renvoyer-lien", "promettre")),
) for code in codes]  # fmt: skip


@pytest.mark.parametrize(("noun", "code"), WHO)
def test_these_acts_are_refused_elsewhere_to_other_roles_and_to_nobody(deposit: Deposit, noun: str, code: str) -> None:
    person = known(deposit)
    demande = filed(person, days(60))
    path = f"/{noun}/{demande if noun == 'demandes' else person.usager_id}:{code}"
    model = (actes.PAR_CODE if noun == "demandes" else personne.PAR_CODE)[code].inputs
    said = {"numero": "1", "genre": PROMISE, "jour": days(5), **AGAINST}
    body = {name: said[name] for name in model.model_fields if name in said}

    elsewhere = deposit.call("POST", path, deposit.agent(*ROLES, prefectures=("13",), agent_id="agent-13"), json=body)
    role = deposit.call("POST", path, deposit.agent("pan", agent_id="agent-pan"), json=body)
    herself = person.call("POST", path, json=body)
    nobody = deposit.call("POST", path, json=body)

    assert [answer.status_code for answer in (elsewhere, role, herself, nobody)] == [403, 403, 403, 401]
    assert person.read(demande)["state"] == "DEPOSEE"
    assert told(person).count("recuperation") == 0


def test_a_piece_received_and_the_proof_of_an_urgency_come_with_their_file_by_a_program(deposit: Deposit) -> None:
    person, token = known(deposit), deposit.agent(*ROLES)
    demande = filed(person, days(60))
    today = clock.today().isoformat()

    def send(code: str, said: dict[str, str], **file: Any) -> Any:
        return deposit.call("POST", f"/demandes/{demande}:{code}", token, data=said | file)

    piece = {"code": "domicile", "voie": "poste", "jour": today}
    without = send("recevoir", piece)
    received = send("recevoir", piece, fichier=(BytesIO(PDF), "lettre.pdf"))
    proved = send("urgence", {"motif": "travail"}, fichier=(BytesIO(PDF), "employeur.pdf"))

    page = an_agent(deposit, *ROLES).text(f"/agents/demandes/{demande}")
    assert (without.status_code, without.json["code"]) == (422, "FICHIER_ABSENT")
    assert (received.status_code, proved.status_code) == (200, 200), (received.json, proved.json)
    assert "lettre.pdf" in page
    assert "Urgence signalée : perte d’un emploi" in page
