"""What an agent types at a desk, for the tests that need a person received."""

from __future__ import annotations

import re
from typing import Any

from services.pan.store import Visite
from tests.browser import Browser

LIEU = "/pan/bureau/lieux/93-pan-nord"
IDENTITE: dict[str, Any] = {
    "papier": "PASSEPORT",
    "nom_conforme": "true",
    "naissance_conforme": "true",
    "photo_conforme": "true",
    "nom": "Diallo",
    "prenoms": "Awa",
    "naissance_date-jour": "4",
    "naissance_date-mois": "5",
    "naissance_date-annee": "1990",
    "adresse": "3 rue des Lilas\n93200 Saint-Denis",
}


def receive(agent: Browser, nom: str, *, objet: str = "AIDE", lieu: str = LIEU) -> str:
    """A walk-in person; returns the page of the visit."""
    sent = agent.post(f"{lieu}/arrivees", {"nom": nom, "objet": objet}, lieu)
    assert sent.status_code == 303, sent.text
    visite = Visite.objects(lieu_id=lieu.rsplit("/", 1)[1], visite_date__gt="").order_by("-arrivee_time").first()
    assert visite.nom == nom
    return f"/pan/bureau/visites/{visite.id}"


def identify(agent: Browser, page: str, **other: Any) -> Any:
    """The identity check, right unless told otherwise."""
    typed = {**IDENTITE, **other}
    return agent.post(f"{page}/verifier", {k: v for k, v in typed.items() if v is not None}, page)


def known(agent: Browser, nom: str, *, lieu: str = LIEU) -> str:
    """A person received and identified; returns the page of the visit."""
    page = receive(agent, nom, lieu=lieu)
    assert identify(agent, page, nom=nom).status_code == 303
    return page


def papers(text: str) -> list[str]:
    """Numbers of the papers that a page offers to print."""
    return re.findall(r"/pan/bureau/papiers/(\d{19})\.pdf", text)
