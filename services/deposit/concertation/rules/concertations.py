"""Usagers, helpers, agents and their managers are asked, once each; what they said is published (XCT-16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from droit.decision import Decision, Genre, Motif, accept, refuse

USAGER, AIDANT, AGENT, ENCADREMENT = "usager", "aidant", "agent", "encadrement"
# An association of the panel: whoever answers stands for it, and its name is published.
ASSOCIATION = "association"
PUBLICS = (USAGER, AIDANT, AGENT, ENCADREMENT, ASSOCIATION)
# Roles of agents who manage others.
ENCADRANTS = ("superviseur", "ccc_superviseur", "bureau_national")
QUESTIONS_MAX, CHOIX_MAX, MOTS_MAX = 10, 12, 2000
# Below this number of answers a public is shown in the total only: nobody is to be told from a count.
PUBLIC_MIN = 5

CONCERTATION_INCONNUE = Motif(
    "CONCERTATION_INCONNUE",
    "regle-du-service",
    "Cette consultation n’existe pas.",
    "Rechargez la liste des consultations.",
    Genre.INTROUVABLE,
)
CONCERTATION_INVALIDE = Motif(
    "CONCERTATION_INVALIDE",
    "regle-du-service",
    "Une consultation a un public, deux jours dans l’ordre, et des questions à choisir (deux réponses au moins) "
    "ou à écrire.",
    "Complétez ce qui manque.",
    Genre.INVALIDE,
)
CONCERTATION_FERMEE = Motif(
    "CONCERTATION_FERMEE",
    "regle-du-service",
    "Cette consultation n’est pas ouverte aujourd’hui.",
    "Les résultats sont publiés après son dernier jour.",
    Genre.CONFLIT,
)
PAS_CE_PUBLIC = Motif(
    "PAS_CE_PUBLIC",
    "regle-du-service",
    "Cette consultation s’adresse à un autre public.",
    "Les résultats seront publiés pour tout le monde.",
    Genre.INTERDIT,
)
REPONSE_INVALIDE = Motif(
    "REPONSE_INVALIDE",
    "regle-du-service",
    "Une réponse n’est pas dans la liste, ou il y en a trop.",
    "Choisissez parmi les réponses proposées.",
    Genre.INVALIDE,
)
ASSOCIATION_INCONNUE = Motif(
    "ASSOCIATION_INCONNUE",
    "regle-du-service",
    "Cette structure n’est pas inscrite, ou elle n’est plus active.",
    "Une préfecture inscrit d’abord la structure ; choisissez-la ensuite ici.",
    Genre.INVALIDE,
)
CHANGEMENT_INVALIDE = Motif(
    "CHANGEMENT_INVALIDE",
    "regle-du-service",
    "Un changement se lie à une consultation close, et dit ce qui a changé.",
    "Attendez la fin de la consultation, puis écrivez ce qui a changé et depuis quand.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Question:
    """One question: its choices, and how many of them one person may choose (a vote on needs allows several).

    Without choices it is answered in words.
    """

    libelle: str
    choix: tuple[str, ...]
    maximum: int = 1


def public_of(kind: str, roles: frozenset[str], *, panel: bool) -> str:
    """Which public somebody belongs to; empty for nobody. `panel`: she stands for an association of it."""
    if panel:
        return ASSOCIATION
    if kind == AGENT:
        return ENCADREMENT if roles & set(ENCADRANTS) else AGENT
    return kind if kind in (USAGER, AIDANT) else ""


def shown_apart(people: Mapping[str, int]) -> set[str]:
    """The publics whose answers are shown beside the total: never so few that a person is told from the count, nor
    from what is left of the total.
    """
    # Associations answer in their own name: nothing is told of a person by counting them.
    counted = {public: number for public, number in people.items() if public in (USAGER, AIDANT, AGENT, ENCADREMENT)}
    many = sorted((public for public in counted if counted[public] >= PUBLIC_MIN), key=counted.__getitem__)
    left = sum(counted.values()) - sum(counted[public] for public in many)
    return {*(many[1:] if 0 < left < PUBLIC_MIN else many), ASSOCIATION} & people.keys()


def may_announce(
    publics: Sequence[str], debut: date, fin: date, questions: Sequence[Question], retour: int = 0
) -> Decision:
    """Publics that exist, days in order, questions that can be answered; one that comes back ends before it does."""
    if retour and debut + timedelta(days=retour) <= fin:
        return refuse(CONCERTATION_INVALIDE, champ="retour_jours")
    if not publics or any(public not in PUBLICS for public in publics):
        return refuse(CONCERTATION_INVALIDE, champ="publics")
    if fin < debut:
        return refuse(CONCERTATION_INVALIDE, champ="fin_date")
    if not 1 <= len(questions) <= QUESTIONS_MAX:
        return refuse(CONCERTATION_INVALIDE, champ="questions")
    for question in questions:
        several = 2 <= len(question.choix) <= CHOIX_MAX and len(set(question.choix)) == len(question.choix)
        counted = several and 1 <= question.maximum <= len(question.choix)
        if not question.libelle.strip() or not (counted or not question.choix):
            return refuse(CONCERTATION_INVALIDE, champ="questions")
    return accept()


def may_answer(publics: Sequence[str], public: str, debut: date, fin: date, day: date) -> Decision:
    """Somebody of its publics, on one of its days."""
    if public not in publics:
        return refuse(PAS_CE_PUBLIC)
    return accept() if debut <= day <= fin else refuse(CONCERTATION_FERMEE)


def check_answers(
    questions: Sequence[Question], reponses: Mapping[int, Sequence[int]], mots: Mapping[int, str]
) -> Decision:
    """Each answer is a choice of its question, no more than it allows, or words where it asks for words; at least one
    question is answered.
    """
    for number, said in mots.items():
        in_words = 0 <= number < len(questions) and not questions[number].choix
        if said and (not in_words or len(said) > MOTS_MAX):
            return refuse(REPONSE_INVALIDE, champ=f"m{number}")
    if not any(reponses.values()) and not any(mots.values()):
        return refuse(REPONSE_INVALIDE, champ="reponses")
    for number, chosen in ((number, chosen) for number, chosen in reponses.items() if chosen):
        offered = 0 <= number < len(questions) and all(0 <= c < len(questions[number].choix) for c in chosen)
        if not offered or len(set(chosen)) != len(chosen) or len(chosen) > questions[number].maximum:
            return refuse(REPONSE_INVALIDE, champ=f"q{number}")
    return accept()
