"""Acts that bind the administration: what is promised to a person, on a dossier or whatever her dossiers."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from chassis.web.saisie import Corps, JourCivil
from services.deposit.actions import pouvoirs, promesses
from services.deposit.pages.agents.acte import Acte, Champ, Envoi


class Promesse(Corps):
    """What is promised, and its last day."""

    genre: str = Field(title="Ce qui est promis", min_length=1, max_length=20)
    jour: JourCivil = Field(title="Dernier jour")
    texte: str = Field(title="Précisions", default="", max_length=500)


def _said(envoi: Envoi) -> promesses.Parole:
    return promesses.Parole(envoi.saisi.genre, envoi.saisi.jour, envoi.saisi.texte)


def _promise(make: Any) -> Acte:
    return Acte(
        "promettre",
        "Noter une promesse",
        "La personne la lit dans son espace. Passé le jour, elle est prévenue, et le superviseur aussi.",
        pouvoirs.PROMETTRE,
        Promesse,
        lambda i, e: make(i, _said(e), e.who, request_id=e.request_id),
        champs=(
            Champ("genre", "Ce qui est promis", "choix", choix=lambda d, w: list(promesses.GENRES.items())),
            Champ("jour", "Dernier jour", "jour"),
            Champ("texte", "Précisions", aide="La personne les lit.", facultatif=True),
        ),
    )


ENGAGEMENTS: tuple[Acte, ...] = (_promise(promesses.make),)
ENGAGEMENTS_PERSONNE: tuple[Acte, ...] = (_promise(promesses.make_to_person),)
