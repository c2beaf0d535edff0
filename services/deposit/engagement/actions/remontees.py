"""To the programme desk and back: a clock there, another way open for the person meanwhile, and an answer (DEP-61)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from blocage import actions as shared
from blocage.actions import Constat
from chassis import clock, due, mongo, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from personne.reference import new_reference
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import events_pb2
from services.deposit.blocage.actions import blocages
from services.deposit.cadre import cadre
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Blocage, Usager
from services.deposit.engagement.actions import engagements
from services.deposit.engagement.actions.engagements import File
from services.deposit.engagement.rules import remontees
from services.deposit.engagement.rules.remontees import ACTES, EN_RETARD, LEVEE, OBJETS, OUVERTE
from services.deposit.engagement.store.remontee import Remontee
from services.deposit.instruction.actions import effets, reparations
from services.deposit.instruction.actions.personnes import access_personne

LISTE_MAX = 50
FILTRES = {EN_RETARD: "En retard", OUVERTE: "À traiter", LEVEE: "Réglées"}
_SYMPTOMES = {
    "demande_fantome": blocage_pb2.SYMPTOME_DEMANDE_FANTOME,
    "titre_non_remis": blocage_pb2.SYMPTOME_TITRE_NON_REMIS,
    "compte": blocage_pb2.SYMPTOME_COMPTE_IMPOSSIBLE,
    "illisible": blocage_pb2.SYMPTOME_DEMANDE_ILLISIBLE,
    "autre": blocage_pb2.SYMPTOME_AUTRE,
}

__all__ = [
    "ACTES",
    "FILTRES",
    "OBJETS",
    "Probleme",
    "access",
    "escalate",
    "escalate_for",
    "lift",
    "of_person",
    "overdue",
    "queue",
]


@dataclass(frozen=True)
class Probleme:
    """What cannot be lifted, what was tried, and the past demande in question when there is one (its reference)."""

    objet: str
    texte: str
    ancienne: str = ""


def escalate(demande_id: str, probleme: Probleme, who: Who, *, request_id: str) -> Remontee:
    """From a dossier, what its préfecture cannot lift."""
    demande = access_demande(demande_id, who, acces.INSTRUIRE)
    usager: Usager = Usager.objects(id=demande.usager_id).first()
    return _open(usager, demande, probleme, by=who.subject, request_id=request_id)


def escalate_for(usager_id: str, probleme: Probleme, who: Who, *, request_id: str) -> Remontee:
    """For a person, whatever her dossiers."""
    usager = access_personne(usager_id, who, acces.DEBLOQUER)
    return _open(usager, None, probleme, by=who.subject, request_id=request_id)


@outbox.retry_conflicts
def overdue(remontee_id: str, due_date: date, today: date) -> Remontee:
    """The clock of the programme desk ran out: the case comes first there, and says since when."""
    remontee: Remontee = Remontee.objects(id=remontee_id).first()
    if not engagements.pass_day(remontee, OUVERTE, EN_RETARD):
        return outbox.update(remontee)
    late = _fact(remontee, EN_RETARD, "systeme")
    return outbox.update(remontee, late, request_id=f"retard:{due_date.isoformat()}")


def lift(remontee_id: str, acte: str, texte: str, who: Who, *, request_id: str) -> Remontee:
    """The programme desk answers, with what it did; the blocage is lifted and the person told."""
    remontee = access(remontee_id, who)
    if outbox.already(remontee, request_id):
        return remontee
    remontees.may_lift(remontee.state, acte, texte).or_refuse()
    _do(remontee, acte, texte, who, request_id=request_id)
    shared.lift(Blocage, remontee.blocage_id, by=who.subject, request_id=f"{request_id}:blocage")
    if remontee.demande_id:
        blocages.start_clock(remontee.demande_id, f"blocage:{remontee.blocage_id}", clock.today(), by=who.subject)
        effets.follow(remontee.demande_id)
    return _lifted(remontee_id, texte, who, request_id)


def access(remontee_id: str, who: Who) -> Remontee:
    """A case at the programme desk, for that desk alone and in its scope."""
    remontee = mongo.find(Remontee, id=remontee_id)
    if remontee is None:
        raise Refused(remontees.REMONTEE_INTROUVABLE)
    if not who.roles & acces.PROGRAMME or not who.serves(remontee.prefecture):
        raise Refused(acces.ACCES_REFUSE)
    return remontee


def queue(who: Who, state: str, after: str) -> File[Remontee]:
    """What is at the desk in one state, the earliest day first."""
    return engagements.queue(Remontee, who, state, after, FILTRES)


def of_person(usager_id: str) -> list[Remontee]:
    """What is or was at the programme desk for a person, most recent first. The caller guards."""
    return list(Remontee.objects(usager_id=usager_id).order_by("-ouverte_date").limit(LISTE_MAX))


def _open(usager: Usager, demande: Demande | None, probleme: Probleme, *, by: str, request_id: str) -> Remontee:
    """The blocage comes first: it protects the dates, stops the clocks and opens another way; a repeat finds it."""
    today = clock.today()
    remontees.may_escalate(probleme.objet, probleme.texte).or_refuse()
    made = mongo.find(Remontee, id=outbox.id_for(request_id, "remontee"))
    if made is not None:
        return made
    prefecture = (demande.prefecture if demande else "") or usager.prefecture
    constat = Constat(
        parcours_id=usager.parcours_id,
        symptome=_SYMPTOMES[probleme.objet],
        prefecture=prefecture,
        jour=today,
        par=by,
        usager_id=usager.id,
        demande_id=demande.id if demande else "",
        titre_code=demande.titre_code if demande else "",
        demarche_code=demande.demarche_code if demande else "",
        precis=probleme.texte.strip(),
    )
    blocage = blocages.record(constat, request_id=request_id)
    remontee = Remontee(
        id=outbox.id_for(request_id, "remontee"),
        parcours_id=usager.parcours_id,
        reference=new_reference("N"),
        usager_id=usager.id,
        demande_id=demande.id if demande else "",
        prefecture=prefecture,
        objet=probleme.objet,
        texte=probleme.texte.strip()[:2000],
        ancienne_id=_past(usager, probleme.ancienne),
        ouverte_date=today,
        echeance_date=today + timedelta(days=cadre().number("P-PROGRAMME", today)),
        par=by,
        state=OUVERTE,
        blocage_id=blocage.id,
    )
    due.plan(remontee, echeance=remontee.echeance_date + timedelta(days=1))
    champs = {
        "reference": remontee.reference,
        "objet": OBJETS[probleme.objet],
        "echeance_date": remontee.echeance_date.isoformat(),
    }
    notice = engagements.tell(remontee, "remontee_ouverte", champs)
    return outbox.insert(remontee, _fact(remontee, OUVERTE, by), notice, request_id=request_id)


def _past(usager: Usager, reference: str) -> str:
    """The past demande in question, which must be hers."""
    if not reference:
        return ""
    found = Demande.objects(reference=reference.strip().upper(), usager_id=usager.id).only("id").first()
    if found is None:
        raise Refused(etats.DEMANDE_INCONNUE, champ="ancienne")
    return str(found.id)


def _do(remontee: Remontee, acte: str, texte: str, who: Who, *, request_id: str) -> None:
    """What no préfecture could do, done at the desk with the same trace as anywhere; closes only the past demande."""
    if acte == "fermer":
        reparations.close_ghost(
            remontee.usager_id, remontee.ancienne_id, who, motif=texte.strip(), request_id=f"{request_id}:fermer"
        )
    elif acte == "remise":
        reparations.record_remise(
            remontee.usager_id, clock.today(), by=who.subject, motif=texte.strip(), request_id=f"{request_id}:remise"
        )


@outbox.retry_conflicts
def _lifted(remontee_id: str, texte: str, who: Who, request_id: str) -> Remontee:
    remontee: Remontee = Remontee.objects(id=remontee_id).first()
    if remontee.state == LEVEE:
        return remontee
    answer = texte.strip()[:2000]
    remontee.state = LEVEE
    remontee.levee_date = clock.today()
    remontee.levee_par = who.subject
    remontee.reponse = answer
    due.plan(remontee, echeance=None)
    return outbox.update(
        remontee,
        _fact(remontee, LEVEE, who.subject),
        engagements.tell(remontee, "remontee_levee", {"reference": remontee.reference, "texte": answer}),
        request_id=request_id,
    )


def _fact(remontee: Remontee, state: str, by: str) -> Fact:
    message = events_pb2.RemonteeModifiee(
        remontee_id=remontee.id,
        usager_id=remontee.usager_id,
        state=state,
        echeance_date=remontee.echeance_date.isoformat(),
    )
    return Fact("deposit.remontee.modifiee", message, by=by)


def in_json(remontee: Remontee) -> dict[str, Any]:
    """A case as the API shows it."""
    return {
        "remontee_id": remontee.id,
        "reference": remontee.reference,
        "usager_id": remontee.usager_id,
        "demande_id": remontee.demande_id,
        "prefecture": remontee.prefecture,
        "objet": remontee.objet,
        "etat": remontee.state,
        "ouverte_date": remontee.ouverte_date.isoformat(),
        "echeance_date": remontee.echeance_date.isoformat(),
        "reponse": remontee.reponse,
    }
