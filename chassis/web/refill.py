"""A form of a page of ours, drawn again with what was typed into it: any form, whatever template drew it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import repeat

from flask_babel import gettext
from markupsafe import Markup, escape

from chassis.web.inputs import HIDDEN

Pairs = Sequence[Sequence[str]]
Attributes = list[tuple[str, str | None]]
# Forms do not nest, and Jinja escapes what could end a tag.
_FORM = re.compile(r"<form\b[^>]*>.*?</form>", re.S)
# What a page of ours writes for itself, in a form that is no longer there.
_OURS = re.compile(r"[a-z0-9_.:/-]*[a-z_:/][a-z0-9_.:/-]*")
_UNTOUCHED = ("hidden", "password", "submit", "button")


def refill(html: str, action: str, files: Pairs, typed: Pairs | None = None) -> tuple[str, list[str]]:
    """The page with its form to `action` filled, and what found no place in it.

    `files` are the field and the name of each file that has arrived. Without `typed` the fields stay as they are.
    """
    forms = [(match, _read(match.group())) for match in _FORM.finditer(html)]
    same = [(match, form) for match, form in forms if form.action == action]
    if not same:
        return html, [value for _, value in typed or () if value and not _OURS.fullmatch(value)]
    sent = {(name, value) for name, value in typed or ()}
    match, _ = max(same, key=lambda found: len(sent & set(found[1].hidden)))
    filled = _Form(files, typed)
    filled.feed(match.group())
    filled.close()
    lost = [value for name, values in filled.values.items() if name not in filled.placed for value in values if value]
    return html[: match.start()] + "".join(filled.out) + html[match.end() :], lost


def _read(form: str) -> _Form:
    read = _Form((), None)
    read.feed(form)
    read.close()
    return read


class _Form(HTMLParser):
    """Copies a form as it is written, but for the fields that have something to show."""

    def __init__(self, files: Pairs, typed: Pairs | None) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.action = ""
        self.hidden: list[tuple[str, str]] = []
        self.placed: set[str] = set()
        self.values: dict[str, list[str]] = {}
        self._typed, self._files = typed is not None, files
        self._select, self._inside = "", False
        for name, value in typed or ():
            self.values.setdefault(name, []).append(value)
        self._left = {name: list(values) for name, values in self.values.items()}

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        """A field is drawn with its value; anything else as it stands."""
        given = dict(attrs)
        name, raw = given.get("name") or "", self.get_starttag_text() or ""
        self.placed.add(name)
        if tag == "form":
            self.action = given.get("action") or ""
        elif tag == "select":
            self._select = name
        if tag == "input":
            self.out.append(self._input(name, given.get("type") or "text", attrs, raw))
        elif tag == "option" and self._select in self.values:
            self.out.append(_tag(tag, attrs, "selected", (given.get("value") or "") in self.values[self._select]))
        else:
            self.out.append(raw)
        if tag == "textarea" and self._left.get(name):
            text = self._left[name].pop(0)
            # A line break that opens a text area is not shown: what begins with one needs it twice.
            self.out.append(escape("\n" + text if text.startswith(("\r", "\n")) else text))
            self._inside = True

    def _input(self, name: str, kind: str, attrs: Attributes, raw: str) -> str:
        if kind == "hidden":
            self.hidden.append((name, dict(attrs).get("value") or ""))
        if kind == "file":
            here = [shown for field, shown in self._files if field == name]
            return "".join(
                [*map(_arrived, repeat(name), here), _tag("input", attrs, "required", False) if here else raw]
            )
        if not self._typed or not name or name in HIDDEN or kind in _UNTOUCHED:
            return raw
        if kind in ("checkbox", "radio"):
            return _tag("input", attrs, "checked", (dict(attrs).get("value") or "on") in self.values.get(name, ()))
        return _tag("input", attrs, "value", self._left[name].pop(0)) if self._left.get(name) else raw

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        """As one that is not closed: HTML makes no difference."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """What the page had written in a text area ends here."""
        if tag == "textarea":
            self._inside = False
        elif tag == "select":
            self._select = ""
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Copied, but inside a text area that is filled."""
        if not self._inside:
            self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        """Copied as it was written."""
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Copied as it was written."""
        self.handle_data(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        """Copied as it was written."""
        self.handle_data(f"<!--{data}-->")


def _arrived(field: str, name: str) -> str:
    here = {"id": f"g-{field}-{name}", "value": field}
    text = gettext("Envoyer aussi « %(nom)s », qui est déjà arrivé", nom=name)
    box = Markup('<input type="checkbox" id="{id}" name="form_files" value="{value}" checked>').format(**here)
    return Markup('<div class="choice">{}<label for="{}">{}</label></div>').format(box, here["id"], text)


def _tag(tag: str, attrs: Attributes, name: str, value: str | bool) -> str:
    """The tag with this attribute: a text, or there or not."""
    kept = [(key, given) for key, given in attrs if key != name]
    if value is not False:
        kept.append((name, None if value is True else str(value)))
    written = (key if given is None else f'{key}="{escape(given)}"' for key, given in kept)
    return f"<{' '.join([tag, *written])}>"
