"""What the counter of Paris does with a route, through substitution's API."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from dev.parcours.monde import PDF, Acteur, Monde


def path_of(desk: Acteur, reference: str) -> str:
    """Where a desk acts on the route of this reference."""
    rows = desk.get("/bureau/voies")["voies"]
    return f"/bureau/voies/{next(row['voie_id'] for row in rows if row['reference'] == reference)}"


def file_there(monde: Monde, path: str, identite: dict[str, str], piece: str = "", **dossier: str) -> dict[str, Any]:
    """The paper of the person is seen, her dossier received today, with a `piece`, and filed; the route then."""
    desk = monde.agent("substitution", "gael")
    seen = dict.fromkeys(("papier", "nom_concorde", "naissance_concorde", "visage_concorde"), "oui")
    desk.post(f"{path}/identite", **seen, **identite)
    desk.post(f"{path}/dossier", moyen="GUICHET", reception=monde.today.isoformat(), **dossier)
    if piece:
        browser, page = monde.desk("gael"), f"/substitution{path}"
        sent = (BytesIO(PDF), f"{piece}.pdf")
        browser.send(browser.read(f"{page}/dossier"), "/envois/formulaire", piece=piece, fichier=sent)
    desk.call("POST", f"{path}/depot")
    monde.stack.clock.wait_quiet()
    found: dict[str, Any] = desk.get(path)
    return found
