"""The file of records: JSON Lines, one record a line, hostile until checked; read line by line, each line bounded.

`docs/reprise.md` says the format. A line that cannot be read never stops the file, and its content is never repeated.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, BinaryIO, Literal

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo, model_validator

from chassis.web.inputs import Body, CivilDay
from droit.decision import Refused
from personne.adresse import LIGNES, SIGNES
from personne.joindre import read_courriel, read_telephone
from personne.naissance import JourDeNaissance
from services.deposit.reprise.rules.reprise import Constat, DemandeVue, TitreVu

LIGNE_OCTETS = 64 * 1024
TITRES_MAX = DEMANDES_MAX = 20
# A wrong one of these is left out and told; anything else wrong refuses the line.
_CONTACTS = ("courriel", "telephone", "nationalite")


def _printable(text: str) -> str:
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise ValueError("Ce texte contient des signes qui ne s’écrivent pas.")
    return unicodedata.normalize("NFC", text)


def _courriel(text: str) -> str:
    try:
        return read_courriel(text).lower()
    except Refused as refused:
        raise ValueError(refused.motif.phrase) from refused


def _telephone(text: str, info: ValidationInfo) -> str:
    try:
        return read_telephone(text, info.data.get("prefecture", ""))
    except Refused as refused:
        raise ValueError(refused.motif.phrase) from refused


Texte = Annotated[str, AfterValidator(_printable)]
Numero = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9/_-]+$")]


class PersonneReprise(Body):
    """Who the record is about."""

    nom: Texte = Field(min_length=1, max_length=200)
    prenoms: Texte = Field(default="", max_length=200)
    naissance_date: JourDeNaissance
    nationalite: Texte = Field(default="", max_length=80)
    numero_etranger: str = Field(default="", max_length=20, pattern=r"^[0-9 ]*$")
    courriel: Annotated[str, AfterValidator(_courriel)] = Field(default="", max_length=254)
    adresse: list[Annotated[Texte, Field(max_length=SIGNES)]] = Field(default_factory=list, max_length=LIGNES)
    prefecture: str = Field(default="", max_length=3)
    # After the département, which says how a number is read.
    telephone: Annotated[str, AfterValidator(_telephone)] = Field(default="", max_length=40)


class TitreReprise(Body):
    """A title given; without `remise_date` nobody recorded that it was handed over."""

    numero: Numero
    titre_code: str = Field(default="", max_length=60)
    libelle: Texte = Field(default="", max_length=120)
    debut_date: CivilDay | None = None
    fin_date: CivilDay
    remise_date: CivilDay | None = None


class DocumentReprise(Body):
    """The provisional document that the person holds for a demande under way."""

    numero: Numero
    libelle: Texte = Field(default="Récépissé", max_length=80)
    debut_date: CivilDay
    fin_date: CivilDay


class DemandeReprise(Body):
    """A demande filed in the other system."""

    numero: Numero
    titre_code: str = Field(default="", max_length=60)
    libelle: Texte = Field(default="", max_length=120)
    prefecture: str = Field(default="", max_length=3)
    depot_date: CivilDay
    etat: Literal["EN_COURS", "FAVORABLE", "REMIS", "DEFAVORABLE", "CLOS"]
    decision_date: CivilDay | None = None
    remise_date: CivilDay | None = None
    fin_titre_date: CivilDay | None = None
    document: DocumentReprise | None = None


class Dossier(Body):
    """One record. `maj_date` is the day on which the other system last changed it."""

    format: Literal[1]
    dossier: Numero
    maj_date: CivilDay
    personne: PersonneReprise
    titres: list[TitreReprise] = Field(default_factory=list, max_length=TITRES_MAX)
    demandes: list[DemandeReprise] = Field(default_factory=list, max_length=DEMANDES_MAX)

    @model_validator(mode="after")
    def _distinct(self) -> Dossier:
        for objects in (self.titres, self.demandes):
            numbers = [one.numero for one in objects]
            if len(numbers) != len(set(numbers)):
                raise ValueError("Un numéro est écrit deux fois dans ce dossier.")
        return self

    @property
    def empreinte(self) -> str:
        """The same for the same record, however its line is spaced or ordered."""
        return sha256(self.model_dump_json().encode()).hexdigest()

    def titres_vus(self) -> list[TitreVu]:
        """The titles as the rules see them."""
        return [TitreVu(t.numero, t.titre_code, t.debut_date, t.fin_date, t.remise_date) for t in self.titres]

    def demandes_vues(self) -> list[DemandeVue]:
        """The demandes as the rules see them."""
        return [DemandeVue(d.numero, d.titre_code, d.depot_date, d.etat, d.decision_date) for d in self.demandes]


@dataclass(frozen=True)
class Lue:
    """A line read: its record, or why there is none; `ecartes` are the contacts left out because they are wrong."""

    numero: int
    dossier: Dossier | None = None
    constat: Constat | None = None
    champs: tuple[str, ...] = ()
    ecartes: tuple[str, ...] = ()


def lines(stream: BinaryIO, feed: Callable[[bytes], object]) -> Iterator[tuple[int, bytes | None]]:
    """The lines with their numbers, each at most 64 KiB (None beyond); `feed` is given every byte."""
    number = 0
    while piece := stream.readline(LIGNE_OCTETS + 1):
        number += 1
        feed(piece)
        whole = len(piece) <= LIGNE_OCTETS or piece.endswith(b"\n")
        while not whole and piece and not piece.endswith(b"\n"):
            piece = stream.readline(LIGNE_OCTETS)
            feed(piece)
        if not whole or piece.strip():
            yield number, piece if whole else None


def read(number: int, line: bytes | None) -> Lue:
    """One line checked. Names the fields at fault, never what they hold."""
    if line is None:
        return Lue(number, constat=Constat.LIGNE_TROP_LONGUE)
    try:
        raw = json.loads(line.decode(), parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return Lue(number, constat=Constat.LIGNE_ILLISIBLE)
    if not isinstance(raw, dict):
        return Lue(number, constat=Constat.LIGNE_ILLISIBLE)
    try:
        return Lue(number, Dossier.model_validate(raw))
    except ValidationError as error:
        wrong = _fields(error)
    person = raw.get("personne")
    dropped = tuple(name for name in _CONTACTS if f"personne.{name}" in wrong)
    if isinstance(person, dict) and len(dropped) == len(wrong):
        kept = {name: value for name, value in person.items() if name not in dropped}
        return Lue(number, Dossier.model_validate(raw | {"personne": kept}), ecartes=dropped)
    return Lue(number, constat=Constat.CHAMP_REFUSE, champs=wrong)


def _no_number(text: str) -> None:
    raise ValueError("not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key written twice would hold two values, of which readers keep either."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is written twice")
    return found


def _fields(error: ValidationError) -> tuple[str, ...]:
    """Names that the format knows; an unknown field could be anything, and is told as such."""
    found: dict[str, None] = {}
    for fault in error.errors(include_url=False, include_context=False, include_input=False):
        places = [str(part) for part in fault["loc"]]
        if fault["type"] == "extra_forbidden":
            places[-1] = "champ inconnu"
        found[".".join(places) or "dossier"] = None
    return tuple(found)[:20]
