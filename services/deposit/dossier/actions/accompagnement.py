"""A demande that a reception point filed is accompanied by an agent instructeur, named from its first day (PAN-12)."""

from __future__ import annotations

from uuid import UUID

from chassis import agents, mongo
from chassis.agents import AgentOfDeposit
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande


def choose(demande: Demande) -> str:
    """An instructeur of its préfecture, each in turn; empty for a demande that nobody accompanies, or without one."""
    if not demande.accompagne:
        return ""
    at_work = AgentOfDeposit.objects(roles="instructeur", prefectures=demande.prefecture, revoked_time=None)
    found = sorted(agent.id for agent in at_work.only("id"))
    return str(found[UUID(demande.id).int % len(found)]) if found else ""


def name_of(demande: Demande) -> str:
    """The name of who accompanies it; empty where nobody does."""
    if not (demande.accompagne and demande.agent_id):
        return ""
    agent = agents.find(mongo.database(ALIAS), demande.agent_id)
    return agent.nom if agent is not None and agent.revoked_time is None else ""
