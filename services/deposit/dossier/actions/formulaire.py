"""The form of a démarche: its own questions, what is still to answer, what was answered in words (DEP-22)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from chassis import clock
from chassis.partial_day import PartialDay
from chassis.typed import possible_day
from droit.catalogue import Stade
from droit.catalogue.issue import Genre, Question
from droit.decision import Genre as Motifs
from droit.decision import Motif, Refused
from droit.jours import day_in_words
from services.deposit.cadre import cadre
from services.deposit.dossier.store.demande import Demande

# Family situations that may be answered.
SITUATIONS_FAMILIALES = ("celibataire", "marie", "pacse", "separe", "veuf", "non-dit")
# Names that a write can bear in the path of a field.
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,59}")
REPONSE_A_CHOISIR = Motif(
    "REPONSE_A_CHOISIR",
    "regle-du-service",
    "Cette réponse n’est pas une de celles que la question propose.",
    "Choisissez une réponse de la liste, ou écrivez le jour demandé.",
    Motifs.INVALIDE,
)


def questions(demande: Demande) -> tuple[Question, ...]:
    """The questions that this démarche alone asks; none for a title."""
    return () if demande.titre_code else cadre().catalogue.demarche(demande.demarche_code).questions


def question(demande: Demande, code: str) -> Question | None:
    """The one of them that has this code."""
    return next((asked for asked in questions(demande) if asked.code == code), None)


def check(demande: Demande, reponses: Mapping[str, str]) -> None:
    """An answer is one that its question offers: a choice of its list, a day, and not nothing where one is needed.

    Raises Refused(REPONSE_A_CHOISIR).
    """
    for nom, value in reponses.items():
        own, offered = question(demande, nom), choices(demande, nom)
        day = own is not None and own.genre is Genre.JOUR
        empty = own is not None and own.obligatoire and not value.strip()
        if empty or (value and ((day and not _is_day(nom, value)) or (offered is not None and value not in offered))):
            raise Refused(REPONSE_A_CHOISIR, champ=nom)


def check_alone(reponses: Mapping[str, str]) -> bool:
    """Checks answers of a demande for a title without reading it; False where only the demande can say.

    Raises Refused(REPONSE_A_CHOISIR).
    """
    if "carte_demandee" in reponses or not all(map(_NAME.fullmatch, reponses)):
        return False
    for nom, value in reponses.items():
        offered = _offered_to_all(nom)
        if value and offered is not None and value not in offered:
            raise Refused(REPONSE_A_CHOISIR, champ=nom)
    return True


def _is_day(nom: str, value: str) -> bool:
    """Papers leave out the day of a birth, and of nothing else."""
    found = read_day(value)
    return found is not None and (not isinstance(found, PartialDay) or nom.endswith("naissance"))


def choices(demande: Demande, nom: str) -> Sequence[str] | None:
    """The answers to choose among, as they are stored; None where words are written."""
    own = question(demande, nom)
    if own is not None and own.genre is Genre.DEPARTEMENT:
        return _offered_to_all("prefecture")
    if own is not None and nom != "prefecture":
        return own.choix if own.genre is Genre.CHOIX else None
    if nom == "carte_demandee":
        return [code for code, _libelle in list_longer_cards(demande)]
    return _offered_to_all(nom)


def _offered_to_all(nom: str) -> Sequence[str] | None:
    """What every demande offers under this name."""
    if nom == "prefecture":
        return [departement.code for departement in cadre().catalogue.departements()]
    return SITUATIONS_FAMILIALES if nom == "situation_familiale" else None


def list_longer_cards(demande: Demande) -> Sequence[tuple[str, str]]:
    """The longer cards that may be asked for with this renewal, by code and name (DEP-18)."""
    if not demande.titre_code or demande.stade != Stade.RENOUVELLEMENT:
        return ()
    frame, day = cadre(), demande.depot_date or clock.today()
    titre = frame.catalogue.titre(demande.titre_code)
    codes = titre.choix_au_renouvellement.at(day, frame.position).value
    return tuple((code, frame.catalogue.titre(code).libelle) for code in codes)


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
        return possible_day(value)
    except ValueError:
        return None
