"""Each fact of a demande in a sentence, in date order, with who did it: what a person and a court read (DEP-44)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from chassis.web.languages import instant_in_words
from services.deposit.demande.actions import modifications
from services.deposit.demande.pages import reponses

PHRASES: Mapping[str, Any] = {
    "deposit.demande.deposee": _l("Demande déposée"),
    "deposit.demande.reprise": _l("Demande reprise d’un ancien fichier"),
    "deposit.demande.complete": _l("Demande complète"),
    "deposit.pieces.demandees": _l("Pièces demandées par la préfecture"),
    "deposit.pieces.recues": _l("Pièces reçues : preuve d’envoi"),
    "deposit.demande.decidee": _l("Décision prise"),
    "deposit.titre.pret": _l("Titre prêt"),
    "deposit.titre.remis": _l("Titre remis"),
    "deposit.demande.close": _l("Demande fermée sans décision"),
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
COLONNES = ("version", "jour", "heure_utc", "fait", "par", "empreinte", "moment")


def lines(facts: Iterable[Mapping[str, Any]], fuseau: str) -> list[tuple[str, str, str, str]]:
    """(moment on the clock of the préfecture, what, details, hash) of each fact, the oldest first."""
    return [
        (
            instant_in_words(fact["time"], fuseau),
            str(PHRASES.get(fact["subject"], fact["subject"])),
            _details(fact),
            str(fact["hash"]),
        )
        for fact in facts
    ]


def as_csv(facts: Iterable[Mapping[str, Any]], fuseau: str) -> str:
    """The export: legal day, instant, fact, author, the hash that chains each line to the one before, local hour."""
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";")
    rows.writerow(COLONNES)
    for fact in facts:
        words = str(PHRASES.get(fact["subject"], fact["subject"]))
        told = (words, _author(fact), fact["hash"], instant_in_words(fact["time"], fuseau))
        rows.writerow([fact["version"], fact["day"], fact["time"].isoformat(), *told])
    # The mark makes spreadsheets read the accents.
    return "\ufeff" + written.getvalue()


def changes(fact: Mapping[str, Any]) -> list[str]:
    """What a fact changed, each answer before and after (DEP-32), then the words said with it."""
    found = modifications.of_fact(fact)
    if found is None:
        return []
    told = [
        _(
            "%(champ)s : « %(avant)s » est devenu « %(apres)s ».",
            champ=reponses.name(e.champ),
            avant=reponses.value(e.champ, e.avant),
            apres=reponses.value(e.champ, e.apres),
        )
        for e in found.ecarts
    ]
    return [*told, found.texte] if found.texte else told


def _details(fact: Mapping[str, Any]) -> str:
    prive = fact.get("prive") or {}
    if told := changes(fact):
        return " · ".join((str(_author(fact)), *told))
    names = ", ".join(str(piece.get("nom", "")) for piece in prive.get("pieces", []) if isinstance(piece, Mapping))
    hashes = " ".join(
        str(piece.get("sha256", ""))[:16] for piece in prive.get("pieces", []) if isinstance(piece, Mapping)
    )
    said = (names and f"{names} ({hashes})") or str(
        prive.get("texte", "") if isinstance(prive.get("texte"), str) else ""
    )
    return " · ".join(filter(None, (str(_author(fact)), said)))


def _author(fact: Mapping[str, Any]) -> str:
    kind = str(fact.get("by", "")).partition(":")[0]
    return str(AUTEURS.get(kind, kind))
