"""Acts of the desk, page by page: shown before they are sent, refused to who may not, written once."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from chassis import clock, mongo
from droit.jours import day_in_words
from tests.browser import hidden_fields
from tests.deposit.conftest import PDF, Deposit, Personne, a_person
from tests.deposit.desk import Screen, an_agent, signed_in
from tests.deposit.reprise.test_reprise import a_demande, a_title
from tests.deposit.reprise.test_reprise_depots import demandes_of, holder
from tests.documents.lecture import text_of


def days(count: int) -> str:
    """The legal day `count` days from today."""
    return (clock.today() + timedelta(days=count)).isoformat()


def filed(person: Personne, **choix: Any) -> dict[str, Any]:
    """A demande of this person, filed."""
    return person.file(**{"titre_code": "etudiant", "fin_titre_date": days(60), **choix})


def facts(demande_id: str) -> list[dict[str, Any]]:
    """What a demande holds in its outbox: nothing is relayed here."""
    found = mongo.database("deposit")["demandes"].find_one({"_id": demande_id}) or {}
    return list(found["outbox"])


def subjects(demande_id: str) -> list[str]:
    return [entry["subject"] for entry in facts(demande_id)]


def day_fields(name: str, iso: str) -> dict[str, str]:
    """A date as three boxes."""
    year, month, day = iso.split("-")
    return {f"{name}-jour": day, f"{name}-mois": month, f"{name}-annee": year}


@pytest.fixture
def agent(deposit: Deposit) -> Screen:
    """An agent of Paris who instructs and lifts."""
    return an_agent(deposit, "instructeur", "superviseur")


def test_a_request_for_pieces_is_shown_as_it_will_be_sent_and_sent_as_it_was_shown(
    deposit: Deposit, agent: Screen
) -> None:
    demande = filed(a_person(deposit))
    path = f"/agents/demandes/{demande['demande_id']}/actes/demander-pieces"
    before = subjects(demande["demande_id"])

    preview, done = agent.confirm(path, pieces=["domicile"], texte="Le justificatif est illisible.")

    shown = html.unescape(preview.text)
    sent = [entry for entry in facts(demande["demande_id"]) if entry["subject"] == "deposit.message.demande"][-1]
    assert "deposit.pieces.demandees" not in before
    assert (done.status_code, sent["prive"]["modele"]) == (303, "pieces_demandees")
    assert "Justificatif de domicile" in shown
    assert "Justificatif de domicile" in sent["prive"]["contenu"]
    assert "La préfecture vous demande des pièces." in shown


def test_a_preview_changes_and_sends_nothing(deposit: Deposit, agent: Screen) -> None:
    demande = filed(a_person(deposit))
    agent.text(f"/agents/demandes/{demande['demande_id']}")
    before = facts(demande["demande_id"])

    for code in ("complete", "favorable", "demander-pieces"):
        agent.post(
            f"/agents/demandes/{demande['demande_id']}/actes/{code}", pieces="domicile" if "pieces" in code else []
        )

    assert facts(demande["demande_id"]) == before


def test_a_double_click_is_one_act(deposit: Deposit, agent: Screen) -> None:
    demande = filed(a_person(deposit))
    path = f"/agents/demandes/{demande['demande_id']}/actes/arreter-horloge"
    page = agent.get(path)
    body = dict(hidden_fields(page)) | {"cause": "Pas encore de logement"}

    answers = [agent.client.post(f"/deposit{path}", data=body).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert subjects(demande["demande_id"]).count("deposit.horloge.changee") == 1


def test_a_form_without_its_token_is_refused(deposit: Deposit, agent: Screen) -> None:
    demande = filed(a_person(deposit))

    refused = agent.client.post(
        f"/deposit/agents/demandes/{demande['demande_id']}/actes/complete", data={"etape": "faire"}
    )

    assert refused.status_code == 400
    assert "deposit.demande.complete" not in subjects(demande["demande_id"])


ACTS_ON_A_DEMANDE = (
    "prendre-en-charge",
    "complete",
    "favorable",
    "arreter-horloge",
    "recevoir",
    "ecrire",
    "urgence",
    "transferer",
    "clore",
)


@pytest.mark.clause("XCT-07/a")
def test_the_wrong_prefecture_is_refused_by_every_page_of_a_dossier(deposit: Deposit) -> None:
    demande = filed(a_person(deposit))
    elsewhere = an_agent(deposit, "superviseur", "instructeur", "prefecture", prefectures=("13",), agent_id="agent-13")
    base = f"/agents/demandes/{demande['demande_id']}"

    pages = [base, *(f"{base}/actes/{code}" for code in ACTS_ON_A_DEMANDE)]
    seen = {path: elsewhere.get(path).status_code for path in pages}
    posted = {
        code: elsewhere.post(f"{base}/actes/{code}", page="/agents/recherche", etape="faire").status_code
        for code in ACTS_ON_A_DEMANDE
    }

    assert set(seen.values()) == {403}
    assert set(posted.values()) == {403}
    assert demande["reference"] not in elsewhere.text("/agents/")


REASONS = {
    "motif": "Les ressources ne sont pas établies.",
    "texte": "Article cité.",
    "recours": "Devant le tribunal administratif, en deux mois.",
}


def received(agent: Screen, demande_id: str, code: str, voie: str, arrival: str) -> None:
    """The desk joins a piece that came by another way, on its day of arrival."""
    done = agent.post(
        f"/agents/demandes/{demande_id}/actes/recevoir",
        code=code,
        voie=voie,
        **day_fields("jour", arrival),
        fichier=(BytesIO(PDF), "lettre.pdf"),
    )
    assert done.status_code == 303, done.text[:2000]


@pytest.mark.clause("DEP-36/a", "DEP-36/b", "DEP-36/c", "DEP-36/e", "DEP-36/f")
@pytest.mark.parametrize("voie", ["poste", "guichet", "courriel"])
def test_what_was_asked_for_answers_on_its_day_of_arrival_and_nothing_else_does(
    deposit: Deposit, agent: Screen, voie: str
) -> None:
    person = a_person(deposit)
    demande = filed(person)
    demande_id = demande["demande_id"]
    # The very piece was in the filing, unreadable: the file of that day does not answer.
    agent.confirm(f"/agents/demandes/{demande_id}/actes/demander-pieces", pieces=["domicile"])
    deposit.advance(5)
    arrival = days(-2)

    received(agent, demande_id, "autre", voie, arrival)
    still = person.read(demande_id)
    received(agent, demande_id, "domicile", voie, arrival)
    after = person.read(demande_id)

    assert (still["state"], still["pieces_demandees"][0]["repondue_date"]) == ("PIECES_DEMANDEES", "")
    assert (after["state"], after["pieces_demandees"][0]["repondue_date"]) == ("DEPOSEE", arrival)


@pytest.mark.clause("DEP-36/g")
def test_a_piece_in_time_answers_although_the_dossier_was_closed_and_waits_for_an_agent(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    demande = filed(person, fin_titre_date=days(200))
    demande_id = demande["demande_id"]
    agent.confirm(f"/agents/demandes/{demande_id}/actes/demander-pieces", pieces=["domicile"])
    deposit.advance(35)
    agent.confirm(f"/agents/demandes/{demande_id}/actes/clore", **REASONS)

    received(agent, demande_id, "domicile", "poste", days(-10))
    closed = person.read(demande_id)
    queue = agent.text("/agents/")
    agent.confirm(f"/agents/demandes/{demande_id}/actes/rouvrir")
    after = person.read(demande_id)

    assert (closed["state"], closed["pieces_demandees"][0]["repondue_date"]) == ("CLOSE", days(-10))
    assert demande["reference"] in queue
    assert "Une pièce demandée était arrivée à temps : la demande est à rouvrir" in queue
    assert (after["state"], after["pieces_demandees"][0]["repondue_date"]) == ("DEPOSEE", days(-10))
    assert demande["reference"] not in agent.text("/agents/?filtre=attente")


@pytest.mark.clause("DEP-37/f", "DEP-61/f")
def test_past_its_delay_nothing_is_closed_and_an_agent_gives_more_days(deposit: Deposit, agent: Screen) -> None:
    person = a_person(deposit)
    demande = filed(person, fin_titre_date=days(200))
    base = f"/agents/demandes/{demande['demande_id']}"
    agent.confirm(f"{base}/actes/demander-pieces", pieces=["domicile"])
    deposit.advance(32)

    late = agent.text("/agents/?filtre=echeance")
    _, done = agent.confirm(f"{base}/actes/prolonger", jours="10")

    assert demande["reference"] in late
    assert person.read(demande["demande_id"])["state"] == "PIECES_DEMANDEES"
    assert done.status_code == 303
    assert demande["reference"] not in agent.text("/agents/?filtre=echeance")
    agent.post(f"{base}/actes/arreter-horloge", cause="Hospitalisation")
    assert "Hospitalisation" in agent.text(base)


@pytest.mark.clause("DEP-38/f", "DEP-39/b", "DEP-39/c", "DEP-39/f", "DEP-40/b", "DEP-40/c")
def test_a_closing_is_sent_as_it_was_shown_and_its_page_asks_for_reopening_by_one_button(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    demande = filed(person, fin_titre_date=days(200))
    demande_id, asked = demande["demande_id"], clock.today()
    base, own = f"/agents/demandes/{demande_id}", f"/demandes/{demande_id}"
    form = agent.text(f"{base}/actes/demander-pieces")
    agent.confirm(f"{base}/actes/demander-pieces", pieces=["ressources"])
    request_id = person.read(demande_id)["pieces_demandees"][0]["id"]
    told = signed_in(deposit, person).text(f"{own}/demandes-pieces/{request_id}")
    deposit.advance(40)

    preview, _ = agent.confirm(f"{base}/actes/clore", pieces_manquantes=["ressources"], **REASONS)
    closing = [f for f in facts(demande_id) if f.get("prive", {}).get("modele") == "demande_close"][-1]
    sent = json.loads(closing["prive"]["contenu"])["champs"]
    numero = next(d["numero"] for d in person.read(demande_id)["documents"] if d["nature"] == "CLOTURE")
    notice = text_of(agent.get(f"{base}/documents/{numero}.pdf").data)
    hers = signed_in(deposit, person)
    page, history = hers.text(own), hers.text(f"{own}/historique")
    done = hers.post(f"{own}/reouverture", page=own)
    queue = agent.text("/agents/")

    # The position that is a recommendation: no machine closes.
    assert "Rien n’est fermé à son terme sans un agent." in form
    assert "rien n’est fermé par la machine" in told
    assert "Envoyé avant cette demande :" in told, "what came before it was asked again does not answer"
    shown = html.unescape(preview.text)
    words = [word for value in sent.values() for word in ([value] if isinstance(value, str) else value)]
    assert [word for word in words if word not in shown] == []
    assert sent["pieces"] == ["Ressources pour l'année d'études (démonstration)"]
    assert "Ressources pour l'année d'études" in notice
    assert day_in_words(asked) in notice
    proof = re.search(r"empreinte([0-9a-f]{24})", re.sub(r"\s", "", notice))
    assert proof is not None, notice
    assert proof[1] in history, "she finds the proof in her own history"
    assert "Demander la réouverture" in page
    assert done.status_code == 303
    assert all("Vous avez demandé la réouverture" in hers.text(path) for path in (own, "/espace"))
    assert demande["reference"] in queue
    assert "La personne demande la réouverture" in queue


@pytest.mark.clause("DEP-34/a", "DEP-34/c", "DEP-34/e")
def test_a_correction_is_told_and_the_person_takes_her_answer_back(deposit: Deposit, agent: Screen) -> None:
    person = a_person(deposit)
    demande = filed(person)
    person.call("PUT", f"/demandes/{demande['demande_id']}/reponses", json={"reponses": {"ville": "Pariss"}})
    base = f"/agents/demandes/{demande['demande_id']}"

    preview, _ = agent.confirm(f"{base}/actes/corriger", champ="ville", valeur="Paris", motif="faute de frappe")
    told = [e["prive"]["modele"] for e in facts(demande["demande_id"]) if e["subject"] == "deposit.message.demande"]
    page = signed_in(deposit, person)
    corrected = agent.text(base)
    listed = page.text(f"/mes-aidants/demandes/{demande['demande_id']}/corrections")
    correction = person.call("GET", f"/demandes/{demande['demande_id']}/corrections").json["corrections"][0]
    back = page.post(
        f"/mes-aidants/demandes/{demande['demande_id']}/corrections/{correction['id']}",
        page=f"/mes-aidants/demandes/{demande['demande_id']}/corrections",
        texte="C’est bien le nom de mon village.",
    )

    assert "Pariss" in html.unescape(preview.text)
    assert "demande_corrigee" in told
    assert "<dd>Paris</dd>" in corrected
    for trace in (html.unescape(listed), html.unescape(agent.text(base))):
        assert "« Pariss » est devenu « Paris »" in trace
        assert "faute de frappe" in trace
    assert back.status_code == 303
    assert "Contesté" in agent.text(base)
    assert "<dd>Pariss</dd>" in agent.text(base)


@pytest.mark.clause("DEP-14/f", "DEP-27/c", "DEP-27/f", "DEP-27/g", "DEP-61/a")
def test_a_forgotten_demande_is_closed_from_anywhere_with_its_notice_and_a_living_one_is_not(
    deposit: Deposit, agent: Screen
) -> None:
    old = a_demande(depot=-400, prefecture="13")
    person, _line = holder(deposit, "7700000901", demandes=[old], titres=[a_title("T901", remise_date=None)])
    living = filed(person, prefecture="13")
    new = filed(person, titre_code="visiteur")
    ghost = next(d for d in demandes_of(person) if d["origine"])
    path = f"/agents/demandes/{new['demande_id']}/actes/fermer-ancienne"

    flagged = agent.text(f"/agents/demandes/{new['demande_id']}")
    refused = agent.post(path, reference=living["reference"], motif="oubliée")
    done = agent.post(path, reference=ghost["reference"], motif="titre remis en 2024")
    closed = person.read(ghost["_id"])
    page = signed_in(deposit, person).text(f"/demandes/{ghost['_id']}")
    there = an_agent(deposit, "instructeur", prefectures=("13",), agent_id="agent-13-bis")
    undone = there.confirm(f"/agents/demandes/{ghost['_id']}/actes/rouvrir")[1]
    again = person.read(ghost["_id"])

    assert ghost["reference"] in flagged
    assert living["reference"] not in flagged, "filed a moment ago: it is not forgotten"
    assert (refused.status_code, done.status_code) == (422, 303)
    assert [person.read(d["demande_id"])["state"] for d in (living, new)] == ["DEPOSEE", "DEPOSEE"]
    assert (closed["state"], [d["nature"] for d in closed["documents"]]) == ("CLOSE", ["CLOTURE"])
    told = [f for f in facts(ghost["_id"]) if f.get("prive", {}).get("modele") == "demande_close"]
    assert len(told) == 1
    assert "titre remis en 2024" in page
    assert "Demander la réouverture" in page
    assert undone.status_code == 303
    assert again["state"] == "DEPOSEE"
    withdrawn = next(d for d in again["documents"] if d["nature"] == "CLOTURE")
    assert withdrawn["remplacee_par"] in {d["numero"] for d in again["documents"] if d["nature"] == "AD"}


@pytest.mark.clause("DEP-43/b", "DEP-43/c")
def test_a_move_that_she_declares_is_a_reason_in_the_queue_and_what_is_decided_or_closed_moves_too(
    deposit: Deposit, agent: Screen
) -> None:
    person = a_person(deposit)
    made = [filed(person, titre_code=code) for code in ("etudiant", "visiteur", "raison-de-sante")]
    under_way, accepted, closed = (demande["demande_id"] for demande in made)
    agent.confirm(f"/agents/demandes/{accepted}/actes/favorable")
    agent.confirm(f"/agents/demandes/{closed}/actes/clore", **REASONS)
    moved = {"adresse": "3 rue de l’Exemple\n69000 Lyon", "prefecture": "69"}
    signed_in(deposit, person).post(
        "/compte/changement", page="/compte/changement?objet=ADRESSE", objet="ADRESSE", **moved
    )

    queue = agent.text("/agents/?filtre=attente")
    proposed = agent.text(f"/agents/demandes/{under_way}/actes/transferer")
    done = [
        agent.confirm(f"/agents/demandes/{one}/actes/transferer", prefecture="69")[1]
        for one in (under_way, accepted, closed)
    ]
    there = deposit.agent("instructeur", prefectures=("69",), agent_id="agent-69-bis")
    read = [deposit.call("GET", f"/demandes/{one}", there).json for one in (under_way, accepted, closed)]

    assert [demande["reference"] in queue for demande in made] == [True, True, True]
    assert "La personne a déménagé : le dossier est à transférer" in queue
    assert "Rhône : la personne dit y habiter" in proposed
    assert [answer.status_code for answer in done] == [303, 303, 303]
    assert [demande["state"] for demande in read] == ["DEPOSEE", "FAVORABLE", "CLOSE"]
    assert [demande["retenue_date"] for demande in read] == [demande["retenue_date"] for demande in made]


@pytest.mark.clause("DEP-43/a", "DEP-43/d")
def test_a_dossier_moves_to_another_prefecture_with_its_whole_record(deposit: Deposit, agent: Screen) -> None:
    person = a_person(deposit)
    demande = filed(person)
    there = an_agent(deposit, "instructeur", prefectures=("69",), agent_id="agent-69")

    preview, done = agent.confirm(f"/agents/demandes/{demande['demande_id']}/actes/transferer", prefecture="69")

    after = person.read(demande["demande_id"])
    assert done.status_code == 303
    assert "Rhône" in html.unescape(preview.text)
    assert agent.get(f"/agents/demandes/{demande['demande_id']}").status_code == 403
    assert demande["reference"] in there.text("/agents/")
    kept = ("reference", "retenue_date", "depot_date", "pieces", "documents")
    assert {name: after[name] for name in kept} == {name: demande[name] for name in kept}


def test_a_decision_against_without_its_reason_is_refused_on_its_page(deposit: Deposit, agent: Screen) -> None:
    person = a_person(deposit)
    demande = filed(person)

    refused = agent.post(
        f"/agents/demandes/{demande['demande_id']}/actes/defavorable", texte="x", recours="y", etape="faire"
    )

    assert refused.status_code == 422
    assert person.read(demande["demande_id"])["state"] == "DEPOSEE"


def test_the_programme_desk_opens_the_person_but_instructs_nothing(deposit: Deposit) -> None:
    person = a_person(deposit)
    demande = filed(person)
    desk = an_agent(deposit, "bureau_national", prefectures=("*",), agent_id="agent-bureau")

    assert "Rouvrir le compte" in desk.text(f"/agents/personnes/{person.usager_id}")
    assert desk.get(f"/agents/demandes/{demande['demande_id']}/actes/complete").status_code == 403
