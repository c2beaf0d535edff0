"""What is typed of an experiment, of a consultation, of a page read again: on a page or by API."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from chassis.web.inputs import Body, CivilDay, YesOrNo, lines_of


def _joined(value: Any) -> Any:
    return ", ".join(str(code) for code in value) if isinstance(value, list | tuple) else value


# A question of a page that answers: its choices, or its words.
_FIELD_OF_QUESTION = re.compile(r"[qm]\d")

# Codes by commas. By API a list of them does too.
Codes = Annotated[
    str,
    BeforeValidator(_joined),
    WithJsonSchema({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


def codes_of(text: str) -> tuple[str, ...]:
    """The codes that are written."""
    return tuple(code.strip() for code in text.split(",") if code.strip())


class CritereDeSortie(Body):
    """What an experiment is judged by."""

    mesure: Literal["utilite", "messages"]
    seuil: float = Field(ge=0, le=10_000)
    minimum: int = Field(ge=1, le=100_000)


class Essai(Body):
    """An experiment to open; `*` among préfectures or titles is every one.

    It is judged by `criteres`, else by those of the feature, with another threshold of usefulness when one is given.
    """

    fonction: str = Field(title="Fonction", min_length=1, max_length=60)
    prefectures: Codes = Field(title="Préfectures", min_length=1, max_length=600)
    titres: Codes = Field(title="Titres", min_length=1, max_length=6000)
    responsable: str = Field(title="Qui en répond", min_length=1, max_length=200)
    revue_date: CivilDay = Field(title="Jour de revue")
    seuil_utilite: float | None = Field(title="Seuil d’utilité", default=None, ge=0, le=100)
    motif: str = Field(title="Pourquoi cet essai", default="", max_length=2000)
    criteres: list[CritereDeSortie] = Field(default_factory=list, max_length=5)


class Revue(Body):
    """What was seen of an experiment, and the next day of review: today unless said."""

    revue_date: CivilDay | None = Field(title="Prochain jour de revue", default=None)
    motif: str = Field(title="Pourquoi", default="", max_length=2000)


class Suite(Revue):
    """What becomes of an experiment, and why."""

    state: Literal["GENERALISEE", "ARRETEE", "REVUE"] = Field(title="Suite")


class Avis(Body):
    """Useful or not."""

    utile: YesOrNo


class QuestionPosee(Body):
    """A question, its choices, how many of them one may choose; without choices, it is answered in words."""

    libelle: str = Field(max_length=300)
    choix: list[str] = Field(default_factory=list, max_length=50)
    maximum: int = Field(default=1, ge=1, le=12)


class Concertation(Body):
    """A consultation to announce."""

    titre: str = Field(title="Titre", min_length=1, max_length=200)
    texte: str = Field(title="Pourquoi cette consultation", default="", max_length=4000)
    publics: list[str] = Field(title="À qui", min_length=1, max_length=5)
    debut_date: CivilDay = Field(title="Premier jour")
    fin_date: CivilDay = Field(title="Dernier jour")
    retour_jours: int = Field(title="Revient tous les combien de jours", default=0, ge=0, le=3660)
    questions: list[QuestionPosee] = Field(title="Questions", min_length=1, max_length=10)

    @model_validator(mode="before")
    @classmethod
    def _numbered(cls, sent: Any) -> Any:
        """A page writes a question in three fields: `q1` its words, `c1` one choice a line, `m1` how many."""
        if not isinstance(sent, dict) or "questions" in sent:
            return sent
        numbers = [name[1:] for name in sent if name[0] == "q" and name[1:].isdecimal()]
        asked = [
            {
                "libelle": sent[f"q{number}"],
                "choix": list(lines_of(str(sent.get(f"c{number}", "")))),
                "maximum": sent.get(f"m{number}", 1),
            }
            for number in numbers
        ]
        kept = {name: value for name, value in sent.items() if name[0] not in "qcm" or not name[1:].isdecimal()}
        return kept | {"questions": asked}


class Reponses(Body):
    """For each question in order, the places of the chosen answers, from 0; what is written, in the same order."""

    reponses: list[list[int]] = Field(default_factory=list, max_length=10)
    mots: list[str] = Field(default_factory=list, max_length=10)

    @model_validator(mode="before")
    @classmethod
    def _numbered(cls, sent: Any) -> Any:
        """A page writes one field a question: `q0` the places chosen, `m1` the words."""
        if not isinstance(sent, dict) or not any(_FIELD_OF_QUESTION.fullmatch(name) for name in sent):
            return sent
        chosen = [sent.get(f"q{number}", []) for number in range(10)]
        kept = {name: value for name, value in sent.items() if not _FIELD_OF_QUESTION.fullmatch(name)}
        return kept | {
            "reponses": [places if isinstance(places, list) else [places] for places in chosen],
            "mots": [sent.get(f"m{number}", "") for number in range(10)],
        }


class Panel(Body):
    """The structure whose members stand for its association."""

    structure_id: str = Field(title="Structure", min_length=1, max_length=64)


class Changement(Body):
    """What a consultation led to."""

    texte: str = Field(title="Ce qui a changé", min_length=1, max_length=2000)
    experimentation_id: str = Field(title="Essai qui le met en œuvre", default="", max_length=64)


class Relecture(Body):
    """Who answers for a page read again today; why it is taken off, when it is."""

    responsable: str = Field(title="Qui en répond", default="", max_length=200)
    retirer: str = Field(title="Pourquoi elle est retirée", default="", max_length=1000)
