"""What notify holds of a person: each message with its ways, dates and proofs, as the national desk reads it."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

from dev.parcours.monde import Monde
from tests.documents.lecture import text_of


def messages_of(monde: Monde, reference: str) -> list[dict[str, Any]]:
    """The messages of whoever bears this reference, most recent first."""
    page = monde.desk("cyril").read(f"/notify/recherche?q={reference}")
    assert "/parcours/" in page.path, f"{reference} is not known to notify: {page.text[:200]}"
    found = monde.agent("notify", "cyril").get(f"/parcours/{page.path.rsplit('/', 1)[1]}/messages")
    messages: list[dict[str, Any]] = found["messages"]
    return messages


def letters_of(monde: Monde, reference: str) -> list[dict[str, Any]]:
    """The sendings on paper of whoever bears this reference."""
    return [
        envoi | {"modele": message["modele"]}
        for message in messages_of(monde, reference)
        for envoi in message["envois"]
        if envoi["canal"] == "LETTRE"
    ]


def printed(monde: Monde, letter: dict[str, Any]) -> str:
    """A letter and what goes with it, printed at its desk: every word."""
    desk = monde.desk("cyril")
    monde.agent("notify", "cyril").post(f"/courriers/{letter['id']}/imprimer")
    job = desk.http.get(f"{desk.url}/notify/courriers/{letter['id']}/impression.zip", timeout=30)
    with ZipFile(BytesIO(job.content)) as archive:
        return " ".join(text_of(archive.read(name)) for name in archive.namelist())
