"""The words of a message: templates per language, in plain sentences, filled with what the source gave and no more.

`modeles.toml` is the table of templates; `modeles/<nom>/` holds subject, text and SMS in French,
`modeles/<langue>/<nom>/` a translation. A field that lacks stops the message: nobody gets a sentence with a hole.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.exceptions import SecurityError, TemplateError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chassis import hours, sealed
from chassis.partial_day import read_day
from chassis.settings import Settings
from services.notify.liens import LIEN, PLACE, place_of

FOLDER = Path(__file__).parent / "modeles"
TABLE = Path(__file__).parent / "modeles.toml"
FRENCH = "fr"
NEUTRE = "_neutre"
RECTIFICATIF = "rectificatif"
# The one message that is its link.
RECUPERATION = "recuperation"
_MAX_TEXT = 30_000
HIDDEN = "•••••"
_HOLES = re.compile(r"\n{3,}")


class ContenuRefuse(Exception):
    """The content is not the one that was announced, or cannot be put into words. `cause` is a code."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True)
class Modele:
    """One line of the table. `vides`: fields that may be empty or absent; `repli`: a setting of `droit` in minutes;
    `accueil` False: it opens her account, and no reception point tells it. `page`: where its link leads, her own space
    unless said.
    """

    nom: str
    champs: tuple[str, ...]
    vides: frozenset[str]
    voies: str
    relecture: bool
    repli: str
    accueil: bool
    page: str


@dataclass(frozen=True)
class Lecteur:
    """Who reads: the name to greet and the language asked for."""

    nom: str
    langue: str


@dataclass(frozen=True)
class Textes:
    """The words of one message in one language. The link of the sending takes the place of LIEN when it leaves."""

    objet: str
    corps: str
    sms: str
    langue: str
    # The words on paper, or by voice, where a template has some of its own (`lettre.txt`, `appel.txt`); else those of
    # the e-mail.
    lettre: str = ""
    appel: str = ""

    def to_dict(self) -> dict[str, str]:
        """The form in which the words are stored."""
        return {
            "objet": self.objet,
            "corps": self.corps,
            "sms": self.sms,
            "lettre": self.lettre,
            "appel": self.appel,
        }


@cache
def table() -> Mapping[str, Modele]:
    """Every template by its name. Raises KeyError naming the missing key when the table is wrong."""
    read = tomllib.loads(TABLE.read_text())
    return {
        nom: Modele(
            nom=nom,
            champs=tuple(line["champs"]),
            vides=frozenset(line.get("vides", ())),
            voies=line.get("voies", "premiere"),
            relecture=line.get("relecture", False),
            repli=line.get("repli", ""),
            accueil=line.get("accueil", True),
            page=line.get("page", ""),
        )
        for nom, line in read.items()
    }


def render(nom: str, champs: Mapping[str, Any], lecteur: Lecteur, source: str, aide_url: str) -> Textes:
    """The words of a message. Raises ContenuRefuse naming the field at fault."""
    modele = table().get(nom)
    if modele is None:
        raise ContenuRefuse(f"MODELE_INCONNU {nom}"[:80])
    for champ in modele.champs:
        if champ not in modele.vides and champs.get(champ) in (None, "", [], {}):
            raise ContenuRefuse(f"CHAMP_MANQUANT {champ}")
    filled = dict.fromkeys(modele.vides, "") | {
        name: place_of(name) if sealed.is_sealed(value) else _clean(value) for name, value in champs.items()
    }
    langue = language_of(nom, lecteur.langue)
    values = (
        {"reponse": ""}
        | filled
        | {
            "nom": _clean(lecteur.nom),
            "auteur": author(langue, source),
            "aide_url": aide_url,
            # Its link leads to a page that asks for no account, or to her own space.
            "sans_compte": bool(modele.page),
        }
    )

    def whole(words: str) -> str:
        return "\n\n".join(_fill(langue, path, values) for path in ("_debut.txt", f"{nom}/{words}.txt", "_fin.txt"))

    own = {
        words: whole(words) if (_folder(langue) / nom / f"{words}.txt").is_file() else ""
        for words in ("lettre", "appel")
    }
    return Textes(
        objet=_line(_fill(langue, f"{nom}/objet.txt", values)),
        corps=whole("corps"),
        sms=_line(_fill(langue, f"{nom}/sms.txt", values)),
        langue=langue,
        **own,
    )


def author(langue: str, source: str) -> str:
    """Who speaks, said at the foot of each message and at the head of a letter."""
    return _line(_fill(langue, "_auteur.txt", {"source": source}))


def neutral(langue: str, lien_poste: str = "", fin_poste_date: str = "") -> Textes:
    """What a protected person gets, whatever the message: no name, no address, no démarche, no piece (NOT-08).

    `lien_poste`: the one message that is its link has it on paper too, until `fin_poste_date`.
    """
    chosen = language_of(NEUTRE, langue)
    values = {"lien_poste": lien_poste, "fin_poste_date": fin_poste_date}
    said = {
        part: _fill(chosen, f"{NEUTRE}/{part}.txt", values) for part in ("objet", "corps", "sms", "lettre", "appel")
    }
    return Textes(**said | {"objet": _line(said["objet"]), "sms": _line(said["sms"]), "langue": chosen})


def html(objet: str, corps: str, langue: str, lien: str) -> str:
    """The same words as a page for a mailbox: everything is escaped, the only link is ours."""
    blocs = [_bloc(paragraph, lien) for paragraph in corps.split("\n\n") if paragraph.strip()]
    sens = Locale.parse(langue).text_direction
    page = _pages().get_template("_page.html")
    bouton = _fill(langue, "_bouton.txt", {})
    return page.render(objet=objet, blocs=blocs, langue=langue, sens=sens, lien=lien, bouton=bouton)


def with_link(text: str, lien: str) -> str:
    """The words as they leave, with the link of this sending."""
    return text.replace(LIEN, lien)


def with_secrets(text: str, champs: Mapping[str, Any], settings: Settings) -> str:
    """The words as they leave, with the secrets that were sealed for notify. Raises SealBroken."""
    return PLACE.sub(lambda place: secret_of(champs, place[1], settings), text)


def secret_of(champs: Mapping[str, Any], champ: str, settings: Settings) -> str:
    """The field of a message as the person alone reads it: opened, where it was sealed. Raises SealBroken."""
    value = champs.get(champ, "")
    return sealed.unseal(settings, value) if sealed.is_sealed(value) else str(value)


def without_secrets(words: Mapping[str, str]) -> dict[str, str]:
    """The kept words as an agent reads them: a secret is for the person alone."""
    return {name: PLACE.sub(HIDDEN, text) for name, text in words.items()}


def paragraphs(corps: str) -> tuple[str, ...]:
    """The same words on paper, where there is nothing to touch: what only holds a link is left out."""
    return tuple(paragraph for paragraph in corps.split("\n\n") if paragraph.strip() and LIEN not in paragraph)


def languages() -> tuple[str, ...]:
    """The languages that some templates are written in, beside French."""
    return tuple(sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and _is_language(path.name)))


def language_of(nom: str, asked: str) -> str:
    """The language asked for when this template is written in it, else French."""
    code = asked.lower().split("-")[0].split("_")[0]
    return code if _is_language(code) and (FOLDER / code / nom).is_dir() else FRENCH


def _is_language(code: str) -> bool:
    return code.isalpha() and len(code) in (2, 3)


def _fill(langue: str, path: str, values: Mapping[str, Any]) -> str:
    try:
        text = _environment(langue).get_template(path).render(values)
    except UndefinedError as error:
        raise ContenuRefuse(f"CHAMP_MANQUANT {error.message or ''}"[:80]) from error
    except (TemplateError, SecurityError, TypeError, ValueError, LookupError) as error:
        raise ContenuRefuse(f"MODELE_ILLISIBLE {type(error).__name__}") from error
    if len(text) > _MAX_TEXT:
        raise ContenuRefuse("TEXTE_TROP_LONG")
    # A paragraph left out by a condition leaves no hole behind it.
    return _HOLES.sub("\n\n", "\n".join(line.rstrip() for line in text.strip().splitlines()))


def _folder(langue: str) -> Path:
    return FOLDER if langue == FRENCH else FOLDER / langue


@cache
def _environment(langue: str) -> Environment:
    """Words come from the templates alone: what a source gives is data, printed and never run."""
    folder = _folder(langue)
    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["jour"] = lambda value, fuseau="": _day(value, fuseau, langue)
    made.filters["puces"] = _bullets
    return made


@cache
def _pages() -> Environment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _bloc(paragraph: str, lien: str) -> dict[str, Any]:
    lines = [with_link(line, lien) for line in paragraph.splitlines() if line.strip()]
    return {
        "textes": [line for line in lines if not line.startswith("- ")],
        "puces": [line[2:] for line in lines if line.startswith("- ")],
        "bouton": LIEN in paragraph,
    }


def _day(value: Any, fuseau: str, langue: str) -> str:
    """« 12 mars 2027 », « 12 mars 2027 à 9 h 05 » for an instant at a place; what is no date is printed as it is."""
    text = str(value).strip()
    try:
        if len(text) <= len("2027-03-12"):
            return hours.day_in_words(read_day(text), langue)
        return hours.moment_in_words(datetime.fromisoformat(text), fuseau, langue)
    except ValueError:
        return text


def _bullets(value: Any) -> str:
    """One line each; a row with a name and a text says both."""
    items = value if isinstance(value, list | tuple) else [value] if value else []
    return "\n".join(f"- {_item(item)}" for item in items)


def _item(item: Any) -> str:
    if isinstance(item, Mapping):
        return " : ".join(_line(str(part)) for part in item.values() if part)
    return _line(str(item))


def _clean(value: Any) -> Any:
    """What people typed, without what is invisible or could forge our own link."""
    if isinstance(value, str):
        kept = "".join(c for c in value if c == "\n" or c.isprintable() or c.isspace()).replace(LIEN, "")
        return PLACE.sub("", kept).replace("\r", "").strip()
    if isinstance(value, Mapping):
        return {str(name): _clean(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    return value


def _line(text: str) -> str:
    return " ".join(text.split())
