"""« Mon parcours »: one number for every channel, and what each of them did (XCT-21)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, render_template
from flask_babel import lazy_gettext as _l

from chassis.web.forms import Answer
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from services.deposit.blocage.pages.personne import person_id
from services.deposit.demande.pages import historique
from services.deposit.parcours import actions as parcours

pages = Blueprint("parcours", __name__)

PAS: Mapping[str, Any] = {
    **historique.PHRASES,
    "blocage": _l("Blocage enregistré : votre date est protégée"),
    "ccc.saisine.ouverte": _l("Centre de contact : question posée"),
    "ccc.saisine.repondue": _l("Centre de contact : réponse donnée"),
    "ccc.saisine.rouverte": _l("Centre de contact : question rouverte"),
    "deposit.compte.modifie": _l("Compte changé"),
    "deposit.compte.rattache": _l("Adresse e-mail changée"),
    "deposit.mandat.modifie": _l("Mandat d’un aidant donné ou arrêté"),
    "deposit.panne.declaree": _l("Panne du site : vos délais sont arrêtés"),
    "deposit.panne.terminee": _l("Fin de la panne : vos délais reprennent"),
    "deposit.promesse.faite": _l("Un agent s’est engagé à agir avant une date"),
    "deposit.promesse.tenue": _l("L’agent a fait ce qu’il avait promis"),
    "deposit.promesse.manquee": _l("La date promise par un agent est passée"),
    "deposit.remontee.modifiee": _l("Votre problème au bureau national : transmis, en retard ou réglé"),
    "notify.message.non_recu": _l("Un message ne vous a pas atteint"),
    "pan.rendez_vous.pris": _l("Point d’accueil : rendez-vous pris"),
    "pan.rendez_vous.deplace": _l("Point d’accueil : rendez-vous déplacé"),
    "pan.rendez_vous.annule": _l("Point d’accueil : rendez-vous annulé"),
    "pan.visite.enregistree": _l("Point d’accueil : visite"),
    "substitution.voie.ouverte": _l("Faire autrement : une voie est ouverte"),
    "substitution.convocation.emise": _l("Faire autrement : convocation donnée"),
    "substitution.dossier.recu": _l("Faire autrement : dossier reçu"),
    "substitution.voie.aboutie": _l("Faire autrement : demande déposée"),
    "substitution.voie.refusee": _l("Faire autrement : refus écrit"),
    "notify.envoi.remis": _l("Message remis au transporteur"),
    "notify.envoi.echec": _l("Un envoi n’a pas abouti"),
}


@pages.app_template_filter("pas_en_mots")
def in_words(subject: str) -> str:
    """What a step is, for a person."""
    return str(PAS.get(subject, subject))


@pages.get("/mon-parcours")
@require(USAGER, AIDANT)
def voir() -> Answer:
    """The number that joins everything, and every step in every channel."""
    return render_template("parcours/parcours.html", parcours=parcours.of_person(person_id(), current_who()))
