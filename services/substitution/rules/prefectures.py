"""The rules of a préfecture are validated before use; a route through another platform is refused (SUB-08, SUB-09)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from droit.decision import Decision, Genre, Motif, accept, refuse

# Named by the sources as what must never be asked in place of the démarche (CASE-59).
_PLATFORMS = ("demarches-simplifiees", "démarches simplifiées", "demarches simplifiees", "démarche-simplifiée")
_ADDRESSES = ("http://", "https://", "www.")
# Where an address is a way to book, not a way to file.
_MAY_LINK = frozenset({"web", "agenda_url"})

REGLES_INVALIDES = Motif(
    "REGLES_INVALIDES",
    "arrete-2023-08-01",
    "Ces règles ne peuvent pas entrer en vigueur.",
    "Corrigez ce qui est nommé ci-dessous. Les règles précédentes restent en vigueur.",
    Genre.INVALIDE,
)
REGLES_ABSENTES = Motif(
    "REGLES_ABSENTES",
    "regle-du-service",
    "Cette préfecture n’a pas encore écrit ses règles.",
    "Écrivez-les d’abord, plus haut sur cette page.",
    Genre.PRECONDITION,
)
DEMARCHE_INCONNUE = Motif(
    "DEMARCHE_INCONNUE",
    "regle-du-service",
    "Cette démarche n’est pas dans la liste.",
    "Choisissez-la dans la liste.",
    Genre.INVALIDE,
)
AUTRE_PLATEFORME = Motif(
    "AUTRE_PLATEFORME",
    "ddd-2024-12-11",
    "Une préfecture ne peut pas demander de passer par une autre plateforme.",
    "Retirez l’adresse ou le nom de l’autre site : la démarche se fait ici, au guichet, par la poste ou par e-mail.",
    Genre.INVALIDE,
)
EFFET_PASSE = Motif(
    "EFFET_PASSE",
    "regle-du-service",
    "Des règles ne s’appliquent pas avant le jour où elles sont écrites.",
    "Choisissez aujourd’hui ou un jour à venir.",
    Genre.INVALIDE,
)


def may_take_effect(regles: Mapping[str, object], depuis: date, today: date) -> Decision:
    """From today on, and without sending anybody to another platform."""
    if depuis < today:
        return refuse(EFFET_PASSE, "depuis")
    return refuses_platform(regles)


def refuses_platform(regles: Mapping[str, object]) -> Decision:
    """No text names another filing platform, and only booking fields hold an address of the web."""
    for key, text in _texts(regles, ""):
        words = text.casefold()
        linked = any(mark in words for mark in _ADDRESSES) and key.rsplit(".", 1)[-1] not in _MAY_LINK
        if linked or any(name in words for name in _PLATFORMS):
            return refuse(AUTRE_PLATEFORME, key)
    return accept()


def _texts(value: object, key: str) -> Iterator[tuple[str, str]]:
    """Every text of the rules with its dotted key."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{key}.{number}")
