"""What people and machines send: models that refuse unknown fields, and civil days that are text."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from typing import Annotated, Any

from flask_babel import lazy_gettext
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from chassis import typed
from chassis.partial_day import PartialDay

# What every form carries beside its fields: its token, the name of this command, the page that shows it and for whom,
# and which files that had arrived are sent again.
ORIGIN, FILES = "form_origin", "form_files"
HIDDEN = frozenset({"csrf_token", "request_id", ORIGIN, FILES})


class Body(BaseModel):
    """The base of every API body, query and form: an unknown field is refused, never dropped in silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, sent: Any) -> Any:
        """Whatever keyboard it comes from, each text is read in one form."""
        return typed.clean_all(sent) if isinstance(sent, dict) else sent


class WithFile(Body):
    """What is sent with a file. A program's request is read whole; the act gets the file stored, beside the answers."""

    fichier: Annotated[Any, WithJsonSchema({"type": "string", "format": "binary"})] = Field(default=None, exclude=True)

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """flask-openapi asks for it at each request, to know the file among the fields: it is made once."""
        return super().model_json_schema(*args, **kwargs) if args or kwargs else _form_schema(cls)


@cache
def _form_schema(model: type[BaseModel]) -> dict[str, Any]:
    return BaseModel.model_json_schema.__func__(model)  # type: ignore[attr-defined, no-any-return]


def _civil_day(value: Any) -> date:
    day = typed.possible_day(value)
    if isinstance(day, PartialDay):
        raise ValueError("jour_civil")
    return day


# Years that every time zone and the store can tell: beyond them an hour cannot be moved from one zone to another.
FIRST_YEAR, LAST_YEAR = 1900, 2999


def possible_instant(instant: datetime) -> datetime:
    """An hour as a program tells it, of a year that can be meant. Raises ValueError."""
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError("annee")
    return instant


Instant = Annotated[datetime, AfterValidator(possible_instant)]
# A Paris civil day, written AAAA-MM-JJ.
CivilDay = Annotated[date, BeforeValidator(_civil_day), WithJsonSchema({"type": "string", "format": "date"})]


def lines_of(text: str) -> tuple[str, ...]:
    """What is written, one thing a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _joined(value: Any) -> Any:
    """A page sends a text of several lines, a program may send a list of them."""
    return "\n".join(str(line) for line in value) if isinstance(value, list | tuple) else value


# One thing a line. By API a list does too.
Lines = Annotated[
    str,
    BeforeValidator(_joined),
    WithJsonSchema({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


def _yes_or_no(value: Any) -> Any:
    """A page sends the word on the button."""
    return {"oui": True, "non": False}.get(value, value) if isinstance(value, str) else value


# A question answered by a button of each. By API a boolean does too.
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]

_PHRASES = {
    "missing": lazy_gettext("Ce champ est à remplir."),
    "extra_forbidden": lazy_gettext("Ce champ n'est pas attendu ici."),
    "string_too_short": lazy_gettext("Ce champ est trop court, ou vide."),
    "string_too_long": lazy_gettext("Ce texte est trop long."),
    "string_pattern_mismatch": lazy_gettext("Ce texte n'a pas la forme attendue."),
    "literal_error": lazy_gettext("Choisissez une des réponses proposées."),
    "enum": lazy_gettext("Choisissez une des réponses proposées."),
    "int_parsing": lazy_gettext("Écrivez un nombre, en chiffres."),
    "bool_parsing": lazy_gettext("Répondez par oui ou par non."),
    "date": lazy_gettext("Écrivez une date qui existe, avec le jour, le mois et l'année."),
    "annee": lazy_gettext("Vérifiez l’année : écrivez ses quatre chiffres, par exemple 1990."),
    "date_from_datetime_parsing": lazy_gettext("Écrivez une date qui existe, avec le jour, le mois et l'année."),
    "too_short": lazy_gettext("Choisissez au moins une réponse."),
}
_DATE_FAULT, _YEAR_FAULT = "date", "annee"
_NO_DAY = ("jour_civil", "day is out of range", "month must be", "a known day of an unknown month")


def phrase_of(kind: str, message: str = "") -> str:
    """One Pydantic fault as a sentence for people."""
    if kind == "value_error":
        if any(sign in message for sign in _NO_DAY):
            kind = _DATE_FAULT
        elif message.endswith(" annee"):
            kind = _YEAR_FAULT
        else:
            # A ValueError raised by a model of ours holds a sentence of the catalogue.
            return str(lazy_gettext(message.removeprefix("Value error, ")))
    return str(_PHRASES.get(kind, lazy_gettext("Cette réponse n'est pas possible ici.")))


def faults_of(error: ValidationError) -> list[dict[str, str]]:
    """Each fault with its field, its kind and its sentence; what was typed is never sent back nor logged."""
    return [
        {
            "champ": ".".join(str(part) for part in fault["loc"]),
            "type": fault["type"],
            "message": phrase_of(fault["type"], fault["msg"]),
        }
        for fault in error.errors(include_url=False, include_context=False, include_input=False)
    ]
