"""What changed on a filed demande, read from its facts: each answer before and after, who, when, and the words said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.deposit.dossier.actions import envois


@dataclass(frozen=True)
class Ecart:
    """One answer, as it was and as it is."""

    champ: str
    avant: str
    apres: str


@dataclass(frozen=True)
class Modification:
    """One change: `code` is the `objet` of its fact, `texte` what was said with it."""

    code: str
    jour: str
    time: datetime
    par: str
    ecarts: tuple[Ecart, ...]
    texte: str


def of_facts(facts: Iterable[Mapping[str, Any]]) -> list[Modification]:
    """Every change of the demande that says what was there before, or words, in date order."""
    return [found for fact in facts if (found := of_fact(fact)) is not None]


def of_fact(fact: Mapping[str, Any]) -> Modification | None:
    """What this fact changed; None when it changed no answer and holds no words."""
    code = envois.code_of(fact)
    if fact["subject"] != "deposit.demande.modifiee":
        return None
    private = _flat(fact.get("prive") or {})
    before, after = private.get("avant", {}), private.get("apres", {})
    ecarts = tuple(
        Ecart(name, str(before.get(name, "")), str(after.get(name, "")))
        for name in dict.fromkeys((*before, *after))
        if before.get(name, "") != after.get(name, "")
    )
    texte = str(private.get("texte") or private.get("motif") or "")
    if not (ecarts or texte):
        return None
    return Modification(code, fact["day"], fact["time"], fact["by"], ecarts, texte)


def _flat(private: Mapping[str, Any]) -> dict[str, Any]:
    """Answers before and after by name, whichever act wrote them: a correction names its one answer beside them."""
    values = dict(private.get("correction") or private.get("contestation") or private.get("urgence") or private)
    if "champ" in values:
        values["avant"], values["apres"] = {values["champ"]: values["avant"]}, {values["champ"]: values["apres"]}
    return values
