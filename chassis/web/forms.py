"""A form is a model: read it, keep what was typed, show each fault beside its field and in the summary.

form = forms.read(Adresse, request.form)
if form.value is None:
    return render_template("adresse.html", form=form), 422
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from chassis.web.inputs import Corps, faults_of
from droit.decision import Refused

M = TypeVar("M", bound=Corps)

# Written by the macros, read by the chassis: never fields of a model.
_OURS = ("csrf_token", "request_id")
_DAY_PARTS = ("annee", "mois", "jour")


@dataclass
class Form(Generic[M]):
    """One form as it is being filled: `value` once it is right, else `errors` by field, and what was typed."""

    typed: Mapping[str, Any] = field(default_factory=dict)
    value: M | None = None
    errors: dict[str, str] = field(default_factory=dict)
    # From `Field(title="Ville")`: the summary on top says which field each fault is about.
    labels: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What the field shows: never lost because of a fault elsewhere."""
        value = self.typed.get(name, "")
        return "" if value is None else str(value)

    def chosen(self, name: str) -> list[str]:
        """What is ticked in a group of boxes."""
        value = self.typed.get(name, [])
        return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]

    def part(self, name: str, part: str) -> str:
        """Day, month or year of a date written in three boxes."""
        if f"{name}-{part}" in self.typed:
            return str(self.typed[f"{name}-{part}"])
        pieces = self.text(name).split("-")
        return pieces[_DAY_PARTS.index(part)] if len(pieces) == len(_DAY_PARTS) else ""

    def refuse(self, refused: Refused, translate: Any) -> Form[M]:
        """The same form with the refusal of a rule beside its field (or on top when it names none)."""
        sentence = f"{translate(refused.motif.phrase)} {translate(refused.motif.suite)}"
        return replace(self, value=None, errors={**self.errors, refused.champ or "": sentence})


def blank(**typed: Any) -> Form[Any]:
    """A form to fill, with what is already known."""
    return Form(typed=typed)


def read(model: type[M], posted: MultiDict[str, str], **known: Any) -> Form[M]:
    """Reads `posted` by `model`. Empty optional fields are absent ones; `known` is what the page itself adds."""
    typed: dict[str, Any] = {}
    labels = {name: info.title for name, info in model.model_fields.items() if info.title}
    for name in posted:
        if name in _OURS:
            continue
        values = posted.getlist(name)
        typed[name] = values if _is_list(model, name) else values[0]
    sent = _with_days({name: value for name, value in typed.items() if value not in ("", [])}) | known
    try:
        return Form(typed=typed, value=model.model_validate(sent), labels=labels)
    except ValidationError as error:
        faults = {fault["champ"].split(".")[0]: fault["message"] for fault in faults_of(error)}
        return Form(typed=typed, errors=faults, labels=labels)


def _is_list(model: type[Corps], name: str) -> bool:
    info = model.model_fields.get(name)
    return info is not None and str(info.annotation).startswith(("list", "tuple", "set", "frozenset"))


def _with_days(sent: dict[str, Any]) -> dict[str, Any]:
    """Joins the three boxes of a date; an empty box gives a text that no date is, hence a fault beside the field."""
    days = {name.removesuffix("-annee") for name in sent if name.endswith("-annee")}
    days |= {name.removesuffix("-jour") for name in sent if name.endswith("-jour")}
    days |= {name.removesuffix("-mois") for name in sent if name.endswith("-mois")}
    joined = {name: value for name, value in sent.items() if not name.endswith(("-jour", "-mois", "-annee"))}
    for name in days:
        year, month, day = (str(sent.get(f"{name}-{part}", "")).strip() for part in _DAY_PARTS)
        joined[name] = f"{year.zfill(4)}-{month.zfill(2)}-{day.zfill(2)}"
    return joined
