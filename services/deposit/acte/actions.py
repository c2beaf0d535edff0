"""An act of an agent, said once: what it asks, which power it needs, what it sends, what it does.

The page (form, preview, act) and the JSON route are made from it: neither can allow what the other refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.web.files import Stored
from chassis.web.inputs import Corps
from chassis.web.who import AGENT, Who
from droit.decision import Genre, Motif

# What an act answers by API: its target as it is shown, a demande, or only that it is done.
CIBLE, DEMANDE_LUE, RIEN = "cible", "demande", "rien"
Choix = Sequence[tuple[str, str]]

FICHIER_ABSENT = Motif(
    "FICHIER_ABSENT",
    "regle-du-service",
    "Il manque le fichier.",
    "Choisissez le fichier de la pièce, puis envoyez.",
    Genre.INVALIDE,
)


class Rien(Corps):
    """An act that asks nothing."""


@dataclass(frozen=True)
class Message:
    """A message as it will leave: its template, its fields, the names of what is attached."""

    modele: str
    champs: dict[str, Any]
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Apercu:
    """What the person will receive; `phrase` and `mots` are what she then reads in her own pages."""

    messages: tuple[Message, ...]
    phrase: str = ""
    mots: str = ""


@dataclass(frozen=True)
class Champ:
    """One question of a form. `genre`: texte, long, nombre, jour, choix, cases, fichier."""

    nom: str
    libelle: str
    genre: str = "texte"
    aide: str = ""
    facultatif: bool = False
    choix: Callable[[Any, Who], Choix] | None = None


@dataclass(frozen=True)
class Envoi:
    """What is needed to do an act: who, what she filled in, the file sent with it, the identifier of the command."""

    who: Who
    saisi: Any
    request_id: str
    fichier: tuple[str, Stored] | None = None


@dataclass(frozen=True, kw_only=True)
class Acte:
    """`code` names it in its page and in its API route; `pouvoir` is the power it needs, `qui` the kinds that may try.

    `etats`: the states in which its button shows (none: any). `apercu` None: nothing is sent, and one page is enough;
    what it changes is `effet`, what remains of it `trace`. `rend` is what the API answers with, unless `reponse` makes
    it of what `faire` returns.
    """

    code: str
    libelle: str
    effet: str
    pouvoir: str
    inputs: type[Corps] = Rien
    faire: Callable[[str, Envoi], object]
    etats: tuple[str, ...] = ()
    champs: tuple[Champ, ...] = ()
    apercu: Callable[[Any, Any], Apercu] | None = None
    trace: str = "Votre nom, le jour et l’heure restent dans l’historique, que la personne peut lire."
    grave: bool = False
    possible: Callable[[Any], bool] | None = None
    qui: tuple[str, ...] = (AGENT,)
    rend: str = CIBLE
    reponse: Callable[[Any], dict[str, Any]] | None = None

    @property
    def fichier(self) -> bool:
        """Whether a file is sent with it."""
        return any(champ.genre == "fichier" for champ in self.champs)

    @property
    def fichier_exige(self) -> bool:
        """Whether it is refused without a file."""
        return any(champ.genre == "fichier" and not champ.facultatif for champ in self.champs)
