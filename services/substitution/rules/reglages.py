"""The rules of a préfecture as the fields of a form and back: each is named by its path in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Tables that come in rows: `lieux.0.horaires.1.de`.
_ROWS = frozenset({"services", "lieux", "horaires", "fermetures", "demarches"})
_LISTS = frozenset({"vecteurs", "missions", "jours"})
_FLAGS = frozenset({"exemple", "ouverte", "convocation_par_pan", "sans_rendez_vous"})
_NUMBERS = frozenset(
    {"api_mois", "guichets", "duree_minutes", "agents_formes", "agents_formes_victimes", "volontaires"}
)
_REALS = frozenset({"latitude", "longitude"})
# A box left open is not sent: the answer is then no.
_UNTICKED: Mapping[str, Mapping[str, Any]] = {
    "substitution": {
        "convocation_par_pan": False,
        "courrier": {"ouverte": False},
        "courriel_depot": {"ouverte": False},
    },
    "courrier": {"ouverte": False},
    "courriel_depot": {"ouverte": False},
    "lieux": {"sans_rendez_vous": False},
}
# What the rules of any préfecture carry out: its console does not ask it.
CARRIED_OUT: Mapping[str, str] = {"source": "arrete-2023-08-01", "section": "articles 3 et 4"}
OUI, RETIRER = "oui", "retirer"


def to_fields(rules: Mapping[str, Any]) -> dict[str, Any]:
    """What each field shows of these rules."""
    return dict(_leaves(rules, ""))


def to_rules(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The rules that these fields say; a row that is ticked to go is left out. Raises ValueError for a path in two."""
    tree: dict[str, Any] = {}
    for path, value in fields.items():
        *tables, name = path.split(".")
        inner = tree
        for table in tables:
            inner = inner.setdefault(table, {})
            if not isinstance(inner, dict):
                raise ValueError(path)
        inner[name] = _value(name, value)
    return {name: _settled(name, value) for name, value in tree.items()}


def field_of(key: str) -> str:
    """The field that a fault names: `lieux[0].nom` is `lieux.0.nom`."""
    return key.replace("[", ".").replace("]", "")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    rows = enumerate(value) if isinstance(value, list) and value and isinstance(value[0], dict) else None
    for name, inner in rows or (value.items() if isinstance(value, Mapping) else ()):
        yield from _leaves(inner, f"{path}.{name}" if path else str(name))
    if rows is None and not isinstance(value, Mapping) and value is not False and value is not None:
        yield path, OUI if value is True else value if isinstance(value, list) else str(value)


def _value(name: str, value: Any) -> Any:
    if name in _LISTS:
        return list(value) if isinstance(value, list | tuple) else [value]
    if name in _FLAGS:
        return value == OUI
    text = str(value).strip()
    if name in _NUMBERS and text.isdecimal():
        return int(text)
    try:
        return float(text.replace(",", ".")) if name in _REALS else text
    except ValueError:
        return text


def _settled(name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if name in _ROWS:
        rows = sorted((int(at), at) for at in value if at.isdecimal() and isinstance(value[at], dict))
        return [_settled_table(name, value[at]) for _, at in rows if RETIRER not in value[at]]
    return _settled_table(name, value)


def _settled_table(name: str, table: dict[str, Any]) -> dict[str, Any]:
    settled = {key: _settled(key, value) for key, value in table.items()}
    return {**_UNTICKED.get(name, {}), **settled}
