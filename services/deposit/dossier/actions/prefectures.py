"""The rules of a préfecture as they stand today: those published by substitution, else those shipped with droit."""

from __future__ import annotations

from chassis import clock
from droit.catalogue.prefecture import Prefecture
from droit.decision import Refused
from services.deposit.cadre import cadre
from services.deposit.dossier.store.projections import PrefectureConnue


def regles(code: str) -> Prefecture | None:
    """The rules in force today, or None for a préfecture that has none written (its national rules then hold)."""
    published = (
        PrefectureConnue.objects(prefecture=code, depuis_date__lte=clock.today()).order_by("-depuis_date").first()
    )
    if published is not None:
        return cadre().catalogue.prefecture_from_json(published.regles)
    try:
        return cadre().catalogue.prefecture(code)
    except Refused:
        return None


def ways_in_words(code: str) -> list[str]:
    """The ways of a préfecture that need no computer, one sentence each; the counter always (SUB-06)."""
    rules = regles(code)
    if rules is None:
        return ["Un rendez-vous au guichet de votre préfecture, sans condition."]
    sub = rules.substitution
    found = [f"Un rendez-vous au guichet : {rules.nom}, {rules.adresse}, {rules.code_postal} {rules.ville}."]
    if sub.telephone:
        found.append(f"Par téléphone : {sub.telephone}.")
    if sub.courrier.ouverte:
        found.append(f"Par courrier : {sub.courrier.adresse}.")
    if sub.courriel_depot.ouverte:
        found.append(f"Par courriel : {sub.courriel_depot.adresse}.")
    return found


def departements() -> list[tuple[str, str]]:
    """Every département."""
    return [(d.code, f"{d.code} {d.nom}") for d in cadre().catalogue.departements()]
