"""Blocages: recorded here alone, and those of every service open a route by themselves, once each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from blocage import actions as shared
from blocage.actions import Constat
from blocage.inputs import Obstacle
from chassis import clock, outbox
from chassis.inbox import Meta
from chassis.mongo import find
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from personne.joindre import Joignable
from personne.naissance import read_birth
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import deposit_pb2
from sejour.substitution.v1 import events_pb2
from services.substitution.actions import pannes, voies
from services.substitution.actions.acces import access_voie
from services.substitution.actions.voies import Constate, Identite, Ouverture
from services.substitution.cadre import cadre
from services.substitution.rules import acces
from services.substitution.rules import voies as rules
from services.substitution.store import Blocage, PersonneBloquee, Voie

# The class that the shared servicer works on.
DOCUMENT = Blocage
SITUATION = "sejour.deposit.v1.DepositService/GetSituation"
PREUVES = {
    blocage_pb2.PREUVE_CAPTURE: "capture-ecran",
    blocage_pb2.PREUVE_CENTRE_DE_CONTACT: "document-ccc",
    blocage_pb2.PREUVE_POINT_ACCUEIL: "preuve-de-visite",
    blocage_pb2.PREUVE_INVITATION: "invitation-prefecture",
    blocage_pb2.PREUVE_SYSTEME: "blocage-constate",
    blocage_pb2.PREUVE_TENTATIVE_VAINE: "tentative-vaine",
}


@dataclass(frozen=True)
class Signale:
    """What a person tells without signing in, and what her browser says beside."""

    said: Obstacle
    route: str = ""
    objet: str = ""
    capture: str = ""
    navigateur: str = ""


def record(signale: Signale, *, by: str, request_id: str) -> tuple[Blocage, Voie]:
    """A person is stuck, deposit perhaps dead: the constat, its route and its convocation in the same request.

    Works alone. A repeat gives the same reference. During an outage the symptom is the outage.
    """
    day = clock.today()
    existing = find(Blocage, id=outbox.id_for(request_id, "blocage"))
    parcours = existing.parcours_id if existing else outbox.id_for(request_id, "parcours")
    titre, demarche = cadre().catalogue.choice(signale.objet)
    said = signale.said
    down = pannes.concerns(said.prefecture) is not None
    preuves = [blocage_pb2.PREUVE_DECLARATION] + ([blocage_pb2.PREUVE_CAPTURE] if signale.capture else [])
    constat = Constat(
        parcours_id=parcours,
        symptome=blocage_pb2.SYMPTOME_PANNE if down else blocage_pb2.SYMPTOME_AUTRE,
        prefecture=said.prefecture,
        jour=day,
        par=by,
        preuves=tuple(preuves),
        titre_code=titre,
        demarche_code=demarche,
        page=signale.route,
        precis=said.precis,
        navigateur=signale.navigateur,
        capture=signale.capture,
        joignable=said.joignable,
    )
    blocage = existing or shared.record(Blocage, constat, request_id=request_id)
    voie = _open(blocage, Identite(), said.joignable, by=by)
    return blocage, voie


def record_for(voie_id: str, symptome: int, who: Who, *, request_id: str) -> Blocage:
    """An agent of the préfecture records what the person of a route met, without asking anyone."""
    voie = access_voie(voie_id, who, acces.CONSTATER)
    constat = Constat(
        parcours_id=voie.parcours_id,
        symptome=symptome,
        prefecture=voie.prefecture,
        jour=clock.today(),
        par=who.subject,
        usager_id=voie.usager_id or "",
        demande_id=voie.demande_id or "",
        titre_code=voie.titre_code or "",
        demarche_code=voie.demarche_code or "",
        contact_id=voie.contact_id or "",
    )
    return shared.record(Blocage, constat, request_id=request_id)


def objects() -> list[tuple[str, str]]:
    """Every title and démarche, to choose from, in the words of the catalogue."""
    catalogue = cadre().catalogue
    titles = [(f"titre:{titre.code}", titre.libelle) for titre in catalogue.titres()]
    return titles + [(f"demarche:{demarche.code}", demarche.libelle) for demarche in catalogue.demarches()]


def on_constate(event: blocage_pb2.BlocageConstate, meta: Meta) -> None:
    """Opens a route in the préfecture of a blocage, wherever it was observed; once, however often the fact comes.

    None where the person does not want her préfecture to see it: she opens one herself when she wants (CCC-14).
    """
    if event.objection:
        return
    voie = _route_of(event, meta)
    _note_person(event, meta, voie)


def _note_person(event: blocage_pb2.BlocageConstate, meta: Meta, voie: Voie) -> None:
    """The figures know that this person was blocked this month, and whether a route was offered to her."""
    service = meta.subject.partition(".")[0]
    told = events_pb2.PersonneBloquee(
        prefecture=event.prefecture,
        service=service,
        premiere_tentative_date=event.premiere_tentative_date,
        voie_proposee=voie.state in rules.OPEN_STATES,
    )
    key = f"{event.parcours_id}:{clock.today().isoformat()[:7]}"
    person = PersonneBloquee(id=key, parcours_id=event.parcours_id, service=service)
    outbox.insert(person, Fact("substitution.personne.bloquee", told), request_id=f"{meta.event_id}:personne")


def _route_of(event: blocage_pb2.BlocageConstate, meta: Meta) -> Voie:
    service = meta.subject.partition(".")[0]
    first = date.fromisoformat(event.premiere_tentative_date)
    constate = Constate(event.blocage_id, service, event.reference, first, meta.time)
    joined = _open_like(event)
    if joined is not None:
        return _join(joined.id, constate, request_id=f"{event.blocage_id}:joint")
    preuves = {PREUVES[preuve] for preuve in event.preuves if preuve in PREUVES} | {"blocage-constate"}
    if event.symptome == blocage_pb2.SYMPTOME_CENTRE_INJOIGNABLE:
        # P-ATTEMPTS counted by the contact centre itself: the effort is proved by its logs (SUB-02).
        preuves.add("tentative-vaine")
    identite, par_courrier = _account_of(event.usager_id)
    return voies.open_voie(
        Ouverture(
            origine=rules.PANNE if event.symptome == blocage_pb2.SYMPTOME_PANNE else rules.BLOCAGE,
            prefecture=_named(event.prefecture),
            titre_code=event.titre_code,
            demarche_code=event.demarche_code,
            identite=identite,
            par_courrier=par_courrier,
            preuves=tuple(sorted(preuves)),
            constate=constate,
            parcours_id=event.parcours_id,
            usager_id=event.usager_id,
            demande_id=event.demande_id,
            contact_id=event.contact_id,
            fin_droit=date.fromisoformat(event.fin_droit_date) if event.fin_droit_date else None,
        ),
        by="systeme",
        request_id=f"blocage:{event.blocage_id}",
    )


def _named(prefecture: str) -> str:
    """A préfecture that the catalogue knows; empty for another code, so that the national desk places the route."""
    known = {departement.code for departement in cadre().catalogue.departements()}
    return prefecture if prefecture in known else ""


def on_atteste(event: blocage_pb2.BlocageAtteste, meta: Meta) -> None:
    """The attestation of the contact centre or of a reception point joins the evidence of the route (SUB-03)."""
    voie = _of_blocage(event.blocage_id)
    if voie is None:
        return
    preuve = "document-ccc" if meta.subject.startswith("ccc.") else "attestation-pan"
    _add_proof(voie.id, preuve, request_id=f"{event.blocage_id}:atteste")


def on_voie_ouverte(event: events_pb2.VoieOuverte, meta: Meta) -> None:
    """Writes on our own blocage which route it opened, from our own fact: nothing is lost between the two writes."""
    if event.blocage_id and Blocage.objects(id=event.blocage_id).first() is not None:
        request_id = f"{event.blocage_id}:voie"
        shared.open_voie(Blocage, event.blocage_id, event.voie_id, by="systeme", request_id=request_id)


def on_voie_aboutie(event: events_pb2.VoieAboutie, meta: Meta) -> None:
    """Resolves our own blocages when their route has ended."""
    voie = find(Voie, id=event.voie_id)
    joined = [key.removeprefix("substitution:") for key in voie.autres_blocages] if voie else []
    for blocage_id in filter(None, (event.blocage_id, *joined)):
        if Blocage.objects(id=blocage_id).first() is not None:
            shared.resolve(Blocage, blocage_id, by="systeme", request_id=f"{blocage_id}:resolu")


def _open(blocage: Blocage, identite: Identite, joignable: Joignable, *, by: str) -> Voie:
    is_outage = blocage.symptome == blocage_pb2.SYMPTOME_PANNE
    panne = pannes.concerns(blocage.prefecture or "") if is_outage else None
    return voies.open_voie(
        Ouverture(
            origine=rules.PANNE if is_outage else rules.BLOCAGE,
            prefecture=blocage.prefecture or "",
            titre_code=blocage.titre_code or "",
            demarche_code=blocage.demarche_code or "",
            identite=identite,
            joignable=joignable,
            preuves=(*(PREUVES[preuve] for preuve in blocage.preuves if preuve in PREUVES), "blocage-constate"),
            constate=Constate(blocage.id, "substitution", blocage.reference, blocage.premiere_tentative_date),
            parcours_id=blocage.parcours_id,
            usager_id=blocage.usager_id or "",
            demande_id=blocage.demande_id or "",
            date_protegee=panne.debut_date if panne else None,
            panne_id=panne.id if panne else "",
        ),
        by=by,
        request_id=f"blocage:{blocage.id}",
    )


def _open_like(event: blocage_pb2.BlocageConstate) -> Voie | None:
    """The open route of the same person for the same thing, opened otherwise than by this blocage."""
    found: Voie | None = Voie.objects(
        parcours_id=event.parcours_id,
        titre_code=event.titre_code,
        demarche_code=event.demarche_code,
        state__in=rules.OPEN_STATES,
    ).first()
    return found if found is not None and found.blocage_id != event.blocage_id else None


def _of_blocage(blocage_id: str) -> Voie | None:
    return find(Voie, blocage_id=blocage_id)


@outbox.retry_conflicts
def _join(voie_id: str, constate: Constate, *, request_id: str) -> Voie:
    """A further blocage of the same person about the same thing joins her route; an earlier attempt moves its date."""
    voie: Voie = Voie.objects(id=voie_id).first()
    key = f"{constate.service}:{constate.id}"
    if outbox.already(voie, request_id) or key in voie.autres_blocages:
        return voie
    first = constate.premiere_tentative or voie.date_protegee
    entries = (voies.announce(voie, constate.service, constate.id),) if constate.service != "substitution" else ()
    voie.autres_blocages.append(key)
    voie.autres_references.append(constate.reference)
    voie.date_protegee = min(voie.date_protegee, first)
    voie.premier_blocage_date = min(voie.premier_blocage_date or first, first)
    voie.besoin_time = max(voie.besoin_time or constate.time, constate.time)
    voie.preuves = sorted({*voie.preuves, "blocage-constate"})
    return outbox.update(voie, *entries, request_id=request_id)


@outbox.retry_conflicts
def _add_proof(voie_id: str, preuve: str, *, request_id: str) -> Voie:
    voie: Voie = Voie.objects(id=voie_id).first()
    if outbox.already(voie, request_id) or preuve in voie.preuves:
        return voie
    voie.preuves = sorted({*voie.preuves, preuve})
    return outbox.update(voie, request_id=request_id)


def _account_of(usager_id: str) -> tuple[Identite, bool]:
    """The name of an usager and whether only a letter reaches her, asked of deposit; when it does not answer, the
    convocation names the reference instead.
    """
    if not usager_id:
        return Identite(), False
    try:
        found = cadre().client.call(
            "deposit",
            SITUATION,
            deposit_pb2.GetSituationRequest(usager_id=usager_id),
            deposit_pb2.GetSituationResponse,
        )
    except Refused:
        return Identite(), False
    usager = found.usager
    return Identite(usager.nom, usager.prenoms, read_birth(usager.naissance_date)), usager.par_courrier
