"""What a document says, fixed at issue: the same data give the same paper for ever.

A Contenu that exists is complete for its nature. Days are Paris civil days; what people typed is kept as typed (the
rendering cleans it). Source: rows DEP-39, 51, 52, 53, 59 and CCC-07.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from functools import cached_property
from typing import Any

from chassis.partial_day import read_day
from documents import numero as numeros
from documents.exigences import EXTRA, FAVORABLE, FIELDS, REFUS, REFUS_ENTRIES, Entree, Forme
from documents.motifs import CHAMP_INVALIDE, CHAMP_MANQUANT, DOCUMENT_TROP_LONG, MENTION_CONTRAIRE
from documents.nature import Nature
from documents.texte import read_moment
from droit.decision import Refused

MAX_BYTES = 100_000
# A history is drawn on request and never stored: it may hold all that was exchanged in a life.
MAX_HISTORY_BYTES = 20_000_000
MAX_NAME = 1_000

# Contradicts R. 431-15-2 (DEP-52, CASE-34): no document of ours ever says it.
PHRASE_CONTRAIRE = "ne permet pas d'exercer une activité professionnelle sauf si une autorisation de travail"


@dataclass(frozen=True, kw_only=True)
class Personne:
    """Who the document is about. `nationalite` is an ISO 3166 alpha-2 code (other text is printed as it is)."""

    nom: str
    prenoms: str
    naissance_date: date | None = None
    nationalite: str = ""
    numero_etranger: str = ""
    # The whole name in the person's own script, where that is not the Latin one.
    nom_origine: str = ""


@dataclass(frozen=True)
class Droit:
    """One line of « Ce document prouve »: séjour, travail, prestations; what it gives; the text that gives it."""

    libelle: str
    texte: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Contenu:
    """The signed, immutable data of one document. Raises Refused naming the field at fault when it is built."""

    nature: Nature
    numero: str
    emetteur: str
    emis_date: date
    prefecture: str = ""
    depot_date: date | None = None
    debut_date: date | None = None
    fin_date: date | None = None
    personne: Personne | None = None
    titre_libelle: str = ""
    article: str = ""
    fondement: str = ""
    travail_mention: str = ""
    droits: tuple[Droit, ...] = ()
    mentions: tuple[str, ...] = ()
    regle: str = ""
    paragraphes: tuple[str, ...] = ()
    adresse: tuple[str, ...] = ()
    verification_url: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.nature, Nature):
            raise Refused(CHAMP_INVALIDE, champ="nature")
        _check_number(self.numero)
        _check_fields(self)
        _check_dates(self)
        # A copy of its own, as JSON gives it back: nobody changes a document through the mapping it was made from.
        object.__setattr__(self, "extra", json.loads(_check_extra(self.nature, self.extra)))
        text = self.to_json()
        largest = MAX_HISTORY_BYTES if self.nature is Nature.HISTORIQUE else MAX_BYTES
        if len(text.encode("utf-8", "surrogatepass")) > largest:
            raise Refused(DOCUMENT_TROP_LONG, champ="contenu", details={"max_octets": largest})
        if PHRASE_CONTRAIRE in " ".join(text.replace("’", "'").split()).casefold():
            raise Refused(MENTION_CONTRAIRE, champ="travail_mention")

    @property
    def reference(self) -> str:
        """The short form of the number, that a third party types."""
        return numeros.reference(self.numero)

    def to_dict(self) -> dict[str, Any]:
        """JSON data; `from_dict` gives back an equal Contenu."""
        data = asdict(self)
        data["personne"] = _iso(data["personne"]) if data["personne"] else None
        return _iso(data) | {"nature": self.nature.value, "reference": self.reference}

    def to_json(self) -> str:
        """The content on one line; the same content always gives the same text."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Contenu:
        """Raises Refused naming the field when a stored or received document is not one."""
        field_names = {f.name for f in fields(cls)}
        values: dict[str, Any] = {name: value for name, value in data.items() if name in field_names}
        try:
            values["nature"] = Nature(data["nature"])
        except (KeyError, ValueError):
            raise Refused(CHAMP_INVALIDE, champ="nature") from None
        for name in ("emis_date", "depot_date", "debut_date", "fin_date"):
            values[name] = _day(values.get(name), name)
        if values.get("personne") is not None:
            values["personne"] = _personne(values["personne"])
        try:
            values["droits"] = tuple(Droit(**droit) for droit in values.get("droits", ()))
            for name in ("mentions", "paragraphes", "adresse"):
                values[name] = tuple(values.get(name, ()))
            return cls(**values)
        except TypeError:
            raise Refused(CHAMP_INVALIDE, champ="contenu") from None


def _check_number(numero: str) -> None:
    if not isinstance(numero, str) or not numeros.is_valid(numero):
        raise Refused(CHAMP_INVALIDE, champ="numero")


def _check_fields(contenu: Contenu) -> None:
    """Every field that this nature needs is there, and every text is text."""
    for name in ("emetteur", "emis_date", *FIELDS[contenu.nature]):
        value = getattr(contenu, name)
        if not value or (isinstance(value, str) and not value.strip()):
            raise Refused(CHAMP_MANQUANT, champ=name)
    for name in (
        "emetteur",
        "prefecture",
        "titre_libelle",
        "article",
        "fondement",
        "travail_mention",
        "regle",
        "verification_url",
    ):
        _text(getattr(contenu, name), name)
    for name in ("mentions", "paragraphes", "adresse"):
        lines = getattr(contenu, name)
        if not isinstance(lines, tuple):
            raise Refused(CHAMP_INVALIDE, champ=name)
        for line in lines:
            _text(line, name)
    for droit in contenu.droits:
        if not isinstance(droit, Droit):
            raise Refused(CHAMP_INVALIDE, champ="droits")
        for text in (droit.libelle, droit.texte, droit.source):
            _text(text, "droits")
    if contenu.personne is not None:
        if not isinstance(contenu.personne, Personne):
            raise Refused(CHAMP_INVALIDE, champ="personne")
        _check_personne(contenu.personne)


def _check_personne(personne: Personne) -> None:
    for name in ("nom", "prenoms", "nationalite", "numero_etranger", "nom_origine"):
        value = getattr(personne, name)
        _text(value, f"personne.{name}")
        if len(value) > MAX_NAME:
            raise Refused(CHAMP_INVALIDE, champ=f"personne.{name}", details={"max": MAX_NAME})
    if not (personne.nom.strip() or personne.prenoms.strip()):
        raise Refused(CHAMP_MANQUANT, champ="personne.nom")
    _civil(personne.naissance_date, "personne.naissance_date")


def _check_dates(contenu: Contenu) -> None:
    """Days are days, in order; an ADF has no end (DEP-53)."""
    for name in ("emis_date", "depot_date", "debut_date", "fin_date"):
        _civil(getattr(contenu, name), name)
    if contenu.nature is Nature.ADF and contenu.fin_date is not None:
        raise Refused(CHAMP_INVALIDE, champ="fin_date")
    if contenu.debut_date and contenu.fin_date and contenu.fin_date < contenu.debut_date:
        raise Refused(CHAMP_INVALIDE, champ="fin_date")


def _check_extra(nature: Nature, extra: Mapping[str, Any]) -> str:
    """The entries of `extra` have the form of the table, and the ones that count are there; gives them as JSON."""
    try:
        text = json.dumps(extra, allow_nan=False)
    except (TypeError, ValueError):
        raise Refused(CHAMP_INVALIDE, champ="extra") from None
    entries = EXTRA.get(nature, {})
    for name, entry in entries.items():
        value = extra.get(name)
        if value in (None, "", [], ()) or (isinstance(value, str) and not value.strip()):
            if entry.requis:
                raise Refused(CHAMP_MANQUANT, champ=f"extra.{name}")
            continue
        if not _has_form(value, entry):
            raise Refused(CHAMP_INVALIDE, champ=f"extra.{name}")
    if nature is Nature.DECISION and extra["sens"] not in (FAVORABLE, REFUS):
        raise Refused(CHAMP_INVALIDE, champ="extra.sens")
    if nature is Nature.DECISION and extra["sens"] == REFUS:
        for name in REFUS_ENTRIES:
            if not extra.get(name):
                raise Refused(CHAMP_MANQUANT, champ=f"extra.{name}")
    return text


def _has_form(value: Any, entry: Entree) -> bool:
    if entry.forme is Forme.TEXTE:
        return isinstance(value, str)
    if entry.forme is Forme.JOUR:
        return is_moment(value)
    if not isinstance(value, list | tuple):
        return False
    if entry.forme is Forme.JOURS:
        return all(is_moment(item) for item in value)
    if entry.forme is Forme.LISTE:
        return all(isinstance(item, str) for item in value)
    return all(
        isinstance(row, Mapping) and all(isinstance(row.get(column, ""), str) for column in entry.colonnes)
        for row in value
    )


def is_moment(value: object) -> bool:
    """Is it an ISO day, or an ISO day and time with, overseas, its time zone?"""
    try:
        read_moment(value)  # type: ignore[arg-type]
    except (AttributeError, TypeError, ValueError):
        return False
    return True


def _text(value: object, name: str) -> None:
    if not isinstance(value, str):
        raise Refused(CHAMP_INVALIDE, champ=name)


def _civil(value: object, name: str) -> None:
    # A datetime is a date for Python, and would print an instant as a legal day.
    if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
        raise Refused(CHAMP_INVALIDE, champ=name)


def _day(value: object, name: str) -> date | None:
    if value is None or value == "":
        return None
    try:
        return read_day(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise Refused(CHAMP_INVALIDE, champ=name) from None


def _personne(data: Mapping[str, Any]) -> Personne:
    try:
        naissance = _day(data.get("naissance_date"), "personne.naissance_date")
        return Personne(**{**data, "naissance_date": naissance})
    except (TypeError, AttributeError):
        raise Refused(CHAMP_INVALIDE, champ="personne") from None


def _iso(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in data.items()}
