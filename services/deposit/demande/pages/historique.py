"""Each fact of a demande in a sentence, in date order, with who did it: what a person and a court read (DEP-44)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis.partial_day import read_day
from chassis.web.files import fingerprint
from chassis.web.languages import day_in_words
from services.deposit.demande.actions import modifications
from services.deposit.demande.pages import mots, reponses

PHRASES: Mapping[str, Any] = {
    **mots.POUR_TOUS,
    "deposit.pieces.demandees": _l("Pièces demandées par la préfecture"),
    "deposit.pieces.recues": _l("Pièces reçues : preuve d’envoi"),
    "deposit.demande.decidee": _l("Décision prise"),
    "deposit.demande.rouverte": _l("Demande rouverte, avec sa première date"),
    "deposit.demande.annulee": _l("Demande annulée par vous"),
    "deposit.demande.transferee": _l("Demande transmise à une autre préfecture"),
    "deposit.demande.modifiee": _l("Demande modifiée"),
    "deposit.rupture.prevue": _l("Votre document finit, le suivant n’est pas prêt : un agent est prévenu"),
    "deposit.rupture.ecartee": _l("Un document suit le précédent sans jour manquant"),
    "deposit.rupture.constatee": _l("Vous n’avez plus de document valable"),
    "deposit.rupture.finie": _l("Vous avez de nouveau un document valable, ou la demande est finie"),
    "deposit.attestation.delivree": _l("Document donné"),
    "deposit.echange.ajoute": _l("Message ajouté"),
    "deposit.horloge.changee": _l("Délai arrêté ou repris"),
    "deposit.reception.confirmee": _l("Reçue dans les dossiers de la préfecture"),
    "deposit.message.demande": _l("Message envoyé à vous"),
}
AUTEURS = {
    "usager": _l("vous"),
    "agent": _l("un agent"),
    "aidant": _l("votre aidant"),
    "systeme": _l("le service"),
    "service": _l("le service"),
}
COLONNES = ("version", "jour", "heure_utc", "fait", "par", "empreinte", "moment", "details", "fichiers", "preuve")


def phrase(fact: Mapping[str, Any]) -> str:
    """What happened: for a message sent its subject, for a change what it was about."""
    private = fact.get("prive") or {}
    if "modele" in private:
        return str(_("Message envoyé : %(objet)s", objet=mots.MODELES.get(private["modele"], _("information"))))
    if fact["subject"] == "deposit.demande.modifiee" or "refus_retire" in private:
        return mots.fact_in_words(dict(fact))
    return str(PHRASES.get(fact["subject"], fact["subject"]))


def author(fact: Mapping[str, Any]) -> str:
    """Who did it."""
    kind = str(fact.get("by", "")).partition(":")[0]
    return str(AUTEURS.get(kind, kind))


def details(fact: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """What was said with it: answers before and after, the words of a message, of a request, of a decision; the pieces
    by their `names`.
    """
    private = fact.get("prive") or {}
    if "modele" in private:
        fields = json.loads(private["contenu"])["champs"]
        return "\n".join(
            f"{mots.CHAMPS.get(name, name)} : {_value_in_words(value)}" for name, value in fields.items() if value
        )
    if lines := changes(fact):
        return "\n".join(lines)
    said = [private.get(name) for name in ("motif", "texte") if isinstance(private.get(name), str)]
    asked = [names.get(piece, piece) for piece in private.get("pieces", ()) if isinstance(piece, str)]
    return "\n".join(str(word) for word in (*said, *asked, *private.get("recours", ())) if word)


def files(fact: Mapping[str, Any]) -> str:
    """The files sent with it, each with its own fingerprint, or joined to the message."""
    private = fact.get("prive") or {}
    if "modele" in private:
        return "\n".join(str(piece["nom"]) for piece in json.loads(private["contenu"])["pieces"])
    sent = [piece for piece in private.get("pieces", ()) if isinstance(piece, Mapping)]
    return "\n".join(f"{piece.get('nom', '')} (SHA-256 {fingerprint(piece)})" for piece in sent)


def _value_in_words(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_value_in_words(item) for item in value)
    try:
        return day_in_words(read_day(str(value)))
    except ValueError:
        return str(value)


def changes(fact: Mapping[str, Any]) -> list[str]:
    """What a fact changed, each answer before and after (DEP-32), then the words said with it."""
    found = modifications.of_fact(fact)
    if found is None:
        return []
    lines = [
        _(
            "%(champ)s : « %(avant)s » est devenu « %(apres)s ».",
            champ=reponses.name(e.champ),
            avant=reponses.value(e.champ, e.avant),
            apres=reponses.value(e.champ, e.apres),
        )
        for e in found.ecarts
    ]
    return [*lines, found.texte] if found.texte else lines
