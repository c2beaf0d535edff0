"""The known-bug register: which tickets a fault explains, its states, when it is too old (XCT-17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from droit.decision import Decision, Genre, Motif, accept, refuse
from services.ccc.rules.etats import ANOMALIE_OUVERTE, CONTOURNEE, RESOLUE
from services.ccc.rules.identite import plain

ANOMALIE_RESOLUE = Motif(
    "ANOMALIE_RESOLUE",
    "regle-du-service",
    "Cette anomalie est déjà résolue.",
    "Si elle revient, signalez-en une nouvelle : sa date de début compte.",
)
CONTOURNEMENT_MANQUANT = Motif(
    "CONTOURNEMENT_MANQUANT",
    "regle-du-service",
    "La façon de faire en attendant n’est pas écrite.",
    "Écrivez-la en mots simples : elle est envoyée aux personnes et aux guichets.",
    Genre.INVALIDE,
)

FOLLOWING = {
    ANOMALIE_OUVERTE: (ANOMALIE_OUVERTE, CONTOURNEE, RESOLUE),
    CONTOURNEE: (ANOMALIE_OUVERTE, CONTOURNEE, RESOLUE),
    RESOLUE: (),
}
# Words in common from which a fault is suggested, and from which it is taken for sure when the symptom is the same.
SUGGESTED_FROM, SURE_FROM = 1, 3


@dataclass(frozen=True)
class Connue:
    """A fault as the matching needs it; `mots` are words without accents."""

    code: str
    symptome: int
    mots: frozenset[str]


@dataclass(frozen=True)
class Piste:
    """A fault that a ticket may be an effect of. `sure`: it is recognised without waiting for an agent."""

    code: str
    score: int
    sure: bool


def words(*texts: str) -> frozenset[str]:
    """The words of more than three letters, as they are compared."""
    return frozenset(word for text in texts for word in plain(text).split() if len(word) > 3)


def match(texte: str, symptome: int, faults: Iterable[Connue]) -> list[Piste]:
    """The faults that resemble, best first: cited by its code, or by its words, or by its symptom (CCC-05)."""
    said, cited = words(texte), f" {plain(texte)} "
    found = []
    for fault in faults:
        named = f" {plain(fault.code)} " in cited
        common = len(said & fault.mots)
        same = symptome == fault.symptome
        score = common + (2 if same else 0) + (100 if named else 0)
        if named or common >= SUGGESTED_FROM:
            found.append(Piste(fault.code, score, named or (same and common >= SURE_FROM)))
    return sorted(found, key=lambda piste: (-piste.score, piste.code))[:5]


@dataclass(frozen=True)
class Rencontre:
    """What another service says of a blockage that it met: never the words of the person."""

    symptome: int
    objet: str
    premiere: date | None


# « The page does not work » and « something else » say too little to name a fault without what was being done.
VAGUES = frozenset({11, 13})


def is_of(met: Rencontre, symptome: int, objet: str, depuis: date) -> bool:
    """Whether a blockage of another service is an effect of a fault: same symptom, same thing, not before the fault."""
    if met.symptome != symptome or (met.premiere is not None and met.premiere < depuis):
        return False
    return met.objet == objet if objet else symptome not in VAGUES


def may_become(state: str, next_state: str, contournement: str) -> Decision:
    """A solved fault stays solved; one that is worked around says how."""
    if next_state not in FOLLOWING[state]:
        return refuse(ANOMALIE_RESOLUE)
    if next_state == CONTOURNEE and not contournement.strip():
        return refuse(CONTOURNEMENT_MANQUANT, "contournement")
    return accept()


def news(state: str, number: int) -> str:
    """The name of a news: the state that it tells, and from the second on its number too."""
    return state if number <= 1 else f"{state}:{number}"


def told_state(name: str) -> str:
    """The state that a news tells."""
    return name.partition(":")[0]


def is_unsolved(state: str) -> bool:
    """Whether a ticket that matches goes at once to substitution (CCC-11)."""
    return state != RESOLUE


def is_too_old(depuis: date, today: date, p_bug: int) -> bool:
    """A fault open longer than P-BUG days is escalated."""
    return (today - depuis).days > p_bug
