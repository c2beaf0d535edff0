"""Files sent with a form or an e-mail: one that cannot be kept never stops the person, and she is told why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from chassis import clock, logs, mongo, outbox
from chassis.web import refusals, uploads
from chassis.web.files import FileStore, Stored, clean_name
from chassis.web.uploads import Sent
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from personne import protegee
from sejour.deposit.v1 import deposit_pb2
from services.ccc.actions import contacts
from services.ccc.cadre import cadre
from services.ccc.rules import etats
from services.ccc.store import Message, PersonneProtegee, PieceJointe, Saisine

FILE_BYTES, FILES_MAX = 8 * 1024 * 1024, 5
TYPES = ("image/png", "image/jpeg", "application/pdf")

TROP_DE_CAPTURES = Motif(
    "TROP_DE_CAPTURES",
    "regle-du-service",
    "Il y a trop de fichiers dans un seul envoi.",
    "Ajoutez-le dans un autre message, sur la page de votre question.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Taken:
    """The files that could be kept, and for each other one its name with why and what to do."""

    kept: tuple[PieceJointe, ...] = ()
    left_out: tuple[str, ...] = ()


def take(sent: Iterable[tuple[str, Callable[[], Stored]]]) -> Taken:
    """Keeps each of these files: its name, and what stores it or raises Refused."""
    kept: list[PieceJointe] = []
    left: list[str] = []
    for name, store in sent:
        try:
            kept.append(of_stored(store()))
        except Refused as refused:
            left.append(f"« {clean_name(name, '')} » : {refused.motif.phrase} {refused.motif.suite}")
        except OSError as error:
            logs.get().error("ccc.capture.lost", error=type(error).__name__)
            left.append(f"« {clean_name(name, '')} » : {refusals.INDISPONIBLE.phrase}")
    return Taken(tuple(kept), tuple(left))


def of_form(sent: Iterable[Sent]) -> Taken:
    """The files of a form, at most five; what cannot be kept never stops the person."""
    chosen = [file for file in sent if file.filename]
    return take((file.filename or "", partial(_of_form, number, file)) for number, file in enumerate(chosen))


def _of_form(number: int, file: Sent) -> Stored:
    if number >= FILES_MAX:
        raise Refused(TROP_DE_CAPTURES)
    return uploads.take(files(), file, max_bytes=FILE_BYTES, types=TYPES)


def join(sent: Sent) -> PieceJointe:
    """The file that an agent joins to an act. Raises Refused with what to do."""
    return of_stored(uploads.take(files(), sent, max_bytes=FILE_BYTES, types=TYPES))


def of_stored(stored: Stored) -> PieceJointe:
    """The file as a ticket keeps it."""
    return PieceJointe(
        **stored.as_fields(),
    )


@outbox.retry_conflicts
def tell_left_out(saisine_id: str, left_out: Sequence[str], *, request_id: str) -> None:
    """Which of her files were not kept, why and what to do: on the page of her ticket, and by message."""
    saisine = mongo.find(Saisine, id=saisine_id)
    if not left_out or saisine is None or outbox.already(saisine, request_id):
        return
    texte = "\n".join(["Nous n’avons pas pu garder ceci :", *left_out])
    entries, message_id = contacts.tell(saisine, contacts.REPONSE, {"texte": texte}, by="systeme")
    told = Message(
        id=outbox.id_for(request_id, "reponse"),
        saisine_id=saisine.id,
        time=clock.now(),
        jour_date=clock.today(),
        auteur=etats.DU_CENTRE,
        texte=texte,
        message_id=message_id,
    )
    mongo.insert_once(mongo.collection_of(Message), mongo.raw(told))
    outbox.update(saisine, *entries, request_id=request_id)


def files() -> FileStore:
    """The files of ccc."""
    return cadre().files


def hides(saisine: Saisine, who: Who) -> bool:
    """Whether files are hidden: those of a protected person, but for the agent who checked who she is (DEP-08)."""
    return saisine.identite_par != who.id and protegee.is_protected(PersonneProtegee, saisine.usager_id)


def of_ticket(saisine: Saisine, cle: str) -> PieceJointe:
    """The file of this key: of its opening, of an act, or of its thread. Raises Refused."""
    held = [*saisine.captures, *(acte.piece for acte in saisine.actes if acte.piece)]
    wrote = Message.objects(saisine_id=saisine.id, pieces__cle=cle).only("pieces").first()
    for piece in [*held, *(wrote.pieces if wrote else ())]:
        if piece.cle == cle:
            return piece  # type: ignore[no-any-return]
    raise Refused(refusals.INTROUVABLE)


def of_ticket_id(saisine_id: str, cle: str) -> PieceJointe:
    """The same, for the service that a command told of it. Raises Refused."""
    saisine = mongo.find(Saisine, id=saisine_id)
    if saisine is None:
        raise Refused(refusals.INTROUVABLE)
    return of_ticket(saisine, cle)


def as_proof(saisine_id: str, piece: PieceJointe) -> deposit_pb2.Fichier:
    """The file as deposit is told of it: it fetches the bytes itself."""
    return deposit_pb2.Fichier(
        nom=piece.nom,
        url=f"/ccc/interne/pieces/{saisine_id}/{piece.cle}",
        sha256=piece.sha256,
        taille=piece.taille,
        media_type=piece.media_type,
        sha256_recu=piece.sha256_recu or "",
    )
