"""The reception point that a person names as her contact: its agents tell her what is sent to her (DEP-09).

Beside her own ways, and only there for who has none. A protected person also confirms it among her safe ways.
"""

from __future__ import annotations

from collections.abc import Sequence

from chassis import outbox
from chassis.web.who import Who
from droit.catalogue.lieu import Genre as Genres
from droit.decision import Genre, Motif, Refused
from prefecture.actions import shipped
from sejour.contact.v1 import contact_pb2
from services.deposit.cadre import cadre
from services.deposit.compte import inputs
from services.deposit.compte.actions import comptes, identites
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.usager import Usager

POINT_INCONNU = Motif(
    "POINT_INCONNU",
    "regle-du-service",
    "Ce point d’accueil n’est pas dans la liste.",
    "Choisissez-en un dans la liste, ou aucun : vos autres moyens restent.",
    Genre.INVALIDE,
)


def places() -> Sequence[tuple[str, str]]:
    """Every reception point, by its code, with its town and its name."""
    found = [lieu for rules in shipped(cadre()) for lieu in rules.lieux if lieu.genre is Genres.PAN]
    return sorted(((lieu.code, f"{lieu.ville} : {lieu.nom}") for lieu in found), key=lambda place: place[1])


def name_of(lieu_id: str) -> str:
    """A reception point in words; its code for one that is no longer there; empty for none."""
    return dict(places()).get(lieu_id, lieu_id)


def choose(said: inputs.PointAccueil, who: Who, *, request_id: str) -> Usager:
    """She names it herself, or none any more. Raises Refused(POINT_INCONNU)."""
    return keep(access_usager(who.id, who, acces.ACT).id, said.lieu_id, by=who.subject, request_id=request_id)


@outbox.retry_conflicts
def keep(usager_id: str, lieu_id: str, *, by: str, request_id: str) -> Usager:
    """From now on what is sent to her is told to her there too; another place, or none, takes it away."""
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id) or usager.point_accueil == lieu_id:
        return usager
    if lieu_id and lieu_id not in dict(places()):
        raise Refused(POINT_INCONNU, champ="lieu_id")
    usager.point_accueil = lieu_id
    # Safe is the place that she confirmed, and not the next one.
    usager.canaux_confirmes = [canal for canal in usager.canaux_confirmes if canal != contact_pb2.CANAL_ACCUEIL]
    fact = identites.account_fact(usager, "POINT_ACCUEIL_CHOISI" if lieu_id else "POINT_ACCUEIL_RETIRE", by)
    return outbox.update(usager, fact, comptes.contact(usager, usager.version + 1), request_id=request_id)
