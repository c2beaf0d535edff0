"""« Je n'y arrive pas » in ccc: what the shared page needs of us."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from chassis import clock
from chassis.web.jnap import Blocage, Guichet, Voie
from chassis.web.who import Who
from services.ccc.actions import blocages, prefectures
from services.ccc.cadre import cadre


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
    said = blocage.signalement
    titre, demarche = prefectures.split(said.demarche)
    found = blocages.Signalement(
        essai=said.essai,
        prefecture=said.prefecture if prefectures.is_prefecture(said.prefecture) else "",
        demarche=said.demarche,
        contact=said.contact,
        page=blocage.route,
        navigateur=request.user_agent.string[:300],
        capture=blocage.capture.key if blocage.capture else "",
    )
    return blocages.signaler(found, titre, demarche, by=who.subject, request_id=request_id)
