"""The form of a démarche: its own questions, what is still to answer, what was answered in words (DEP-22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from chassis.partial_day import PartialDay
from chassis.partial_day import read_day as parse_day
from chassis.typed import possible_day
from droit.catalogue.issue import Genre, Question
from droit.dates import day_in_words
from droit.decision import Genre as Cause
from droit.decision import Motif, Refused
from services.deposit.cadre import cadre
from services.deposit.dossier.store.demande import Demande

JOUR_ILLISIBLE = Motif(
    "JOUR_ILLISIBLE",
    "regle-du-service",
    "Cette date n’existe pas.",
    "Écrivez le jour, le mois et les quatre chiffres de l’année.",
    Cause.INVALIDE,
)


def questions(demande: Demande) -> tuple[Question, ...]:
    """The questions that this démarche alone asks; none for a title."""
    return () if demande.titre_code else cadre().catalogue.demarche(demande.demarche_code).questions


def question(demande: Demande, code: str) -> Question | None:
    """The one of them that has this code."""
    return next((asked for asked in questions(demande) if asked.code == code), None)


def check(demande: Demande, said: Mapping[str, str]) -> None:
    """Refuses an answer that is no day or no département where one is asked for, before it is kept."""
    for code, value in said.items():
        asked = question(demande, code)
        genre = Genre.DEPARTEMENT if code == "prefecture" else asked.genre if asked else None
        if value and genre is Genre.DEPARTEMENT:
            cadre().catalogue.departement(value)
        if value and genre is Genre.JOUR:
            try:
                day = possible_day(value)
            except ValueError as error:
                raise Refused(JOUR_ILLISIBLE, champ=code) from error
            # Papers leave out the day of a birth, and of nothing else.
            if isinstance(day, PartialDay) and not code.endswith("naissance"):
                raise Refused(JOUR_ILLISIBLE, champ=code)


def missing(demande: Demande) -> tuple[Question, ...]:
    """Mandatory questions without an answer."""
    return tuple(q for q in questions(demande) if q.obligatoire and not demande.reponses.get(q.code, "").strip())


def lines(demande: Demande) -> list[str]:
    """What was answered to them, one sentence each, for a paper."""
    answered = [(q, demande.reponses.get(q.code, "").strip()) for q in questions(demande)]
    return [f"{question.libelle} {in_words(question, value)}" for question, value in answered if value]


def in_words(question: Question, value: str) -> str:
    """An answer as it is read."""
    if question.genre is Genre.JOUR:
        found = read_day(value)
        return day_in_words(found) if found else value
    if question.genre is Genre.DEPARTEMENT:
        names = {departement.code: departement.nom for departement in cadre().catalogue.departements()}
        return names.get(value, value)
    return value


def read_day(value: str) -> date | None:
    """The day of an answer; None for what is no day."""
    try:
        return parse_day(value)
    except ValueError:
        return None
