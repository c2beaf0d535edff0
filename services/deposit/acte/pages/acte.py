"""An act of an agent: a form, what will be sent, the act itself, and its trace. Two tables list them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chassis.web.files import Stored
from chassis.web.inputs import Corps
from chassis.web.who import Who
from services.deposit.instruction.actions.apercus import Apercu

Choix = Sequence[tuple[str, str]]


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
    """What is needed to do an act: who does it, what she filled in, the file sent with it, the command's identifier."""

    who: Who
    saisi: Any
    request_id: str
    fichier: tuple[str, Stored] | None = None


@dataclass(frozen=True)
class Acte:
    """`pouvoir` is the power it needs, `etats` the states in which its button shows (none: any).

    `apercu` None: nothing is sent, and one page is enough; what it changes is `effet`, what remains of it `trace`.
    """

    code: str
    libelle: str
    effet: str
    pouvoir: str
    formulaire: type[Corps]
    faire: Callable[[str, Envoi], object]
    etats: tuple[str, ...] = ()
    champs: tuple[Champ, ...] = ()
    apercu: Callable[[Any, Any], Apercu] | None = None
    trace: str = "Votre nom, le jour et l’heure restent dans l’historique, que la personne peut lire."
    grave: bool = False
    possible: Callable[[Any], bool] | None = None

    @property
    def fichier(self) -> bool:
        """Whether a file is sent with it."""
        return any(champ.genre == "fichier" for champ in self.champs)
