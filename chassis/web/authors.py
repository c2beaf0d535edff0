"""Who did something, in words: an agent by her name and where she works, never by an identifier."""

from __future__ import annotations

from flask import Flask, current_app, g
from flask_babel import gettext, lazy_gettext

from chassis import agents, mongo

# The first role that she has says it.
WORKPLACES = {
    "ccc": lazy_gettext("centre de contact"),
    "ccc_superviseur": lazy_gettext("centre de contact"),
    "pan_volontaire": lazy_gettext("point d’accueil"),
    "pan": lazy_gettext("point d’accueil"),
    "pan_forme": lazy_gettext("point d’accueil"),
    "bureau_national": lazy_gettext("bureau national"),
    "exploitant": lazy_gettext("exploitation du service"),
    "prefecture": lazy_gettext("guichet de la préfecture"),
    "instructeur": lazy_gettext("préfecture"),
    "superviseur": lazy_gettext("préfecture"),
}


def register(app: Flask, service: str) -> None:
    """Gives the templates these words."""
    app.config["AUTHORS_OF"] = service
    app.jinja_env.filters["agent_en_mots"] = agent_in_words


def agent_in_words(subject: str) -> str:
    """« Inès Instructrice, préfecture », from `agent:agent-01` or its identifier; each is read once a page."""
    agent_id = subject.removeprefix("agent:")
    known: dict[str, str] = g.setdefault("agents_in_words", {})
    if agent_id not in known:
        known[agent_id] = _in_words(agents.find(mongo.database(current_app.config["AUTHORS_OF"]), agent_id))
    return known[agent_id]


def _in_words(agent: agents.Agent | None) -> str:
    if agent is None or not agent.nom:
        return str(gettext("un agent"))
    place = next((word for role, word in WORKPLACES.items() if role in agent.roles), None)
    return f"{agent.nom}, {place}" if place is not None else agent.nom
