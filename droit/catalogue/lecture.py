"""Bad data is refused at start-up: every fault is collected and names its file and its key."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from droit.dates import Bloc, Citation, Dated, Position

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
_FIRST_DAY = date(1900, 1, 1)


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: `key` is the dotted path in the file, empty for the file itself."""

    file: str
    key: str
    why: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key or '(fichier)'}: {self.why}"


class BadData(Exception):
    """The data is refused as a whole; `faults` holds every fault, `file`, `key` and `why` the first."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(f) for f in faults))
        self.faults = faults
        self.file, self.key, self.why = faults[0].file, faults[0].key, faults[0].why


@dataclass
class Lecture:
    """One loading: the faults met so far, the texts that may be cited and those that were."""

    root: Path
    faults: list[Fault] = field(default_factory=list)
    titres_de_textes: dict[str, str] = field(default_factory=dict)
    cited: set[str] = field(default_factory=set)

    def fault(self, file: str, key: str, why: str) -> None:
        """Keeps a fault; the loading goes on, so that one run names them all."""
        self.faults.append(Fault(file, key, why))

    def open(self, relative: str) -> Fiche:
        """A TOML file under the root, as a Fiche; missing or broken it is an empty one and a fault."""
        path = self.root / relative
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self.fault(relative, "", "fichier absent")
            return Fiche(self, relative, {}, missing=True)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self.fault(relative, "", f"TOML illisible : {error}")
            return Fiche(self, relative, {}, missing=True)
        return Fiche(self, relative, table)

    def folder(self, relative: str) -> list[Fiche]:
        """Every readable `.toml` of a folder, by name."""
        found = sorted((self.root / relative).glob("*.toml"))
        if not found:
            self.fault(relative, "", "aucun fichier .toml")
        fiches = [self.open(f"{relative}/{path.name}") for path in found]
        return [fiche for fiche in fiches if not fiche.missing]

    def raise_faults(self) -> None:
        """Raises BadData when anything was wrong."""
        if self.faults:
            raise BadData(tuple(self.faults))


class Fiche:
    """A table being read: typed getters that record a fault in place of raising, and a check for unknown keys."""

    def __init__(
        self, lecture: Lecture, file: str, table: Mapping[str, object], prefix: str = "", missing: bool = False
    ) -> None:
        self.lecture, self.file, self.prefix, self.missing = lecture, file, prefix, missing
        self._table = table
        self._read: set[str] = set()

    def key(self, name: str) -> str:
        """The dotted path of `name` in the file."""
        return f"{self.prefix}.{name}" if self.prefix else name

    def fault(self, name: str, why: str) -> None:
        """Records a fault of this table, unless the whole file is already one."""
        if not self.missing:
            self.lecture.fault(self.file, self.key(name) if name else self.prefix, why)

    def has(self, name: str) -> bool:
        """Whether the key is written."""
        return name in self._table

    def names(self) -> list[str]:
        """The keys, in the order of the file."""
        return list(self._table)

    def _get(self, name: str, kind: type[T], default: T | None, empty: T) -> T:
        self._read.add(name)
        if name not in self._table:
            if default is None:
                self.fault(name, "clé obligatoire absente")
                return empty
            return default
        value = self._table[name]
        # bool is an int for Python and must not pass for a duration
        if type(value) is not kind:
            self.fault(name, f"attendu {kind.__name__}, trouvé {type(value).__name__}")
            return empty
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """A string; required and not blank without a default."""
        value = self._get(name, str, default, "")
        if default is None and self.has(name) and not value.strip():
            self.fault(name, "texte vide")
        return value

    def number(self, name: str, default: int | None = None, minimum: int = 0) -> int:
        """A whole number, at least `minimum`."""
        value = self._get(name, int, default, minimum)
        if value < minimum:
            self.fault(name, f"au moins {minimum}, trouvé {value}")
        return value

    def real(self, name: str, default: float | None = None) -> float:
        """A decimal number."""
        return self._get(name, float, default, 0.0)

    def flag(self, name: str, default: bool | None = None) -> bool:
        """true or false."""
        return self._get(name, bool, default, False)

    def day(self, name: str) -> date:
        """A civil day, written as a TOML date."""
        return self._get(name, date, None, _FIRST_DAY)

    def texts(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings without blanks or repeats."""
        values = self._get(name, list, None if default is None else list(default), [])
        if not all(isinstance(v, str) and v.strip() for v in values):
            self.fault(name, "attendu une liste de textes non vides")
            return ()
        if len(set(values)) != len(values):
            self.fault(name, "valeur répétée")
        return tuple(values)

    def numbers(self, name: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        values = self._get(name, list, None, [])
        if not all(type(v) is int for v in values):
            self.fault(name, "attendu une liste de nombres entiers")
            return ()
        return tuple(values)

    def choice(self, name: str, kind: type[E], default: E | None = None) -> E:
        """One of the values of an enumeration."""
        value = self.text(name, None if default is None else default.value)
        try:
            return kind(value)
        except ValueError:
            if self.has(name):
                self.fault(name, f"« {value} » n'est pas parmi : {', '.join(kind)}")
            return next(iter(kind))

    def choices(self, name: str, kind: type[E], default: tuple[E, ...] | None = None) -> tuple[E, ...]:
        """Several values of an enumeration."""
        values = self.texts(name, None if default is None else tuple(v.value for v in default))
        unknown = [v for v in values if v not in set(kind)]
        if unknown:
            self.fault(name, f"« {', '.join(unknown)} » n'est pas parmi : {', '.join(kind)}")
        return tuple(kind(v) for v in values if v not in unknown)

    def table(self, name: str) -> Fiche:
        """A sub-table; empty and faulty when absent."""
        return Fiche(self.lecture, self.file, self._get(name, dict, None, {}), self.key(name), not self.has(name))

    def tables(self, name: str, required: bool = False) -> list[Fiche]:
        """An array of tables, each named by its rank."""
        values = self._get(name, list, None if required else [], [])
        if required and self.has(name) and not values:
            self.fault(name, "liste vide")
        good = [(i, v) for i, v in enumerate(values) if isinstance(v, dict)]
        if len(good) != len(values):
            self.fault(name, "attendu une liste de tables")
        return [Fiche(self.lecture, self.file, v, f"{self.key(name)}[{i}]") for i, v in good]

    def citation(self) -> Citation:
        """`source`, a key of `textes.toml`, and `section`, the place in it."""
        cle, section = self.text("source"), self.text("section", "")
        if cle and cle not in self.lecture.titres_de_textes:
            self.fault("source", f"« {cle} » n'est pas dans textes.toml")
        self.lecture.cited.add(cle)
        return Citation(cle, self.lecture.titres_de_textes.get(cle, cle), section)

    def texte_keys(self, name: str) -> tuple[str, ...]:
        """A list of keys of `textes.toml`, which may be empty."""
        keys = self.texts(name, ())
        for cle in keys:
            if cle not in self.lecture.titres_de_textes:
                self.fault(name, f"« {cle} » n'est pas dans textes.toml")
        self.lecture.cited.update(keys)
        return keys

    def dated(self, name: str, value: Callable[[Fiche], T]) -> Dated[T]:
        """Dated blocks: both positions or neither, each position in the order of its dates."""
        blocs: list[Bloc[T]] = []
        for bloc in self.tables(name, required=True):
            position = bloc.choice("position", Position) if bloc.has("position") else None
            blocs.append(Bloc(bloc.day("depuis"), value(bloc), bloc.citation(), position))
            bloc.close()
        self._check_blocs(name, [(b.position, b.depuis) for b in blocs])
        return Dated(tuple(blocs))

    def _check_blocs(self, name: str, heads: list[tuple[Position | None, date]]) -> None:
        positions = {position for position, _ in heads}
        if None in positions and len(positions) > 1:
            self.fault(name, "des blocs ont une position et d'autres non")
        elif heads and None not in positions and positions != set(Position):
            self.fault(name, "une seule des deux positions est écrite")
        for position in positions:
            days = [day for p, day in heads if p is position]
            if any(later <= earlier for earlier, later in pairwise(days)):
                self.fault(name, "les dates « depuis » ne se suivent pas")

    def close(self) -> None:
        """A key that nobody read is a spelling error."""
        for name in self._table:
            if name not in self._read:
                self.fault(name, "clé inconnue")
