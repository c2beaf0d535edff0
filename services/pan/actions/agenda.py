"""Slots and appointments: seen, held, booked, moved, cancelled; each one conditional write on the slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chassis import clock, due, lists, outbox
from chassis.mongo import collection_of, find
from chassis.outbox import Duplicate, Entry, Fact
from droit.decision import Refused
from papier.store import Papier
from personne.joindre import Joignable, publish, read_telephone
from personne.nom import same_name
from personne.reference import new_reference, read_reference
from sejour.pan.v1 import events_pb2
from services.pan.actions import acces, agendas, attentes, capacites, personnes
from services.pan.rules import agenda as rules
from services.pan.store import Creneau, Lieu, RendezVous
from services.pan.store.agenda import AILLEURS, confirm, hold, loosen, release

PAGE = 50
TRIES = 20


@dataclass(frozen=True)
class Reservation:
    """A booking asked for. Without `creneau_id`, the first free slot from `au_plus_tot` to `au_plus_tard`.

    `priorite`: also one that is kept for those who go first.
    """

    objet: str
    vecteur: str
    personne: Joignable
    creneau_id: str = ""
    prefecture: str = ""
    lieu_id: str = ""
    parcours_id: str = ""
    usager_id: str = ""
    convocation_id: str = ""
    blocage_apporte: str = ""
    au_plus_tot: date | None = None
    au_plus_tard: date | None = None
    priorite: bool = False
    papiers: tuple[Papier, ...] = ()


def list_creneaux(
    prefecture: str,
    objet: str,
    *,
    vecteur: str = rules.WEB,
    du: date | None = None,
    au: date | None = None,
    apres: str = "",
    priorite: bool = False,
) -> tuple[list[dict[str, Any]], str]:
    """A page of free slots of ours, earliest first, and where the next one begins; the web sees what is open to it.

    A slot kept for those who go first is seen with `priorite` alone, until it is kept no longer.
    """
    now = clock.legal_now()
    criteria: dict[str, Any] = {
        "prefecture": prefecture,
        "objets": objet,
        "debut_time": {"$gt": now},
        "debut_date": days_of_places(du, au),
        "libres": {"$gt": 0},
    }
    if vecteur == rules.WEB:
        criteria["visible_time"] = {"$lte": now}
    if not priorite:
        criteria["garde_jusque_date"] = {"$not": {"$gt": clock.today().isoformat()}}
    return lists.page(collection_of(Creneau), criteria, "debut_time", apres, PAGE, datetime.fromisoformat)


def days_of_places(du: date | None, au: date | None) -> dict[str, str]:
    """The instants between two days, both included, in the time of each place."""
    return {"$gte": (du or date.min).isoformat(), "$lte": (au or date.max).isoformat()}


def find_slot(creneau_id: str) -> dict[str, Any] | None:
    """One slot of ours."""
    return collection_of(Creneau).find_one({"_id": creneau_id})


def book(asked: Reservation, *, by: str, request_id: str) -> RendezVous:
    """Books. Raises Refused: CRENEAU_PRIS, AUCUN_CRENEAU, RENDEZ_VOUS_DEJA … A repeat gives the first appointment."""
    rendez_vous_id = outbox.id_for(request_id, "rendez_vous")
    done = find(RendezVous, id=rendez_vous_id)
    if done is not None:
        outbox.already(done, request_id)
        return done
    if asked.parcours_id and live_of(asked.parcours_id, asked.objet) is not None:
        raise Refused(rules.RENDEZ_VOUS_DEJA)
    slot = _take(asked, rendez_vous_id)
    try:
        made = _new_rendez_vous(asked, slot, rendez_vous_id, by)
        agendas.book_there(slot, made)
        made = _insert(asked, made, by, request_id)
    except (Duplicate, Refused) as refused:
        give_back(slot["_id"], rendez_vous_id)
        capacites.mark(slot["lieu_id"])
        raise (refused if isinstance(refused, Refused) else Refused(rules.RENDEZ_VOUS_DEJA)) from None
    confirm(slot["_id"], rendez_vous_id)
    return made


def live_of(parcours_id: str, objet: str) -> RendezVous | None:
    """The live appointment of this person for this motive."""
    return find(RendezVous, parcours_id=parcours_id, objet=objet, state=rules.PRIS)


def _take(asked: Reservation, rendez_vous_id: str) -> dict[str, Any]:
    """Holds the slot asked for, or the first free one; each hold is one conditional write."""
    slots, now = collection_of(Creneau), clock.legal_now()
    until = clock.now() + rules.HOLD
    if asked.creneau_id:
        open_to_her: dict[str, Any] = {"objets": asked.objet, "debut_time": {"$gt": now}}
        if asked.vecteur == rules.WEB:
            open_to_her["visible_time"] = {"$lte": now}
        slot = hold(asked.creneau_id, rendez_vous_id, until, open_to_her)
        if slot is None:
            rules.may_book(slots.find_one({"_id": asked.creneau_id}), asked.objet, asked.vecteur, now).or_refuse()
            raise Refused(rules.CRENEAU_PRIS)
        return slot
    du, au = asked.au_plus_tot, asked.au_plus_tard
    free, _ = list_creneaux(asked.prefecture, asked.objet, vecteur=asked.vecteur, du=du, au=au, priorite=asked.priorite)
    for wanted in free[:TRIES]:
        if asked.lieu_id and wanted["lieu_id"] != asked.lieu_id:
            continue
        slot = hold(wanted["_id"], rendez_vous_id, until)
        if slot is not None:
            return slot
    raise Refused(rules.AUCUN_CRENEAU)


def _new_rendez_vous(asked: Reservation, slot: dict[str, Any], rendez_vous_id: str, by: str) -> RendezVous:
    """The appointment on this slot, not written yet."""
    telephone = read_telephone(asked.personne.telephone, slot["prefecture"])
    reached = replace(asked.personne, telephone=telephone)
    parcours_id = asked.parcours_id or clock.new_id()
    contact_id = asked.usager_id or (parcours_id if reached.somehow else "")
    return RendezVous(
        id=rendez_vous_id,
        parcours_id=parcours_id,
        reference=new_reference("R"),
        creneau_id=slot["_id"],
        lieu_id=slot["lieu_id"],
        prefecture=slot["prefecture"],
        objet=asked.objet,
        debut_time=slot["debut_time"],
        debut_date=date.fromisoformat(slot["debut_date"]),
        duree_minutes=slot["duree_minutes"],
        vecteur=asked.vecteur,
        nom=asked.personne.nom,
        telephone=telephone if reached.somehow else "",
        personne_cle=personnes.person_key(asked.personne.nom, telephone),
        contact_id=contact_id,
        usager_id=asked.usager_id,
        convocation_id=asked.convocation_id,
        blocage_apporte=asked.blocage_apporte,
        pris_par=by,
        pris_date=clock.today(),
        papiers=list(asked.papiers),
    )


def _insert(asked: Reservation, made: RendezVous, by: str, request_id: str) -> RendezVous:
    # The place is held already: what is counted from now on is right.
    lieu = made.lieu = capacites.mark_and_read(made.lieu_id)
    fact = Fact(
        "pan.rendez_vous.pris",
        events_pb2.RendezVousPris(
            rendez_vous_id=made.id,
            lieu_id=made.lieu_id,
            prefecture=made.prefecture,
            objet=made.objet,
            debut_time=made.debut_time.isoformat(),
            vecteur=made.vecteur,
            usager_id=made.usager_id,
            convocation_id=made.convocation_id,
            fuseau=lieu.fuseau,
        ),
        by=by,
    )
    due.plan(made, passe=rules.day_over(made.debut_time, made.debut_date))
    made.annonce = agendas.owed(lieu)
    reached = replace(asked.personne, telephone=made.telephone or "")
    published = () if asked.usager_id else publish(made.contact_id, reached, first=not asked.parcours_id)
    # Who booked for a convocation sends it to the person: once is enough.
    entries = (
        ()
        if asked.convocation_id
        else personnes.tell((made.contact_id, made.parcours_id), "rendez_vous_pris", fields(made, lieu), by=by)
    )
    return outbox.insert(made, fact, *published, *entries, request_id=request_id)


def fields(rendez_vous: RendezVous, lieu: Lieu, **more: Any) -> dict[str, Any]:
    """What a message says of an appointment; no message gives the motive of a victim's appointment (PAN-16)."""
    objet = "" if rendez_vous.objet == rules.VICTIME else rendez_vous.objet
    return {
        "reference": rendez_vous.reference,
        "lieu": lieu.nom,
        "adresse": list(lieu.adresse),
        "debut": rendez_vous.debut_time.isoformat(),
        "fuseau": lieu.fuseau,
        "objet": objet,
        **more,
    }


def by_reference(reference: str, nom: str) -> RendezVous:
    """An appointment, for whoever knows its reference and the name given.

    Raises RENDEZ_VOUS_INCONNU, whichever is wrong.
    """
    found = find(RendezVous, reference=read_reference(reference, "R"))
    if found is None or not same_name(found.nom, nom):
        raise Refused(rules.RENDEZ_VOUS_INCONNU)
    return found


def by_id(rendez_vous_id: str) -> RendezVous:
    """The appointment of this identifier, for a caller already let in. Raises Refused(RENDEZ_VOUS_INCONNU)."""
    found = find(RendezVous, id=rendez_vous_id)
    if found is None:
        raise Refused(rules.RENDEZ_VOUS_INCONNU)
    return found


@outbox.retry_conflicts
def move(
    rendez_vous_id: str, creneau_id: str, *, by: str, request_id: str, vecteur: str = rules.WEB, raison: str = ""
) -> RendezVous:
    """Moves an appointment to another slot; the old place is free again only once the new one is written."""
    found = by_id(rendez_vous_id)
    if outbox.already(found, request_id) or found.creneau_id == creneau_id:
        return found
    instant = clock.legal_now()
    # A place that closes moves its bookings whatever their hour.
    if by != "systeme":
        rules.may_change(found.state, found.debut_time, instant).or_refuse()
    slot = collection_of(Creneau).find_one({"_id": creneau_id})
    rules.may_book(slot, found.objet, vecteur, instant).or_refuse()
    until = clock.now() + rules.HOLD
    if slot is None or hold(creneau_id, found.id, until) is None:
        raise Refused(rules.CRENEAU_PRIS)
    try:
        agendas.book_there(slot, found)
    except Refused:
        release(creneau_id, found.id)
        raise
    old = found.creneau_id
    loosen(old, found.id, until)
    lieu = acces.find_lieu(slot["lieu_id"])
    found.creneau_id, found.lieu_id = creneau_id, lieu.id
    moved = outbox.update(found, *stand_at(found, slot, lieu, raison, by=by), request_id=request_id)
    confirm(creneau_id, found.id)
    capacites.mark(moved.lieu_id)
    _free(old, moved)
    return moved


def stand_at(found: RendezVous, slot: Mapping[str, Any], lieu: Lieu, raison: str, *, by: str) -> tuple[Entry, ...]:
    """Gives the appointment the hour of this slot; what its write then says, to the person and to the system there."""
    found.debut_time, found.debut_date = slot["debut_time"], date.fromisoformat(slot["debut_date"])
    found.duree_minutes, found.annonce = slot["duree_minutes"], agendas.owed(lieu)
    due.plan(found, passe=rules.day_over(found.debut_time, found.debut_date))
    message = events_pb2.RendezVousDeplace(
        rendez_vous_id=found.id, lieu_id=lieu.id, debut_time=found.debut_time.isoformat(), fuseau=lieu.fuseau
    )
    champs = fields(found, lieu, raison=raison)
    told = personnes.tell((found.contact_id, found.parcours_id), "rendez_vous_deplace", champs, by=by)
    return Fact("pan.rendez_vous.deplace", message, by=by), *told


@outbox.retry_conflicts
def cancel(rendez_vous_id: str, *, par: str, by: str, request_id: str) -> RendezVous:
    """Cancels; the place goes to whoever waits. `par`: USAGER or SERVICE. Raises Refused(RENDEZ_VOUS_FINI)."""
    found = by_id(rendez_vous_id)
    if outbox.already(found, request_id) or found.state == rules.ANNULE:
        return found
    rules.may_change(found.state, found.debut_time, clock.legal_now()).or_refuse()
    loosen(found.creneau_id, found.id, clock.now() + rules.HOLD)
    lieu = acces.find_lieu(found.lieu_id)
    champs = {"reference": found.reference, "debut": found.debut_time.isoformat(), "fuseau": lieu.fuseau}
    found.state, found.annonce = rules.ANNULE, agendas.owed(lieu)
    found.annule_par = par
    due.plan(found, passe=None)
    cancelled = outbox.update(
        found,
        Fact("pan.rendez_vous.annule", events_pb2.RendezVousAnnule(rendez_vous_id=found.id, par=par), by=by),
        *personnes.tell((found.contact_id, found.parcours_id), "rendez_vous_annule", champs, by=by),
        request_id=request_id,
    )
    _free(found.creneau_id, cancelled)
    return cancelled


@outbox.retry_conflicts
def honour(rendez_vous_id: str, *, request_id: str) -> None:
    """The person came: she may book again for the same motive."""
    found = by_id(rendez_vous_id)
    if found.state == rules.PRIS:
        found.state = rules.HONORE
        due.plan(found, passe=None)
        outbox.update(found, request_id=request_id)


@outbox.retry_conflicts
def let_pass(rendez_vous_id: str, due_day: date, today: date) -> None:
    """The day after: a person who did not come is marked absent, and nothing else follows from it."""
    found = by_id(rendez_vous_id)
    if found.state == rules.PRIS:
        found.state = rules.ABSENT
    due.plan(found, passe=None)
    outbox.update(found)


@outbox.retry_conflicts
def bind(rendez_vous_id: str, convocation_id: str, *, request_id: str) -> RendezVous:
    """Puts an appointment taken elsewhere under the convocation of a route."""
    found = by_id(rendez_vous_id)
    if outbox.already(found, request_id) or found.convocation_id == convocation_id:
        return found
    found.convocation_id = convocation_id
    return outbox.update(found, request_id=request_id)


def try_cancel(rendez_vous_id: str, *, by: str, request_id: str) -> bool:
    """Cancels for another service; False when it was already past or gone.

    One that has begun passes at once: it would otherwise stand in the way of the next until tomorrow.
    """
    try:
        cancel(rendez_vous_id, par="SERVICE", by=by, request_id=request_id)
        return True
    except Refused as refused:
        if refused.motif is rules.RENDEZ_VOUS_FINI:
            let_pass(rendez_vous_id, clock.today(), clock.today())
            return False
        raise


def _free(creneau_id: str, rendez_vous: RendezVous) -> None:
    if give_back(creneau_id, rendez_vous.id):
        capacites.mark(rendez_vous.lieu_id)
        attentes.tell_first(rendez_vous.prefecture, rendez_vous.objet)


def give_back(creneau_id: str, rendez_vous_id: str) -> bool:
    """Frees a place, in the other system first; when that one is silent, the place stays held and the sweep returns."""
    found = find_slot(creneau_id)
    if found is None:
        return False
    if not agendas.cancel_there(found, rendez_vous_id):
        loosen(creneau_id, rendez_vous_id, clock.now() + rules.HOLD)
        return False
    # What a closed place had given is offered to nobody.
    return release(creneau_id, rendez_vous_id) and bool(found["objets"])


def sweep_holds() -> int:
    """Ends holds left by a process that died: booked if the appointment was written, else free. Returns how many."""
    swept = 0
    slots = collection_of(Creneau)
    for slot in slots.find({"prises.jusque_time": {"$lt": clock.now(), "$type": "date"}}, {"prises": 1}).limit(100):
        for prise in slot["prises"]:
            if prise["jusque_time"] is None or prise["jusque_time"] > clock.now():
                continue
            if prise["rdv"].startswith(AILLEURS):
                # Held by the desk of their own system, which let it end.
                release(slot["_id"], prise["rdv"])
                swept += 1
                continue
            found = find(RendezVous, id=prise["rdv"])
            if found is not None and found.creneau_id == slot["_id"] and found.state != rules.ANNULE:
                confirm(slot["_id"], prise["rdv"])
            else:
                give_back(slot["_id"], prise["rdv"])
            swept += 1
    return swept
