"""The acts that lift a blockage, as another channel orders them for its agent (DEP-61, CCC-10)."""

from __future__ import annotations

from datetime import date, datetime

from chassis import agents, clock, mongo, outbox
from chassis.rpc import CHAMP_ILLISIBLE, caller
from chassis.web.who import AGENT, Who
from droit.decision import Genre, Motif, Refused
from personne.naissance import read_birth
from personne.reference import read_numero, read_reference
from sejour.deposit.v1 import deposit_pb2
from services.deposit.acte.actions import Order
from services.deposit.blocage.actions.blocages import stop_clock
from services.deposit.compte import rules as controle
from services.deposit.compte.actions import (
    comptes,
    identites,
    points_accueil,
    reconnaissance,
    recuperation,
    usurpation,
)
from services.deposit.dossier.actions import fichiers
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import attestations, settle
from services.deposit.instruction.actions import instruction, reparations
from services.deposit.instruction.actions.urgences import Urgence, flag_for

IDENTITE_NON_VERIFIEE = Motif(
    "IDENTITE_NON_VERIFIEE",
    "ddd-2024-12-11",
    "L’identité n’a pas été vérifiée : rien n’est changé.",
    "Posez les questions du protocole, puis recommencez.",
    Genre.INTERDIT,
)
DOUBLE_CONTROLE = Motif(
    "DOUBLE_CONTROLE",
    "regle-du-service",
    "Changer l’adresse d’un compte demande deux agents : celui qui vérifie et celui qui change.",
    "Demandez à un collègue de valider.",
    Genre.INTERDIT,
)
COMPTE_OUVERT = Motif(
    "COMPTE_OUVERT",
    "regle-du-service",
    "Le compte n’est pas fermé : il n’y a rien à rouvrir.",
    "Renvoyez le lien de connexion, ou changez l’adresse si elle ne la lit plus.",
)
RIEN_A_REMETTRE = Motif(
    "RIEN_A_REMETTRE",
    "regle-du-service",
    "Aucun titre n’attend d’être remis à cette personne : il n’y a rien à noter.",
    "Cherchez ce qui l’arrête vraiment, ou attestez le blocage.",
)
NUMERO_LIBRE = Motif(
    "NUMERO_LIBRE",
    "regle-du-service",
    "Aucun compte ne porte le numéro de ce papier.",
    "Relisez le numéro. Sans compte, la personne en ouvre un, ou dépose ici sans compte.",
)
COMPTE_A_GELER = Motif(
    "COMPTE_A_GELER",
    "regle-du-service",
    "Un compte qui sert n’est pas rendu à quelqu’un d’autre.",
    "Gelez d’abord ce compte, puis demandez à un collègue de rendre son numéro à la personne.",
)


def lift(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    """One of the acts that lift a blockage; returns the sentence to tell the person (DEP-61, CCC-10)."""
    act = _ACTES.get(request.acte)
    if act is None:
        raise Refused(CHAMP_ILLISIBLE, champ="acte")
    return act(request, who)


def _close_ghost(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    ghost = _of_person(request)
    reparations.close_ghost(request.usager_id, ghost.id, who, motif=request.motif, request_id=request.request_id)
    return "L’ancienne demande est fermée, et un avis vous est envoyé. Elle ne vous empêchait pas de déposer."


def _record_remise(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    if all(titre.remis is not False for titre in comptes.usager_by_id(request.usager_id).titres):
        raise Refused(RIEN_A_REMETTRE)
    day = date.fromisoformat(request.remise_date) if request.remise_date else clock.today()
    reparations.record_remise(
        request.usager_id, day, by=who.subject, motif=request.motif, request_id=request.request_id
    )
    return "La remise de votre titre est enregistrée. Vous pouvez déposer votre demande maintenant."


def _change_email(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    _checked(request)
    _by_two_agents(request, who)
    identites.bind_email(
        request.usager_id,
        request.courriel,
        by=who.subject,
        request_id=request.request_id,
        asked=datetime.fromisoformat(request.demande_time) if request.demande_time else None,
    )
    return "Votre nouvelle adresse est enregistrée, et un lien y part. Les connexions ouvertes sont fermées."


def _give_back(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    _checked(request)
    controle.seen_in_person(request.identite_papier).or_refuse()
    _by_two_agents(request, who)
    address = identites.give_back(
        request.usager_id,
        request.telephone,
        by=who.subject,
        request_id=request.request_id,
        asked=datetime.fromisoformat(request.demande_time) if request.demande_time else None,
    )
    return identites.on_paper(address)


def _name_place(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    _checked(request)
    points_accueil.keep(request.usager_id, request.lieu_id, by=who.subject, request_id=request.request_id)
    return f"C’est noté : {points_accueil.name_of(request.lieu_id)} vous dira ce qui vous est envoyé."


def _unlock(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    _checked(request)
    usager = comptes.usager_by_id(request.usager_id)
    if not (usager.gele or usager.facteur or outbox.already(usager, request.request_id)):
        raise Refused(COMPTE_OUVERT)
    identites.unlock(request.usager_id, by=who.subject, request_id=request.request_id)
    return "Votre compte est ouvert de nouveau."


def _free(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    account, holder = _concerned(request)
    _checked(request, account)
    _by_two_agents(request, who)
    usager, moyens = account, (request.courriel, request.telephone)
    if holder is None or not reconnaissance.is_of(account, holder):
        if holder is not None and not account.gele:
            raise Refused(COMPTE_A_GELER)
        usager = usurpation.free(account.id, moyens, by=who.subject, request_id=request.request_id, holder=holder)
    return f"Votre compte est ouvert à votre nom, avec votre numéro. Votre identifiant est {usager.identifiant}."


def _concerned(request: deposit_pb2.DebloquerRequest) -> tuple[Usager, comptes.Identite | None]:
    """The account of the order; where the channel knows none, the one that bears the number of the paper that its agent
    saw, with who that paper says she is. Raises Refused.
    """
    if request.usager_id:
        return comptes.usager_by_id(request.usager_id), None
    controle.seen_in_person(request.identite_papier).or_refuse()
    said = request.identite
    naissance = read_birth(said.naissance_date)
    account = mongo.find(Usager, numero_etranger=read_numero(said.numero_etranger) or None)
    if account is None or naissance is None:
        raise Refused(NUMERO_LIBRE)
    return account, comptes.Identite(said.nom, naissance, said.prenoms)


def _drop_factor(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    _checked(request)
    identites.drop_factor(request.usager_id, by=who.subject, request_id=request.request_id)
    return "La seconde vérification est retirée. Votre mot de passe suffit."


def _checked(request: deposit_pb2.DebloquerRequest, account: Usager | None = None) -> None:
    """The identity was checked; that of a protected person on a paper, seen in person (DEP-08)."""
    if not request.identite_verifiee:
        raise Refused(IDENTITE_NON_VERIFIEE)
    usager = account or comptes.usager_by_id(request.usager_id)
    controle.proves_enough(protege=usager.protege, papier=request.identite_papier).or_refuse()


def _by_two_agents(request: deposit_pb2.DebloquerRequest, who: Who) -> None:
    """Two agents that this service knows too: who checked is not who acts, and neither is a mere service (DEP-05)."""
    if who.kind != AGENT or not request.verificateur_id or request.verificateur_id == who.id:
        raise Refused(DOUBLE_CONTROLE)
    pair = [agents.find(mongo.database(ALIAS), agent_id) for agent_id in (who.id, request.verificateur_id)]
    if any(agent is None or agent.revoked_time is not None for agent in pair):
        raise Refused(acces.ACCES_REFUSE)


def _resend(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    recuperation.send(request.usager_id, request_id=request.request_id)
    return "Un nouveau lien part maintenant, par votre moyen de contact."


def _stop(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    stop_clock(_of_person(request).id, f"agent:{request.request_id}", "AGENT", clock.today(), by=who.subject)
    return "Le délai est arrêté. Il reprendra quand le problème sera réglé."


def _give_access_back(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    demande = _of_person(request)
    reparations.check_request(demande)
    stop_clock(demande.id, f"agent:{request.request_id}", "AGENT", clock.today(), by=who.subject)
    asked = reparations.send_request_again(demande.id, by=who.subject, request_id=request.request_id)
    return (
        f"Ce que la préfecture demande pour {asked.reference} vous est renvoyé, et s’ouvre dans votre espace. "
        "Le délai est arrêté ; il reprendra quand vous y arriverez."
    )


def _reopen(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    _reopened(_of_person(request).id, who, request.request_id)
    return "Votre demande est rouverte, avec sa première date."


@outbox.retry_conflicts
def _reopened(demande_id: str, who: Who, request_id: str) -> Demande:
    """The channel has checked the role of its agent, and it is that agent whom the record names (DEP-61)."""
    demande: Demande = Demande.objects(id=demande_id).first()
    if outbox.already(demande, request_id):
        return demande
    today = clock.today()
    change = instruction.reopen(demande, Order(who, None, request_id, today))
    return settle.apply(demande, change, request_id=request_id, today=today, by=who.subject)


def _of_person(request: deposit_pb2.DebloquerRequest) -> Demande:
    """The demande of the order, by its identifier or its reference, when it is the person's. Raises Refused."""
    named = request.demande_id
    by = {"reference": read_reference(named, "D")} if named.upper().startswith("D-") else {"id": named}
    found: Demande | None = mongo.find(Demande, usager_id=request.usager_id, **by) if named else None
    if found is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    return found


def _send_attestation(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    demande, _ = attestations.find(request.attestation_numero)
    if demande.usager_id != request.usager_id:
        raise Refused(attestations.DOCUMENT_INCONNU)
    reparations.send_document(request.attestation_numero, by=who.subject, request_id=request.request_id)
    return "Votre attestation part par votre moyen de contact, et par courrier."


def _freeze(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    account, _holder = _concerned(request)
    if not request.usager_id:
        _checked(request, account)
    claimed = usurpation.claim_for(
        account.id, by=who.subject, request_id=request.request_id, parcours_id=request.parcours_id
    )
    return (
        f"Le compte est gelé : il ne sert plus à personne. Votre demande du jour est gardée sous la référence "
        f"{claimed.reference}, et vos dates sont protégées depuis aujourd’hui."
    )


def _flag_urgency(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    """A proof that cannot be had stops nobody: the urgency is flagged with its words, and the answer says so."""
    proof, without = None, ""
    if request.HasField("preuve"):
        try:
            proof = fichiers.fetch(caller().service, request.preuve)
        except Refused as refused:
            if refused.motif.genre is Genre.INDISPONIBLE:
                raise
            without = f" Sans la preuve jointe : {refused.motif.phrase} {refused.motif.suite}"
    urgence = Urgence(request.urgence, request.motif, proof)
    named = _of_person(request).id if request.demande_id else ""
    found = flag_for(request.usager_id, named, urgence, who, request_id=request.request_id)
    names = ", ".join(demande.reference for demande in found)
    return f"L’urgence est signalée à la préfecture pour {names}. L’agent la voit maintenant, avec sa raison.{without}"


_ACTES = {
    deposit_pb2.ACTE_CLORE_DEMANDE_FANTOME: _close_ghost,
    deposit_pb2.ACTE_ENREGISTRER_REMISE: _record_remise,
    deposit_pb2.ACTE_CHANGER_COURRIEL: _change_email,
    deposit_pb2.ACTE_DEVERROUILLER_COMPTE: _unlock,
    deposit_pb2.ACTE_RENVOYER_LIEN: _resend,
    deposit_pb2.ACTE_RETABLIR_DEMANDE_PIECES: _give_access_back,
    deposit_pb2.ACTE_ARRETER_HORLOGE: _stop,
    deposit_pb2.ACTE_ROUVRIR_DEMANDE: _reopen,
    deposit_pb2.ACTE_ENVOYER_ATTESTATION: _send_attestation,
    deposit_pb2.ACTE_GELER_COMPTE: _freeze,
    deposit_pb2.ACTE_LIBERER_COMPTE: _free,
    deposit_pb2.ACTE_RENDRE_SANS_COURRIEL: _give_back,
    deposit_pb2.ACTE_NOMMER_POINT_ACCUEIL: _name_place,
    deposit_pb2.ACTE_RETIRER_SECOND_FACTEUR: _drop_factor,
    deposit_pb2.ACTE_SIGNALER_URGENCE: _flag_urgency,
}
