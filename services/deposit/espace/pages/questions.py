"""The questions of a demande, one a page: a table that filing, checking and rectifying all read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from droit.catalogue.issue import Genre
from services.deposit.demande.pages.reponses import SITUATIONS
from services.deposit.dossier.actions import formulaire
from services.deposit.dossier.actions.prefectures import departements

if TYPE_CHECKING:
    from services.deposit.dossier.store.demande import Demande

# How the pages name what the catalogue asks.
GENRES = {Genre.LONG: "texte", Genre.TEXTE: "ligne", Genre.DEPARTEMENT: "liste"}


@dataclass(frozen=True)
class Question:
    """One page: its sentence, its help, how it is answered (`ligne`, `texte`, `jour`, `choix`, `liste`)."""

    nom: str
    titre: LazyString
    aide: LazyString | str = ""
    genre: str = "texte"
    obligatoire: bool = False


QUESTIONS = (
    Question(
        "prefecture",
        _l("Dans quel département habitez-vous ?"),
        _l("C’est sa préfecture qui reçoit la demande."),
        "liste",
        True,
    ),
    Question(
        "adresse",
        _l("À quelle adresse vous écrire pour cette demande ?"),
        _l("Celle d’une association ou d’un proche peut servir."),
    ),
    Question("situation_familiale", _l("Quelle est votre situation familiale ?"), "", "choix"),
    Question(
        "carte_demandee",
        _l("Voulez-vous aussi demander une carte plus longue, dans la même demande ?"),
        _l("Une seule demande suffit. Si la carte plus longue est refusée, l’autre est examinée."),
        "choix",
    ),
    Question(
        "urgence",
        _l("Y a-t-il une urgence ?"),
        _l("Par exemple : un travail ou une aide qui s’arrête, une opération, un examen, un voyage pour un deuil."),
    ),
    Question(
        "precisions",
        _l("Autre chose à dire à la préfecture ?"),
        _l("Si vous voulez. Vous pourrez aussi écrire plus tard."),
    ),
)


def of(demande: Demande) -> Sequence[Question]:
    """The questions that this demande asks, in order; the longer card only where it may be asked for (DEP-18).

    Once filed, another préfecture is a transfer, not a correction.
    """
    if not demande.titre_code:
        return _of_demarche(demande)
    left_out = set() if choices("carte_demandee", demande) else {"carte_demandee"}
    if demande.depot_date is not None:
        left_out.add("prefecture")
    return [question for question in QUESTIONS if question.nom not in left_out]


def _of_demarche(demande: Demande) -> Sequence[Question]:
    """Where she lives, what this démarche asks, then what is urgent and what else there is to say (DEP-22)."""
    common = {question.nom: question for question in QUESTIONS}
    first = () if demande.depot_date is not None else (common["prefecture"],)
    own = tuple(
        Question(q.code, q.libelle, q.aide, GENRES.get(q.genre, q.genre.value), q.obligatoire)
        for q in formulaire.questions(demande)
    )
    return (*first, *own, common["urgence"], common["precisions"])


def choices(nom: str, demande: Demande) -> list[tuple[str, str]]:
    """The answers to choose among."""
    own = formulaire.question(demande, nom)
    if nom == "prefecture" or (own is not None and own.genre is Genre.DEPARTEMENT):
        return departements()
    if own is not None:
        return [(answer, answer) for answer in own.choix]
    if nom == "situation_familiale":
        return [(code, str(text)) for code, text in SITUATIONS]
    if nom == "carte_demandee":
        longer = formulaire.list_longer_cards(demande)
        return [("", str(_("Non, le même titre"))), *longer] if longer else []
    return []


def answer(nom: str, demande: Demande) -> str:
    """What was answered, as stored."""
    return str(demande.prefecture if nom == "prefecture" else demande.reponses.get(nom, ""))


def in_words(nom: str, demande: Demande) -> str:
    """What was answered, as the person reads it."""
    value = answer(nom, demande)
    own = formulaire.question(demande, nom)
    if own is not None:
        return formulaire.in_words(own, value)
    return dict(choices(nom, demande)).get(value, value) if value else ""


def title(nom: str, demande: Demande) -> str:
    """The question itself, as it was asked."""
    asked = next((q for q in (*of(demande), *QUESTIONS) if q.nom == nom), None)
    return str(asked.titre) if asked else nom.replace("_", " ").capitalize()


def rows(demande: Demande, url: Callable[[str], str]) -> list[tuple[str, str, str]]:
    """Question, answer and where to change it, for « vérifiez vos réponses »; `url(nom)` gives the last."""
    return [(str(question.titre), in_words(question.nom, demande), url(question.nom)) for question in of(demande)]
