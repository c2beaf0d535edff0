"""Who may do what at a desk: one table, read by the guarded accessors, asserted cell by cell in the tests."""

from __future__ import annotations

from collections.abc import Mapping

from droit.decision import Decision, Genre, Motif, accept, refuse

LIRE, OUVRIR, VERIFIER, RECEVOIR, REFUSER = "lire", "ouvrir", "verifier_identite", "recevoir", "refuser"
ORDONNER, CONSTATER, SUPERVISER, REGLER, PANNE = "enregistrer_ordonnance", "constater", "superviser", "regler", "panne"
TRANSFERER, NATIONAL, PROMETTRE = "transferer", "national", "promettre"
# A voie whose préfecture nobody has said: the national desk gives it one; the counter where the person stands takes it,
# by what she shows (its reference and her name). Nobody else reads it or acts on it.
PLACER, PRENDRE = "placer", "prendre"

# Role -> what it may do, in the préfectures of the agent ("*" is every one).
MAY: Mapping[str, frozenset[str]] = {
    "prefecture": frozenset(
        {LIRE, OUVRIR, VERIFIER, RECEVOIR, REFUSER, ORDONNER, CONSTATER, REGLER, TRANSFERER, PROMETTRE, PRENDRE},
    ),
    "superviseur": frozenset({LIRE, ORDONNER, SUPERVISER, REGLER, TRANSFERER}),
    "instructeur": frozenset({LIRE}),
    "ccc": frozenset({OUVRIR, CONSTATER}),
    "ccc_superviseur": frozenset({OUVRIR, CONSTATER}),
    "pan": frozenset({OUVRIR, CONSTATER}),
    "pan_forme": frozenset({OUVRIR, CONSTATER}),
    "bureau_national": frozenset({LIRE, SUPERVISER, PANNE, NATIONAL, TRANSFERER, PLACER, ORDONNER}),
    "exploitant": frozenset({PANNE, NATIONAL}),
}

PREFECTURE_AUTRE = Motif(
    "PREFECTURE_AUTRE",
    "regle-du-service",
    "Cette voie dépend d’une autre préfecture que les vôtres.",
    "Rien n’a été fait. Passez la voie à la bonne préfecture : la date est gardée.",
    Genre.INTERDIT,
)
PREFECTURE_NON_DITE = Motif(
    "PREFECTURE_NON_DITE",
    "regle-du-service",
    "Cette voie n’a pas encore de préfecture.",
    "Si la personne est devant vous, prenez sa voie avec sa référence et son nom, depuis la file d’attente. "
    "Sinon, le bureau national choisit la préfecture.",
    Genre.INTERDIT,
)
ACTE_NON_PERMIS = Motif(
    "ACTE_NON_PERMIS",
    "regle-du-service",
    "Votre fonction ne permet pas cet acte.",
    "Demandez à un agent du guichet ou à un superviseur de la préfecture.",
    Genre.INTERDIT,
)


def may(roles: frozenset[str], act: str, *, in_scope: bool) -> Decision:
    """One of the roles allows the act, and the préfecture is in the agent's scope."""
    if not any(act in MAY.get(role, frozenset()) for role in roles):
        return refuse(ACTE_NON_PERMIS)
    return accept() if in_scope else refuse(PREFECTURE_AUTRE)


def may_reach_unplaced(roles: frozenset[str]) -> Decision:
    """A voie whose préfecture nobody has said is in no agent's scope but that of whoever chooses it."""
    return accept() if any(PLACER in MAY.get(role, frozenset()) for role in roles) else refuse(PREFECTURE_NON_DITE)
