"""French is the text of reference; every other language is a catalogue in a folder, and adding one needs no code.

Catalogues are `translations/<language>/LC_MESSAGES/messages.po` of the chassis and of each service, compiled in memory
at first use: no compiled file to keep in step.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, request
from flask_babel import Babel, Domain, get_locale

from chassis import clock, hours
from chassis.partial_day import read_day
from chassis.web import cookies

FRENCH = "fr"
COOKIE = "sejour_langue"
COOKIE_SECONDS = 365 * 86400
CHASSIS = Path(__file__).parent / "translations"
ROOT = Path(__file__).parents[2]


class French(NullTranslations):
    """French: the msgid is the text, and zero is singular."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The singular for nought and one."""
        return msgid2 if n > 1 else msgid1


class Catalogues(Domain):  # type: ignore[misc]
    """The catalogues of the chassis and of one service, merged."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        super().__init__()
        self.folders = folders

    def get_translations(self) -> NullTranslations:
        """Those of the language of this request; French where there is none."""
        locale = get_locale()
        return _load(self.folders, str(locale)) if locale else French()


@lru_cache(maxsize=64)
def _load(folders: tuple[Path, ...], language: str) -> NullTranslations:
    merged: NullTranslations = French()
    if language == FRENCH:
        return merged
    for folder in folders:
        path = folder / language / "LC_MESSAGES" / "messages.po"
        if not path.exists():
            continue
        compiled = BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale=language))
        compiled.seek(0)
        found = Translations(fp=compiled)
        found.add_fallback(merged)
        merged = found
    return merged


def register(app: Flask, service_folder: Path) -> None:
    """Chooses the language by `?lang=` (remembered), then by cookie, then French: never by guess."""
    # The texts of droit, documents and the other shared packages are translated beside them.
    folders = (CHASSIS, *sorted(ROOT.glob("*/translations")), service_folder / "translations")
    offered = languages(folders)
    app.config["LANGUAGES"] = offered

    def choose() -> str:
        asked = request.args.get("lang", "")
        if asked in offered:
            g.language_asked = asked
            return asked
        kept = cookies.read(COOKIE)
        return kept if kept in offered else FRENCH

    babel = Babel(app, default_locale=FRENCH, default_timezone=hours.PARIS, locale_selector=choose)
    # Flask-Babel asks this attribute for its catalogues; its own reads compiled files from disk.
    babel.domain_instance = Catalogues(folders)
    app.after_request(_remember)
    app.jinja_env.filters["jour"] = day_in_words
    app.jinja_env.filters["instant"] = instant_in_words
    app.jinja_env.filters["heure"] = hour_in_words
    app.jinja_env.filters["ouverture"] = opening_in_words
    app.jinja_env.filters["pays"] = country_in_words
    app.jinja_env.globals.update(langue=language, sens=direction, langues=offered)


def languages(folders: tuple[Path, ...]) -> dict[str, str]:
    """Languages that have a catalogue, with their own name for themselves; French first."""
    codes = {path.parents[1].name for folder in folders for path in folder.glob("*/LC_MESSAGES/messages.po")}
    names = {code: (Locale.parse(code).display_name or code).split(" (")[0] for code in sorted(codes)}
    return {FRENCH: "français"} | names


def language() -> str:
    """The language of this page."""
    return str(get_locale() or FRENCH)


def direction() -> str:
    """The direction in which this language is written, `ltr` or `rtl`."""
    return Locale.parse(language()).text_direction


def day_in_words(day: date | str | None) -> str:
    """« 12 mars 2027 », in the language of the page, of a date or of one as it is stored; empty for no date."""
    day = read_day(day) if isinstance(day, str) and day else day
    return hours.day_in_words(day, language()) if isinstance(day, date) else ""


def instant_in_words(instant: datetime | None, fuseau: str = "") -> str:
    """« 12 mars 2027 à 9 h 05 », on the clock of the place; Paris time, and said to be, where there is no place."""
    return hours.moment_in_words(instant, fuseau, language()) if instant else ""


def hour_in_words(instant: datetime | None, fuseau: str = "") -> str:
    """« 9 h 05 », on the clock of the place."""
    return hours.hour_in_words(instant, fuseau, language()) if instant else ""


def opening_in_words(opens: str, closes: str, fuseau: str) -> str:
    """« de 9 h à 12 h 30 », the wall-clock hours of a place."""
    return hours.opening_in_words(opens, closes, language()) + hours.zone_note(fuseau, language())


def country_in_words(country: str) -> str:
    """« Maroc », in the language of the page, of a country as it is stored; what is no code is shown as it is."""
    return str(Locale.parse(language()).territories.get(country, country))


def _remember(response: Response) -> Response:
    asked = g.get("language_asked", "")
    if asked:
        cookies.give(response, COOKIE, asked, COOKIE_SECONDS)
    return response


def today_in_words() -> str:
    """The legal day, for the foot of a page that is printed."""
    return day_in_words(clock.today())
