"""The identity check: fixed questions on what the person declared, answers compared by the machine (DEP-05, DEP-61).

The agent never sees the right answers: a failed check discloses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from droit.decision import Decision, Genre, Motif, accept, refuse
from personne.nom import plain, same_birth, same_name

# In this order, always; those that the person never declared are passed over.
QUESTIONS: Mapping[str, str] = {
    "naissance": "Quel est votre jour de naissance ?",
    "prenoms": "Quels sont vos prénoms ?",
    "numero_etranger": "Quel est votre numéro étranger ?",
    "code_postal": "Quel est votre code postal ?",
    "telephone": "Quels sont les quatre derniers chiffres de votre téléphone ?",
    "depot": "Quel jour avez-vous déposé votre dernière demande ?",
    "fin_titre": "Quel jour finit votre titre ou votre visa ?",
    "nationalite": "Quelle est votre nationalité ?",
}
POSEES = 3
ECHECS_PAR_JOUR = 3

CONTROLE_ECHOUE = Motif(
    "CONTROLE_ECHOUE",
    "regle-du-service",
    "Les réponses ne correspondent pas : l’identité n’est pas vérifiée.",
    "Rien n’est changé et rien n’est dit. La personne peut venir au guichet avec un papier d’identité.",
    Genre.INTERDIT,
)
CONTROLE_IMPOSSIBLE = Motif(
    "CONTROLE_IMPOSSIBLE",
    "regle-du-service",
    "Trop d’essais aujourd’hui pour cette personne.",
    "Demandez-lui de venir au guichet avec un papier d’identité, ou recommencez demain.",
    Genre.TROP,
)
CONTROLE_EXIGE = Motif(
    "CONTROLE_EXIGE",
    "regle-du-service",
    "L’identité n’a pas été vérifiée aujourd’hui : rien n’est changé.",
    "Faites d’abord la vérification d’identité.",
    Genre.INTERDIT,
)
DEUX_AGENTS = Motif(
    "DEUX_AGENTS",
    "regle-du-service",
    "Changer l’adresse d’un compte demande deux agents : celui qui vérifie et celui qui change.",
    "Demandez à un collègue de faire le changement, après votre vérification.",
    Genre.INTERDIT,
)

PAPIER_EXIGE = Motif(
    "PAPIER_EXIGE",
    "ddd-2024-12-11",
    "Ce compte est protégé : des réponses au téléphone ne suffisent pas.",
    "La personne vient le jour même dans un point d’accueil ou à la préfecture, avec un papier qui porte sa photo.",
    Genre.INTERDIT,
)
PAPIER_A_VOIR = Motif(
    "PAPIER_A_VOIR",
    "regle-du-service",
    "L’adresse pour revenir se donne de la main à la main : il faut avoir vu un papier qui porte sa photo.",
    "Vérifiez l’identité sur un papier avec photo, aujourd’hui, puis recommencez.",
    Genre.INTERDIT,
)
MANDAT_ABSENT = Motif(
    "MANDAT_ABSENT",
    "regle-du-service",
    "Cette personne n’a pas de mandat en cours pour agir à la place d’une autre.",
    "Rien n’est dit ni changé. La personne concernée peut venir, ou donner un mandat.",
    Genre.INTERDIT,
)
PAPIER_AUTRE = Motif(
    "PAPIER_AUTRE",
    "ddd-2024-12-11",
    "Ce papier n’est pas à l’identité de ce compte : rien n’est changé.",
    "Relisez le papier. Si le numéro du compte est sur ce papier, quelqu’un d’autre a pu le prendre : gelez le compte, "
    "puis comparez de nouveau. Vous pourrez rendre son numéro à la personne.",
    Genre.INTERDIT,
)
# Papers that carry a photograph.
PAPIERS: Mapping[str, str] = {
    "PASSEPORT": "Passeport",
    "TITRE_DE_SEJOUR": "Titre de séjour, même expiré",
    "CARTE_D_IDENTITE": "Carte d’identité",
    "PERMIS": "Permis de conduire",
    "CONSULAIRE": "Carte ou attestation consulaire avec photo",
}


def questions(declared: Mapping[str, str]) -> tuple[str, ...]:
    """The codes of the questions to ask: the first three that can be compared."""
    return tuple(code for code in QUESTIONS if declared.get(code))[:POSEES]


def compare(declared: Mapping[str, str], answers: Mapping[str, str], failures: int) -> Decision:
    """Every question asked is answered rightly; after some failures in a day nobody may try again that day."""
    if failures >= ECHECS_PAR_JOUR:
        return refuse(CONTROLE_IMPOSSIBLE)
    asked = questions(declared)
    right = all(_same(code, declared[code], answers.get(code, "")) for code in asked)
    return accept() if asked and right else refuse(CONTROLE_ECHOUE)


def compare_paper(declared: Mapping[str, str], read: Mapping[str, str], papier: str) -> Decision:
    """What is read on a paper with photograph is what the account says: name, birth, and number if it has one."""
    same = all(
        _same(code, declared.get(code, ""), read.get(code, ""))
        for code in ("nom", "naissance", "numero_etranger")
        if declared.get(code)
    )
    return accept() if papier in PAPIERS and same else refuse(PAPIER_AUTRE)


def bears_number(numero: str, read: Mapping[str, str], papier: str) -> bool:
    """A paper with photograph that bears the number of a disputed account: its holder has the number, whatever the name
    under which somebody else opened the account.
    """
    return papier in PAPIERS and bool(numero) and plain(numero) == plain(read.get("numero_etranger", ""))


def proves_enough(*, protege: bool, papier: str) -> Decision:
    """A protected account opens only for a paper seen in person: who threatens her may know the answers."""
    return refuse(PAPIER_EXIGE) if protege and papier not in PAPIERS else accept()


def seen_in_person(papier: str) -> Decision:
    """What is given by hand is given to who showed a paper with her photograph."""
    return accept() if papier in PAPIERS else refuse(PAPIER_A_VOIR)


def may_change(verifiers: Iterable[str], agent_id: str, *, two: bool) -> Decision:
    """A passed check of today is needed; another agent's when two are required."""
    distinct = set(verifiers)
    if not distinct:
        return refuse(CONTROLE_EXIGE)
    return refuse(DEUX_AGENTS) if two and distinct == {agent_id} else accept()


def _same(code: str, declared: str, answer: str) -> bool:
    """Names and birth dates are compared as in every service; of other answers, only letters and digits count."""
    if code in ("nom", "prenoms"):
        return same_name(declared, answer)
    if code == "naissance":
        return same_birth(declared, answer)
    return plain(declared) == plain(answer)
