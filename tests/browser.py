"""The browser of those who use one application: whole pages as a person reads them, or one exchange at a time."""

from __future__ import annotations

import html
import re
from typing import Any

from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.test import TestResponse

from chassis import clock
from chassis.web.idempotency import ANSWERED_COOKIE
from chassis.web.inputs import HIDDEN
from dev import browser
from dev.browser import Fields

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def hidden_fields(page: TestResponse) -> list[tuple[str, str]]:
    """The hidden fields of the last form of a page: token, identifier, what a preview keeps."""
    pairs = [(name, html.unescape(value)) for name, value in _HIDDEN.findall(page.text)]
    starts = [place for place, (name, _) in enumerate(pairs) if name == "csrf_token"]
    return pairs[starts[-1] :] if starts else []


class Browser(browser.Browser):
    """A browser over one application, with cookies of its own."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        """What the server answers, before any redirection."""
        return self.client.get(path, **more)

    def hidden(self, path: str) -> dict[str, str]:
        """The token and the identifier of the last form of a page."""
        return {name: value for name, value in hidden_fields(self.get(path)) if name in HIDDEN}

    def post(self, path: str, data: dict[str, Any], form: str = "", **more: Any) -> TestResponse:
        """Fills a form of the page `form` (the same address by default) and sends it to `path`; before any redirection.

        A form that carries no identifier of its own gets a new one: two sendings are then two acts.
        """
        fields = {"request_id": clock.new_id(), **self.hidden(form or path), **data}
        # The page that answered the form before was shown, which nobody opens here.
        self.client.set_cookie(ANSWERED_COOKIE, clock.new_id(), path=f"/{path.split('/')[1]}")
        return self.client.post(path, data=fields, **more)

    def _go(self, method: str, path: str, fields: Fields | None = None, multipart: bool = False) -> browser.Page:
        kind = "multipart/form-data" if multipart else "application/x-www-form-urlencoded"
        more: dict[str, Any] = {} if fields is None else {"data": fields, "content_type": kind}
        answer = self.client.open(path, method=method, follow_redirects=True, **more)
        return browser.Page(answer.request.path, answer.status_code, BeautifulSoup(answer.text, "html.parser"))
