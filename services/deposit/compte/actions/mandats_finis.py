"""What somebody else allowed on an account ends when the account comes back to its holder (DEP-06, XCT-05)."""

from __future__ import annotations

from chassis import clock, messages, mongo, outbox
from chassis.outbox import Entry, Fact
from sejour.deposit.v1 import events_pb2
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Mandat, Structure, Usager

MANDATS_MAX, REFERENCES_MAX = 50, 20


def end_those_of(usager_id: str, holder: Usager, *, by: str) -> None:
    """Ends every mandate given on the page of this account; one that a desk recorded on the holder's paper stays.

    `holder`, to whom the account or its number comes back, and each structure are told.
    """
    running = Mandat.objects(usager_id=usager_id, revoque_date=None, fin_date__gte=clock.today(), au_guichet__ne=True)
    for mandat in running.only("id").limit(MANDATS_MAX):
        _end(mandat.id, holder, by=by)


@outbox.retry_conflicts
def _end(mandat_id: str, holder: Usager, *, by: str) -> None:
    mandat: Mandat = Mandat.objects(id=mandat_id).first()
    if mandat.revoque_date is not None:
        return
    mandat.revoque_date = clock.today()
    structure = mongo.find(Structure, id=mandat.structure_id)
    told = _notice(holder.id, holder.parcours_id, "mandat_revoque", {"structure": structure.nom if structure else ""})
    filed = Demande.objects(usager_id=mandat.usager_id, state__ne=etats.BROUILLON).only("reference")
    references = [demande.reference for demande in filed.limit(REFERENCES_MAX)]
    helper = _notice(mandat.structure_id, mandat.parcours_id, "aidant_mandat_fini", {"references": references})
    outbox.update(mandat, fact(mandat, "REVOQUE", by), told, *([helper] if structure and structure.courriel else []))


def fact(mandat: Mandat, objet: str, by: str) -> Fact:
    """A mandate was given or ended."""
    message = events_pb2.MandatModifie(
        mandat_id=mandat.id,
        usager_id=mandat.usager_id,
        structure_id=mandat.structure_id,
        objet=objet,
        fin_date=mandat.fin_date.isoformat(),
    )
    return Fact("deposit.mandat.modifie", message, by=by, private={"portee": list(mandat.portee)})


def _notice(destinataire_id: str, parcours_id: str, modele: str, champs: dict[str, object]) -> Entry:
    said = messages.Notice(destinataire_id=destinataire_id, parcours_id=parcours_id, modele=modele, champs=champs)
    return messages.fact(ALIAS, said)
