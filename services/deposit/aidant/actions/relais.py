"""A helper as the contact of a person: what is sent to her reaches his structure, while her mandate runs (DEP-09).

Only she decides it. It ends with the mandate, by whatever ends it, and her own ways are then used again.
"""

from __future__ import annotations

from datetime import date, timedelta

from chassis import clock, due, mongo, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.compte.actions import comptes
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.usager import Mandat, Structure, Usager

RELAIS_IMPOSSIBLE = Motif(
    "RELAIS_IMPOSSIBLE",
    "regle-du-service",
    "Cette structure ne peut pas recevoir vos messages : son mandat est fini, ou elle n’a pas d’adresse e-mail.",
    "Choisissez une autre structure, ou donnez un téléphone ou une adresse postale dans « Mon compte ».",
)


@outbox.retry_conflicts
def choose(mandat_id: str, recevoir: bool, who: Who, *, request_id: str) -> Usager:
    """From now on her messages go to the structure of this mandate, or to her own ways again."""
    mandat = mongo.find(Mandat, id=mandat_id, usager_id=who.id)
    usager = access_usager(who.id, who, acces.ACT)
    if outbox.already(usager, request_id):
        return usager
    structure = mongo.find(Structure, id=mandat.structure_id, active=True) if mandat is not None else None
    running = mandat is not None and mandat.revoque_date is None and mandat.fin_date >= clock.today()
    if recevoir and not (running and structure is not None and structure.courriel):
        raise Refused(RELAIS_IMPOSSIBLE)
    return _write(usager, mandat if recevoir else None, by=who.subject, request_id=request_id)


@outbox.retry_conflicts
def end(usager_id: str, mandat_id: str, *, by: str) -> None:
    """The mandate is over: nothing more of hers goes there."""
    usager = comptes.usager_by_id(usager_id)
    if usager.relais.get("mandat_id") == mandat_id:
        _write(usager, None, by=by, request_id=f"relais:{mandat_id}:{clock.today()}")


def end_all(structure_id: str, *, by: str) -> None:
    """The structure is cut off: nobody's messages go there any more."""
    while found := Usager.objects(relais__structure_id=structure_id).only("id", "relais").first():
        end(found.id, found.relais["mandat_id"], by=by)


@outbox.retry_conflicts
def end_due(usager_id: str, due_date: date, today: date) -> Usager:
    """The last day of the mandate has passed."""
    usager = comptes.usager_by_id(usager_id)
    return _write(usager, None, by="systeme", request_id=f"relais:{due_date}")


def _write(usager: Usager, mandat: Mandat | None, *, by: str, request_id: str) -> Usager:
    usager.relais = {"mandat_id": mandat.id, "structure_id": mandat.structure_id} if mandat is not None else {}
    due.plan(usager, relais=mandat.fin_date + timedelta(days=1) if mandat is not None else None)
    objet = "RELAIS_CHOISI" if mandat is not None else "RELAIS_FINI"
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet=objet)
    reached = comptes.contact(usager, usager.version + 1)
    return outbox.update(usager, Fact("deposit.compte.modifie", changed, by=by), reached, request_id=request_id)
