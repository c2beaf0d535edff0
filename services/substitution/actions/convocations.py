"""The written convocation: given at the opening, with or without a slot; given again when a slot comes or changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis import hours
from chassis.outbox import Fact
from documents.nature import Nature
from droit.catalogue.titre import Stade
from droit.decision import Refused
from droit.jours import day_in_words
from papier.store import Papier
from prefecture.modalites import rows
from sejour.substitution.v1 import events_pb2
from services.substitution.actions import papiers
from services.substitution.actions.prefectures import Modalites
from services.substitution.cadre import cadre
from services.substitution.rules import voies as rules
from services.substitution.store import Voie


@dataclass(frozen=True)
class Rendez:
    """An appointment given: where, when (UTC), on which clock, under which identifier at pan."""

    id: str
    debut: datetime
    lieu: str
    fuseau: str


def write(voie: Voie, ways: Modalites, rendez: Rendez | None) -> Papier:
    """The paper that invites the person: it names place, last day, ways without travel, and the date that is kept."""
    extra: dict[str, object] = {
        "lieu": rendez.lieu if rendez else ways.lieu,
        "motif": "déposer votre demande",
        "pieces": list(pieces_asked(voie)),
        "voies": rows(ways.autres),
    }
    if rendez is None:
        extra["limite_date"] = voie.echeance_date.isoformat()
    else:
        extra |= {
            "date": hours.local(rendez.debut, rendez.fuseau).date().isoformat(),
            "heure": hours.hour_in_words(rendez.debut, rendez.fuseau),
        }
    said = {"paragraphes": tuple(_sentences(voie, rendez)), "regle": voie.regle, "titre_libelle": libelle_imprime(voie)}
    return papiers.give(voie, Nature.CONVOCATION, ways.nom, extra, **said)


def fact(voie: Voie, papier: Papier, rendez: Rendez | None, by: str) -> Fact:
    """The fact that announces a convocation."""
    debut = rendez.debut.astimezone(UTC).isoformat() if rendez else ""
    emise = events_pb2.ConvocationEmise(
        convocation_id=papier.numero,
        numero=papier.numero,
        voie_id=voie.id,
        debut_time=debut,
        emission_date=papier.emis_date.isoformat(),
    )
    return Fact("substitution.convocation.emise", emise, by=by)


def libelle_imprime(voie: Voie) -> str:
    """The same on a paper: a title whose name would tell of violence, of an illness or of asylum has another there."""
    return cadre().catalogue.libelle_imprime(voie.titre_code or "", voie.demarche_code or "")


def libelle(voie: Voie) -> str:
    """What the person asks for, in words; empty while nobody knows."""
    if voie.titre_code:
        return cadre().catalogue.titre(voie.titre_code).libelle
    if voie.demarche_code:
        return cadre().catalogue.demarche(voie.demarche_code).libelle
    return ""


def pieces_asked(voie: Voie) -> Sequence[str]:
    """The mandatory pieces, in words, as the catalogue gives them on the day of the opening."""
    day, position = voie.ouverture_date, cadre().position
    try:
        if voie.titre_code:
            titre = cadre().catalogue.titre(voie.titre_code)
            stade = (
                Stade.RENOUVELLEMENT
                if voie.fin_droit_date and Stade.RENOUVELLEMENT in titre.stades
                else titre.stades[0]
            )
            asked = titre.pieces_at(stade, day, position)
        elif voie.demarche_code:
            asked = cadre().catalogue.demarche(voie.demarche_code).pieces.at(day, position).value
        else:
            return ()
    except Refused:
        # Before the first rule of this title nothing is asked by a text: the counter says what to bring.
        return ()
    return [piece.libelle for piece in asked if piece.obligatoire]


def _sentences(voie: Voie, rendez: Rendez | None) -> list[str]:
    said = []
    if rendez is None and voie.origine != rules.DETENTION:
        said.append(
            f"Si aucun rendez-vous ne vous est écrit avant le {day_in_words(voie.echeance_date)}, présentez-vous au "
            "guichet avec ce document, jusqu’à cette date et après : vous êtes reçu, et votre demande est déposée."
        )
    if voie.origine == rules.DETENTION:
        said.append(
            "Vous n’avez pas à sortir de l’établissement : votre dossier part par la poste ou par l’établissement, "
            "et un rendez-vous n’est pris que si vous le demandez."
        )
    said.append(
        f"La date qui compte pour votre demande est le {day_in_words(voie.date_protegee)}, "
        "quel que soit le jour du dépôt."
    )
    said.append(f"Votre référence : {voie.reference}.")
    return said
