"""« Je n'y arrive pas » on the pages of pan."""

from __future__ import annotations

from collections.abc import Sequence

from blocage.pages import Blocage, Guichet, Voie
from chassis.web.who import Who
from services.pan.actions import constats, depots, lieux, referrals


def guichet() -> Guichet:
    """What the chassis asks of a service for this page."""
    return Guichet(_record, _voies, lieux.departements, _demarches)


def _record(blocage: Blocage, who: Who, request_id: str) -> str:
    return str(constats.report(blocage.signalement, blocage.route, by=who.subject, request_id=request_id).reference)


def _voies(prefecture: str) -> Sequence[Voie]:
    if not prefecture:
        return ()
    ways = [Voie(libelle, texte) for libelle, texte in referrals.modalites(prefecture).voies]
    return [*ways, Voie("Point d’accueil numérique", "On vous aide sur place.", f"/pan/annuaire/{prefecture}")]


def _demarches() -> Sequence[tuple[str, str]]:
    return [(value, label) for value, label, _ in depots.choices()]
