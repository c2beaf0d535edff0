"""The waiting list: a dated proof that the person tried; the first in the list is told when a place is free."""

from __future__ import annotations

from blocage import actions as blocages
from blocage.actions import Constat
from chassis import clock, outbox
from chassis.mongo import collection_of, find
from personne.joindre import Joignable, publish, read_telephone
from personne.reference import new_reference, read_reference
from sejour.blocage.v1 import blocage_pb2
from services.pan import inputs
from services.pan.actions import personnes
from services.pan.rules import agenda as rules
from services.pan.store import Attente, Blocage

TOLD_AT_ONCE = 1
# What keeps her from her démarche when nobody can receive her for it.
HINDERED = (rules.AIDE, rules.DEPOT)
SANS_CRENEAU = "Aucun rendez-vous n’a pu être trouvé dans les points d’accueil de la préfecture."


def join_list(asked: inputs.Inscription, *, request_id: str) -> Attente:
    """Puts a person on the list of a préfecture for a motive; the reference proves the attempt and its date.

    Full, closed or silent, the place could not receive her: for a démarche it is a vain attempt, which opens another
    way by itself and is its evidence (SUB-02).
    """
    telephone = read_telephone(asked.telephone, asked.prefecture)
    victim = asked.objet == rules.VICTIME
    reached = Joignable(nom=asked.nom, telephone=telephone, protege=victim, sans_danger=asked.sans_danger)
    parcours_id = outbox.id_for(request_id, "parcours")
    vain = _vain_attempt(asked, reached, request_id) if asked.objet in HINDERED else None
    attente = Attente(
        id=outbox.id_for(request_id, "attente"),
        parcours_id=parcours_id,
        reference=new_reference("L"),
        prefecture=asked.prefecture,
        objet=asked.objet,
        nom=asked.nom,
        telephone=telephone if reached.somehow else "",
        contact_id=parcours_id if reached.somehow else "",
        inscrit_date=clock.today(),
        blocage_reference=vain.reference if vain else "",
    )
    return outbox.insert(attente, *publish(parcours_id, reached), request_id=request_id)


def _vain_attempt(asked: inputs.Inscription, reached: Joignable, request_id: str) -> Blocage:
    parcours_id = outbox.id_for(request_id, "parcours")
    constat = Constat(
        parcours_id=parcours_id,
        symptome=blocage_pb2.SYMPTOME_AUTRE,
        prefecture=asked.prefecture,
        jour=clock.today(),
        par="anonyme",
        preuves=(blocage_pb2.PREUVE_TENTATIVE_VAINE,),
        contact_id=parcours_id if reached.somehow else "",
        precis=SANS_CRENEAU,
    )
    return blocages.record(Blocage, constat, request_id=f"{request_id}:tentative")


def tell_first(prefecture: str, objet: str) -> int:
    """Tells the first person in the list that a place is free; she then leaves the list."""
    # Who left no way is told nothing: she keeps her place, and asks.
    criteria = {"prefecture": prefecture, "objet": objet, "state": "EN_ATTENTE", "contact_id": {"$gt": ""}}
    waiting = collection_of(Attente).find(criteria, {"_id": 1}).sort("inscrit_date", 1).limit(TOLD_AT_ONCE)
    return sum(_tell(found["_id"]) for found in waiting)


@outbox.retry_conflicts
def _tell(attente_id: str) -> int:
    attente: Attente = Attente.objects(id=attente_id).first()
    if attente.state != "EN_ATTENTE":
        return 0
    # No message gives the motive of a victim (PAN-16).
    objet = "" if attente.objet == rules.VICTIME else attente.objet
    champs = {"reference": attente.reference, "prefecture": attente.prefecture, "objet": objet}
    entries = personnes.tell((attente.contact_id, attente.parcours_id), "creneau_libere", champs)
    attente.state = "PREVENU"
    attente.prevenu_date = clock.today()
    outbox.update(attente, *entries)
    return 1


def by_reference(reference: str) -> Attente | None:
    """The entry in the list that has this reference."""
    return find(Attente, reference=read_reference(reference, "L"))
