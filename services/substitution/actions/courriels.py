"""The filing mailbox of each préfecture: an e-mail is a dossier with its files, received on its day (SUB-07)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial
from io import BytesIO
from typing import Any

from chassis import clock, logs
from chassis.inbound import IGNORE, LU, RECU, Inbound
from chassis.mongo import collection_of
from chassis.smtp import Mailbox
from chassis.web import refusals
from chassis.web.files import Stored, clean_name
from chassis.web.who import Who
from droit.decision import Refused
from personne import lecture_courriel
from personne.joindre import Joignable
from personne.lecture_courriel import Lu
from services.substitution.actions import fichiers, guichet
from services.substitution.actions.acces import by_reference, require_act
from services.substitution.actions.prefectures import modalites
from services.substitution.actions.voies import Identite, Ouverture, open_voie
from services.substitution.cadre import cadre
from services.substitution.rules import acces
from services.substitution.rules import voies as rules
from services.substitution.store import Courriel, Piece, ReglesPrefecture, Voie

SHOWN, CODES_MAX = 50, 20
NON_OUVERTE = "adresse que la préfecture n’ouvre plus"
INBOUND = Inbound(Courriel, lambda: cadre().pieces_dir)


def mailbox() -> Mailbox:
    """One for every préfecture that opened filing by e-mail; a whole e-mail with its attachments fits."""
    return Mailbox(lambda address: bool(prefecture_of(address)), INBOUND.keep, 25 * 1024 * 1024, 5, 120)


def prefecture_of(address: str) -> str:
    """The préfecture that receives filings at this address today; empty for none."""
    typed = address.strip().lower()
    codes = collection_of(ReglesPrefecture).distinct("prefecture", {"adresse_depot": typed})
    for code in sorted(codes)[:CODES_MAX]:
        prefecture = modalites(code).prefecture
        way = prefecture.substitution.courriel_depot if prefecture else None
        if way is not None and way.ouverte and way.adresse.lower() == typed:
            return str(code)
    return ""


def read_pending() -> int:
    """Reads what came; returns how many."""
    return INBOUND.read_pending(_treat)


def received(who: Who) -> list[dict[str, Any]]:
    """The last e-mails to the filing addresses of this agent's préfectures, what became of each, machines' too."""
    require_act(who, acces.LIRE)
    mine = {"$gt": ""} if "*" in who.prefectures else {"$in": sorted(who.prefectures)}
    return list(collection_of(Courriel).find({"prefecture": mine}).sort("time", -1).limit(SHOWN))


def _treat(line: dict[str, Any], content: bytes) -> dict[str, str]:
    mail = lecture_courriel.read(content, line["expediteur"])
    code = prefecture_of(line["destinataire"])
    noted = {"prefecture": code}
    if mail.automatique or not code:
        return noted | {"state": IGNORE, "cause": mail.automatique or NON_OUVERTE}
    request_id = f"courriel:{line['_id']}"
    try:
        named = _named(mail)
        if named is not None and any(dossier.depot == "DEMANDE" for dossier in named.dossiers):
            # deposit has not answered yet: read again in a minute, it then joins what was filed.
            return noted | {"state": RECU}
        voie = _voie_of(named, mail, code, request_id)
    except Refused as refused:
        # Where article 4 is kept and nothing opens the route: an agent of the préfecture sees it and answers.
        return noted | {"state": IGNORE, "cause": refused.motif.phrase}
    kept, left_out = _files(mail)
    day = date.fromisoformat(line["recu_date"])
    envoi = guichet.Envoi(day, mail.texte, kept, (*left_out, *mail.laisses))
    guichet.receive_mail(voie.id, envoi, request_id=f"{request_id}:dossier")
    return noted | {"state": LU, "voie_id": voie.id}


def _named(mail: Lu) -> Voie | None:
    """Her route, where the subject names it and no other address was given for it."""
    reference = mail.reference("V")
    found = by_reference(reference) if reference else None
    return found if found is not None and found.courriel in ("", mail.expediteur) else None


def _voie_of(named: Voie | None, mail: Lu, code: str, request_id: str) -> Voie:
    """Her route; a new one where she names none that is open, for the rest of the demande in which that one ended.

    A new one is written to at the address of this e-mail: it takes up what is known of the former only where that one
    had the same address.
    """
    if named is not None and named.state in rules.OPEN_STATES:
        return named
    if named is not None and named.courriel != mail.expediteur:
        named = None
    joined = named.demande_id if named is not None and named.state == rules.ABOUTIE else ""
    opening = Ouverture(
        origine=rules.CHOIX,
        prefecture=code,
        identite=_identity(named, mail),
        joignable=Joignable(courriel=mail.expediteur if "@" in mail.expediteur else ""),
        titre_code=named.titre_code or "" if named else "",
        demarche_code=named.demarche_code or "" if named else "",
        usager_id=named.usager_id or "" if named else "",
        demande_id=joined or "",
        preuves=tuple(named.preuves) if named else (),
        moyen=rules.COURRIEL,
        sans_rendez_vous=True,
    )
    return open_voie(opening, by="systeme", request_id=request_id)


def _identity(named: Voie | None, mail: Lu) -> Identite:
    if named is None:
        return Identite(mail.nom)
    birth, nationality = named.naissance_date, named.nationalite or ""
    return Identite(named.nom or "", named.prenoms or "", birth, nationality, named.numero_etranger or "")


def _files(mail: Lu) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
    """The files that are kept, and for each other one its name and why."""
    kept: list[Piece] = []
    left: list[str] = []
    for name, store in _stores(mail):
        try:
            kept.append(Piece(id=clock.new_id(), **store().as_fields()))
        except Refused as refused:
            left.append(f"« {clean_name(name, '')} » : {refused.motif.phrase}")
        except OSError as error:
            logs.get().error("courriel.piece.lost", error=type(error).__name__)
            left.append(f"« {clean_name(name, '')} » : {refusals.INDISPONIBLE.phrase}")
    return tuple(kept), tuple(left)


def _stores(mail: Lu) -> Iterable[tuple[str, partial[Stored]]]:
    limits = fichiers.accepts()
    for file in mail.fichiers:
        put = partial(
            fichiers.store().put, BytesIO(file.contenu), max_bytes=limits.max_bytes, types=limits.types, name=file.nom
        )
        yield file.nom, put
