"""What the other services answer or announce changes the route: a slot, a filing, a blockage that ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from mongoengine.queryset.visitor import Q

from chassis import clock, due, hours, outbox
from chassis.commands import Answer, Reply
from chassis.inbox import Meta
from chassis.mongo import find
from chassis.outbox import Command, Entry, Fact
from papier.actions import replace_paper
from personne import protegee
from prefecture.modalites import place_in_words
from sejour.blocage.v1 import blocage_pb2
from sejour.blocage.v1 import service_pb2 as blocage_service
from sejour.deposit.v1 import events_pb2 as deposit_events
from sejour.pan.v1 import events_pb2 as pan_events
from sejour.pan.v1 import pan_pb2
from sejour.substitution.v1 import events_pb2
from services.substitution.actions import convocations
from services.substitution.actions.convocations import Rendez
from services.substitution.actions.prefectures import modalites
from services.substitution.actions.voies import ask_appointment, deadlines, no_longer_late, tell
from services.substitution.rules import voies as rules
from services.substitution.store import PersonneProtegee, Voie

ANNULER = "sejour.pan.v1.PanService/AnnulerRendezVous"
RESOUDRE = "sejour.blocage.v1.BlocageService/Resoudre"
RETRY_DAYS, VOIES_MAX = 1, 20


@outbox.retry_conflicts
def on_rendez_vous(answer: Answer) -> None:
    """pan answers: a slot makes a new convocation; without one, it is asked again the next day until the deadline."""
    voie = find(Voie, id=answer.aggregate)
    if voie is None or outbox.already(voie, answer.request_id):
        return
    if voie.state not in (rules.OUVERTE, rules.CONVOQUEE):
        if isinstance(answer.response, pan_pb2.ReserverRendezVousResponse):
            # Her dossier came first, or the route ended: the slot is for somebody else.
            outbox.update(voie, give_back(answer.response.rendez_vous_id), request_id=answer.request_id)
        return
    if answer.response is None:
        again = clock.today() + timedelta(days=RETRY_DAYS)
        voie.rendez_vous_essais += 1
        due.plan(voie, rendez_vous=again)
        outbox.update(voie, request_id=answer.request_id)
        return
    response = answer.response
    assert isinstance(response, pan_pb2.ReserverRendezVousResponse)
    creneau = response.creneau
    place = ", ".join((creneau.lieu_nom, *creneau.adresse))
    _, fuseau = _place(voie.prefecture or "", creneau.lieu_id)
    debut = datetime.fromisoformat(creneau.debut_time)
    rendez = Rendez(response.rendez_vous_id, debut, place, creneau.fuseau or fuseau)
    _give(voie, rendez, request_id=answer.request_id)


@outbox.retry_conflicts
def on_rendez_vous_pris(event: pan_events.RendezVousPris, meta: Meta) -> None:
    """An appointment booked by telephone or at a reception with the convocation's number joins the route."""
    if not event.convocation_id:
        return
    voie = find(Voie, papiers__numero=event.convocation_id)
    if voie is None or voie.rendez_vous_id or voie.state not in rules.OPEN_STATES:
        return
    _give(voie, _announced(voie, event), request_id=meta.event_id)


@outbox.retry_conflicts
def on_rendez_vous_deplace(event: pan_events.RendezVousDeplace, meta: Meta) -> None:
    """The appointment moved: the convocation is given again."""
    voie = find(Voie, rendez_vous_id=event.rendez_vous_id)
    if voie is None or outbox.already(voie, meta.event_id) or voie.state not in rules.OPEN_STATES:
        return
    _give(voie, _announced(voie, event), request_id=meta.event_id)


@outbox.retry_conflicts
def on_rendez_vous_annule(event: pan_events.RendezVousAnnule, meta: Meta) -> None:
    """The appointment is gone: another one is asked at once, and the deadline is kept again."""
    voie = find(Voie, rendez_vous_id=event.rendez_vous_id)
    if voie is None or outbox.already(voie, meta.event_id) or voie.state != rules.CONVOQUEE:
        return
    reopen_for_slot(voie, by="systeme", request_id=meta.event_id)


def free_slot(voie: Voie) -> tuple[Entry, ...]:
    """What arrived otherwise, or before its day, frees the appointment: she is not expected, nor counted absent."""
    if voie.rendez_vous_id and voie.rendez_vous_time > clock.legal_now():
        freed = (give_back(voie.rendez_vous_id),)
        voie.rendez_vous_id, voie.rendez_vous_time, voie.rendez_vous_lieu = "", None, ""
        due.plan(voie, lendemain=None)
        return freed
    return ()


def give_back(rendez_vous_id: str) -> Command:
    """An appointment that nobody comes to is free for somebody else."""
    request = pan_pb2.AnnulerRendezVousRequest(request_id=f"{rendez_vous_id}:annule", rendez_vous_id=rendez_vous_id)
    return Command("pan", ANNULER, request, request.request_id)


def reopen_for_slot(voie: Voie, *more: Entry, by: str, request_id: str, missed: bool = False) -> Voie:
    """Goes back to a convocation without slot and asks for a new slot; `more` goes in the same write."""
    ways = modalites(voie.prefecture or "")
    papier = convocations.write(voie, ways, None)
    voie.papiers = replace_paper(voie.papiers, voie.convocation_numero, papier)
    voie.convocation_numero = papier.numero
    entries: list[Entry] = [*more, convocations.fact(voie, papier, None, by)]
    champs: dict[str, object] = {"reference": voie.reference, "lieu": ways.lieu, "debut": "", "pieces": []}
    entries += tell(voie, "convocation", champs, papier.numero)
    if rules.asks_appointment(voie.origine, voie.prefecture or ""):
        entries.append(ask_appointment(voie, voie.rendez_vous_essais + 1, missed=missed))
    voie.state = rules.OUVERTE
    voie.rendez_vous_id, voie.rendez_vous_time, voie.rendez_vous_lieu = "", None, ""
    voie.rendez_vous_essais += 1
    due.plan(voie, lendemain=None, **deadlines(voie))
    return outbox.update(voie, *entries, request_id=request_id)


@outbox.retry_conflicts
def on_blocage_fini(event: blocage_pb2.BlocageLeve | blocage_pb2.BlocageResolu, meta: Meta) -> None:
    """The act can be done again, or was done: her page says that either way is open to her."""
    voie = find(Voie, blocage_id=event.blocage_id)
    if voie is None or outbox.already(voie, meta.event_id) or voie.state not in rules.OPEN_STATES:
        return
    changed = events_pb2.VoieModifiee(voie_id=voie.id, objet="BLOCAGE_FINI")
    fact = Fact("substitution.voie.modifiee", changed)
    voie.blocage_fini_date = meta.day
    outbox.update(voie, fact, request_id=meta.event_id)


def on_demandes_deposees(given: Sequence[tuple[deposit_events.DemandeDeposee, Meta]]) -> None:
    """These persons filed: of those who have an open route, it is looked at."""
    parcours, usagers = {meta.parcours for _, meta in given}, {event.usager_id for event, _ in given} - {""}
    hers = Q(parcours_id__in=list(parcours)) | Q(usager_id__in=list(usagers))
    found = (
        Voie.objects(hers, state__in=rules.OPEN_STATES).only("parcours_id", "usager_id").limit(VOIES_MAX * len(given))
    )
    known = {key for voie in found for key in (voie.parcours_id, voie.usager_id)} - {""}
    for event, meta in given:
        if {meta.parcours, event.usager_id} & known:
            on_demande_deposee(event, meta)


@outbox.retry_conflicts
def on_demande_deposee(event: deposit_events.DemandeDeposee, meta: Meta) -> None:
    """The person filed by another way: her route for the same thing has come to its end, with the same date."""
    voie = _open_of(event, meta)
    if voie is None or outbox.already(voie, meta.event_id) or any(d.depot == "DEMANDE" for d in voie.dossiers):
        return
    if voie.besoin_time and voie.besoin_time > meta.time:
        return
    finish(voie, event.demande_id, by="systeme", request_id=meta.event_id)


def on_parcours_rattache(event: deposit_events.ParcoursRattache, meta: Meta) -> None:
    """Two parcours are one person's: the routes under the older one are hers (XCT-21)."""
    for voie in Voie.objects(parcours_id=event.ancien_parcours_id).only("id").limit(VOIES_MAX):
        _join(voie.id, event, meta.event_id)


@outbox.retry_conflicts
def _join(voie_id: str, event: deposit_events.ParcoursRattache, event_id: str) -> None:
    voie: Voie = Voie.objects(id=voie_id).first()
    if outbox.already(voie, event_id):
        return
    voie.parcours_id, voie.usager_id = event.parcours_id, voie.usager_id or event.usager_id
    outbox.update(voie, request_id=event_id)


def finish(voie: Voie, demande_id: str, *, by: str, request_id: str) -> Voie:
    """The demande is filed: the blocages are resolved where they were recorded, the appointment is given back."""
    entries: list[Entry] = [
        Fact(
            "substitution.voie.aboutie",
            events_pb2.VoieAboutie(voie_id=voie.id, demande_id=demande_id, blocage_id=voie.blocage_id or ""),
            by=by,
        )
    ]
    entries += [_resolve(service, blocage) for service, blocage in _blocages(voie) if service != "substitution"]
    if not voie.dossiers:
        entries += free_slot(voie)
    voie.state, voie.demande_id, voie.fin_date = rules.ABOUTIE, demande_id, clock.today()
    no_longer_late(voie)
    due.plan(voie, psub=None, psub_alerte=None, rendez_vous=None, lendemain=None)
    return outbox.update(voie, *entries, request_id=request_id)


def on_silent(answer: Answer) -> None:
    """The reply to an order whose answer changes nothing here."""


def _give(voie: Voie, rendez: Rendez, *, request_id: str) -> Voie:
    ways = modalites(voie.prefecture or "")
    papier = convocations.write(voie, ways, rendez)
    voie.papiers = replace_paper(voie.papiers, voie.convocation_numero, papier)
    champs: dict[str, object] = {
        "reference": voie.reference,
        "lieu": rendez.lieu,
        "debut": rendez.debut.isoformat(),
        "fuseau": rendez.fuseau,
        "pieces": list(convocations.pieces_asked(voie)),
    }
    entries = (convocations.fact(voie, papier, rendez, "systeme"), *tell(voie, "convocation", champs, papier.numero))
    if voie.state == rules.OUVERTE:
        voie.state = rules.CONVOQUEE
    voie.convocation_numero = papier.numero
    no_longer_late(voie)
    voie.rendez_vous_id, voie.rendez_vous_time, voie.rendez_vous_lieu = rendez.id, rendez.debut, rendez.lieu[:400]
    voie.rendez_vous_fuseau = rendez.fuseau
    voie.rendez_vous_date = hours.local(rendez.debut, rendez.fuseau).date()
    voie.convoquee_date = voie.convoquee_date or clock.today()
    due.plan(voie, psub=None, psub_alerte=None, rendez_vous=None, lendemain=_day_after(rendez))
    return outbox.update(voie, *entries, request_id=request_id)


def _day_after(rendez: Rendez) -> date:
    """The legal day, of Paris, after the appointment, which may be on another day there."""
    days = [hours.local(rendez.debut, fuseau).date() for fuseau in (rendez.fuseau, hours.PARIS)]
    return max(days) + timedelta(days=1)


def _announced(voie: Voie, event: pan_events.RendezVousPris | pan_events.RendezVousDeplace) -> Rendez:
    place, fuseau = _place(voie.prefecture or "", event.lieu_id)
    return Rendez(event.rendez_vous_id, datetime.fromisoformat(event.debut_time), place, event.fuseau or fuseau)


def _place(prefecture: str, lieu_id: str) -> tuple[str, str]:
    """The place of an appointment and its time zone as the préfecture's rules say; else its counter and its own."""
    ways = modalites(prefecture)
    for lieu in ways.prefecture.lieux if ways.prefecture else ():
        if lieu.code == lieu_id:
            return place_in_words(lieu), lieu.fuseau
    return ways.lieu, ways.fuseau


def _open_of(event: deposit_events.DemandeDeposee, meta: Meta) -> Voie | None:
    """The open route of the same person for the same thing."""
    same = {"titre_code": event.titre_code, "demarche_code": event.demarche_code, "state__in": rules.OPEN_STATES}
    found = find(Voie, parcours_id=meta.parcours, **same)
    if found is None and event.usager_id:
        found = find(Voie, usager_id=event.usager_id, **same)
    return found


def _blocages(voie: Voie) -> list[tuple[str, str]]:
    others = [tuple(key.split(":", 1)) for key in voie.autres_blocages]
    own = [(voie.blocage_service, voie.blocage_id)] if voie.blocage_id else []
    return [(service, blocage) for service, blocage in (*own, *others)]


def _resolve(service: str, blocage_id: str) -> Command:
    request = blocage_service.ResoudreRequest(request_id=f"{blocage_id}:resolu", blocage_id=blocage_id)
    return Command(service, RESOUDRE, request, request.request_id)


RESERVER_REPLY = Reply(pan_pb2.ReserverRendezVousRequest, pan_pb2.ReserverRendezVousResponse, on_rendez_vous)
ANNULER_REPLY = Reply(pan_pb2.AnnulerRendezVousRequest, pan_pb2.AnnulerRendezVousResponse, on_silent)
OUVRIR_VOIE_REPLY = Reply(blocage_service.OuvrirVoieRequest, blocage_service.OuvrirVoieResponse, on_silent)
RESOUDRE_REPLY = Reply(blocage_service.ResoudreRequest, blocage_service.ResoudreResponse, on_silent)


def on_compte_modifie(event: deposit_events.CompteModifie, meta: Meta) -> None:
    """Learns who is protected: what she gave is then hidden here too (DEP-08)."""
    protegee.project(PersonneProtegee, event, meta)
