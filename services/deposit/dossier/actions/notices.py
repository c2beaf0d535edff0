"""Messages to a person about her demande, for the same write as the act."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from chassis import messages
from chassis.outbox import Fact
from documents.nature import Nature
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Attestation, Demande

Attached = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Annonce:
    """The message of an act: its template, its fields, the names and paths of what it brings beside the documents."""

    modele: str
    champs: dict[str, Any] = field(default_factory=dict)
    pieces: Attached = ()


def notice(demande: Demande, modele: str, champs: dict[str, Any], *, pieces: Attached = ()) -> messages.Notice:
    """The message of an act; what the act gives is joined to it later. `pieces`: names and internal paths.

    Who was helped to file may read no screen: what proves her rights goes by post too (PAN-12), and the reading of all
    is watched (PAN-13).
    """
    return messages.Notice(
        destinataire_id=demande.usager_id,
        parcours_id=demande.parcours_id,
        modele=modele,
        champs={"reference": demande.reference, "libelle": demande.libelle, **champs},
        pieces=pieces,
        demande_id=demande.id,
        papier=demande.accompagne and bool(pieces),
        a_lire=demande.accompagne,
    )


def notice_fact(demande: Demande, modele: str, champs: dict[str, Any], *, pieces: Attached = ()) -> Fact:
    """The same, ready for the outbox."""
    return messages.fact(ALIAS, notice(demande, modele, champs, pieces=pieces))


def document_fields(attestation: Attestation) -> dict[str, Any]:
    """What the message that brings a document says of it."""
    return {
        "nature": Nature(attestation.nature).libelle,
        "debut_date": attestation.debut_date.isoformat(),
        "fin_date": attestation.fin_date.isoformat() if attestation.fin_date else "",
    }
