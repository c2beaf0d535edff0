"""What is done with papers: made of today's data, found by their number, drawn, checked by whoever holds one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chassis import clock
from chassis.mongo import Aggregate
from chassis.settings import PRODUCTION, Settings
from documents import code2d
from documents import numero as numeros
from documents.autorite import Autorite
from documents.contenu import Contenu, Personne
from documents.etat import Suivi, Verification, verification
from documents.motifs import DOCUMENT_AILLEURS
from documents.nature import Nature
from documents.rendu import render
from droit.decision import Genre, Motif, Refused
from papier.store import Papier

PAPIER_INCONNU = Motif(
    "PAPIER_INCONNU",
    "regle-du-service",
    "Aucun document de ce service ne porte ce numéro.",
    "Vérifiez le numéro ou la référence écrits sur le papier.",
    Genre.INTROUVABLE,
)


@dataclass(frozen=True)
class Papiers:
    """The papers of one service: the documents that keep them, who signs those that carry rights."""

    documents: tuple[type[Aggregate], ...]
    settings: Callable[[], Settings]
    autorite: Callable[[], Autorite] | None = None
    inconnu: Motif = PAPIER_INCONNU

    def make(self, nature: Nature, personne: Personne, extra: Mapping[str, Any], **fields: Any) -> Papier:
        """A new paper of today, signed when its nature is; `fields` are those of Contenu. Raises Refused naming one."""
        settings = self.settings()
        contenu = Contenu(
            nature=nature,
            numero=numeros.new(numeros.SERVICE_DIGITS[settings.service]),
            emis_date=clock.today(),
            personne=personne,
            verification_url=f"{settings.public_url}/{settings.service}/documents",
            extra={**extra, **({} if settings.env == PRODUCTION else {"developpement": True})},
            **fields,
        )
        papier = Papier(
            numero=contenu.numero, nature=nature.value, emis_date=contenu.emis_date, contenu=contenu.to_json()
        )
        if nature.is_signed:
            assert self.autorite is not None, f"{settings.service} signs no paper"
            papier.payload = code2d.sign(contenu, self.autorite())
        return papier

    def find(self, numero: str) -> tuple[Any, Papier]:
        """The aggregate that keeps this paper, and the paper. Raises Refused when none does."""
        for document in self.documents:
            keeper = document.objects(papiers__numero=numero).first()
            if keeper is not None:
                return keeper, next(papier for papier in keeper.papiers if papier.numero == numero)
        raise Refused(self.inconnu)

    def draw(self, numero: str) -> bytes:
        """The PDF of one of our papers."""
        return pdf(self.find(numero)[1])

    def check(self, reference: str) -> Verification:
        """What a third party may know of a paper of ours, by its number or its reference, without signing in.

        Raises Refused(DOCUMENT_AILLEURS) with the page of its issuer for a paper of another service.
        """
        numero = numeros.parse_reference(reference)
        issuer = numeros.service_of(numero)
        if issuer != self.settings().service:
            page = numeros.VERIFICATIONS.get(issuer, "")
            raise Refused(DOCUMENT_AILLEURS, champ="reference", details={"service": issuer, "page": page})
        try:
            papier = self.find(numero)[1]
        except Refused:
            return verification(None, clock.today())
        suivi = Suivi(remplace_date=papier.remplace_date, remplace_par=papier.remplace_par or "")
        return verification(content(papier), clock.today(), suivi)

    def path(self, numero: str) -> str:
        """Where notify reads the bytes."""
        return f"/{self.settings().service}/interne/documents/{numero}.pdf"


def replace_paper(papiers: Sequence[Papier], numero: str, by: Papier) -> list[Papier]:
    """These papers with `by` added, which replaces the one of that number from today."""
    for papier in papiers:
        if papier.numero == numero and not papier.remplace_par:
            papier.remplace_date, papier.remplace_par = by.emis_date, numeros.reference(by.numero)
    return [*papiers, by]


def pdf(papier: Papier) -> bytes:
    """The PDF of a paper at hand."""
    return render(content(papier), papier.payload or "")


def content(papier: Papier) -> Contenu:
    """The data of a stored paper."""
    return Contenu.from_dict(json.loads(papier.contenu))
