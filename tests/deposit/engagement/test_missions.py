"""What the software cannot do is no reason; the same situation treated otherwise is measured, shown and looked into."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis import clock, event_log, mongo
from pilotage.actions import comptes
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.engagement.actions import missions
from services.deposit.instruction.actions import indicateurs
from tests.deposit.conftest import Deposit, a_person
from tests.deposit.desk import Screen, an_agent

WHY = {"texte": "Article d’exemple", "recours": "Tribunal administratif"}
OBJET, TITRE = "visiteur|renouvellement", "Visiteur, renouvellement"
SOFTWARE = (
    "L’application ne permet pas d’enregistrer ce changement de situation.",
    "Impossible de traiter votre demande dans l’ANEF.",
    "Le logiciel n’accepte qu’une seule demande à la fois.",
    "Demande rejetée par le système informatique.",
    "Raison technique.",
    "AGDREF bloque le dossier.",
)
CASE = (
    "Vos ressources n’atteignent pas le montant demandé.",
    "Le document que vous avez envoyé par le formulaire n’est pas le vôtre.",
    "Votre formation dans l’informatique est terminée depuis deux ans.",
)


@pytest.mark.clause("XCT-22/c")
def test_a_limit_of_the_software_is_no_reason_to_refuse_or_to_close(deposit: Deposit) -> None:
    """On the page of the agent and by the API; what was typed comes back, and the dossier stays open."""
    agent, token = an_agent(deposit, "instructeur"), deposit.agent("instructeur")
    person = a_person(deposit)
    demande = person.file(titre_code="refugie")["demande_id"]
    for motif in SOFTWARE:
        for verb in ("defavorable", "clore"):
            answer = deposit.call("POST", f"/demandes/{demande}:{verb}", token, json={**WHY, "motif": motif})
            assert (answer.status_code, answer.json["code"]) == (409, "LIMITE_DU_LOGICIEL"), motif
    refused = agent.post(f"/agents/demandes/{demande}/actes/defavorable", **WHY, motif=SOFTWARE[0])
    assert "Une limite du logiciel n’est pas un motif" in refused.text and "d’une autre façon" in refused.text
    assert "ne permet pas d’enregistrer ce changement" in refused.text
    assert person.read(demande)["state"] == "DEPOSEE"
    for number, motif in enumerate(CASE):
        other = a_person(deposit).file(titre_code="refugie")["demande_id"]
        verb = ("defavorable", "clore")[number % 2]
        assert deposit.call("POST", f"/demandes/{other}:{verb}", token, json={**WHY, "motif": motif}).status_code == 200


def told(prefecture: str, favorable: int, against: int) -> None:
    """Demandes of this préfecture, filed and decided today, as the log of deposit holds them."""
    day, entries = clock.today().isoformat(), []
    for number in range(favorable + against):
        demande = clock.new_id()
        filed = events_pb2.DemandeDeposee(
            demande_id=demande, prefecture=prefecture, titre_code="visiteur", renouvellement=True
        )
        decided = events_pb2.DemandeDecidee(demande_id=demande, favorable=number < favorable, decision_date=day)
        facts = (("deposit.demande.deposee", filed), ("deposit.demande.decidee", decided))
        for version, (subject, message) in enumerate(facts, 1):
            entries.append(
                {
                    "event_id": clock.new_id(), "kind": "fait", "aggregate": demande, "parcours": demande,
                    "version": version, "subject": subject, "type": message.DESCRIPTOR.full_name, "by": "agent:x",
                    "payload": message.SerializeToString(), "day": day, "time": clock.now(), "hash": "", "prive": {},
                }
            )  # fmt: skip
    event_log.append(mongo.database("deposit"), entries)


@pytest.mark.clause("XCT-22/a", "XCT-22/b")
def test_a_situation_treated_otherwise_is_shown_and_opens_a_mission_that_is_followed(deposit: Deposit) -> None:
    told("13", 9, 3)
    told("69", 3, 9)
    told("974", 0, 1)
    comptes.rebuild(indicateurs.tableau(cadre().catalogue))
    missions.open_due()
    missions.open_due()
    page = Screen(deposit).text("/divergences")
    assert "à partir de 20 points d’écart" in page.lower() and "au moins 10 demandes" in page
    assert TITRE in page and "La Réunion" not in page, "too few to be compared"

    desk = an_agent(deposit, "bureau_national", agent_id="agent-national", prefectures=("*",))
    listed = [mission for mission in missions.every() if mission.objet == OBJET]
    assert sorted(mission.prefecture for mission in listed) == ["13", "69"]
    mission = next(mission for mission in listed if mission.prefecture == "69")
    path = f"/agents/missions/{mission.id}"
    assert "Proposée par la mesure" in desk.text(path) and "25 %" in desk.text(path)
    assert desk.post(path, state="TERMINEE", mot="Vu").status_code == 422
    assert desk.post(path, state="DECIDEE", mot="").status_code == 422
    assert desk.post(path, state="DECIDEE", mot="Visite le mois prochain").status_code == 303
    deposit.set_day(clock.today() + timedelta(days=1))
    desk.post(path, state="EN_COURS", mot="Deux jours sur place")
    said = desk.text(path)
    assert "Visite le mois prochain" in said and "Deux jours sur place" in said
    assert "En cours dans la préfecture" in Screen(deposit).text("/divergences")
    listed_page = desk.text("/agents/missions/")
    assert TITRE in listed_page and "Fins favorables" in listed_page
    home = desk.text("/agents/national/")
    assert TITRE in home and "Ce qu’aucune préfecture ne peut lever" in home and "/substitution/bureau/refus" in home
    assert an_agent(deposit, "instructeur", agent_id="agent-other").get(path).status_code == 403
    missions.open_due()
    assert len([each for each in missions.every() if each.objet == OBJET]) == 2, "one for each gap while it is open"
