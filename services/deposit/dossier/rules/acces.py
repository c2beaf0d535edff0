"""Who may do what on a demande: one table, read by the one guarded accessor, asserted cell by cell in the tests."""

from __future__ import annotations

from collections.abc import Mapping

from droit.decision import Decision, Genre, Motif, accept, refuse

# What is done to a demande. READ and ACT are the person's; the others are agents' powers.
READ, ACT, INSTRUIRE, DECIDER, DEBLOQUER, REMETTRE = "lire", "agir", "instruire", "decider", "debloquer", "remettre"
# A promise to a person binds whoever answers for her dossier.
PROMETTRE = "promettre"

TITULAIRE, AIDANT = "titulaire", "aidant"

# Role -> what it may do. An agent's act also needs the préfecture of the demande in her scope ("*" is every one).
MAY: Mapping[str, frozenset[str]] = {
    TITULAIRE: frozenset({READ, ACT}),
    AIDANT: frozenset({READ, ACT}),
    "instructeur": frozenset({READ, INSTRUIRE, DECIDER, REMETTRE, PROMETTRE}),
    "superviseur": frozenset({READ, INSTRUIRE, DECIDER, DEBLOQUER, REMETTRE, PROMETTRE}),
    "prefecture": frozenset({READ, REMETTRE, PROMETTRE}),
    "pan": frozenset({READ}),
    "pan_forme": frozenset({READ}),
    "ccc": frozenset({READ}),
    "ccc_superviseur": frozenset({READ, DEBLOQUER, PROMETTRE}),
    "bureau_national": frozenset({READ, DEBLOQUER, PROMETTRE}),
}

# Who instructs in a préfecture.
BUREAU = ("instructeur", "superviseur", "prefecture")

# Who lifts what no préfecture can lift (DEP-61).
PROGRAMME = frozenset({"bureau_national"})

# Who says that the téléservice is down, for all: no dossier, hence no scope (XCT-02).
DECLARER_PANNE = frozenset({"bureau_national", "exploitant"})

ACCES_REFUSE = Motif(
    "ACCES_REFUSE",
    "regle-du-service",
    "Vous n’avez pas le droit de faire cela sur ce dossier.",
    "Si vous aidez cette personne, demandez-lui un mandat. Si vous êtes agent, vérifiez votre préfecture.",
    Genre.INTERDIT,
)
COMPTE_GELE = Motif(
    "COMPTE_GELE",
    "regle-du-service",
    "Ce compte est gelé : une vérification d’identité est en cours.",
    "Présentez-vous à un point d’accueil, à la préfecture, ou appelez le centre de contact. Vos dates sont protégées.",
    Genre.INTERDIT,
)


def may(roles: frozenset[str], act: str, *, in_scope: bool) -> Decision:
    """One of the roles allows the act, and the dossier is in the scope of whoever asks."""
    allowed = any(act in MAY.get(role, frozenset()) for role in roles)
    return accept() if allowed and in_scope else refuse(ACCES_REFUSE)


def may_declare_panne(roles: frozenset[str]) -> Decision:
    """The operators of the whole service, and nobody else."""
    return accept() if roles & DECLARER_PANNE else refuse(ACCES_REFUSE)
