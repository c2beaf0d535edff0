"""Each power that lifts a blockage, by the page of the desk: done, written with its author, refused to others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chassis import clock, mongo
from tests.deposit.bureau.test_desk_actes import day_fields
from tests.deposit.bureau.test_desk_personnes import check, known
from tests.deposit.conftest import Deposit, Personne
from tests.deposit.desk import Screen, an_agent
from tests.deposit.messages import days, filed
from tests.deposit.reprise.test_reprise import a_demande, a_title
from tests.deposit.reprise.test_reprise_depots import demandes_of, holder


def written(collection: str, key: str) -> list[tuple[str, str]]:
    """What was done to an object, and by whom (nothing is relayed here)."""
    found = mongo.database("deposit")[collection].find_one({"_id": key}) or {}
    return [(e["subject"], e["by"]) for e in found["outbox"] if e["kind"] == "fait"]


def close_ghost(agent: Screen, person: Personne) -> tuple[str, str, str, int]:
    old = a_demande(depot=-400, prefecture="13")
    holder_of, _line = holder(agent.deposit, "7700000902", demandes=[old], titres=[a_title("T902", remise_date=None)])
    ghost = next(d for d in demandes_of(holder_of) if d["origine"])
    path = f"/agents/demandes/{filed(holder_of, days(90))}/actes/fermer-ancienne"
    done = agent.post(path, reference=ghost["reference"], motif="Titre remis en 2024")
    return "demandes", ghost["_id"], "deposit.demande.close", done.status_code


def record_remise(agent: Screen, person: Personne) -> tuple[str, str, str, int]:
    path = f"/agents/personnes/{person.usager_id}/actes/remise-passee"
    done = agent.post(path, motif="Photo de la carte", **day_fields("jour", clock.today().isoformat()))
    return "usagers", person.usager_id, "deposit.compte.modifie", done.status_code


def bind_email(agent: Screen, person: Personne) -> tuple[str, str, str, int]:
    check(an_agent(agent.deposit, "superviseur", agent_id="agent-verifie"), person)
    done = agent.confirm(f"/agents/personnes/{person.usager_id}/actes/changer-courriel", courriel="autre@exemple.fr")[1]
    return "usagers", person.usager_id, "deposit.compte.rattache", done.status_code


def unlock(agent: Screen, person: Personne) -> tuple[str, str, str, int]:
    check(agent, person)
    done = agent.post(f"/agents/personnes/{person.usager_id}/actes/deverrouiller")
    return "usagers", person.usager_id, "deposit.compte.modifie", done.status_code


def reopen(agent: Screen, person: Personne) -> tuple[str, str, str, int]:
    demande = filed(person, days(90))
    token = agent.deposit.agent("instructeur", agent_id="agent-ferme")
    body = {"motif": "x", "texte": "y", "recours": ["z"]}
    agent.deposit.call("POST", f"/demandes/{demande}:clore", token, json=body)
    done = agent.confirm(f"/agents/demandes/{demande}/actes/rouvrir")[1]
    return "demandes", demande, "deposit.demande.rouverte", done.status_code


def extend(agent: Screen, person: Personne) -> tuple[str, str, str, int]:
    demande = filed(person, days(90))
    agent.confirm(f"/agents/demandes/{demande}/actes/demander-pieces", pieces=["domicile"])
    done = agent.confirm(f"/agents/demandes/{demande}/actes/prolonger", jours="10")[1]
    return "demandes", demande, "deposit.demande.modifiee", done.status_code


Power = Callable[[Screen, Personne], tuple[str, str, str, int]]
POWERS: tuple[Power, ...] = (close_ghost, record_remise, bind_email, unlock, reopen, extend)


@pytest.mark.parametrize("power", POWERS, ids=lambda power: str(power.__name__))
def test_a_power_lifts_and_is_written_with_its_author(deposit: Deposit, power: Power) -> None:
    agent = an_agent(deposit, "instructeur", "superviseur", agent_id=f"agent-{power.__name__}")

    collection, key, subject, status = power(agent, known(deposit))

    assert status == 303
    assert (subject, f"agent:agent-{power.__name__}") in written(collection, key)


@pytest.mark.clause("DEP-61/a")
def test_a_renewal_filed_before_the_card_that_it_follows_was_handed_over_is_not_forgotten(deposit: Deposit) -> None:
    agent, person = an_agent(deposit, "instructeur", agent_id="agent-ferme"), known(deposit)
    before = filed(person, days(10))
    agent.confirm(f"/agents/demandes/{before}/actes/favorable")
    renewal = filed(person, days(70), prefecture="13")
    other = filed(person, days(90))
    deposit.advance(1)
    card = {"recu": "oui", "jour": days(0), "numero": "Z1", "fin_date": days(69)}
    handed = person.call("POST", f"/demandes/{before}:repondre-remise", json=card)

    path = f"/agents/demandes/{other}/actes/fermer-ancienne"
    refused = agent.post(path, reference=person.read(renewal)["reference"], motif="oubliée")

    assert (handed.status_code, refused.status_code) == (200, 422), refused.text[:500]
    assert person.read(renewal)["state"] == "DEPOSEE"


# The act on a dossier or on a person -> the roles of the préfecture that it refuses, and what the act takes.
REFUSED: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "demandes/fermer-ancienne": (("prefecture", "bureau_national"), {"reference": "D-2222-2222", "motif": "x"}),
    "demandes/rouvrir": (("prefecture", "bureau_national"), {}),
    "demandes/prolonger": (("prefecture", "bureau_national"), {"jours": 10}),
    "personnes/remise-passee": (("bureau_national", "ccc_superviseur"), {"jour": "2026-01-02", "motif": "x"}),
    "personnes/changer-courriel": (("instructeur", "prefecture"), {"courriel": "autre@exemple.fr"}),
    "personnes/deverrouiller": (("instructeur", "prefecture"), {}),
}


@pytest.mark.clause("DEP-61/i")
@pytest.mark.parametrize("page", REFUSED)
def test_a_power_is_refused_to_the_roles_that_do_not_have_it_and_everywhere_else(deposit: Deposit, page: str) -> None:
    person = known(deposit)
    noun, act = page.split("/")
    key: Any = filed(person, days(90)) if noun == "demandes" else person.usager_id
    path = f"/agents/{noun}/{key}/actes/{act}"
    refused, said = REFUSED[page]
    kept = "demandes" if noun == "demandes" else "usagers"
    before = written(kept, key)
    for role in (*refused, "superviseur"):
        agent_id = f"agent-non-{role}"
        # Who may, in another préfecture.
        scope = ("13",) if role == "superviseur" else ("75",)
        screen = an_agent(deposit, role, prefectures=scope, agent_id=agent_id)
        token = deposit.agent(role, prefectures=scope, agent_id=agent_id)
        route = f"/{kept}/{key}:{act}"
        assert screen.get(path).status_code == 403, agent_id
        assert deposit.call("POST", route, token, json=said).status_code == 403, agent_id

    assert written(kept, key) == before
