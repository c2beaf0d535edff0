"""Files of pieces: ours on disk, and those that another channel received, fetched by service token and checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from io import BytesIO

import requests

from chassis import clock, logs, tokens
from chassis.web import uploads
from chassis.web.files import FileStore, Stored
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import deposit_pb2
from services.deposit.cadre import cadre
from services.deposit.dossier.store.demande import Piece

TYPES = ("application/pdf", "image/jpeg", "image/png")
FETCH_SECONDS = 8

FICHIER_INJOIGNABLE = Motif(
    "FICHIER_INJOIGNABLE",
    "regle-du-service",
    "Le fichier n’a pas pu être lu chez le service qui l’a reçu.",
    "Rien n’est perdu : la demande est renvoyée plus tard.",
    Genre.INDISPONIBLE,
)
FICHIER_RETENU = Motif(
    "FICHIER_RETENU",
    "regle-du-service",
    "Un fichier joint n’existe plus, ou un programme dangereux y a été trouvé : il n’est pas transmis.",
    "Demandez une autre photo du document, et envoyez-la de nouveau.",
    Genre.INVALIDE,
)
# Asking again would get the same answer.
FOR_GOOD = frozenset({404, 410, 422})


def max_bytes() -> int:
    """P-SIZE: the largest file, above 10 Mo (DEP-30)."""
    return cadre().number("P-SIZE", clock.today())


def store() -> FileStore:
    """The files of deposit."""
    return cadre().files


def take(sent: uploads.Sent) -> Stored:
    """The file of a form or of the API. Raises Refused with what to do."""
    return uploads.take(store(), sent, max_bytes=max_bytes(), types=TYPES)


def fetch_pieces(source: str, files: Sequence[deposit_pb2.Fichier], voie: int, day: date) -> list[Piece]:
    """The files that `source` received, as pieces of ours. Raises Refused."""
    return [
        Piece(
            id=f"{file.sha256[:32]}-{number}",
            code=file.piece_code,
            **fetch(source, file).as_fields() | {"sha256_recu": file.sha256_recu},
            voie=voie,
            reception_date=day,
        )
        for number, file in enumerate(files)
    ]


def fetch(source: str, file: deposit_pb2.Fichier) -> Stored:
    """Copies a file that `source` received into our store; one whose SHA-256 differs is refused.

    Raises Refused: FICHIER_INJOIGNABLE, which is tried again, or what will not change.
    """
    settings = cadre().settings
    base = (settings.web_addresses or {}).get(source, "")
    if not base or not file.url.startswith(f"/{source}/"):
        raise Refused(FICHIER_INJOIGNABLE, details={"source": source})
    try:
        answer = requests.get(
            base + file.url,
            headers={"Authorization": f"Bearer {tokens.ServiceToken(settings, source).value()}"},
            timeout=FETCH_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise Refused(FICHIER_INJOIGNABLE, details={"source": source}) from error
    if answer.status_code != 200 or sha256(answer.content).hexdigest() != file.sha256:
        logs.get().error("deposit.fichier.refused", source=source, status=answer.status_code)
        gone = answer.status_code in FOR_GOOD
        raise Refused(FICHIER_RETENU if gone else FICHIER_INJOIGNABLE, details={"source": source})
    return store().put(BytesIO(answer.content), max_bytes=max_bytes(), types=TYPES, name=file.nom)
