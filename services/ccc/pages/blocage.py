"""« Je n'y arrive pas » in ccc: what the shared page needs of us."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from blocage.pages import Blocage, Guichet, Voie
from chassis import clock
from chassis.web.who import Who
from services.ccc.actions import pieces, prefectures, saisines
from services.ccc.cadre import cadre
from services.ccc.rules import etats


def guichet() -> Guichet:
    """What ccc gives to the shared page."""
    return Guichet(
        record_blocage=_record,
        voies=ways,
        prefectures=prefectures.departements,
        demarches=prefectures.demarches,
        store=cadre().files,
    )


def ways(prefecture: str) -> Sequence[Voie]:
    """The préfecture's ways that need no computer."""
    return [
        Voie(libelle, texte, "/substitution/" if number == 0 else "")
        for number, (libelle, texte) in enumerate(prefectures.modalites(prefecture, clock.today()).voies)
    ]


def _record(blocage: Blocage, who: Who, request_id: str) -> str:
    """A ticket like any other, so that P-ATT runs for her too; the reference told is that of her blockage."""
    said = blocage.signalement
    asked = saisines.Ouverture(
        canal=etats.FORMULAIRE,
        precis=said.precis,
        categorie=etats.TELEPROCEDURE,
        etape=blocage.route,
        navigateur=request.user_agent.string[:300],
        prefecture=said.prefecture if prefectures.is_prefecture(said.prefecture) else "",
        choix=said.demarche,
        joignable=said.joignable,
        captures=(pieces.of_stored(blocage.capture),) if blocage.capture else (),
    )
    return str(saisines.open_saisine(asked, who, request_id=request_id).blocage_reference)
