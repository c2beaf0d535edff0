"""A form is a model: read it, keep what was typed, show each fault beside its field and in the summary.

@pages.post("/adresse")
def change_adresse() -> forms.Answer:
    def act(typed: inputs.Adresse) -> forms.Answer:
        adresses.change(typed, current_who(), request_id=request_id())
        return redirect(url_for("pages.adresse"), 303)

    return forms.submit(inputs.Adresse, act, _adresse)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from flask import request
from flask_babel import gettext
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from chassis.web import problems
from chassis.web.inputs import HIDDEN, Body, faults_of
from droit.decision import Refused

M = TypeVar("M", bound=Body)
# What a page answers: a text, a text with its status, or a response made elsewhere.
Answer = str | tuple[str, int] | Response

# The three boxes of a date, as their fields end.
DAY_PARTS = ("annee", "mois", "jour")
# Not allowed, too often, out of order: nothing in the form would change it. Any other refusal is one of the form.
_NOT_THE_FORM = (403, 429, 503)


@dataclass
class Form(Generic[M]):
    """One form as it is being filled: `value` once it is right, else `errors` by field, and what was typed."""

    typed: Mapping[str, Any] = field(default_factory=dict)
    value: M | None = None
    errors: dict[str, str] = field(default_factory=dict)
    # From `Field(title="Ville")`: the summary on top says which field each fault is about.
    labels: Mapping[str, str] = field(default_factory=dict)
    # What the rule that refused said beside its reason.
    details: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """What the field shows: a fault elsewhere never loses what was typed."""
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
        return pieces[DAY_PARTS.index(part)] if len(pieces) == len(DAY_PARTS) else ""

    def refuse(self, refused: Refused, translate: Any) -> Form[M]:
        """The same form with the refusal of a rule beside its field (or on top when it names none)."""
        sentence = f"{translate(refused.motif.phrase)} {translate(refused.motif.suite)}"
        errors = {**self.errors, refused.champ or "": sentence}
        return replace(self, value=None, errors=errors, details=refused.details)


class Nothing(Body):
    """The form of an act that needs nothing typed."""


def blank(**typed: Any) -> Form[Any]:
    """A form to fill, with what is already known."""
    return Form(typed=typed)


def read(model: type[M], posted: MultiDict[str, str], **added: Any) -> Form[M]:
    """Reads `posted` by `model`. Empty optional fields are absent ones; `added` is what the page itself adds."""
    typed: dict[str, Any] = {}
    labels = {name: info.title for name, info in model.model_fields.items() if info.title}
    for name in posted:
        if name in HIDDEN:
            continue
        values = posted.getlist(name)
        # A name that is no field is for the model to read: it gets all that was ticked under it.
        several = _is_list(model, name) or (len(values) > 1 and name not in model.model_fields)
        typed[name] = values if several else values[0]
    sent = _with_days({name: value for name, value in typed.items() if value not in ("", [])}) | added
    try:
        return Form(typed=typed, value=model.model_validate(sent), labels=labels)
    except ValidationError as error:
        faults = {fault["champ"].split(".")[0]: fault["message"] for fault in faults_of(error)}
        return Form(typed=typed, errors=faults, labels=labels)


def submit(model: type[M], act: Callable[[M], Answer], show: Callable[[Form[Any]], str], **added: Any) -> Answer:
    """Reads what was posted and does `act`; where a field or a rule refuses, `show` draws the page again.

    The page keeps what was typed and says the refusal with its next step. A page that this person may not read is
    replaced by the refusal alone. `added` is what the page itself adds to what was typed.
    """
    form = read(model, request.form, **added)
    if form.value is None:
        return show(form), 422
    try:
        return act(form.value)
    except Refused as refused:
        try:
            page = show(form.refuse(refused, gettext))
        except Refused:
            raise refused from None
        status = problems.status_of(refused.motif)
        return page, status if status in _NOT_THE_FORM else 422


def _is_list(model: type[Body], name: str) -> bool:
    info = model.model_fields.get(name)
    return info is not None and str(info.annotation).startswith(("list", "tuple", "set", "frozenset"))


def _with_days(sent: dict[str, Any]) -> dict[str, Any]:
    """Joins the three boxes of a date; an empty box gives a text that no date is, hence a fault beside the field."""
    days = {name.removesuffix("-annee") for name in sent if name.endswith("-annee")}
    days |= {name.removesuffix("-jour") for name in sent if name.endswith("-jour")}
    days |= {name.removesuffix("-mois") for name in sent if name.endswith("-mois")}
    joined = {name: value for name, value in sent.items() if not name.endswith(("-jour", "-mois", "-annee"))}
    for name in days:
        year, month, day = (str(sent.get(f"{name}-{part}", "")).strip() for part in DAY_PARTS)
        joined[name] = "-".join((year, month and month.zfill(2), day and day.zfill(2)))
    return joined
