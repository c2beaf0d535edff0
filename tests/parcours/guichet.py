"""What the counter of Paris does with a route, through substitution's API."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote

from dev.parcours.monde import PDF, Acteur, Monde

# Each piece that the desk’s page names.
EVERY = "*"


def path_of(desk: Acteur, reference: str) -> str:
    """Where a desk acts on the route of this reference."""
    return f"/bureau/voies/{next(row['voie_id'] for row in waiting_at(desk) if row['reference'] == reference)}"


def waiting_at(desk: Acteur) -> Iterator[dict[str, Any]]:
    """Every route in the queue of a desk, page after page."""
    after = ""
    while rows := desk.get(f"/bureau/voies?apres={quote(after)}")["voies"]:
        yield from rows
        after = str(rows[-1]["rang"])


def file_there(
    monde: Monde, path: str, identite: dict[str, str], piece: str = "", *, login: str = "gael", **dossier: str
) -> dict[str, Any]:
    """The paper of the person is seen, her dossier received today with a `piece` or EVERY one, filed; her route."""
    desk = monde.agent("substitution", login)
    seen = dict.fromkeys(("papier", "nom_concorde", "naissance_concorde", "visage_concorde"), "oui")
    desk.post(f"{path}/identite", **seen, **identite)
    desk.post(f"{path}/dossier", moyen="GUICHET", reception=monde.today.isoformat(), **dossier)
    if piece == EVERY:
        attach_pieces(monde, f"/substitution{path}/dossier", login)
    elif piece:
        browser, page = monde.desk(login), f"/substitution{path}"
        sent = (BytesIO(PDF), f"{piece}.pdf")
        browser.send(browser.read(f"{page}/dossier"), "/envois/formulaire", piece=piece, fichier=sent)
    desk.call("POST", f"{path}/depot")
    monde.stack.clock.wait_quiet()
    found: dict[str, Any] = desk.get(path)
    return found


def attach_pieces(monde: Monde, path: str, login: str = "gael") -> None:
    """The desk joins one file to each piece that its page names."""
    desk = monde.desk(login)
    page = desk.read(path)
    for form in page.html.find_all("form", class_="upload"):
        hidden = {str(i["name"]): str(i["value"]) for i in form.find_all("input", type="hidden")}
        if hidden["piece"]:
            files = {"fichier": (f"{hidden['piece']}.pdf", PDF, "application/pdf")}
            desk.http.post(monde.stack.url + str(form["action"]), data=hidden, files=files, timeout=30)
