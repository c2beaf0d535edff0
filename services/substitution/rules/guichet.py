"""At the counter: who came is checked, a helper shows a mandate, a dossier counts from its arrival."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from droit.catalogue.titre import Piece, Stade
from droit.decision import Decision, Genre, Motif, accept, refuse

NON_VERIFIEE, VERIFIEE, ECHEC = "NON_VERIFIEE", "VERIFIEE", "ECHEC"

IDENTITE_A_VERIFIER = Motif(
    "IDENTITE_A_VERIFIER",
    "ddd-2024-12-11",
    "L’identité de la personne n’est pas vérifiée : aucun acte n’est possible au guichet.",
    "Faites d’abord la vérification, en haut de cette page.",
    Genre.INTERDIT,
)
IDENTITE_ECHOUEE = Motif(
    "IDENTITE_ECHOUEE",
    "ddd-2024-12-11",
    "La vérification d’identité n’a pas abouti : rien n’est montré ni fait.",
    "La personne peut revenir avec une pièce d’identité, sans rendez-vous : la voie reste ouverte à sa date.",
    Genre.INTERDIT,
)
MANDAT_ABSENT = Motif(
    "MANDAT_ABSENT",
    "regle-du-service",
    "La personne qui se présente agit pour une autre sans mandat écrit en cours.",
    "Demandez le mandat écrit et signé, ou que la personne vienne elle-même. Rien n’a été montré.",
    Genre.INTERDIT,
)
ARRIVEE_A_VENIR = Motif(
    "ARRIVEE_A_VENIR",
    "regle-du-service",
    "Le jour d’arrivée est après aujourd’hui.",
    "Écrivez le jour où le dossier est arrivé : c’est lui qui compte.",
    Genre.INVALIDE,
)
DEMANDE_A_DIRE = Motif(
    "DEMANDE_A_DIRE",
    "regle-du-service",
    "Ce que la personne demande n’est pas encore choisi.",
    "Choisissez un titre de séjour ou une autre démarche.",
    Genre.PRECONDITION,
)
NOM_A_DIRE = Motif(
    "NOM_A_DIRE",
    "regle-du-service",
    "Le nom et la date de naissance de la personne manquent.",
    "Recopiez-les de la pièce d’identité : ils entrent dans le dossier.",
    Genre.PRECONDITION,
)
DOSSIER_INCONNU = Motif(
    "DOSSIER_INCONNU",
    "regle-du-service",
    "Aucun dossier n’a encore été reçu par cette voie.",
    "Enregistrez d’abord son arrivée.",
    Genre.PRECONDITION,
)
DEJA_TRANSMIS = Motif(
    "DEJA_TRANSMIS",
    "regle-du-service",
    "Ce dossier est déjà déposé.",
    "Les pièces qui arrivent ensuite sont ajoutées à la demande, à leur date.",
    Genre.CONFLIT,
)


def identity_result(*, papier: bool, nom: bool, naissance: bool, visage: bool) -> str:
    """The fixed protocol: a paper with a photograph, whose name, birth date and face are the person's."""
    return VERIFIEE if papier and nom and naissance and visage else ECHEC


def mandate_decision(*, pour_autrui: bool, vu: bool, fin: date | None, today: date) -> Decision:
    """Somebody who comes for another shows a written mandate still in force; otherwise nothing is disclosed."""
    in_force = vu and (fin is None or fin >= today)
    return refuse(MANDAT_ABSENT, "mandat_vu") if pour_autrui and not in_force else accept()


def may_touch_dossier(identite: str) -> Decision:
    """Nothing of a dossier is done before the check, nor after one that failed (CASE-28)."""
    if identite == VERIFIEE:
        return accept()
    return refuse(IDENTITE_ECHOUEE if identite == ECHEC else IDENTITE_A_VERIFIER)


def may_arrive(day: date, today: date) -> Decision:
    """A dossier is dated by the day it arrived, which may be past but not in the future (SUB-07)."""
    return refuse(ARRIVEE_A_VENIR, "reception_date") if day > today else accept()


def missing(asked: Collection[Piece], present: Collection[str]) -> tuple[Piece, ...]:
    """The mandatory pieces that have no file: named, but never a reason to refuse the dossier."""
    return tuple(piece for piece in asked if piece.obligatoire and piece.code not in present)


def gives_recepisse(stade: Stade | None, manquantes: Collection[Piece]) -> bool:
    """A récépissé at once for a title whose dossier is whole; a régularisation has its own, at completeness."""
    return stade in (Stade.PREMIERE, Stade.RENOUVELLEMENT) and not manquantes
