"""A browser without script: it reads a page as a person does, goes where it leads, fills the forms that it shows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup, Tag

Fields = dict[str, Any]
SECONDS = 30
_PRESSED = ("submit", "button", "reset", "image", "file")


@dataclass(frozen=True)
class Page:
    """A page as it is shown: `path` is where redirections led."""

    path: str
    status: int
    html: BeautifulSoup

    @property
    def text(self) -> str:
        """Its words, spaces made one."""
        return " ".join(self.html.get_text(" ").split())

    @property
    def title(self) -> str:
        """Its one main heading."""
        heading = self.html.find("h1")
        return " ".join(heading.get_text(" ").split()) if heading else ""

    @property
    def reference(self) -> str:
        """The reference of a blocage shown on this page."""
        return next((word for word in self.text.split() if word.startswith("B-")), "")

    def form(self, action: str, fields: Iterable[str] = ()) -> Tag:
        """The form whose address holds `action`: of several, the first that shows all these fields, else the first."""
        forms = [form for form in self.html.find_all("form") if action in str(form.get("action", ""))]
        if not forms:
            raise AssertionError(f"no form to {action} on {self.path}: {self.text[:300]}")
        return next((form for form in forms if all(form.find(True, {"name": name}) for name in fields)), forms[0])

    def links(self, part: str) -> list[str]:
        """Addresses of the links that hold `part`."""
        return [str(link["href"]) for link in self.html.find_all("a", href=True) if part in str(link["href"])]


def filled(form: Tag) -> dict[str, list[str]]:
    """What a form sends as it stands on the page, before anything is typed or any button pressed."""
    values: dict[str, list[str]] = {}
    for field in form.find_all(["input", "textarea", "select"]):
        name, kind = str(field.get("name", "")), field.get("type")
        unchosen = kind in ("radio", "checkbox") and not field.has_attr("checked")
        if not name or kind in _PRESSED or unchosen:
            continue
        if field.name == "select":
            chosen = field.find("option", selected=True) or field.find("option")
            value = str(chosen["value"]) if chosen else ""
        else:
            value = field.get_text() if field.name == "textarea" else str(field.get("value", ""))
        values.setdefault(name, []).append(value)
    return values


class Browser(ABC):
    """One browser, with cookies of its own."""

    def read(self, path: str) -> Page:
        """Opens a page and goes where it leads."""
        return self._go("GET", path)

    def send(self, page: Page, action: str, **fields: Any) -> Page:
        """Sends a form of a page as it stands there, hidden fields included, with `fields` filled in."""
        form = page.form(action, fields)
        multipart = "multipart" in str(form.get("enctype", ""))
        return self._go("POST", urljoin(page.path, str(form["action"])), {**filled(form), **fields}, multipart)

    @abstractmethod
    def _go(self, method: str, path: str, fields: Fields | None = None, multipart: bool = False) -> Page:
        """One request, and those to which it leads."""


class HttpBrowser(Browser):
    """A browser of a running system; `http` keeps its cookies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()

    def _go(self, method: str, path: str, fields: Fields | None = None, multipart: bool = False) -> Page:
        typed = {name: value for name, value in (fields or {}).items() if not isinstance(value, tuple)}
        # A file is its content and its name, as a test client takes it.
        files = {name: (value[1], value[0]) for name, value in (fields or {}).items() if isinstance(value, tuple)}
        address = urljoin(self.url, path)
        answer = self.http.request(method, address, data=typed, files=files if multipart else None, timeout=SECONDS)
        return Page(answer.url.removeprefix(self.url), answer.status_code, BeautifulSoup(answer.text, "html.parser"))
