"""Paying what a démarche costs: through the gateway where there is one, by a timbre fiscal everywhere (DEP-22)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.demande import inputs
from services.deposit.demande.actions.passerelle import Etat, Muette, Passerelle
from services.deposit.dossier.actions.acces import SYSTEME, access_demande
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import frais, settle
from services.deposit.droits.actions.frais import OUVERT, PAYE, TIMBRE, Frais
from services.deposit.options import Paiement

RIEN_A_PAYER = Motif(
    "RIEN_A_PAYER",
    "regle-du-service",
    "Il n’y a rien à payer ici.",
    "Revenez à votre demande : ce qui est payé y est écrit.",
)
PAIEMENT_INDISPONIBLE = Motif(
    "PAIEMENT_INDISPONIBLE",
    "regle-du-service",
    "Le paiement en ligne ne répond pas en ce moment.",
    "Votre demande n’attend pas ce paiement. Réessayez plus tard, ou payez par timbre fiscal : écrivez son numéro.",
    Genre.INDISPONIBLE,
)
PAIEMENT_NON_ARRIVE = Motif(
    "PAIEMENT_NON_ARRIVE",
    "regle-du-service",
    "Le paiement n’est pas encore arrivé.",
    "S’il est fait, attendez quelques minutes et regardez de nouveau. Sinon, payez, ou écrivez le numéro d’un timbre.",
)


def gateway() -> Passerelle | None:
    """The gateway of this deployment; None where a timbre fiscal is the only way."""
    paiement = Paiement.from_env()
    return Passerelle(paiement) if paiement.url else None


def to_pay(demande: Demande, code: str) -> Frais:
    """What is owed under this name. Raises Refused."""
    found = next((one for one in frais.of_demande(demande) if one.code == code), None)
    if found is None or not found.du or demande.state in (etats.ANNULEE, etats.REPUDIEE):
        raise Refused(RIEN_A_PAYER)
    return found


@outbox.retry_conflicts
def start(demande_id: str, said: inputs.Taxe, who: Who, *, request_id: str) -> str:
    """Opens a payment at the gateway; returns the page where the person pays. Raises Refused."""
    demande = access_demande(demande_id, who, acces.ACT)
    owed = to_pay(demande, said.code)
    opened = outbox.id_for(request_id, "paiement")
    before = next((one for one in demande.paiements if one["id"] == opened), None)
    if before is not None:
        return str(before["page"])
    found = gateway()
    if owed.preuve or found is None:
        raise Refused(RIEN_A_PAYER if owed.preuve else PAIEMENT_INDISPONIBLE)
    back = f"{cadre().settings.public_url}/deposit/demandes/{demande.id}/payer/{owed.code}"
    try:
        externe, page = found.open(f"{demande.reference}-{opened[:8]}", owed.centimes, owed.libelle, back)
    except Muette as silent:
        raise Refused(PAIEMENT_INDISPONIBLE) from silent
    today = clock.today()
    _add(
        demande,
        {
            "id": opened,
            "code": owed.code,
            "etat": OUVERT,
            "externe": externe,
            "page": page,
            "jour": today.isoformat(),
        },
    )
    settle.plan_payment(demande, today + timedelta(days=1))
    outbox.update(demande, request_id=request_id)
    return page


@outbox.retry_conflicts
def check(demande_id: str, said: inputs.Taxe, who: Who, *, request_id: str) -> Demande:
    """Asks the gateway what became of the payment, and keeps its receipt. Raises Refused while none has arrived."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id) or to_pay(demande, said.code).preuve:
        return demande
    found = gateway()
    if found is None:
        raise Refused(PAIEMENT_NON_ARRIVE)
    for one in [p for p in demande.paiements if p["code"] == said.code and p["etat"] == OUVERT]:
        try:
            state = found.read(one["externe"])
        except Muette as silent:
            raise Refused(PAIEMENT_INDISPONIBLE) from silent
        if state.paye:
            return outbox.update(demande, _paid(demande, one, state, clock.today(), who), request_id=request_id)
    raise Refused(PAIEMENT_NON_ARRIVE)


@outbox.retry_conflicts
def follow(demande_id: str, due_date: date, today: date) -> Demande:
    """What a person left at the gateway is seen by itself: paid, its proof is kept; failed, it is forgotten; under way,
    it is asked about again, the less often the older it is.
    """
    demande: Demande = Demande.objects(id=demande_id).first()
    found, facts, looks = gateway(), list[Fact](), list[date]()
    for one in [p for p in demande.paiements if p["etat"] == OUVERT]:
        state = _read(found, one)
        if state is not None and state.paye:
            facts.append(_paid(demande, one, state, today, SYSTEME))
        elif state is not None and state.echec:
            demande.paiements = _without(demande, one)
        else:
            age = today - date.fromisoformat(one.get("jour") or today.isoformat())
            looks.append(today + max(age, timedelta(days=1)))
    settle.plan_payment(demande, min(looks, default=None))
    return outbox.update(demande, *facts, request_id=f"paiement:{due_date.isoformat()}:{today.isoformat()}")


@outbox.retry_conflicts
def stamp(demande_id: str, said: inputs.Timbre, who: Who, *, request_id: str) -> Demande:
    """The person gives the number of the timbre fiscal that she bought: it is the proof, which an agent reads."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    owed = to_pay(demande, said.code)
    given = {
        "id": outbox.id_for(request_id, "paiement"),
        "code": owed.code,
        "etat": TIMBRE,
        "preuve": said.numero.replace(" ", ""),
        "jour": clock.today().isoformat(),
    }
    _add(demande, given)
    return outbox.update(demande, _fact(demande, given, who), request_id=request_id)


def _read(found: Passerelle | None, paiement: dict[str, Any]) -> Etat | None:
    """What the gateway says of a payment; None while it says nothing."""
    try:
        return found.read(paiement["externe"]) if found is not None else None
    except Muette:
        return None


def _paid(demande: Demande, paiement: dict[str, Any], state: Etat, today: date, who: Who) -> Fact:
    paid = {**paiement, "etat": PAYE, "preuve": state.recu, "jour": today.isoformat()}
    demande.paiements = [*_without(demande, paiement), paid]
    return _fact(demande, paid, who)


def _without(demande: Demande, paiement: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in demande.paiements if one["id"] != paiement["id"]]


def _add(demande: Demande, paiement: dict[str, Any]) -> None:
    demande.paiements = [*demande.paiements, paiement][-20:]


def _fact(demande: Demande, paid: dict[str, Any], who: Who) -> Fact:
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="PAIEMENT")
    kept = {name: paid[name] for name in ("code", "etat", "preuve")}
    return Fact("deposit.demande.modifiee", changed, by=who.subject, private={"paiement": kept})
