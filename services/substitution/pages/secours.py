"""« Je n'y arrive pas » of substitution: where the still page of a dead téléservice leads; it works alone."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request, session, url_for
from flask_babel import gettext

from blocage.pages import Blocage, Guichet, Voie
from chassis.web.who import Who
from services.substitution.actions import blocages, fichiers, prefectures
from services.substitution.actions.blocages import Signale


def guichet() -> Guichet:
    """What the shared page needs of this service."""
    return Guichet(
        record_blocage=_record,
        voies=_ways,
        prefectures=prefectures.departements,
        demarches=blocages.objects,
        store=fichiers.store(),
    )


def _record(blocage: Blocage, who: Who, request_id: str) -> str:
    """The constat, the route and the convocation, in this request; the browser keeps the way to them."""
    signalement = blocage.signalement
    recorded, voie = blocages.record(
        Signale(
            signalement,
            route=blocage.route,
            objet=signalement.demarche,
            capture=blocage.capture.key if blocage.capture else "",
            navigateur=request.headers.get("User-Agent", "")[:300],
        ),
        by=who.subject,
        request_id=request_id,
    )
    session["voie"] = {"reference": voie.reference, "nom": ""}
    return str(recorded.reference)


def _ways(prefecture: str) -> Sequence[Voie]:
    """The convocation first, then each way of the préfecture."""
    ways = [Voie(voie.libelle, voie.texte) for voie in prefectures.modalites(prefecture).voies]
    if "voie" not in session:
        return ways
    text = gettext("Une voie est ouverte, votre date est protégée. Imprimez la convocation, ou notez la référence.")
    return [Voie(gettext("Votre convocation écrite"), text, url_for("public.ma_voie")), *ways]
