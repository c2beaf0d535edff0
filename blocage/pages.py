"""« Je n'y arrive pas »: whoever is stuck says where, gets a dated reference and the ways that need no computer.

Never a dead form: nothing but « what happened » is asked for, neither a sign-in nor a cookie is needed, and a
screenshot that cannot be stored does not stop the rest. It needs no form token: a form posted by another site
comes without the session (SameSite), so in nobody's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, render_template, request, url_for
from flask.sansio.app import App
from flask_babel import gettext

from blocage.inputs import Signalement
from chassis import clock, logs
from chassis.web import forms, refusals, uploads
from chassis.web.files import FileStore, Stored
from chassis.web.headers import max_body
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who
from chassis.web.options import MIB
from chassis.web.who import Who
from droit.decision import Motif, Refused

NAME, PATH = "jnap", "/je-n-y-arrive-pas"
# The two services that record a blocage for anybody: when the page of one service fails, it links to the other ones.
OTHER_WAYS = ("substitution", "ccc")
CAPTURE_BYTES = 8 * MIB
_TYPES = ("image/png", "image/jpeg", "application/pdf")
_ROUTE = re.compile(r"/[A-Za-z0-9_<>:/.-]{0,150}")


@dataclass(frozen=True)
class Voie:
    """One way that does not need a computer."""

    titre: str
    texte: str
    lien: str = ""


@dataclass(frozen=True)
class Blocage:
    """What is recorded: the words, where the person was, and the screenshot's stored file when there is one."""

    signalement: Signalement
    route: str
    capture: Stored | None


@dataclass(frozen=True)
class Guichet:
    """What a service gives to this page. `record_blocage` is an action: same `request_id`, same reference."""

    record_blocage: Callable[[Blocage, Who, str], str]
    voies: Callable[[str], Sequence[Voie]]
    prefectures: Callable[[], Sequence[tuple[str, str]]]
    demarches: Callable[[], Sequence[tuple[str, str]]]
    store: FileStore | None = None


def jnap_blueprint(guichet: Guichet) -> Blueprint:
    """The page at `/<service>/je-n-y-arrive-pas`, and its answer."""
    page = Blueprint(NAME, __name__, url_prefix=PATH, template_folder="templates")
    page.record(lambda state: state.app.extensions["csrf_protect"].exempt(page))
    page.record(lambda state: show_links(state.app))

    @page.get("")
    def formulaire() -> str:
        where = _route(request.args.get("de", ""))
        known = {name: request.args.get(name, "")[:100] for name in ("prefecture", "demarche", "demande")}
        return _show(guichet, forms.blank(de=where, **known))

    @page.post("")
    @max_body(CAPTURE_BYTES + MIB)
    def signaler() -> str | tuple[str, int]:
        form = forms.read(Signalement, request.form)
        if form.value is None:
            return _show(guichet, form), 422
        capture, not_kept = _capture(guichet)
        blocage = Blocage(form.value, _route(form.value.de), capture)
        try:
            reference = guichet.record_blocage(blocage, current_who(), request_id())
        except Refused as refused:
            return _show(guichet, form.refuse(refused, gettext)), 422
        # Answered at once, without a redirect: it works in a browser that keeps no cookie, and a reload, which sends
        # the same request_id, shows the same reference.
        return render_template(
            "jnap/enregistre.html",
            reference=reference,
            jour=clock.today(),
            image_refusee=not_kept,
            voies=guichet.voies(form.value.prefecture),
            repere=urlencode(
                {"blocage": reference, "demarche": form.value.demarche, "prefecture": form.value.prefecture}
            ),
        )

    return page


def show_links(app: App) -> None:
    """Puts « Je n'y arrive pas » on every page of a service, with links to other services for when this one fails."""
    app.jinja_env.globals.update(lien_blocage=_link, autres_liens_blocage=_other_links)


def _link() -> str:
    """With the template of the page where the person is, and the demande that it is about: she says neither again."""
    if f"{NAME}.formulaire" in current_app.view_functions:
        demande = (request.view_args or {}).get("demande_id")
        return url_for(f"{NAME}.formulaire", de=_read_route(), demande=demande)
    return f"/{OTHER_WAYS[0]}{PATH}?{urlencode({'de': _read_route()})}"


def _other_links() -> list[str]:
    """Where to go when this service is the one that fails."""
    own = current_app.config["SETTINGS"].service
    return [f"/{name}{PATH}?{urlencode({'de': _read_route()})}" for name in OTHER_WAYS if name != own]


def _read_route() -> str:
    return request.url_rule.rule if request.url_rule else f"/{current_app.config['SETTINGS'].service}/"


def _show(guichet: Guichet, form: forms.Form[Any]) -> str:
    return render_template(
        "jnap/formulaire.html",
        form=form,
        prefectures=guichet.prefectures(),
        demarches=guichet.demarches(),
        capture=guichet.store is not None,
    )


def _route(text: str) -> str:
    """The template of the page where the person was; anything else is left out rather than kept."""
    return text if _ROUTE.fullmatch(text) else ""


def _capture(guichet: Guichet) -> tuple[Stored | None, Motif | None]:
    """The screenshot, or why it cannot be kept; a bad one must not stop the person a second time."""
    sent = request.files.get("capture")
    if guichet.store is None or sent is None or not sent.filename:
        return None, None
    try:
        return uploads.take(guichet.store, sent, max_bytes=CAPTURE_BYTES, types=_TYPES), None
    except Refused as refused:
        return None, refused.motif
    except OSError as error:
        logs.get().error("jnap.capture.lost", error=type(error).__name__)
        return None, refusals.INDISPONIBLE
