"""« Je n'y arrive pas » in deposit: what the shared page needs of us."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from blocage.pages import Blocage, Guichet, Voie
from chassis import clock
from chassis.web.identity import current_who
from chassis.web.who import Who
from droit.decision import Refused
from services.deposit.blocage.actions import declaration
from services.deposit.blocage.pages.personne import person, person_id
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import fichiers, prefectures
from services.deposit.dossier.actions.acces import access_demande

# The page where the person was tells what she met better than she can.
SYMPTOMES = {
    "/deposit/comptes": "COMPTE_IMPOSSIBLE",
    "/deposit/connexion": "CONNEXION",
    "/deposit/recuperation": "CONNEXION",
    "/deposit/demandes/<demande_id>/pieces": "ENVOI_PIECE",
    "/deposit/demandes/<demande_id>/demandes-pieces": "DEMANDE_ILLISIBLE",
    "/deposit/documents": "TELECHARGEMENT",
    "/deposit/choisir": "DEMARCHE_GRISEE",
}


def guichet() -> Guichet:
    """What deposit gives to the shared page."""
    return Guichet(
        record_blocage=_record,
        voies=_ways,
        prefectures=prefectures.departements,
        demarches=demarches,
        store=fichiers.store(),
    )


def _ways(prefecture: str) -> Sequence[Voie]:
    """Those of the préfecture that she says here, else of the one that her account has."""
    return ways(prefecture or (person().prefecture if person_id() else "") or "")


def ways(prefecture: str) -> Sequence[Voie]:
    """The préfecture's ways that need no computer; the counter always (SUB-04, SUB-06)."""
    modalites = prefectures.modalites(prefecture)
    pans = modalites.prefecture.pans[:3] if modalites.prefecture else ()
    return [
        *(Voie(voie.libelle, voie.texte, "/substitution/") for voie in modalites.guichets),
        *(Voie(voie.libelle, voie.texte, "" if modalites.prefecture else "/ccc/") for voie in modalites.autres),
        *(Voie(pan.nom, f"{pan.adresse}, {pan.code_postal} {pan.ville}.", "/pan/") for pan in pans),
    ]


def demarches() -> list[tuple[str, str]]:
    """Every title and démarche, by code."""
    cat = cadre().catalogue
    return [(t.code, t.libelle) for t in cat.titres()] + [(d.code, d.libelle) for d in cat.demarches()]


def _record(blocage: Blocage, who: Who, request_id: str) -> str:
    said = blocage.signalement
    titles = {t.code for t in cadre().catalogue.titres()}
    route = blocage.route
    symptome = next((name for page, name in SYMPTOMES.items() if route.startswith(page)), "AUTRE")
    found = declaration.blocage(
        {
            "symptome": symptome,
            "prefecture": said.prefecture,
            "titre_code": said.demarche if said.demarche in titles else "",
            "demarche_code": "" if said.demarche in titles else said.demarche,
            "demande_id": _own(said.demande),
            "precis": said.precis,
            "contact": said.contact,
            "page": route,
            "navigateur": request.user_agent.string[:300],
            "capture": blocage.capture.key if blocage.capture else "",
        },
        who,
        clock.today(),
        request_id=request_id,
    )
    return str(found.reference)


def _own(demande_id: str) -> str:
    """The demande that the page was about; none where it is not hers to see: nobody stuck is refused for it."""
    try:
        return access_demande(demande_id, current_who()).id if demande_id else ""
    except Refused:
        return ""
