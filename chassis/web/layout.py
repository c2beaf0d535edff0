"""What every page shows around its own text: where one is, who is signed in, in which language."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request, url_for
from flask_babel import gettext
from flask_babel.speaklater import LazyString

from chassis.settings import Settings
from chassis.web import authors, contents, files, languages, plots
from chassis.web.identity import current_who
from chassis.web.options import WebOptions
from chassis.web.who import NOBODY, Who

STATIC = Path(__file__).parent / "static"
STATIC_SECONDS = 31_536_000


def register(app: Flask, settings: Settings, options: WebOptions, title: str) -> None:
    """Gives the templates what the layout needs."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = STATIC_SECONDS
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=asset,
        lien_langue=language_link,
        nom_du_service=title,
        service=settings.service,
        associations=options.associations,
        liens_de_pied=[],
        demonstration=settings.env != "production",
        aujourdhui=languages.today_in_words,
        barres=plots.bar_chart,
        courbe=plots.line_chart,
        types_de_fichiers=",".join(contents.CHOSEN),
        # What stands beside each file does not depend on whether a scanner is set today.
        analyse_de=files.FileStore(settings.pieces_dir or Path()).analysis,
    )
    app.jinja_env.filters["traduire"] = gettext
    authors.register(app, settings.service)
    app.context_processor(_person)


def add_foot_link(app: Flask, endpoint: str, text: LazyString, **values: str) -> None:
    """Puts a link at the foot of every page of a service."""
    links: Any = app.jinja_env.globals["liens_de_pied"]
    links.append((endpoint, text, values))


def asset(name: str) -> str:
    """The address of a static file, with its content's mark so that it can be kept a year."""
    return url_for("static", filename=name, v=_mark(name))


def language_link(code: str) -> str:
    """This same page in another language."""
    kept = {name: value for name, value in request.args.items() if name != "lang"}
    return f"{request.path}?{urlencode({**kept, 'lang': code})}"


@lru_cache(maxsize=32)
def _mark(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def _person() -> dict[str, Any]:
    who: Who = NOBODY if g.get("failing") else current_who()
    return {"who": who}
