"""Acts that bind the administration: a promise, an automatic closing undone, a case sent to the programme desk."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from chassis.web.inputs import Corps, JourCivil
from services.deposit.acte.pages.acte import Acte, Champ, Envoi
from services.deposit.dossier.rules import etats
from services.deposit.engagement.actions import promesses, remontees
from services.deposit.instruction.actions import apercus, clotures, pouvoirs
from services.deposit.instruction.actions.apercus import Apercu, Message


class Promesse(Corps):
    """What is promised, and its last day."""

    genre: str = Field(title="Ce qui est promis", min_length=1, max_length=20)
    jour: JourCivil = Field(title="Dernier jour")
    texte: str = Field(title="Précisions", default="", max_length=500)


class Annulation(Corps):
    """Why an automatic closing is undone."""

    motif: str = Field(title="Pourquoi", min_length=1, max_length=1000)


class Remontee(Corps):
    """What cannot be lifted here."""

    objet: str = Field(title="Ce qui bloque", min_length=1, max_length=30)
    texte: str = Field(title="Ce que vous avez essayé", min_length=1, max_length=2000)
    ancienne: str = Field(title="Ancienne demande", default="", max_length=20)

    @property
    def probleme(self) -> remontees.Probleme:
        """As the action reads it."""
        return remontees.Probleme(self.objet, self.texte, self.ancienne)


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


def _escalate(make: Any, pouvoir: str) -> Acte:
    return Acte(
        "remonter",
        "Transmettre au bureau national",
        "Ce qu’aucune préfecture ne peut lever. Un délai court là-bas, et une autre voie s’ouvre pour la personne.",
        pouvoir,
        Remontee,
        lambda i, e: make(i, e.saisi.probleme, e.who, request_id=e.request_id),
        champs=(
            Champ("objet", "Ce qui bloque", "choix", choix=lambda d, w: list(remontees.OBJETS.items())),
            Champ("texte", "Ce que vous avez essayé", "long"),
            Champ("ancienne", "Référence de l’ancienne demande", facultatif=True),
        ),
        apercu=_sent,
    )


def _sent(cible: Any, saisi: Remontee) -> Apercu:
    """What the person will read; reference and last day are given when it leaves."""
    objet = remontees.OBJETS.get(saisi.objet, saisi.objet)
    return Apercu((Message("remontee_ouverte", {"objet": objet}, ()),))


ENGAGEMENTS: tuple[Acte, ...] = (
    _promise(promesses.make),
    Acte(
        "annuler-fermeture",
        "Annuler la fermeture automatique",
        "Tout revient en un geste : état, dates, demande de pièces, attestations, sans jour manquant.",
        pouvoirs.INSTRUIRE,
        Annulation,
        lambda i, e: clotures.cancel(i, e.saisi.motif, e.who, request_id=e.request_id),
        (etats.CLOSE,),
        (Champ("motif", "Pourquoi", "long"),),
        lambda d, s: apercus.after(
            d, etats.PIECES_DEMANDEES, "demande_rouverte", {"date_retenue": d.retenue_date.isoformat()}
        ),
        possible=clotures.automatic,
    ),
    _escalate(remontees.escalate, pouvoirs.INSTRUIRE),
)
ENGAGEMENTS_PERSONNE: tuple[Acte, ...] = (
    _promise(promesses.make_to_person),
    _escalate(remontees.escalate_for, pouvoirs.DEBLOQUER),
)
