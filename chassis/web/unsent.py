"""A form that could not be taken comes back filled, to whoever filled it: nothing is written, nothing is lost.

Its token was of another sign-in, or the session had ended. What was typed and the files sent with it wait an hour in
`formulaires`, sealed by a key that this browser's cookie alone holds, for the page that showed the form and for the
person to whom it was shown. The text is deleted once that page has shown it; the files, once they are sent.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import bson
from flask import Flask, Response, current_app, g, make_response, redirect, render_template, request, session
from itsdangerous import BadSignature, URLSafeSerializer
from pymongo.collection import Collection
from pymongo.database import Database
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict
from werkzeug.wrappers import Response as AnyResponse

from chassis import clock, mongo, sealed
from chassis.settings import Settings
from chassis.web import cookies
from chassis.web.identity import current_who, identities, is_api, sign_in_link
from chassis.web.inputs import FILES, HIDDEN, ORIGIN
from chassis.web.options import MIB
from chassis.web.refill import refill
from chassis.web.sessions import UNSENT_COOKIE
from chassis.web.who import Who

KEPT = timedelta(hours=1)
# Both in one MongoDB document, which holds 16 MiB.
TEXT_BYTES, FILE_BYTES = MIB, 12 * MIB
# What proves who one is is typed again, and never kept.
SECRETS = frozenset({"password", "preuve", "code"})
# Where a page says that it shows a form again.
MARKER = "<!-- reprise -->"
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@dataclass(frozen=True)
class Origin:
    """The page that showed a form, and the mark of the person to whom; empty when nobody was signed in."""

    page: str
    person: str

    @property
    def kind(self) -> str:
        """As what that person was signed in."""
        return self.person.partition(".")[0]


def prepare_indexes(db: Database[dict[str, Any]]) -> None:
    """TTL: what nobody comes back for is forgotten."""
    db["formulaires"].create_index("expire_time", expireAfterSeconds=0)


def register(app: Flask) -> None:
    """Adds to a form the files that had arrived, and fills the page that shows a form again."""
    app.jinja_env.globals.update(marque_reprise=MARKER, marque_personne=person_mark, formulaire_recu=received)
    app.before_request(_read_form)
    app.after_request(_give_back)


def person_mark() -> str:
    """Names who is signed in without saying who; empty for nobody, and where the store does not answer."""
    who = None if g.get("failing") else current_who()
    return _mark(who) if who and who.signed_in else ""


def origin_field() -> str:
    """What a form carries to be shown again: its page, and the person for whom it was drawn."""
    return str(_signing().dumps([_page(), person_mark()]))


def page_of_form() -> str:
    """Where the form that was posted stands; empty when there was none."""
    origin = g.get("form_origin")
    return origin.page if origin else ""


def received() -> str:
    """The `request_id` of the form that was just done, told once: the device may forget what it kept of it."""
    return str(session.pop("formulaire_recu", ""))


def has_page() -> bool:
    """Whether what was posted is a form of a page of ours, which can show it again."""
    g.form_origin = _origin() if request.mimetype in _FORMS else None
    return g.form_origin is not None and _from_our_page()


def set_aside(response: AnyResponse) -> None:
    """Keeps the form that there was no time to read, for its page; who is there is not asked."""
    g.recovered = True
    text, files = _read_sent()
    _store(response, g.form_origin, {"texte": text, "fichiers": files})


def recover() -> AnyResponse | None:
    """Keeps the form that could not be taken and leads back to it; None where nothing tells which form it was."""
    origin = _origin()
    if origin is None or not _from_our_page():
        return None
    g.recovered = True
    text, files = _read_sent()
    if not origin.person or origin.person in map(_mark, identities()):
        response: AnyResponse = redirect(origin.page, 303)
    else:
        other = _is_of_another(origin)
        link = origin.page if other else sign_in_link((origin.kind,), origin.page)
        page = render_template("reprise.html", autre=other, lien=link, non_gardes=text["left_out"])
        response = make_response(page, 403 if other else 401)
    _store(response, origin, {"texte": text, "fichiers": files})
    return response


def _read_form() -> AnyResponse | None:
    """Stops a form that was drawn for another person, and adds the files that had arrived."""
    if is_api() or request.method != "POST" or request.mimetype not in _FORMS:
        return None
    origin = g.form_origin = _origin()
    view = current_app.view_functions.get(request.endpoint or "")
    # A helper acts for one person at a time, in all her tabs: what she fills for one is never done for another.
    if origin and _is_of_another(origin) and not getattr(view, "without_key", False):
        return recover()
    _add_files(origin)
    return None


def _is_of_another(origin: Origin) -> bool:
    marks = [_mark(who) for who in identities()]
    return origin.person not in marks and any(mark.startswith(f"{origin.kind}.") for mark in marks)


def _add_files(origin: Origin | None) -> None:
    """A file that had arrived is sent again by the name of its field, unless another was chosen there."""
    asked = set(request.form.getlist(FILES)) - {name for name, file in request.files.items(multi=True) if file.filename}
    kept = _load(origin.page, "fichiers") if origin and asked else None
    if kept is None:
        return
    again = [
        (file["field"], FileStorage(io.BytesIO(file["content"]), file["name"], file["field"], file["type"]))
        for file in kept["files"]
        if file["field"] in asked
    ]
    chosen = [(name, file) for name, file in request.files.items(multi=True) if name not in asked]
    request.files = ImmutableMultiDict(MultiDict([*chosen, *again]))


def _give_back(response: Response) -> Response:
    if request.method == "POST" and not g.get("recovered") and g.get("form_origin"):
        return _after_post(response, g.form_origin)
    if request.method != "GET" or response.status_code != 200 or not cookies.read(UNSENT_COOKIE):
        return response
    page = _page()
    kept = _load(page, "texte") if response.mimetype == "text/html" and not is_api() else None
    if kept is None:
        return response
    files = _load(page, "fichiers") or {"files": []}
    html, lost = refill(response.get_data(as_text=True), kept["action"], _names(files), kept["fields"])
    notice = render_template("macros/reprise.html", perdus=lost, non_gardes=kept["left_out"])
    response.set_data(html.replace(MARKER, notice, 1))
    if files["files"]:
        _forms().update_one({"_id": _name(page)}, {"$unset": {"texte": 1}})
    else:
        _forms().delete_one({"_id": _name(page)})
    return response


def _after_post(response: Response, origin: Origin) -> Response:
    """Once done, a form is forgotten; a refused one keeps its files, but those which are the reason of the refusal."""
    if response.status_code in (302, 303):
        session["formulaire_recu"] = request.form.get("request_id", "")
        if FILES in request.form:
            _forms().delete_one({"_id": _name(origin.page)})
    elif response.status_code >= 400 and response.mimetype == "text/html" and request.files and not g.get("failing"):
        html = response.get_data(as_text=True)
        text, sent = _read_sent()
        files = [file for file in sent["files"] if f'id="e-{file["field"]}"' not in html]
        if files:
            _store(response, origin, {"fichiers": {"files": files}})
            html = refill(html, text["action"], _names({"files": files}))[0]
        if text["left_out"]:
            notice = render_template("macros/reprise.html", refuse=True, non_gardes=text["left_out"])
            html = html.replace(MARKER, notice, 1)
        response.set_data(html)
    return response


def _read_sent() -> tuple[dict[str, Any], dict[str, Any]]:
    """What the form says and the files that come with it; what is too big to be kept is named instead."""
    fields = [[name, value] for name, value in request.form.items(multi=True) if name not in HIDDEN | SECRETS]
    while fields and sum(len(value.encode()) for _, value in fields) > TEXT_BYTES:
        fields.remove(max(fields, key=lambda field: len(field[1])))
    files, left_out, size = [], [], 0
    for field, file in request.files.items(multi=True):
        if not file.filename:
            continue
        file.stream.seek(0)
        content = file.stream.read(FILE_BYTES - size + 1)
        if size + len(content) > FILE_BYTES:
            left_out.append(file.filename)
            continue
        size += len(content)
        files.append({"field": field, "name": file.filename, "type": file.mimetype, "content": content})
    return {"action": request.full_path.rstrip("?"), "fields": fields, "left_out": left_out}, {"files": files}


def _names(files: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(file["field"], file["name"]) for file in files["files"]]


def _store(response: AnyResponse, origin: Origin, parts: Mapping[str, Any]) -> None:
    token = cookies.read(UNSENT_COOKIE) or secrets.token_urlsafe(32)
    locked = {name: sealed.lock(_key(token), bson.encode(part), origin.person.encode()) for name, part in parts.items()}
    kept = {**locked, "expire_time": clock.now() + KEPT}
    _forms().replace_one({"_id": _name(origin.page, token)}, kept, upsert=True)
    cookies.give(response, UNSENT_COOKIE, token, int(KEPT.total_seconds()))


def _load(page: str, part: str) -> dict[str, Any] | None:
    """What this browser left for this page, if it was of nobody or of who is signed in now."""
    token = cookies.read(UNSENT_COOKIE)
    found = _forms().find_one({"_id": _name(page), "expire_time": {"$gt": clock.now()}}, {part: 1}) if token else None
    if found is None or part not in found:
        return None
    for person in ("", *map(_mark, identities())):
        try:
            return dict(bson.decode(sealed.unlock(_key(token), found[part], person.encode())))
        except sealed.SealBroken:
            continue
    return None


def _key(token: str) -> bytes:
    return hashlib.sha256(f"cle\n{token}".encode()).digest()


def _name(page: str, token: str = "") -> str:
    return hashlib.sha256(f"{token or cookies.read(UNSENT_COOKIE)}\n{page}".encode()).hexdigest()


def _mark(who: Who) -> str:
    digest = hmac.new(_settings().secret, f"personne\n{who.subject}\n{who.acts_for}".encode(), hashlib.sha256)
    return f"{who.kind}.{digest.hexdigest()[:32]}"


def _page() -> str:
    """The page on which a form stands: this one, the one of a form that is refused, or the one around a fragment."""
    if request.method == "GET" and "X-Fragment" not in request.headers:
        return request.full_path.rstrip("?")
    origin = g.get("form_origin")
    around = urlsplit(request.referrer or "")
    return origin.page if origin else f"{around.path}?{around.query}".rstrip("?")


def _origin() -> Origin | None:
    try:
        page, person = _signing().loads(request.form.get(ORIGIN, ""))
    except (BadSignature, ValueError):
        return None
    # The page of a form that was shown without an address of its own is not one to go to.
    return Origin(page, person) if page.startswith("/") else None


def _from_our_page() -> bool:
    """Nobody else's page fills a form of ours: browsers say where a form was."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site == "same-origin"
    ours = (request.host, urlsplit(_settings().public_url).netloc)
    return origin is None or urlsplit(origin).netloc in ours


def _signing() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="formulaire")


def _forms() -> Collection[dict[str, Any]]:
    return mongo.database(_settings().service)["formulaires"]


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
