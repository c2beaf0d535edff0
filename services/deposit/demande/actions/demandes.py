"""What a person does with her demandes: begin, fill in, add pieces, file, rectify, cancel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, mongo, outbox
from chassis.outbox import Fact
from chassis.web.files import Stored
from chassis.web.who import USAGER, Who
from droit.catalogue import Stade
from droit.decision import Genre, Motif, Refused
from personne.reference import new_reference
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.demande.actions import fantomes, pieces
from services.deposit.dossier.actions import envois, formulaire
from services.deposit.dossier.actions.acces import HOLDER, access_demande, access_usager, usager_of
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.rules.envois import DEPOT, RECTIFICATION
from services.deposit.dossier.store.demande import Demande, Piece
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import ailleurs, settle
from services.deposit.droits.actions.settle import Change
from services.deposit.droits.rules import depot

PIECES_MAX = 60
REPONSES_MAX = 60
BROUILLON_DE_TITRE = {"state": etats.BROUILLON, "titre_code": {"$gt": ""}}

TROP_DE_PIECES = Motif(
    "TROP_DE_PIECES",
    "regle-du-service",
    "Cette demande a déjà beaucoup de fichiers.",
    "Retirez ceux qui ne servent pas, ou réunissez plusieurs pages dans un seul fichier.",
    Genre.TROP,
)
PIECE_INCONNUE = Motif(
    "PIECE_INCONNUE",
    "regle-du-service",
    "Ce fichier n’est pas dans cette demande.",
    "Rechargez la page.",
    Genre.INTROUVABLE,
)


SANS_ENFANT = Motif(
    "SANS_ENFANT",
    "regle-du-service",
    "Cette démarche est pour un enfant, et la demande ne dit pas lequel.",
    "Écrivez le nom, les prénoms et la date de naissance de l’enfant.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Choix:
    """What a person chooses to ask for. `fin_titre` is the last day of the title held, or of the `visa`; `beneficiaire`
    a child or a ward.
    """

    titre_code: str = ""
    demarche_code: str = ""
    prefecture: str = ""
    fin_titre: date | None = None
    situation_reguliere: bool = True
    visa: bool = False
    beneficiaire: dict[str, str] | None = None
    titre_tenu: str = ""


def begin(usager_id: str, choix: Choix, who: Who, *, request_id: str) -> Demande:
    """Opens a draft; any number at once, on any entry of the téléservice, with or without number (DEP-02, DEP-14,
    DEP-15). Raises Refused when it cannot be chosen online, with what to do instead.
    """
    usager, frame, today = access_usager(usager_id, who, acces.ACT), cadre(), clock.today()
    if choix.titre_code:
        # Asked of this way alone: a counter or the post takes what the téléservice does not (SUB-16).
        depot.may_begin(
            frame.catalogue.titre(choix.titre_code),
            numero_etranger=bool(usager.numero_etranger),
            day=today,
            position=frame.position,
        ).or_refuse()
    elif frame.catalogue.demarche(choix.demarche_code).pour_mineur and not named(choix.beneficiaire):
        raise Refused(SANS_ENFANT, champ="beneficiaire_nom")
    return outbox.insert(draft(usager, choix, today, request_id), request_id=request_id)


def named(beneficiaire: dict[str, str] | None) -> bool:
    """Whether a child is named well enough for a paper to be hers: name and birth."""
    said = beneficiaire or {}
    return bool(said.get("nom", "").strip()) and formulaire.read_day(said.get("naissance_date", "")) is not None


def draft(usager: Usager, choix: Choix, today: date, request_id: str) -> Demande:
    """The draft that `choix` asks for, by whatever way it comes. Raises Refused for what no catalogue holds."""
    frame = cadre()
    stade = Stade.PREMIERE
    if choix.titre_code:
        titre = frame.catalogue.titre(choix.titre_code)
        stade = depot.stade_for(
            titre, fin_titre=choix.fin_titre, situation_reguliere=choix.situation_reguliere, visa=choix.visa
        )
        libelle, code = titre.libelle, titre.code
    else:
        demarche = frame.catalogue.demarche(choix.demarche_code)
        libelle, code = demarche.libelle, ""
    return Demande(
        id=outbox.id_for(request_id, "demande"),
        parcours_id=usager.parcours_id,
        reference=new_reference("D"),
        usager_id=usager.id,
        titre_code=code,
        demarche_code="" if code else frame.catalogue.demarche(choix.demarche_code).code,
        stade=stade.value,
        libelle=libelle,
        prefecture=choix.prefecture or usager.prefecture,
        beneficiaire=choix.beneficiaire or {},
        state_date=today,
        cree_date=today,
        fin_titre_date=choix.fin_titre,
        titre_tenu=choix.titre_tenu,
    )


def save_draft(demande_id: str, reponses: dict[str, str], who: Who, *, request_id: str) -> Demande:
    """Keeps what is typed; a filed demande is rectified instead, its earlier version staying readable (DEP-10,
    DEP-32).
    """
    if formulaire.check_alone(reponses):
        merged = {"$objectToArray": {"$mergeObjects": ["$reponses", {"$literal": reponses}]}}
        values: dict[str, Any] = {"reponses": {"$arrayToObject": {"$slice": [merged, REPONSES_MAX]}}}
        if reponses.get("prefecture"):
            values["prefecture"] = {"$literal": reponses["prefecture"]}
        kept = outbox.write_unread(Demande, _draft_of_a_title(demande_id, who), values, request_id=request_id)
        if kept is not None:
            return kept
    return _save(demande_id, reponses, who, request_id=request_id)


def _draft_of_a_title(demande_id: str, who: Who) -> dict[str, Any]:
    """Which document takes what its own holder does most, read by nobody before: nothing else decides of it."""
    return {"_id": demande_id, "usager_id": who.id if who.kind == USAGER else "", **BROUILLON_DE_TITRE}


@outbox.retry_conflicts
def _save(demande_id: str, reponses: dict[str, str], who: Who, *, request_id: str) -> Demande:
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    formulaire.check(demande, reponses)
    merged = dict(list({**demande.reponses, **reponses}.items())[:REPONSES_MAX])
    if demande.state == etats.BROUILLON:
        demande.reponses, demande.prefecture = merged, merged.get("prefecture") or demande.prefecture
        return outbox.update(demande, request_id=request_id)
    if demande.state not in etats.EN_INSTRUCTION:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    names = [name for name in merged if merged[name] != demande.reponses.get(name, "")]
    if not names:
        return demande
    before = {name: demande.reponses.get(name, "") for name in names}
    demande.reponses = merged
    return outbox.update(
        demande, rectified(demande, before, {n: merged[n] for n in names}, by=who.subject), request_id=request_id
    )


def rectified(demande: Demande, before: dict[str, str], after: dict[str, str], *, by: str) -> Fact:
    """The person put answers right: what was there stays in the fact, and an agent is to read both (DEP-32)."""
    envois.note(demande, RECTIFICATION, clock.today())
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet=RECTIFICATION)
    return Fact("deposit.demande.modifiee", changed, by=by, private={"avant": before, "apres": after})


def add_piece(demande_id: str, code: str, stored: Stored, who: Who, *, request_id: str) -> Demande:
    """Joins a stored file to a piece; after filing too, asked for or not, until the decision (DEP-30, DEP-31)."""
    piece = Piece(
        id=outbox.id_for(request_id, "piece"),
        code=code,
        **stored.as_fields(),
        voie=events_pb2.VOIE_TELESERVICE,
        reception_date=clock.today(),
    )
    piece.validate()
    values = {"pieces": {"$concatArrays": [{"$ifNull": ["$pieces", []]}, [{"$literal": mongo.raw(piece)}]]}}
    room = {f"pieces.{PIECES_MAX - 1}": {"$exists": False}}
    guard = _draft_of_a_title(demande_id, who) | room
    kept = outbox.write_unread(Demande, guard, values, request_id=request_id)
    return kept if kept is not None else _join(demande_id, piece, who, request_id=request_id)


@outbox.retry_conflicts
def _join(demande_id: str, piece: Piece, who: Who, *, request_id: str) -> Demande:
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    if demande.state not in (etats.BROUILLON, *etats.EN_INSTRUCTION):
        raise Refused(etats.ETAT_IMPOSSIBLE)
    # Of a draft she takes away what is of no use; once filed nothing leaves, and no number of files closes the way.
    if demande.state == etats.BROUILLON and len(demande.pieces) >= PIECES_MAX:
        raise Refused(TROP_DE_PIECES)
    if demande.state == etats.BROUILLON:
        demande.pieces.append(piece)
        return outbox.update(demande, request_id=request_id)
    return pieces.receive(demande, [piece], piece.reception_date, by=who.subject, request_id=request_id)


@outbox.retry_conflicts
def remove_piece(demande_id: str, piece_id: str, who: Who, *, request_id: str) -> Demande:
    """Takes a file out of a draft; what was filed stays for good (DEP-44)."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    if demande.state != etats.BROUILLON:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    kept = [piece for piece in demande.pieces if piece.id != piece_id]
    if len(kept) == len(demande.pieces):
        raise Refused(PIECE_INCONNUE)
    demande.pieces = kept
    return outbox.update(demande, request_id=request_id)


@outbox.retry_conflicts
def submit(demande_id: str, who: Who, *, request_id: str) -> Demande:
    """Files a draft: state, attestation de dépôt, rights and message in one write; nothing else need be up (DEP-46)."""
    demande = access_demande(demande_id, who, acces.ACT, ailleurs.read_for_act)
    if outbox.already(demande, request_id):
        return demande
    if demande.state != etats.BROUILLON:
        # An answer to a request for pieces leads to the same state: only a draft is filed.
        raise Refused(etats.ETAT_IMPOSSIBLE)
    today = clock.today()
    settle.may_file(demande, today).or_refuse()
    return file_now(demande, usager_of(demande), today, by=who.subject, request_id=request_id)


def file_now(
    demande: Demande,
    usager: Usager,
    today: date,
    *,
    by: str,
    request_id: str,
    protegee: date | None = None,
    rattache: str = "",
) -> Demande:
    """The filing itself, by whatever way it came (`demande.voie`); what else the caller changed goes with it.

    `protegee` is a day that another service already protects, `rattache` the parcours under which it met the person.
    """
    settle.become(demande, etats.DEPOSEE, today)
    demande.once(HOLDER, lambda: usager)
    attestation, facts = settle.file(demande, usager, today, *filter(None, [protegee]))
    ghosts = fantomes.among(settle.of_account(demande), usager)
    demande.incoherences = [*demande.incoherences, *inconsistencies(usager, ghosts)]
    filed = Fact(
        "deposit.demande.deposee",
        deposee(demande, attestation.numero),
        by=by,
        private={"reponses": dict(demande.reponses)},
    )
    facts += joins(usager, rattache)
    change = Change((filed, *facts), settle.receipt(demande, attestation), envoi=DEPOT)
    return settle.apply(demande, change, request_id=request_id, today=today, by=by)


def joins(usager: Usager, parcours_id: str) -> tuple[Fact, ...]:
    """Whoever met the person first gave her another parcours: the fact that joins the two (XCT-21)."""
    if parcours_id in ("", usager.parcours_id):
        return ()
    message = events_pb2.ParcoursRattache(
        parcours_id=usager.parcours_id, ancien_parcours_id=parcours_id, usager_id=usager.id
    )
    return (Fact("deposit.parcours.rattache", message),)


def inconsistencies(usager: Usager, ghosts: Iterable[Demande]) -> list[dict[str, str]]:
    """What the records leave open about the past: flagged to the agent, never a bar to filing (DEP-27)."""
    flags = [
        {"code": "TITRE_NON_REMIS", "objet": titre.numero or titre.libelle}
        for titre in usager.titres
        if titre.remis is False
    ]
    return flags + [{"code": "DEMANDE_NON_CLOSE", "objet": ghost.reference} for ghost in ghosts]


@outbox.retry_conflicts
def cancel(demande_id: str, who: Who, *, request_id: str) -> Demande:
    """The person cancels and may file another at once; the earlier date stays in the history (DEP-33)."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    today = clock.today()
    settle.become(demande, etats.ANNULEE, today)
    entries = [
        Fact(
            "deposit.demande.annulee",
            events_pb2.DemandeAnnulee(demande_id=demande.id, annulation_date=today.isoformat()),
            by=who.subject,
        )
    ]
    if demande.depot_date is not None:
        entries.append(notice_fact(demande, "demande_annulee", {}))
    return settle.write(demande, *entries, request_id=request_id, today=today, by=who.subject)


def deposee(demande: Demande, numero: str) -> events_pb2.DemandeDeposee:
    """What is announced of a filing; `numero` is that of its attestation de dépôt, if any."""
    return events_pb2.DemandeDeposee(
        demande_id=demande.id,
        usager_id=demande.usager_id,
        titre_code=demande.titre_code,
        demarche_code=demande.demarche_code,
        prefecture=demande.prefecture,
        voie=demande.voie,
        depot_date=demande.depot_date.isoformat(),
        date_retenue=demande.retenue_date.isoformat(),
        fin_titre_date=demande.fin_titre_date.isoformat() if demande.fin_titre_date else "",
        attestation_numero=numero,
        renouvellement=demande.stade == Stade.RENOUVELLEMENT,
    )
