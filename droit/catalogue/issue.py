"""How a démarche is filled in and how it ends: its own questions, what it gives, what the person reads (DEP-22)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from droit.catalogue.lecture import Fiche


class Genre(StrEnum):
    """How a question is answered; `choix` among the answers written in the file."""

    TEXTE = "texte"
    LONG = "long"
    JOUR = "jour"
    CHOIX = "choix"
    DEPARTEMENT = "departement"


class Donne(StrEnum):
    """What a favourable decision gives: an act that holds at once, with its paper, or a card that is made and handed
    over.
    """

    ACTE = "acte"
    CARTE = "carte"


class Effet(StrEnum):
    """What the decision changes in the account of the person."""

    AUCUN = "aucun"
    ADRESSE = "adresse"
    ETAT_CIVIL = "etat-civil"
    SITUATION = "situation"
    VISA = "visa"
    DUPLICATA = "duplicata"


# The answers that an effect needs: without them nothing could be changed.
EXIGES: dict[Effet, tuple[str, ...]] = {
    Effet.AUCUN: (),
    Effet.ADRESSE: ("nouvelle_adresse",),
    Effet.ETAT_CIVIL: ("nouveau_nom", "nouveaux_prenoms", "nouvelle_naissance"),
    Effet.SITUATION: ("nouvelle_situation",),
    Effet.VISA: ("visa_numero", "visa_fin"),
    Effet.DUPLICATA: ("titre_numero",),
}


@dataclass(frozen=True)
class Question:
    """One question of the form of a démarche."""

    code: str
    libelle: str
    aide: str
    genre: Genre
    obligatoire: bool
    choix: tuple[str, ...]


@dataclass(frozen=True)
class Issue:
    """How it ends: `accordee` and `ensuite` are read once the answer is yes, `prete` and `remise` when a card is there
    and handed over.
    """

    donne: Donne
    effet: Effet
    accordee: str
    ensuite: str
    prete: str
    remise: str


def read_questions(fiche: Fiche) -> tuple[Question, ...]:
    """The `questions` of a démarche."""
    found = []
    for entry in fiche.tables("questions"):
        question = Question(
            entry.text("code"),
            entry.text("libelle"),
            entry.text("aide", ""),
            entry.choice("genre", Genre, Genre.TEXTE),
            entry.flag("obligatoire", False),
            entry.texts("choix", ()),
        )
        if (question.genre is Genre.CHOIX) != bool(question.choix):
            entry.fault("choix", "les réponses possibles vont avec le genre « choix », et avec lui seul")
        entry.close()
        found.append(question)
    if len({q.code for q in found}) != len(found):
        fiche.fault("questions", "deux questions ont le même code")
    return tuple(found)


def read_issue(fiche: Fiche) -> Issue:
    """The table `issue`."""
    table = fiche.table("issue")
    donne = table.choice("donne", Donne)
    card = donne is Donne.CARTE
    issue = Issue(
        donne=donne,
        effet=table.choice("effet", Effet, Effet.AUCUN),
        accordee=table.text("accordee"),
        ensuite=table.text("ensuite"),
        prete=table.text("prete", None if card else ""),
        remise=table.text("remise", None if card else ""),
    )
    table.close()
    return issue


def check_effect(fiche: Fiche, issue: Issue, questions: tuple[Question, ...]) -> None:
    """An effect has the questions that it needs."""
    asked = {question.code for question in questions}
    for code in EXIGES[issue.effet]:
        if code not in asked:
            fiche.fault("questions", f"l'effet « {issue.effet} » demande la question « {code} »")
