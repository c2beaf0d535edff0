"""A refusal of a route is written, from validated reasons only, with the evidence seen; a supervisor reads each one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from droit.dates import Position
from droit.decision import Decision, Genre, Motif, accept, refuse

REFUS_IMPOSSIBLE = Motif(
    "REFUS_IMPOSSIBLE",
    "ddd-2024-12-11",
    "Cette raison ne permet pas de refuser la voie.",
    "Choisissez une raison de la liste, ou recevez la personne. Une mauvaise préfecture n’est pas un refus : "
    "passez la voie à la bonne, la date est gardée.",
    Genre.PRECONDITION,
)
PREUVES_VUES_A_DIRE = Motif(
    "PREUVES_VUES_A_DIRE",
    "regle-du-service",
    "Un refus dit ce que la personne a montré.",
    "Cochez ce que vous avez vu, ou « rien n’a été montré ».",
    Genre.INVALIDE,
)
REFUS_ABSENT = Motif(
    "REFUS_ABSENT",
    "regle-du-service",
    "Cette voie n’a pas été refusée.",
    "Il n’y a rien à revoir.",
    Genre.CONFLIT,
)
RIEN_DE_DEPOSE = Motif(
    "RIEN_DE_DEPOSE",
    "regle-du-service",
    "Aucune demande de cette personne pour la même chose n’est déposée : cette raison serait fausse.",
    "Recevez son dossier. Si elle montre une preuve de dépôt, cherchez-la d’abord par son numéro.",
    Genre.PRECONDITION,
)
# The reason that is checked before it is written.
DEJA_DEPOSEE = "DEJA_DEPOSEE"
# The ministry has read the alert of a repeated refusal.
VU = "VU"


@dataclass(frozen=True)
class Raison:
    """One reason that may be written: never to go home, never to another démarche than the one asked for (SUB-17)."""

    code: str
    texte: str
    source: str
    positions: tuple[Position, ...] = (Position.RECOMMANDATION, Position.DROIT_EN_VIGUEUR)


RAISONS = {
    raison.code: raison
    for raison in (
        Raison(
            "IDENTITE_NON_ETABLIE",
            "L’identité de la personne n’a pas pu être établie au guichet, pièce en main.",
            "regle-du-service",
        ),
        Raison(
            DEJA_DEPOSEE,
            "La même demande est déjà déposée : sa date et ses documents sont gardés.",
            "regle-du-service",
        ),
        Raison(
            "CONDITION_ARTICLE_4",
            "Ni invitation de la préfecture après constat, ni document du centre de contact n’ont été montrés.",
            "arrete-2023-08-01",
            (Position.DROIT_EN_VIGUEUR,),
        ),
    )
}
RIEN = "rien"


def reasons(position: Position) -> tuple[Raison, ...]:
    """The reasons allowed in this position of the switch; article 4 is none where the route is unconditional."""
    return tuple(raison for raison in RAISONS.values() if position in raison.positions)


def may_refuse(code: str, vues: Collection[str], admises: Collection[str], position: Position) -> Decision:
    """A refusal names a reason of the list and the evidence seen; article 4 is none once a proof of it was shown."""
    if code not in {raison.code for raison in reasons(position)}:
        return refuse(REFUS_IMPOSSIBLE, "raison")
    if not vues:
        return refuse(PREUVES_VUES_A_DIRE, "preuves_vues")
    if code == "CONDITION_ARTICLE_4" and set(vues) & set(admises):
        return refuse(REFUS_IMPOSSIBLE, "raison")
    return accept()


def may_say_filed(*, filed: bool) -> Decision:
    """« Already filed » is no reason where nothing was filed."""
    return accept() if filed else refuse(RIEN_DE_DEPOSE, "raison")


def may_review(issue: str, *, refused: bool, alert: bool) -> Decision:
    """A refusal is kept or set aside while it stands; an alert is read as long as it is there."""
    return accept() if refused or (issue == VU and alert) else refuse(REFUS_ABSENT)
