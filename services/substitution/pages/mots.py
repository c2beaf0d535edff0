"""The words of codes, for people: one table each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

if TYPE_CHECKING:
    from services.substitution.store import Voie


STATES = {
    "OUVERTE": (_("Ouverte : un rendez-vous est cherché"), "attente"),
    "CONVOQUEE": (_("Un rendez-vous est donné"), "ok"),
    "DOSSIER_RECU": (_("Le dossier est arrivé"), "attente"),
    "ABOUTIE": (_("La demande est déposée"), "ok"),
    "REFUSEE": (_("Refusée par écrit"), "arret"),
}
JOINTE_A_UNE_TERMINEE = (_("Pièces jointes à une demande terminée"), "attente")
ORIGINES = {
    "CHOIX": _("Choix de la personne"),
    "BLOCAGE": _("Blocage constaté"),
    "INCAPACITE": _("Ne peut pas utiliser internet"),
    "DETENTION": _("En détention, ou hospitalisée sous contrainte"),
    "HORS_TELESERVICE": _("Demande hors du téléservice"),
    "PANNE": _("Panne du téléservice"),
}
MOYENS = {"GUICHET": _("Au guichet"), "POSTE": _("Par la poste"), "COURRIEL": _("Par e-mail")}
PREUVES = (
    ("invitation-prefecture", _("Une invitation de la préfecture")),
    ("document-ccc", _("Un document du centre de contact")),
    ("attestation-pan", _("Une attestation d'un point d'accueil")),
    ("preuve-de-visite", _("Une preuve de visite à un point d'accueil")),
    ("capture-ecran", _("Une capture d'écran")),
    ("tentative-vaine", _("Des essais sans réponse auprès du centre de contact")),
)
SYMPTOMES = (
    (1, _("Le compte ne peut pas être ouvert")),
    (2, _("Un compte existe déjà")),
    (3, _("La connexion échoue")),
    (4, _("La démarche ne peut pas être choisie")),
    (5, _("Une demande passée est dite en cours")),
    (6, _("Un titre est dit disponible à la préfecture")),
    (7, _("Une pièce ne peut pas être envoyée")),
    (8, _("Une demande de l'agent ne s'ouvre pas")),
    (9, _("Un document ne peut pas être téléchargé")),
    (10, _("Un message n'est pas arrivé")),
    (11, _("Le téléservice ne répond pas")),
    (12, _("Le centre de contact n'a pas pu être joint")),
    (13, _("Autre chose")),
)
FAITS = {
    "substitution.voie.ouverte": _("Voie ouverte"),
    "substitution.voie.modifiee": _("Voie modifiée"),
    "substitution.voie.transferee": _("Voie passée à une autre préfecture"),
    "substitution.voie.refusee": _("Refus écrit à la personne"),
    "substitution.voie.aboutie": _("Demande déposée, ou pièces jointes à la demande"),
    "substitution.voie.en_retard": _("Échéance passée"),
    "substitution.convocation.emise": _("Convocation écrite"),
    "substitution.dossier.recu": _("Dossier arrivé"),
}
COURRIELS = {
    "RECU": _("Va être lu"),
    "LU": _("Reçu comme dossier"),
    "IGNORE": _("Mis de côté : à regarder"),
}
CHANGEMENTS = {
    "IDENTITE": _("Identité vérifiée ou cherchée"),
    "NOM": _("Nom complété"),
    "OBJET": _("Demande lue dans le dossier"),
    "ORDONNANCE": _("Décision de justice enregistrée"),
    "ORDONNANCE_EXECUTEE": _("Décision de justice exécutée"),
    "REFUS_CONFIRME": _("Refus confirmé par un superviseur"),
    "REFUS_ANNULE": _("Refus retiré par un superviseur"),
    "REFUS_VU": _("Refus répété : lu par le ministère"),
    "BLOCAGE_FINI": _("Blocage fini"),
    "VISITE_DEMANDEE": _("Visite dans l'établissement demandée"),
    "RENDEZ_VOUS_DEMANDE": _("Rendez-vous demandé"),
    "VISITE_PREVUE": _("Jour de la visite écrit à la personne"),
}
AUTEURS = {"usager": _("par la personne"), "anonyme": _("par la personne"), "agent": _("par un agent")}


def state(voie: Voie) -> tuple[LazyString, str]:
    """The word of a route's state, and its colour."""
    return JOINTE_A_UNE_TERMINEE if voie.demande_terminee else STATES[voie.state]


def fact(fait: Mapping[str, Any]) -> str:
    """What was done on a route."""
    return str(CHANGEMENTS.get(fait["objet"]) or FAITS.get(fait["subject"], _("Voie modifiée")))


def author(fait: Mapping[str, Any]) -> str:
    """Who did it; what nobody did, the service did."""
    return str(AUTEURS.get(str(fait.get("by", "")).partition(":")[0]) or _("par le service"))
