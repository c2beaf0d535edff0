"""An account may be linked to an identity provider: by the holder, signed in otherwise, and when both say the same.

Never by an e-mail alone, nor by a name alone: whoever took somebody's name would come in (DEP-06).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from chassis import outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from personne.nom import same_person
from sejour.deposit.v1 import events_pb2
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.usager import Usager

IDENTITE_DIFFERENTE = Motif(
    "IDENTITE_DIFFERENTE",
    "regle-du-service",
    "Le nom ou le jour de naissance n’est pas le même des deux côtés : rien n’est relié.",
    "Votre mot de passe marche toujours. Si votre nom a changé ou s’il est mal écrit, dites-le à un agent.",
    Genre.CONFLIT,
)
DEJA_RELIE = Motif(
    "DEJA_RELIE",
    "regle-du-service",
    "Cette identité est déjà reliée à un autre compte.",
    "Si cet autre compte n’est pas de vous, dites-le : il est gelé tout de suite.",
    Genre.CONFLIT,
)
MOT_DE_PASSE_ABSENT = Motif(
    "MOT_DE_PASSE_ABSENT",
    "regle-du-service",
    "Sans mot de passe, vous ne pourriez plus entrer.",
    "Choisissez d’abord un mot de passe sur cette page.",
)


def of_subject(sub: str) -> Usager | None:
    """The account linked to this identity, or None."""
    found: Usager | None = Usager.objects(sub_oidc=sub).first() if sub else None
    return found


@outbox.retry_conflicts
def link(usager_id: str, sub: str, noms: Iterable[str], naissance: date | None, who: Who, *, request_id: str) -> Usager:
    """Links the holder's account. Raises Refused(IDENTITE_DIFFERENTE), or Refused(DEJA_RELIE)."""
    usager = access_usager(usager_id, who, acces.ACT)
    if outbox.already(usager, request_id) or usager.sub_oidc == sub:
        return usager
    if not same_person(usager.nom, usager.naissance_date, noms, naissance):
        raise Refused(IDENTITE_DIFFERENTE)
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="FRANCECONNECT_RELIE")
    try:
        usager.sub_oidc = sub
        return outbox.update(usager, Fact("deposit.compte.modifie", changed, by=who.subject), request_id=request_id)
    except outbox.Duplicate as error:
        raise Refused(DEJA_RELIE) from error


@outbox.retry_conflicts
def unlink(usager_id: str, who: Who, *, request_id: str) -> Usager:
    """Removes the link; a password is needed first, so that the person can still sign in."""
    usager = access_usager(usager_id, who, acces.ACT)
    if outbox.already(usager, request_id):
        return usager
    if not usager.password_hash:
        raise Refused(MOT_DE_PASSE_ABSENT)
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="FRANCECONNECT_RETIRE")
    fact = Fact("deposit.compte.modifie", changed, by=who.subject)
    usager.sub_oidc = None
    return outbox.update(usager, fact, request_id=request_id)
