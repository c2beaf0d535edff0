"""The desk: arrivals, who is called next and why, identity checks, what was done, and the proof of the visit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis import clock, outbox
from chassis.mongo import collection_of, find
from chassis.outbox import Duplicate, Fact
from chassis.web.who import Who
from documents.contenu import Personne
from documents.nature import Nature
from documents.texte import moment_of
from droit.decision import Refused
from papier.store import Papier
from personne.joindre import Joignable, publish, read_telephone
from personne.reference import read_numero
from sejour.pan.v1 import events_pb2
from services.pan import inputs
from services.pan.actions import acces, agenda, lieux, personnes, referrals
from services.pan.actions.papiers import PAPIERS
from services.pan.rules import acces as acces_rules
from services.pan.rules import agenda as agenda_rules
from services.pan.rules import visites as rules
from services.pan.store import Lieu, RendezVous, Visite
from services.pan.store.agenda import next_number

LIVE = (rules.EN_ATTENTE, rules.EN_COURS)


def record_arrival(lieu_id: str, arrivee: inputs.Arrivee, who: Who, *, request_id: str) -> Visite:
    """Records an arrival: with an appointment at its hour, or with a walk-in number; both count in volumes (PAN-03)."""
    lieu = acces.access_lieu(lieu_id, who, acces_rules.ACCUEILLIR)
    visite_id = outbox.id_for(request_id, "visite")
    done = find(Visite, id=visite_id)
    if done is not None:
        return done
    booked = _booked(arrivee.rendez_vous_id, lieu_id)
    if booked is None:
        walk_in = lieux.receives_walk_in({"genre": lieu.genre, "sans_rendez_vous": lieu.sans_rendez_vous})
        rules.may_walk_in(ferme=lieu.ferme_date is not None, sans_rendez_vous=walk_in, impose=False).or_refuse()
    today = lieux.today_at(lieu.fuseau)
    visite = Visite(
        id=visite_id,
        parcours_id=booked.parcours_id if booked else outbox.id_for(request_id, "parcours"),
        lieu_id=lieu_id,
        prefecture=lieu.prefecture,
        objet=booked.objet if booked else arrivee.objet,
        visite_date=today,
        arrivee_time=clock.legal_now(),
        sans_rendez_vous=booked is None,
        numero_file=0 if booked else next_number(lieu_id, today.isoformat()),
        rendez_vous_id=booked.id if booked else "",
        blocage_apporte=booked.blocage_apporte if booked else "",
        debut_time=booked.debut_time if booked else None,
        nom=booked.nom if booked else arrivee.nom,
        telephone=booked.telephone if booked else read_telephone(arrivee.telephone, lieu.prefecture),
        usager_id=booked.usager_id if booked else "",
        contact_id=booked.contact_id if booked else "",
    )
    try:
        made = outbox.insert(visite, request_id=request_id)
    except Duplicate:
        made = Visite.objects(rendez_vous_id=arrivee.rendez_vous_id).first()
    if booked is not None:
        agenda.honour(booked.id, request_id=f"{request_id}:honore")
    return made


def _booked(rendez_vous_id: str, lieu_id: str) -> RendezVous | None:
    if not rendez_vous_id:
        return None
    found = agenda.by_id(rendez_vous_id)
    if found.lieu_id != lieu_id or found.state != agenda_rules.PRIS:
        raise Refused(agenda_rules.RENDEZ_VOUS_FINI)
    return found


def queue(lieu_id: str, who: Who) -> list[dict[str, Any]]:
    """The people who wait or are being received, in the order of call, each with the sentence that says why."""
    lieu = acces.access_lieu(lieu_id, who, acces_rules.LIRE)
    instant = clock.legal_now()
    seen = _seen_by(who, _of_day(lieu, LIVE))
    ranked = sorted(((rules.rank(v, instant), v) for v in seen), key=lambda pair: (pair[1]["state"], pair[0].cle))
    return [visite | {"pourquoi": rang.pourquoi} for rang, visite in ranked]


def ended_visits(lieu_id: str, who: Who) -> list[dict[str, Any]]:
    """The visits of the day that are over."""
    over = _of_day(acces.access_lieu(lieu_id, who, acces_rules.LIRE), (rules.TERMINEE, rules.PARTI))
    return _seen_by(who, over)


def _seen_by(who: Who, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without victims, for who is not trained to receive them: a name in a list is enough to find somebody (PAN-16)."""
    trained = acces_rules.receives_victims(who.roles)
    return [line for line in lines if trained or line["objet"] != agenda_rules.VICTIME]


def wait(lieu_id: str) -> dict[str, int]:
    """How many walk-ins wait and for how long, without any name: what the screen of the hall shows."""
    lieu = acces.find_lieu(lieu_id)
    waiting = [v for v in _of_day(lieu, LIVE) if v["state"] == rules.EN_ATTENTE]
    called = [v["numero_file"] for v in _of_day(lieu, LIVE) if v["state"] == rules.EN_COURS and v["numero_file"]]
    minutes = agenda_rules.wait_minutes(len(waiting), lieu.duree_minutes, lieu.guichets)
    return {"attendent": len(waiting), "minutes": minutes, "appele": max(called, default=0)}


def booked_today(lieu_id: str, who: Who) -> list[dict[str, Any]]:
    """The appointments of the day that have not arrived yet, by hour."""
    lieu = acces.access_lieu(lieu_id, who, acces_rules.LIRE)
    today = lieux.today_at(lieu.fuseau).isoformat()
    criteria = {"lieu_id": lieu_id, "debut_date": today, "state": agenda_rules.PRIS}
    found = list(collection_of(RendezVous).find(criteria, {"outbox": 0, "papiers": 0}).sort("debut_time", 1).limit(200))
    here = {v["rendez_vous_id"] for v in _of_day(lieu, (*LIVE, rules.TERMINEE)) if v["rendez_vous_id"]}
    return _seen_by(who, [booked for booked in found if booked["_id"] not in here])


def _of_day(lieu: Lieu, states: Sequence[str]) -> list[dict[str, Any]]:
    today = lieux.today_at(lieu.fuseau).isoformat()
    criteria = {"lieu_id": lieu.id, "visite_date": today, "state": {"$in": list(states)}}
    return list(collection_of(Visite).find(criteria, {"outbox": 0, "papiers": 0}).sort("arrivee_time", 1).limit(500))


@outbox.retry_conflicts
def call_in(visite_id: str, who: Who, *, request_id: str) -> Visite:
    """An agent calls the person to a desk."""
    visite = acces.access_visite(visite_id, who, acces_rules.ACCUEILLIR)
    if outbox.already(visite, request_id) or visite.state == rules.EN_COURS:
        return visite
    if visite.state != rules.EN_ATTENTE:
        raise Refused(rules.VISITE_FINIE)
    visite.state = rules.EN_COURS
    visite.agent_id = who.id
    return outbox.update(visite, request_id=request_id)


@outbox.retry_conflicts
def check_identity(visite_id: str, seen: inputs.Verification, who: Who, *, request_id: str) -> Visite:
    """Records the identity check. A failed one is kept, and closes the dossier (CCC-15 at the desk).

    Raises Refused(MANDAT_ABSENT) for whoever comes for somebody else without a written mandate that still runs.
    """
    visite = acces.access_visite(visite_id, who, acces_rules.VERIFIER)
    if outbox.already(visite, request_id):
        return visite
    if visite.state not in LIVE:
        raise Refused(rules.VISITE_FINIE)
    running = seen.mandat_fin_date is not None and seen.mandat_fin_date >= clock.today()
    acces_rules.mandate_fault(pour_autrui=seen.pour_autrui, mandat_vu=seen.mandat_vu, mandat_valide=running).or_refuse()
    result = acces_rules.identity_result(
        papier=seen.papier, nom=seen.nom_conforme, naissance=seen.naissance_conforme, photo=seen.photo_conforme
    )
    visite.identite, visite.identite_papier, visite.identite_par = result, seen.papier, who.id
    if result != acces_rules.VERIFIEE:
        return outbox.update(visite, request_id=request_id)
    telephone = read_telephone(seen.telephone, visite.prefecture) or visite.telephone
    reached = Joignable(
        nom=f"{seen.prenoms} {seen.nom}".strip(),
        telephone=telephone,
        adresse=seen.lignes,
        protege=visite.objet == agenda_rules.VICTIME,
        sans_danger=seen.sans_danger,
    )
    contact_id = visite.usager_id or (visite.parcours_id if reached.somehow else "")
    visite.nom = seen.nom
    visite.prenoms = seen.prenoms
    visite.naissance_date = seen.naissance_date
    visite.nationalite = seen.nationalite
    visite.numero_etranger = read_numero(seen.numero_etranger)
    visite.adresse = list(seen.lignes)
    visite.telephone = telephone
    visite.contact_id = contact_id
    visite.ccc_deja = visite.ccc_deja or seen.ccc_deja or bool(seen.ticket)
    visite.pour_autrui = seen.pour_autrui
    visite.mandat_fin_date = seen.mandat_fin_date
    return outbox.update(visite, *(() if visite.usager_id else publish(contact_id, reached)), request_id=request_id)


@outbox.retry_conflicts
def end_visit(visite_id: str, bilan: inputs.Bilan, who: Who, *, request_id: str) -> Visite:
    """Ends a visit with what was given, its result, the written next step and the proof (PAN-05, 08, 17)."""
    visite = acces.access_visite(visite_id, who, acces_rules.AIDER)
    if outbox.already(visite, request_id):
        return visite
    trained = any(acces_rules.QUALIFIER in acces_rules.MAY.get(role, ()) for role in who.roles)
    rules.may_give(bilan.services, forme=trained).or_refuse()
    permises = rules.orientations(ccc_deja=bilan.ccc_deja or referrals.ccc_used(visite))
    rules.may_end(visite.state, bilan.resultat, bilan.suite, bilan.orientation, permises).or_refuse()
    rules.leaves_with(bilan.resultat, attestee=bool(visite.blocage_id), saisine=visite.saisine).or_refuse()
    lieu = acces.find_lieu(visite.lieu_id)
    preuve = _proof(visite, lieu, bilan)
    fact = Fact(
        "pan.visite.enregistree",
        events_pb2.VisiteEnregistree(
            visite_id=visite.id,
            lieu_id=visite.lieu_id,
            prefecture=visite.prefecture,
            usager_id=visite.usager_id,
            services=bilan.services,
            resultat=bilan.resultat,
            visite_date=visite.visite_date.isoformat(),
            naturalisation=bilan.naturalisation,
            sans_rendez_vous=visite.sans_rendez_vous,
        ),
        by=who.subject,
    )
    numero = preuve[0].numero if preuve else ""
    champs = {"reference": numero, "lieu": lieu.nom, "visite_date": visite.visite_date.isoformat()}
    attached = ((f"preuve-de-visite-{numero}.pdf", PAPIERS.path(numero)),) if preuve else ()
    entries = personnes.tell((visite.contact_id, visite.parcours_id), "visite_preuve", champs, pieces=attached)
    visite.state = rules.TERMINEE
    visite.agent_id = who.id
    visite.services = list(bilan.services)
    visite.resultat = bilan.resultat
    visite.difficulte = bilan.difficulte
    visite.suite = bilan.suite
    visite.orientation = bilan.orientation
    visite.naturalisation, visite.teleservice = bilan.naturalisation, bilan.teleservice
    visite.papiers.extend(preuve)
    return outbox.update(visite, fact, *(entries if preuve else ()), request_id=request_id)


def _proof(visite: Visite, lieu: Lieu, bilan: inputs.Bilan) -> list[Papier]:
    """The proof of attendance; none in a name that a failed check did not confirm."""
    if visite.identite == acces_rules.ECHEC:
        return []
    declared = () if visite.identite == acces_rules.VERIFIEE else ("Identité déclarée par la personne, non vérifiée.",)
    personne = Personne(nom=visite.nom, prenoms=visite.prenoms, naissance_date=visite.naissance_date)
    extra = {
        "lieu": lieu.nom,
        "visite_date": moment_of(visite.arrivee_time, lieu.fuseau),
        "difficulte": bilan.difficulte or "Aucune difficulté signalée.",
        "suite": bilan.suite,
    }
    given_by = {"emetteur": lieu.nom, "prefecture": visite.prefecture}
    return [PAPIERS.make(Nature.PREUVE_VISITE, personne, extra, **given_by, paragraphes=declared)]


@outbox.retry_conflicts
def record_departure(visite_id: str, who: Who, *, request_id: str) -> Visite:
    """The person left before being received; the visit stays in the volumes."""
    visite = acces.access_visite(visite_id, who, acces_rules.ACCUEILLIR)
    if outbox.already(visite, request_id) or visite.state not in LIVE:
        return visite
    visite.state = rules.PARTI
    return outbox.update(visite, request_id=request_id)


def of_parcours(parcours_id: str) -> list[dict[str, Any]]:
    """The visits of a person, most recent first, at most fifty."""
    found = collection_of(Visite).find({"parcours_id": parcours_id}, {"outbox": 0, "papiers": 0})
    visites = list(found.sort("arrivee_time", -1).limit(50))
    names = {code: acces.find_lieu(code).nom for code in {v["lieu_id"] for v in visites}}
    return [visite | {"lieu_nom": names[visite["lieu_id"]]} for visite in visites]
