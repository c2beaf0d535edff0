"""What notify holds of a person: each message with its ways, dates and proofs, as the national desk reads it."""

from __future__ import annotations

from typing import Any

from dev.parcours.monde import Monde


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
