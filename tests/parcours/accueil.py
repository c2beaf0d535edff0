"""What the reception point of Paris does, through pan's API."""

from __future__ import annotations

from datetime import date, timedelta

from dev.parcours.case_08 import LIEU
from dev.parcours.monde import Monde


def visited(monde: Monde, identite: dict[str, str], adresse: str = "", telephone: str = "") -> str:
    """Somebody comes without appointment and her paper is seen: the path of her visit."""
    desk = monde.agent("pan", "farid")
    visit = desk.post(f"/bureau/lieux/{LIEU}/arrivees", nom=identite["nom"], objet="AIDE")
    path = f"/bureau/visites/{visit['id']}"
    desk.post(f"{path}:prendre")
    desk.post(
        f"{path}:verifier", papier="PASSEPORT", nom_conforme=True, naissance_conforme=True, photo_conforme=True,
        nom=identite["nom"], prenoms=identite["prenoms"], naissance_date=identite["naissance"],
        numero_etranger=identite.get("numero_etranger", ""), adresse=adresse, telephone=telephone,
    )  # fmt: skip
    return path


def training(day: date, later: int = 0) -> dict[str, str]:
    """The day of a training as the page of a team sends it, `later` days after this one."""
    day += timedelta(days=later)
    return {
        "formation_date-jour": str(day.day), "formation_date-mois": str(day.month),
        "formation_date-annee": str(day.year),
    }  # fmt: skip
