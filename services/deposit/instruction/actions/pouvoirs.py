"""Which acts an agent may do here: a page shows only buttons that work, and each action still decides for itself."""

from __future__ import annotations

from chassis.web.who import Who
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager

LIRE, INSTRUIRE, DECIDER = acces.READ, acces.INSTRUIRE, acces.DECIDER
DEBLOQUER, REMETTRE, PROMETTRE = acces.DEBLOQUER, acces.REMETTRE, acces.PROMETTRE
BUREAU = acces.BUREAU
# Who lifts blockages without instructing: their desks are elsewhere, the person's page is here too.
DEBLOQUEURS = (*BUREAU, "ccc_superviseur", "bureau_national")


def on_demande(demande: Demande, who: Who) -> frozenset[str]:
    """The powers of this agent on this demande."""
    return _powers(who, in_scope=who.serves(demande.prefecture))


def on_person(usager: Usager, demandes_prefectures: frozenset[str], who: Who) -> frozenset[str]:
    """The powers of this agent on this person: where she lives, or where one of her demandes is."""
    places = demandes_prefectures | {usager.prefecture}
    return _powers(who, in_scope=any(who.serves(place) for place in places))


def _powers(who: Who, *, in_scope: bool) -> frozenset[str]:
    every = (LIRE, INSTRUIRE, DECIDER, DEBLOQUER, REMETTRE, PROMETTRE)
    return frozenset(act for act in every if acces.may(who.roles, act, in_scope=in_scope).accepted)
