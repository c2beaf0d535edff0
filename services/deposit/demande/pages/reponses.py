"""Each answer of a demande by its name, and its value in words: for the person, the agent and a court."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis.partial_day import read_day
from chassis.web.languages import day_in_words
from droit.decision import Refused
from services.deposit.cadre import cadre
from services.deposit.dossier.actions.formulaire import SITUATIONS_FAMILIALES

_FAMILIALES = {
    "celibataire": _l("Célibataire"),
    "marie": _l("Marié ou mariée"),
    "pacse": _l("Pacsé ou pacsée"),
    "separe": _l("Séparé ou séparée, divorcé ou divorcée"),
    "veuf": _l("Veuf ou veuve"),
    "non-dit": _l("Je préfère ne pas le dire ici"),
}
SITUATIONS = tuple((code, _FAMILIALES[code]) for code in SITUATIONS_FAMILIALES)
SITUATIONS_SEJOUR = (
    ("titre", _l("A un titre de séjour, ou en a eu un")),
    ("visa", _l("A un visa : première demande de titre")),
    ("aucun", _l("N’a pas de titre : première demande")),
    ("sans", _l("Vit en France sans titre")),
)
NOMS: Mapping[str, Any] = {
    "titre_code": _l("Titre demandé"),
    "prefecture": _l("Département"),
    "situation": _l("Situation de séjour"),
    "fin_titre_date": _l("Dernier jour du titre ou du visa"),
    "beneficiaire_nom": _l("Nom de l’enfant"),
    "beneficiaire_prenoms": _l("Prénoms de l’enfant"),
    "beneficiaire_naissance_date": _l("Naissance de l’enfant"),
    "adresse": _l("Adresse"),
    "telephone": _l("Téléphone"),
    "situation_familiale": _l("Situation de famille"),
    "carte_demandee": _l("Carte plus longue demandée"),
    "urgence": _l("Urgence"),
    "precisions": _l("Précisions"),
    "titre_recu": _l("Titre déjà reçu"),
}
_CHOIX = {"situation_familiale": dict(SITUATIONS), "situation": dict(SITUATIONS_SEJOUR)}


def name(champ: str) -> str:
    """What an answer is called."""
    return str(NOMS.get(champ) or champ.replace("_", " ").capitalize())


def value(champ: str, valeur: str) -> str:
    """What an answer says, in words; what was empty says so."""
    if not valeur:
        return str(_("rien d’écrit"))
    if champ in _CHOIX:
        return str(_CHOIX[champ].get(valeur, valeur))
    try:
        if champ.endswith("_date"):
            return day_in_words(read_day(valeur))
        if champ in ("titre_code", "carte_demandee"):
            return cadre().catalogue.titre(valeur).libelle
        if champ == "prefecture":
            return cadre().catalogue.departement(valeur).nom
    except (Refused, ValueError):
        return valeur
    return valeur
