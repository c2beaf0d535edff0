"""Files of pieces: ours on disk, and those that another channel received, fetched by service token and checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from io import BytesIO

import requests

from chassis import clock, logs, tokens
from chassis.settings import Settings
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


def max_bytes() -> int:
    """P-SIZE: the largest file, above 10 Mo (DEP-30)."""
    return cadre().number("P-SIZE", clock.today())


def store() -> FileStore:
    """The files of deposit."""
    return cadre().files


def take(sent: uploads.Sent) -> Stored:
    """The file of a form or of the API. Raises Refused with what to do."""
    return uploads.take(store(), sent, max_bytes=max_bytes(), types=TYPES)


def fetch(settings: Settings, source: str, files: Sequence[deposit_pb2.Fichier], voie: int, day: date) -> list[Piece]:
    """Copies the files that `source` received into our store; a file whose SHA-256 differs is refused. Raises
    Refused.
    """
    base = (settings.web_addresses or {}).get(source, "")
    token = tokens.ServiceToken(settings, source).value() if files else ""
    pieces = []
    for number, file in enumerate(files):
        if not base or not file.url.startswith(f"/{source}/"):
            raise Refused(FICHIER_INJOIGNABLE, details={"source": source})
        try:
            answer = requests.get(
                base + file.url,
                headers={"Authorization": f"Bearer {token}"},
                timeout=FETCH_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Refused(FICHIER_INJOIGNABLE, details={"source": source}) from error
        if answer.status_code != 200 or sha256(answer.content).hexdigest() != file.sha256:
            logs.get().error("deposit.fichier.refused", source=source, status=answer.status_code)
            raise Refused(FICHIER_INJOIGNABLE, details={"source": source})
        stored = store().put(BytesIO(answer.content), max_bytes=max_bytes(), types=TYPES, name=file.nom)
        pieces.append(
            Piece(
                id=f"{file.sha256[:32]}-{number}",
                code=file.piece_code,
                **stored.as_fields() | {"sha256_recu": file.sha256_recu},
                voie=voie,
                reception_date=day,
            )
        )
    return pieces
