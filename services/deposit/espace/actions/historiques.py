"""The whole history of a demande: facts, messages of both sides, what became of each, under one seal (DEP-44)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from chassis import clock
from chassis.web.who import Who
from documents import numero
from documents.contenu import Contenu
from documents.nature import Nature
from documents.rendu import render
from documents.sceau import Sceau, seal
from documents.signature import sign_pdf
from droit.decision import Refused
from sejour.contact.v1 import contact_pb2
from sejour.deposit.v1 import events_pb2
from sejour.notify.v1 import notify_pb2
from services.deposit.cadre import cadre
from services.deposit.demande.actions import queries
from services.deposit.dossier.actions import protection
from services.deposit.dossier.actions.personne import name_person
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.parcours.store import Etape

COURRIEL, SMS = int(contact_pb2.CANAL_COURRIEL), int(contact_pb2.CANAL_SMS)
LETTRE, APPEL = int(contact_pb2.CANAL_LETTRE), int(contact_pb2.CANAL_APPEL)
ACCUEIL = int(contact_pb2.CANAL_ACCUEIL)
REMIS, DELIVRE, LU, ECHEC = "REMIS", "DELIVRE", "LU", "ECHEC"
REMISES = {"notify.envoi.remis": REMIS, "notify.envoi.echec": ECHEC}
REMISES_MAX, MESSAGES_MAX = 1000, 200
LIST_ENVOIS = "sejour.notify.v1.NotifyService/ListEnvois"


@dataclass(frozen=True)
class Remise:
    """What a carrier said of a message: by which way, when, and what (REMIS, DELIVRE, LU, ECHEC)."""

    canal: int
    state: str
    time: datetime


@dataclass(frozen=True)
class Entree:
    """A fact or a message, with what carriers said of it: the rows of every export come from these."""

    time: datetime
    jour: str
    fait: dict[str, Any]
    message: dict[str, Any] | None
    remises: tuple[Remise, ...]
    # Asked of the service that carries messages, which did not answer.
    inconnu: bool = False


@dataclass(frozen=True)
class Ligne:
    """One line of the history as a person reads it; `preuve` is what carriers said of the message."""

    rang: str
    moment: str
    jour: str
    heure_utc: str
    quoi: str
    par: str
    details: str
    fichiers: str
    preuve: str
    empreinte: str


def entries_of(demande: Demande, who: Who) -> list[Entree]:
    """Everything that happened, in order: nothing is left out, and nothing is ever removed. Who may not read what a
    protected person says reads what happened and when, without its words.
    """
    hidden = protection.hidden_from(demande, who)
    facts = queries.history(demande)
    thread = protection.messages_as_shown(queries.whole_thread(demande.id), hidden=hidden)
    asked = [str(fact["prive"].get("message_id") or "") for fact in facts]
    told, known = _told(demande), _asked([message_id for message_id in asked if message_id])
    found = [
        Entree(
            fact["time"],
            fact["day"],
            fact,
            None,
            tuple((known or {}).get(message_id) or told.get(message_id) or ()),
            inconnu=bool(message_id) and known is None and message_id not in told,
        )
        for fact, message_id in zip(protection.facts_as_shown(facts, hidden=hidden), asked, strict=True)
    ]
    found += [
        Entree(message["time"], message["jour_date"], {"subject": "", "by": message["par"]}, message, ())
        for message in thread
    ]
    return sorted(found, key=lambda entry: entry.time)


def _told(demande: Demande) -> dict[str, list[Remise]]:
    """By message, what was told here of its sendings: failures, and those that this service waited for."""
    told: dict[str, list[Remise]] = {}
    for etape in Etape.objects(parcours_id=demande.parcours_id, subject__in=list(REMISES)).limit(REMISES_MAX):
        told.setdefault(etape.message_id, []).append(Remise(etape.canal, REMISES[etape.subject], etape.time))
    return told


def _asked(message_ids: Sequence[str]) -> dict[str, list[Remise]] | None:
    """By message, what became of its sendings; None when the service that carries them does not answer."""
    known: dict[str, list[Remise]] = {}
    for start in range(0, len(message_ids), MESSAGES_MAX):
        named = notify_pb2.ListEnvoisRequest(message_ids=message_ids[start : start + MESSAGES_MAX])
        try:
            answer = cadre().client.call("notify", LIST_ENVOIS, named, notify_pb2.ListEnvoisResponse, deadline=1)
        except Refused:
            return None
        for envoi in answer.envois:
            if envoi.remis_time or envoi.state == ECHEC:
                when = datetime.fromisoformat(envoi.remis_time or envoi.state_time)
                carried = known.setdefault(envoi.message_id, [])
                if envoi.remis_time:
                    carried.append(Remise(envoi.canal, REMIS, when))
                if envoi.state in (ECHEC, DELIVRE, LU):
                    carried.append(Remise(envoi.canal, envoi.state, datetime.fromisoformat(envoi.state_time)))
    return known


def paper_of(entry: Entree) -> str:
    """The number of the document that this fact gave; empty for any other."""
    if entry.fait["subject"] != "deposit.attestation.delivree":
        return ""
    return str(events_pb2.AttestationDelivree.FromString(bytes(entry.fait["payload"])).numero)


def sealed(reference: str, lignes: Sequence[Ligne]) -> tuple[str, Sceau]:
    """The lines as one canonical JSON text, and its seal: what the PDF prints and the JSON export carries."""
    body = {"demande": reference, "lignes": [asdict(ligne) for ligne in lignes]}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, seal(text, cadre().autorite)


def pdf(demande: Demande, lignes: Sequence[Ligne], explications: Sequence[str]) -> bytes:
    """The export that serves in court: one signed PDF with every line and how to read its fingerprint."""
    frame = cadre()
    usager: Usager = Usager.objects(id=demande.usager_id).first()
    _text, sceau = sealed(demande.reference, lignes)
    receipts = [a.numero for a in demande.attestations if a.nature == Nature.AD]
    shown = ("rang", "moment", "quoi", "par", "details", "fichiers", "preuve", "empreinte")
    contenu = Contenu(
        nature=Nature.HISTORIQUE,
        # That of the attestation de dépôt: who checks it reads whether the demande exists.
        numero=receipts[0] if receipts else numero.new(numero.SERVICE_DIGITS["deposit"]),
        emetteur="Séjour, dépôt en ligne",
        emis_date=clock.today(),
        prefecture=frame.catalogue.departement(demande.prefecture).nom,
        depot_date=demande.depot_date,
        personne=name_person(usager),
        titre_libelle=demande.libelle,
        paragraphes=tuple(explications),
        verification_url=f"{frame.settings.public_url}/deposit/verifier",
        extra={
            "demande": demande.reference,
            "faits": [{name: getattr(ligne, name) for name in shown} for ligne in lignes],
            "empreinte": sceau.empreinte,
            "signature": sceau.signature,
            "certificat": sceau.certificat,
            "developpement": not frame.production,
        },
    )
    return sign_pdf(render(contenu), frame.autorite)
