"""Who may do what at a desk: one table, read by the guarded accessors, asserted cell by cell in the tests."""

from __future__ import annotations

from collections.abc import Mapping

from droit.decision import Decision, Genre, Motif, accept, refuse

LIRE, OUVRIR, VERIFIER, RECEVOIR, REFUSER = "lire", "ouvrir", "verifier_identite", "recevoir", "refuser"
ORDONNER, CONSTATER, SUPERVISER, REGLER, PANNE = "enregistrer_ordonnance", "constater", "superviser", "regler", "panne"
TRANSFERER, NATIONAL, PROMETTRE = "transferer", "national", "promettre"

# Role -> what it may do, in the préfectures of the agent ("*" is every one).
MAY: Mapping[str, frozenset[str]] = {
    "prefecture": frozenset(
        {LIRE, OUVRIR, VERIFIER, RECEVOIR, REFUSER, ORDONNER, CONSTATER, REGLER, TRANSFERER, PROMETTRE},
    ),
    "superviseur": frozenset({LIRE, ORDONNER, SUPERVISER, REGLER, TRANSFERER}),
    "instructeur": frozenset({LIRE}),
    "ccc": frozenset({OUVRIR, CONSTATER}),
    "ccc_superviseur": frozenset({OUVRIR, CONSTATER}),
    "pan": frozenset({OUVRIR, CONSTATER}),
    "pan_forme": frozenset({OUVRIR, CONSTATER}),
    "bureau_national": frozenset({LIRE, SUPERVISER, PANNE, NATIONAL, TRANSFERER}),
    "exploitant": frozenset({PANNE, NATIONAL}),
}

PREFECTURE_AUTRE = Motif(
    "PREFECTURE_AUTRE",
    "regle-du-service",
    "Cette voie dépend d’une autre préfecture que les vôtres.",
    "Rien n’a été fait. Passez la voie à la bonne préfecture : la date est gardée.",
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
