"""Who may do what at a desk: one table, read by the guarded accessors, asserted cell by cell in the tests."""

from __future__ import annotations

from collections.abc import Mapping

from droit.decision import Decision, Genre, Motif, accept, refuse
from personne.nom import same_birth, same_name
from personne.urgence import MOTIFS, URGENCE_INCONNUE

LIRE, RESERVER, ACCUEILLIR, VERIFIER = "lire", "reserver", "accueillir", "verifier_identite"
AIDER, QUALIFIER, CONSTATER, DEPOSER = "aider", "qualifier", "constater", "deposer"
SAISIR, VICTIMES, FERMER, ENROLER = "saisir_ccc", "recevoir_victimes", "fermer_lieu", "enroler_lieu"
REPARER, PROMETTRE, CORRIGER = "reparer_compte", "promettre", "corriger_annuaire"
BRANCHER = "brancher_agenda"

# Role -> what it may do, in the préfectures of the agent. A volontaire gives digital help, never the law (PAN-15).
_ACCUEIL = frozenset({LIRE, RESERVER, ACCUEILLIR, VERIFIER, AIDER, CONSTATER, SAISIR, REPARER, PROMETTRE})
MAY: Mapping[str, frozenset[str]] = {
    "pan_volontaire": frozenset({LIRE, RESERVER, ACCUEILLIR, AIDER}),
    "pan": _ACCUEIL,
    "pan_forme": _ACCUEIL | {QUALIFIER, DEPOSER, VICTIMES},
    "prefecture": frozenset({LIRE, RESERVER, ACCUEILLIR, VERIFIER, FERMER, ENROLER, PROMETTRE, CORRIGER, BRANCHER}),
    "superviseur": frozenset({LIRE, RESERVER, FERMER, ENROLER, CORRIGER, BRANCHER}),
    "ccc": frozenset({RESERVER}),
    "bureau_national": frozenset({LIRE, ENROLER, CORRIGER, BRANCHER}),
}
# What may be seen or done without knowing who came; everything else waits for the identity check.
WITHOUT_IDENTITY = frozenset({LIRE, RESERVER, ACCUEILLIR, VERIFIER, AIDER, QUALIFIER, FERMER})

PREFECTURE_AUTRE = Motif(
    "PREFECTURE_AUTRE",
    "regle-du-service",
    "Ce lieu dépend d’une autre préfecture que les vôtres.",
    "Rien n’a été fait. Demandez à un agent de cette préfecture, ou faites étendre vos droits.",
    Genre.INTERDIT,
)
AGENT_NON_FORME = Motif(
    "AGENT_NON_FORME",
    "ddd-2024-12-11",
    "Cet acte est réservé aux agents formés au droit du séjour et à la médiation numérique.",
    "Passez la visite à un agent formé de votre lieu. L’aide numérique peut continuer.",
    Genre.INTERDIT,
)
AIDE_NUMERIQUE_SEULE = Motif(
    "AIDE_NUMERIQUE_SEULE",
    "ddd-2024-12-11",
    "Un volontaire aide au numérique : cet acte revient à un agent du point d’accueil.",
    "Appelez un agent du lieu : il peut continuer cette visite.",
    Genre.INTERDIT,
)
ACTE_NON_PERMIS = Motif(
    "ACTE_NON_PERMIS",
    "regle-du-service",
    "Votre fonction ne permet pas cet acte.",
    "Demandez à un agent du point d’accueil.",
    Genre.INTERDIT,
)
IDENTITE_A_VERIFIER = Motif(
    "IDENTITE_A_VERIFIER",
    "ddd-2024-12-11",
    "L’identité de la personne n’est pas vérifiée : rien de son dossier n’est montré ni fait.",
    "Faites d’abord la vérification, en haut de cette page.",
    Genre.INTERDIT,
)
IDENTITE_ECHOUEE = Motif(
    "IDENTITE_ECHOUEE",
    "ddd-2024-12-11",
    "La vérification d’identité n’a pas abouti : rien du dossier n’est montré ni fait.",
    "Donnez l’information générale. La personne peut revenir avec une pièce d’identité, sans rendez-vous.",
    Genre.INTERDIT,
)
MANDAT_ABSENT = Motif(
    "MANDAT_ABSENT",
    "regle-du-service",
    "La personne qui se présente agit pour une autre sans mandat écrit en cours.",
    "Demandez le mandat écrit et signé, ou que la personne vienne elle-même. Rien n’a été montré.",
    Genre.INTERDIT,
)

AUTRE_PERSONNE = Motif(
    "AUTRE_PERSONNE",
    "regle-du-service",
    "Ce dossier n’est pas celui de la personne dont le papier a été vu.",
    "Rien n’a été joint. Continuez sans : son dossier n’est pas nécessaire pour l’aider ici.",
    Genre.INTERDIT,
)

DEUX_AGENTS = Motif(
    "DEUX_AGENTS",
    "regle-du-service",
    "Cet acte demande deux agents : celui qui a vu le papier, et celui qui change le compte.",
    "Demandez à un collègue d’ouvrir cette page et de le faire.",
    Genre.INTERDIT,
)
COMPTE_A_ELLE = Motif(
    "COMPTE_A_ELLE",
    "regle-du-service",
    "Un mandat ne permet pas de changer le compte d’une autre personne.",
    "La personne vient elle-même, ou appelle le centre de contact.",
    Genre.INTERDIT,
)
URGENCE_SANS_PREUVE = Motif(
    "URGENCE_SANS_PREUVE",
    "ddd-2024-12-11",
    "Une urgence se signale avec une preuve.",
    "Écrivez ce qui se passe, et le papier que vous avez vu ou qui le confirme.",
    Genre.INVALIDE,
)
COMPTE_NON_JOINT = Motif(
    "COMPTE_NON_JOINT",
    "regle-du-service",
    "Aucun compte n’est joint à cette visite : il n’y a rien à changer.",
    "Joignez d’abord son dossier, plus haut sur cette page.",
)
# What the agent writes when there was no paper with a photograph.
SANS_PAPIER = "AUCUN"
NON_VERIFIEE, VERIFIEE, ECHEC = "NON_VERIFIEE", "VERIFIEE", "ECHEC"


def may(roles: frozenset[str], act: str, *, in_scope: bool) -> Decision:
    """One of the roles allows the act and the place is in the agent's préfectures (PAN-15 for the trained)."""
    if not in_scope:
        return refuse(PREFECTURE_AUTRE)
    if any(act in MAY.get(role, frozenset()) for role in roles):
        return accept()
    if "pan_volontaire" in roles and any(act in MAY[role] for role in ("pan", "pan_forme")):
        return refuse(AIDE_NUMERIQUE_SEULE)
    return refuse(AGENT_NON_FORME if act in (QUALIFIER, DEPOSER, VICTIMES) and "pan" in roles else ACTE_NON_PERMIS)


def receives_victims(roles: frozenset[str]) -> bool:
    """Whether one of the roles is trained for victims: others see neither their names nor their motive (PAN-16)."""
    return any(VICTIMES in MAY.get(role, frozenset()) for role in roles)


def may_touch_dossier(act: str, identite: str) -> Decision:
    """Nothing of a dossier is shown or done before the identity check, nor after one that failed (CCC-15, CASE-28)."""
    if act in WITHOUT_IDENTITY or identite == VERIFIEE:
        return accept()
    return refuse(IDENTITE_ECHOUEE if identite == ECHEC else IDENTITE_A_VERIFIER)


def may_repair(*, pour_autrui: bool, relie: bool, connu: bool, numero: bool = False) -> Decision:
    """The account is for the person alone: whoever came with a mandate does not change it (XCT-05).

    `numero`: the act is about the account that bears the number of her paper, whatever name it bears (DEP-06).
    """
    if pour_autrui or not connu:
        return refuse(COMPTE_A_ELLE if pour_autrui else ACTE_NON_PERMIS)
    return accept() if relie or numero else refuse(COMPTE_NON_JOINT)


def may_flag(*, urgence: str, texte: str) -> Decision:
    """An urgency is one of the list, with what happens and the proof that the agent saw (DEP-60)."""
    if urgence not in MOTIFS:
        return refuse(URGENCE_INCONNUE, champ="urgence")
    return accept() if texte.strip() else refuse(URGENCE_SANS_PREUVE, champ="texte")


def identity_result(*, papier: str, nom: bool, naissance: bool, photo: bool) -> str:
    """The fixed protocol at a desk: a paper with a photograph, whose name, birth date and face are the person's."""
    return VERIFIEE if papier not in ("", SANS_PAPIER) and nom and naissance and photo else ECHEC


def same_person(seen: tuple[str, str], recorded: tuple[str, str]) -> Decision:
    """(name, birth date) of the paper and of the dossier: both agree, whatever the capitals, accents and hyphens."""
    alike = same_name(seen[0], recorded[0]) and same_birth(seen[1], recorded[1])
    return accept() if alike else refuse(AUTRE_PERSONNE)


def mandate_fault(*, pour_autrui: bool, mandat_vu: bool, mandat_valide: bool) -> Decision:
    """Who comes for somebody else shows a written mandate that has not ended; otherwise nothing is disclosed."""
    return refuse(MANDAT_ABSENT, "mandat_vu") if pour_autrui and not (mandat_vu and mandat_valide) else accept()
