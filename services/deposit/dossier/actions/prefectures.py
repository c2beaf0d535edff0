"""The préfectures as deposit knows them today."""

from __future__ import annotations

from functools import partial

from chassis import clock
from droit.catalogue.prefecture import Prefecture, RouteLocale
from prefecture import actions as prefectures
from prefecture import store
from prefecture.modalites import Modalites
from services.deposit.cadre import cadre
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.projections import PrefectureConnue


def regles(code: str) -> Prefecture | None:
    """The rules in force today, or None for a préfecture that has none written (its national rules then hold)."""
    return prefectures.rules_in_force(PrefectureConnue, code, clock.today(), cadre())


def version_name(code: str) -> str:
    """Under which the last version of a préfecture is read once for an act on a demande."""
    return f"regles {code}"


def regles_of(demande: Demande) -> Prefecture | None:
    """The rules in force today in the préfecture that has this demande."""
    code = demande.prefecture
    read = partial(store.last_begun, PrefectureConnue, code, clock.today())
    return prefectures.of_version(demande.once(version_name(code), read), code, cadre())


def name(code: str) -> str:
    """How a préfecture is called: as it calls itself, else by its département."""
    return prefectures.name(code, regles(code), cadre())


def modalites(code: str) -> Modalites:
    """The ways of a préfecture that need no computer; the counter always (SUB-06)."""
    return prefectures.modalites(PrefectureConnue, code, clock.today(), cadre())


def route(prefecture: str, code: str) -> tuple[str, RouteLocale | None]:
    """How a préfecture calls itself, and its own route for a title or démarche where it wrote one lately."""
    rules, today = regles(prefecture) if prefecture else None, clock.today()
    if rules is None:
        return "", None
    routes = rules.routes(today, cadre().number("P-STALE", today))
    return rules.nom, next((one for one in routes if one.code == code), None)


def fuseau_of(usager_id: str) -> str:
    """The time zone of the préfecture that this person last asked something; empty while she asked none."""
    last = Demande.objects(usager_id=usager_id, prefecture__gt="").order_by("-depot_date").only("prefecture").first()
    return fuseau(last.prefecture) if last else ""


def fuseau(code: str) -> str:
    """The time zone in which a préfecture counts its hours."""
    return cadre().catalogue.fuseau(code)


def departements() -> list[tuple[str, str]]:
    """Every département."""
    return [(d.code, f"{d.code} {d.nom}") for d in cadre().catalogue.departements()]
