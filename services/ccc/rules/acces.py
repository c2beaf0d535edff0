"""Who may do what at the contact centre: one table, read by the guarded accessors, asserted in the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from droit.decision import Decision, Genre, Motif, accept, refuse
from services.ccc.rules.etats import ECHEC, VERIFIEE

LIRE, REPONDRE, QUALIFIER, RECONNAITRE = "lire", "repondre", "qualifier", "reconnaitre_anomalie"
LEVER, ATTESTER, CLORE, APPELER = "lever", "attester", "clore", "appeler"
REGISTRE_LIRE, SIGNALER, REGISTRE_ECRIRE = "registre_lire", "registre_signaler", "registre_ecrire"
FICHE_ECRIRE, CHIFFRES = "fiche_ecrire", "chiffres"
SUPERVISEUR = "ccc_superviseur"

_CENTRE = frozenset(
    {LIRE, REPONDRE, QUALIFIER, RECONNAITRE, LEVER, ATTESTER, CLORE, APPELER, REGISTRE_LIRE, SIGNALER, CHIFFRES}
)
# Role -> acts, in the préfectures of the agent. Préfectures see the tickets copied to them and the register, no more.
MAY: Mapping[str, frozenset[str]] = {
    "ccc": _CENTRE,
    SUPERVISEUR: _CENTRE | {REGISTRE_ECRIRE, FICHE_ECRIRE},
    "bureau_national": frozenset({REGISTRE_LIRE, REGISTRE_ECRIRE, CHIFFRES}),
    "prefecture": frozenset({LIRE, REGISTRE_LIRE}),
    "instructeur": frozenset({LIRE, REGISTRE_LIRE}),
    "superviseur": frozenset({LIRE, REGISTRE_LIRE, CHIFFRES}),
    "pan": frozenset({REGISTRE_LIRE}),
    "pan_forme": frozenset({REGISTRE_LIRE}),
    "exploitant": frozenset({REGISTRE_LIRE, CHIFFRES}),
}
CENTRE_ROLES = frozenset({"ccc", SUPERVISEUR})

ACTE_NON_PERMIS = Motif(
    "ACTE_NON_PERMIS",
    "regle-du-service",
    "Votre fonction ne permet pas cet acte.",
    "Demandez à un agent du centre de contact.",
    Genre.INTERDIT,
)
PREFECTURE_AUTRE = Motif(
    "PREFECTURE_AUTRE",
    "regle-du-service",
    "Cette demande concerne une autre préfecture que les vôtres.",
    "Rien n’a été fait. Faites étendre vos droits si elle vous concerne.",
    Genre.INTERDIT,
)
COPIE_REFUSEE = Motif(
    "COPIE_REFUSEE",
    "ddd-2024-12-11",
    "La personne n’a pas voulu que la préfecture voie cette demande.",
    "Seul le centre de contact peut la lire.",
    Genre.INTERDIT,
)
IDENTITE_A_VERIFIER = Motif(
    "IDENTITE_A_VERIFIER",
    "ddd-2024-12-11",
    "L’identité de la personne n’est pas vérifiée : rien de son dossier n’est montré ni changé.",
    "Posez d’abord les questions fixes. Sans elles, vous pouvez donner une information générale, ou attester.",
    Genre.INTERDIT,
)
IDENTITE_ECHOUEE = Motif(
    "IDENTITE_ECHOUEE",
    "ddd-2024-12-11",
    "La vérification d’identité n’a pas abouti : rien du dossier n’est montré ni changé.",
    "Donnez l’information générale, et proposez le guichet, le courrier ou un point d’accueil.",
    Genre.INTERDIT,
)
DEMANDE_D_UNE_AUTRE = Motif(
    "DEMANDE_D_UNE_AUTRE",
    "regle-du-service",
    "Cette demande n’est pas à la personne dont l’identité est vérifiée.",
    "Choisissez une de ses demandes dans la liste.",
    Genre.INVALIDE,
)
TROP_D_ECHECS = Motif(
    "TROP_D_ECHECS",
    "regle-du-service",
    "La vérification d’identité a échoué trop de fois aujourd’hui : elle ne peut plus être faite par téléphone.",
    "Ne posez plus les questions. Proposez le guichet ou un point d’accueil : son papier y suffit.",
    Genre.INTERDIT,
)
MANDAT_INSUFFISANT = Motif(
    "MANDAT_INSUFFISANT",
    "regle-du-service",
    "Le mandat de la personne qui appelle ne permet pas cet acte.",
    "Rien n’est changé. La personne elle-même peut le demander, ici ou dans un point d’accueil.",
    Genre.INTERDIT,
)
VERIFICATEUR_MEME = Motif(
    "VERIFICATEUR_MEME",
    "regle-du-service",
    "Changer l’adresse d’un compte demande deux agents : celui qui vérifie l’identité et celui qui change.",
    "Laissez la demande dans la file : un collègue fera le changement.",
    Genre.INTERDIT,
)


def may(roles: frozenset[str], act: str, *, in_scope: bool, copied: bool = True) -> Decision:
    """A role allows the act, in the agent's préfectures; a préfecture reads only what is copied to it (CCC-14)."""
    if not any(act in MAY.get(role, frozenset()) for role in roles):
        return refuse(ACTE_NON_PERMIS)
    if not in_scope:
        return refuse(PREFECTURE_AUTRE)
    if not copied and not roles & CENTRE_ROLES:
        return refuse(COPIE_REFUSEE)
    return accept()


def acts_of(roles: frozenset[str]) -> frozenset[str]:
    """What these roles may do to a ticket that they may read: a page shows no form for anything else (CCC-14)."""
    return frozenset().union(*(MAY.get(role, frozenset()) for role in roles))


def may_touch_dossier(identite: str) -> Decision:
    """Nothing of a dossier is shown or changed before the identity check, nor after a failed one (CCC-15)."""
    if identite == VERIFIEE:
        return accept()
    return refuse(IDENTITE_ECHOUEE if identite == ECHEC else IDENTITE_A_VERIFIER)


def may_check_again(failed: int, most: int) -> Decision:
    """The fixed questions are not a game of guessing: after P-IDENTITE failures in a day a counter asks for a paper."""
    return refuse(TROP_D_ECHECS) if failed >= most else accept()


def mandate_allows(mandat: str, portee: Iterable[str], *, compte: bool) -> Decision:
    """Whoever calls with a mandate acts within it; the account itself is for the person alone (XCT-05)."""
    if not mandat or (not compte and "agir" in portee):
        return accept()
    return refuse(MANDAT_INSUFFISANT)


def may_change_email(verificateur_id: str, agent_id: str) -> Decision:
    """Two agents are needed: the one who checked the identity does not bind the new address (DEP-05, CASE-43)."""
    return refuse(VERIFICATEUR_MEME) if not verificateur_id or verificateur_id == agent_id else accept()
