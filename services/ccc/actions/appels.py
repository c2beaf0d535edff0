"""The telephone: the fixed questions before anything is said, in both directions, and every call is kept (CCC-15)."""

from __future__ import annotations

import secrets
from typing import Any

from chassis import clock, outbox
from chassis.mongo import collection_of, find
from chassis.outbox import Entry, Fact
from chassis.partial_day import read_day
from chassis.web import limits
from chassis.web.who import Who
from droit.decision import Decision, Refused
from personne.joindre import read_telephone
from personne.reference import is_numero, read_numero, read_reference
from sejour.deposit.v1 import deposit_pb2
from services.ccc import inputs
from services.ccc.actions import acces, blocages, contacts, saisines
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import etats, identite
from services.ccc.store import Appel, Message, Saisine

FIND = "sejour.deposit.v1.DepositService/FindUsagers"
MANDAT = "sejour.deposit.v1.DepositService/CheckMandat"
CALLS_SHOWN = 20
ECHECS = "identite"
QUESTIONS = identite.QUESTIONS


@outbox.retry_conflicts
def check_identity(saisine_id: str, said: inputs.Questionnaire, who: Who, *, request_id: str) -> Saisine:
    """Compares the answers with what deposit knows; the agent reads the verdict and nothing of what was expected.

    Raises Refused(SERVICE_INJOIGNABLE) when deposit does not answer: the identity is then not verified.
    Two writes: the blockage is told again with its person, then the ticket is bound to her.
    """
    saisine = acces.access_saisine(saisine_id, who, acces_rules.APPELER)
    if outbox.already(saisine, request_id):
        return saisine
    _may_check_again(saisine.id, said.repere).or_refuse()
    usager = find_usager(said.repere)
    registered = identite.Connu(usager.nom, usager.prenoms, read_day(usager.naissance_date)) if usager else None
    mandat = _mandate(usager, said)
    answers = identite.Reponses(said.nom, said.prenoms, said.naissance, said.pour_autrui, mandat.valide)
    verdict = identite.result(answers, registered)
    saisine.identite, saisine.identite_par, saisine.mandat = verdict, who.id, ""
    facts = []
    if verdict == etats.ECHEC and (mandat.valide or not said.pour_autrui):
        # Without a mandate nothing is said whatever she answers: that is no guess.
        for name in (saisine.id, limits.meant(said.repere)):
            limits.count(ECHECS, name, window=limits.DAY)
    if verdict == etats.VERIFIEE and usager is not None:
        saisine.usager_id, saisine.prefecture = usager.usager_id, saisine.prefecture or usager.prefecture
        saisine.nom, saisine.prenoms = usager.nom, usager.prenoms
        if said.repere.strip().upper().startswith("D"):
            # She called about this demande, and it is hers.
            saisine.demande_reference = read_reference(said.repere, "D")
        saisine.naissance_date = registered.naissance if registered else None
        saisine.contact_id = saisine.contact_id or usager.usager_id
        saisine.mandat = mandat.structure if said.pour_autrui else ""
        saisine.mandat_portee = list(mandat.portee) if said.pour_autrui else []
        facts.append(Fact("ccc.saisine.ouverte", saisines.opened(saisine), by=who.subject))
        if saisine.blocage_id:
            blocages.attach(
                saisine.blocage_id,
                usager.usager_id,
                saisine.demande_id,
                by=who.subject,
                request_id=f"{request_id}:blocage",
            )
    return outbox.update(saisine, *facts, request_id=request_id)


def log_call(saisine_id: str, sens: str, who: Who, *, request_id: str) -> Appel:
    """A call begins: whoever is on the line is asked the fixed questions anew (CCC-15).

    An outgoing one has a code that the person finds in her ticket: she too checks who calls.
    """
    saisine = _forget_identity(saisine_id, who, request_id)
    appel = Appel(
        id=outbox.id_for(request_id, "appel"),
        parcours_id=saisine.parcours_id,
        sens=sens,
        agent_id=who.id,
        saisine_id=saisine.id,
        code=f"{secrets.randbelow(1_000_000):06d}" if sens == etats.SORTANT else "",
        jour_date=clock.today(),
        time=clock.now(),
    )
    entries: tuple[Entry, ...] = ()
    if sens == etats.SORTANT:
        texte = (
            f"Un agent du centre de contact va vous appeler. Demandez-lui ce code : {appel.code}. "
            "S’il ne le donne pas, raccrochez."
        )
        entries, _ = contacts.tell(saisine, contacts.REPONSE, {"texte": texte}, by=who.subject)
    return outbox.insert(appel, *entries, request_id=request_id)


@outbox.retry_conflicts
def _forget_identity(saisine_id: str, who: Who, request_id: str) -> Saisine:
    saisine = acces.access_saisine(saisine_id, who, acces_rules.APPELER)
    if outbox.already(saisine, request_id) or saisine.identite == etats.NON_VERIFIEE:
        return saisine
    saisine.identite, saisine.mandat, saisine.mandat_portee = etats.NON_VERIFIEE, "", []
    return outbox.update(saisine, request_id=request_id)


@outbox.retry_conflicts
def end_call(appel_id: str, resultat: str, who: Who, *, request_id: str) -> Appel:
    """A call ends: treated, or nobody answered; the identity of its ticket is kept with it."""
    acces.require_act(who, acces_rules.APPELER)
    appel = find(Appel, id=appel_id)
    if appel is None:
        raise Refused(etats.SAISINE_INCONNUE)
    if outbox.already(appel, request_id):
        return appel
    saisine = acces.access_saisine(appel.saisine_id, who, acces_rules.APPELER)
    if appel.resultat:
        raise Refused(etats.APPEL_TERMINE)
    appel.resultat = resultat
    appel.identite = saisine.identite
    return outbox.update(appel, request_id=request_id)


def record_abandoned(telephone: str, attente_secondes: int, *, by: str, request_id: str) -> tuple[str, int]:
    """A caller hung up before anybody answered: counted, and at P-ATTEMPTS a blockage (CCC-20, CASE-55).

    Returns the reference of the blockage, or nothing yet, and the number of vain attempts.
    """
    number = read_telephone(telephone)
    appel = Appel(
        id=outbox.id_for(request_id, "appel"),
        parcours_id=outbox.id_for(number, "parcours"),
        sens=etats.ENTRANT,
        resultat=etats.ABANDONNE,
        attente_secondes=attente_secondes,
        jour_date=clock.today(),
        time=clock.now(),
    )
    outbox.insert(appel, request_id=request_id)
    vain = blocages.record_vain(number, "", [clock.today()], by=by, request_id=f"{request_id}:vain")
    return vain.blocage_reference, len(vain.tentatives)


def declare_vain(said: inputs.Tentatives, *, request_id: str) -> tuple[str, int]:
    """Records how often a person says she tried in vain today; the reference of the blockage, if any, and the count."""
    days = [clock.today()] * said.fois
    vain = blocages.record_vain(said.joignable, said.prefecture, days, by="personne", request_id=request_id)
    return vain.blocage_reference, len(vain.tentatives)


def calls_of(saisine_id: str) -> list[Appel]:
    """The calls of a ticket, latest first."""
    return list(Appel.objects(saisine_id=saisine_id).order_by("-time").limit(CALLS_SHOWN))


def called_back(saisine: Saisine) -> bool:
    """Whether a call about this ticket was treated since its person last wrote."""
    theirs = {"saisine_id": saisine.id, "auteur": etats.DE_LA_PERSONNE}
    wrote = collection_of(Message).find_one(theirs, {"time": 1}, sort=[("time", -1)])
    treated: dict[str, Any] = {"saisine_id": saisine.id, "resultat": etats.TRAITE}
    if wrote:
        treated["time"] = {"$gte": wrote["time"]}
    return collection_of(Appel).find_one(treated, {"_id": 1}) is not None


def is_exhausted(saisine: Saisine) -> bool:
    """Whether the questions failed so often today on this ticket that a counter must ask for a paper."""
    return not _may_check_again(saisine.id).accepted


def _may_check_again(saisine_id: str, repere: str = "") -> Decision:
    """By what failed today on this ticket, and on this number on any ticket."""
    names = (saisine_id, limits.meant(repere)) if repere else (saisine_id,)
    failed = max(limits.counted(ECHECS, name, limits.DAY) for name in names)
    return acces_rules.may_check_again(failed, cadre().number("P-IDENTITE", clock.today()))


def _mandate(usager: deposit_pb2.Usager | None, said: inputs.Questionnaire) -> deposit_pb2.CheckMandatResponse:
    """The mandate in force of the helper who calls, as deposit knows it. Raises Refused(SERVICE_INJOIGNABLE)."""
    if usager is None or not said.pour_autrui or not said.aidant.strip():
        return deposit_pb2.CheckMandatResponse()
    request = deposit_pb2.CheckMandatRequest(usager_id=usager.usager_id, aidant=said.aidant.strip())
    answer: deposit_pb2.CheckMandatResponse = cadre().client.call(
        "deposit", MANDAT, request, deposit_pb2.CheckMandatResponse
    )
    return answer


def find_usager(repere: str) -> deposit_pb2.Usager | None:
    """The only person with this number or reference; None when there are several or none.

    Raises Refused(SERVICE_INJOIGNABLE).
    """
    request = (
        deposit_pb2.FindUsagersRequest(numero_etranger=read_numero(repere))
        if is_numero(repere)
        else deposit_pb2.FindUsagersRequest(reference=repere.strip())
    )
    found = cadre().client.call("deposit", FIND, request, deposit_pb2.FindUsagersResponse).usagers
    return found[0] if len(found) == 1 else None
