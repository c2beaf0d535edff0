"""A JSON body is read within limits: what no model of ours holds is unreadable, and breaks no reader."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask.json.provider import DefaultJSONProvider

# The deepest model of ours has five levels.
DEPTH_MAX = 32
# What MongoDB keeps as a number has at most nineteen digits.
_DIGITS_MAX = 18


class BoundedJson(DefaultJSONProvider):
    """Flask's reader and writer of JSON, which refuses what is nested without end, numbers that are none and a field
    said twice.
    """

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value. Raises ValueError."""
        try:
            value = json.loads(
                s, parse_int=_read_integer, parse_constant=_no_number, object_pairs_hook=_said_once, **kwargs
            )
        except RecursionError as error:
            raise ValueError("nested without end") from error
        _check_depth(value)
        return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [child for each in level for child in _children(each)]
        if not level:
            return
    raise ValueError("nested too deep")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [child for child in value.values() if isinstance(child, dict | list)]
    return [child for child in value if isinstance(child, dict | list)] if isinstance(value, list) else []


def _read_integer(digits: str) -> int:
    if len(digits) > _DIGITS_MAX:
        raise ValueError("a number too long")
    return int(digits)


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values for one field each reader would take another: who checks one could act on the other."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field is said twice")
    return fields


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
