"""An act of an agent, said once: what it asks, which power it needs, what it sends, what it does.

The page (form, preview, act) and the JSON route are made from it: neither can allow what the other refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from chassis import outbox
from chassis.outbox import Entry, Fact
from chassis.partial_day import read_day
from chassis.web.files import Stored
from chassis.web.inputs import Body
from chassis.web.who import AGENT, Who
from droit.decision import Genre, Motif
from services.deposit.dossier.actions import issues
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import ailleurs, settle
from services.deposit.droits.actions.settle import Change

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


class Rien(Body):
    """An act that asks nothing."""


@dataclass(frozen=True)
class Message:
    """A message as it will be sent: its template, its fields, the names of its attachments."""

    modele: str
    champs: dict[str, Any]
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Apercu:
    """What the person will receive; `phrase` is what she then reads in her own pages, with `mots`."""

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
class Order:
    """An act as it is ordered: by whom, what she filled in, the identifier of the command, the legal day, the file."""

    who: Who
    saisi: Any
    request_id: str
    today: date
    fichier: Stored | None = None


# What an act does to a demande in memory, and what it adds to its write; None: there is nothing left to do. Refuses.
Plan = Callable[[Demande, Order], Change | None]


@outbox.retry_conflicts
def carry_out(plan: Plan, pouvoir: str, demande_id: str, order: Order) -> Demande:
    """Loads, plans, settles the rights, writes once. A repeat of the order changes nothing. Raises Refused."""
    demande = access_demande(demande_id, order.who, pouvoir, ailleurs.read_for_act)
    if outbox.already(demande, order.request_id):
        return demande
    change = plan(demande, order)
    if change is None:
        return demande
    by, there = order.who.subject, order.who.kind == AGENT and order.who.serves(demande.prefecture)
    change = replace(change, enregistre=there and order.who.has(*acces.BUREAU))
    return settle.apply(demande, change, request_id=order.request_id, today=order.today, by=by)


def foresee(plan: Plan, demande: Demande, order: Order) -> Apercu:
    """What the act would send, by the plan that also does it; the demande changed here is never written."""
    change = plan(demande, order) or Change()
    entries = settle.settle(demande, change, order.today, by=order.who.subject)
    outbox.spend(demande)
    return Apercu(tuple(_messages(entries)), issues.phrase(demande).phrase, change.mots)


@dataclass(frozen=True, kw_only=True)
class Acte:
    """`code` names it in its page and in its API route; `pouvoir` is the power it needs, `qui` the kinds that may try.

    `plan` is what it does to a demande, and what it will send is shown by that same plan; an act on something else
    has `faire`, and `apercu` where it sends something. `annonce` False: the plan sends nothing, one page is enough.
    `etats`: the states in which its button shows (none: any); what it changes is `effet`, what remains of it `trace`.
    `precision` adds to `effet` what depends on the position in force.
    `rend` is what the API answers with, unless `reponse` makes it of what was done.
    """

    code: str
    libelle: str
    effet: str
    pouvoir: str
    inputs: type[Body] = Rien
    plan: Plan | None = None
    faire: Callable[[str, Order], object] | None = None
    etats: tuple[str, ...] = ()
    champs: tuple[Champ, ...] = ()
    apercu: Callable[[Any, Any], Apercu] | None = None
    annonce: bool = True
    trace: str = "Votre nom, le jour et l’heure restent dans l’historique, que la personne peut lire."
    grave: bool = False
    possible: Callable[[Any], bool] | None = None
    precision: Callable[[], str] | None = None
    qui: tuple[str, ...] = (AGENT,)
    rend: str = CIBLE
    reponse: Callable[[Any], dict[str, Any]] | None = None
    # What the agent reads once it is done, when it is more than that it is done.
    a_dire: Callable[[Any], str] | None = None

    @property
    def effet_en_vigueur(self) -> tuple[str, ...]:
        """What it changes, sentence by sentence, in the position in force."""
        return (self.effet, *((self.precision(),) if self.precision else ()))

    @property
    def fichier(self) -> bool:
        """Whether a file is sent with it."""
        return any(champ.genre == "fichier" for champ in self.champs)

    @property
    def fichier_exige(self) -> bool:
        """Whether the act is refused without a file."""
        return any(champ.genre == "fichier" and not champ.facultatif for champ in self.champs)

    @property
    def previewed(self) -> bool:
        """Whether what the act sends is previewed."""
        return self.apercu is not None or (self.plan is not None and self.annonce)

    def do(self, cible_id: str, order: Order) -> object:
        """Does it. Raises Refused."""
        if self.faire is not None:
            return self.faire(cible_id, order)
        assert self.plan is not None, self.code
        return carry_out(self.plan, self.pouvoir, cible_id, order)

    def preview(self, cible: Any, order: Order) -> Apercu:
        """What it will send. Raises Refused where the act would."""
        if self.apercu is not None:
            return self.apercu(cible, order.saisi)
        assert self.plan is not None, self.code
        return foresee(self.plan, cible, order)


def _messages(entries: Iterable[Entry]) -> Iterable[Message]:
    for entry in entries:
        if isinstance(entry, Fact) and "modele" in entry.private:
            contenu = json.loads(entry.private["contenu"])
            champs = {name: _readable(value) for name, value in contenu["champs"].items()}
            yield Message(entry.private["modele"], champs, tuple(piece["nom"] for piece in contenu["pieces"]))


def _readable(value: object) -> object:
    """A date as a date, so that the page writes it in words; anything else as it is sent."""
    try:
        return read_day(value) if isinstance(value, str) and len(value) == 10 else value
    except ValueError:
        return value
