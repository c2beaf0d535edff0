"""What the other channels ask of deposit: find a person, tell her situation, lift a blockage, file for her."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from google.protobuf.message import Message

from chassis import agents, clock, mongo, outbox
from chassis.web.who import AGENT, Who
from droit.catalogue import Stade
from droit.decision import Genre, Motif, Refused
from personne.nom import identity_key, same_person
from personne.reference import read_numero, read_reference
from sejour.deposit.v1 import deposit_pb2
from services.deposit.acte.actions import Order
from services.deposit.blocage.actions.blocages import stop_clock
from services.deposit.compte import rules as controle
from services.deposit.compte.actions import comptes, identites, reconnaissance, usurpation
from services.deposit.demande.actions import demandes
from services.deposit.demande.actions import pieces as arrivals
from services.deposit.demande.actions.demandes import Choix
from services.deposit.dossier.actions import structures
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande, Piece
from services.deposit.dossier.store.usager import Structure, Usager
from services.deposit.droits.actions import attestations, settle
from services.deposit.instruction.actions import instruction, reparations
from services.deposit.instruction.actions.urgences import Urgence, flag_for

PERSONNES_MAX = 10
SITUATION_MAX = 50

IDENTITE_NON_VERIFIEE = Motif(
    "IDENTITE_NON_VERIFIEE",
    "ddd-2024-12-11",
    "L’identité n’a pas été vérifiée : rien n’est changé.",
    "Posez les questions du protocole, puis recommencez.",
    Genre.INTERDIT,
)
AUTRE_PERSONNE = Motif(
    "DEMANDE_AUTRE_PERSONNE",
    "regle-du-service",
    "Ces papiers sont au nom d’une personne, et la demande est à une autre : rien n’est joint ni déposé.",
    "Vérifiez le nom et le jour de naissance lus sur le papier, puis envoyez de nouveau.",
)
DOUBLE_CONTROLE = Motif(
    "DOUBLE_CONTROLE",
    "regle-du-service",
    "Changer l’adresse d’un compte demande deux agents : celui qui vérifie et celui qui change.",
    "Demandez à un collègue de valider.",
    Genre.INTERDIT,
)


@dataclass(frozen=True)
class Recherche:
    """How a person is looked for: one of the three."""

    numero_etranger: str = ""
    reference: str = ""
    nom: str = ""
    naissance: date | None = None


def find_usagers(recherche: Recherche) -> list[Usager]:
    """At most ten persons, by the first criterion given."""
    if recherche.numero_etranger:
        found = Usager.objects(numero_etranger=read_numero(recherche.numero_etranger))
    elif recherche.reference:
        demande = Demande.objects(reference=read_reference(recherche.reference, "D")).only("usager_id").first()
        found = (
            Usager.objects(id=demande.usager_id)
            if demande
            else Usager.objects(identifiant=read_reference(recherche.reference, "S"))
        )
    elif recherche.nom and recherche.naissance:
        found = Usager.objects(cle_identite=identity_key(recherche.nom, recherche.naissance))
    else:
        return []
    return list(found.limit(PERSONNES_MAX))


def contact_of(contact_id: str) -> Message | None:
    """The contact of a person or of a structure as it stands now, for notify when it lost it."""
    usager = Usager.objects(id=contact_id).first()
    if usager is not None:
        return comptes.contact(usager, usager.version).message
    structure = Structure.objects(id=contact_id).first()
    found = structures.contact(structure, structure.version) if structure is not None else ()
    return found[0].message if found else None


def situation(usager_id: str) -> tuple[Usager, list[Demande]]:
    """A person with her demandes, most recent first: the same answer by each channel (DEP-45, CCC-18)."""
    usager = Usager.objects(id=usager_id).first()
    if usager is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    return usager, list(Demande.objects(usager_id=usager_id).order_by("-cree_date").limit(SITUATION_MAX))


@outbox.retry_conflicts
def file_for(request: deposit_pb2.DeposerDemandeRequest, pieces: Sequence[Piece], who: Who) -> Demande:
    """Files what came by the counter, post, e-mail or a reception point, on its day of arrival, with the same
    rights (SUB-16).
    """
    known = mongo.find(Demande, id=outbox.id_for(request.request_id, "demande"))
    if known is not None and known.state != etats.BROUILLON:
        return known
    usager, flags = _usager_of(request)
    arrival = date.fromisoformat(request.reception_date)
    choix = Choix(
        titre_code=request.titre_code,
        demarche_code=request.demarche_code,
        prefecture=request.prefecture,
        fin_titre=date.fromisoformat(request.fin_titre_date) if request.fin_titre_date else None,
        situation_reguliere=usager.situation_reguliere and request.stade != Stade.REGULARISATION,
        # A first demande whose end is told follows a visa: the counter read it.
        visa=request.stade == Stade.PREMIERE,
    )
    demande = known or outbox.insert(demandes.draft(usager, choix, arrival, request.request_id))
    demande.voie, demande.depot_date, demande.accompagne = request.voie, arrival, request.accompagne
    demande.pieces, demande.incoherences = list(pieces), flags
    demande.anterieurs = _recepisse(request, demande.prefecture)
    today = clock.today()
    if request.complet:
        demande.completude_date = today
    return demandes.file_now(
        demande,
        usager,
        today,
        by=who.subject,
        request_id=f"{request.request_id}:depot",
        protegee=date.fromisoformat(request.date_protegee) if request.date_protegee else None,
        rattache=request.parcours_id,
    )


def _usager_of(request: deposit_pb2.DeposerDemandeRequest) -> tuple[Usager, list[dict[str, str]]]:
    """The person, by the one rule of `reconnaissance`, else a new account; and what an agent must settle about her.

    Her number may be on a disputed account, or on somebody else's: nothing of hers goes there.
    """
    said = request.identite
    identite = comptes.Identite(
        nom=said.nom,
        prenoms=said.prenoms,
        naissance=date.fromisoformat(said.naissance_date),
        nationalite=said.nationalite,
        numero_etranger=said.numero_etranger,
        courriel=said.courriel,
        telephone=said.telephone,
        adresse=tuple(said.adresse),
        prefecture=request.prefecture,
    )
    found = reconnaissance.of_person(identite, usager_id=request.usager_id, parcours_id=request.parcours_id)
    usager = found or comptes.open_without_password(
        identite, request.parcours_id, request_id=f"{request.request_id}:compte", by="agent"
    )
    numero = read_numero(said.numero_etranger)
    if numero and usager.numero_etranger != numero:
        return usager, [{"code": "NUMERO_A_RATTACHER", "objet": numero}]
    return usager, []


def _recepisse(request: deposit_pb2.DeposerDemandeRequest, prefecture: str) -> list[dict[str, str]]:
    """The récépissé that the counter gave with its own hands: it proves the right, and ours follows it (DEP-42)."""
    if not (request.recepisse_numero and request.recepisse_fin_date):
        return []
    return [
        {
            "depot": request.recepisse_debut_date or request.reception_date,
            "lieu": "guichet",
            "numero": request.recepisse_numero,
            "prefecture": prefecture,
            "document": "Récépissé",
            "document_fin": request.recepisse_fin_date,
        }
    ]


@outbox.retry_conflicts
def attach_pieces(request: deposit_pb2.AttacherPiecesRequest, pieces: Sequence[Piece], who: Who) -> Demande:
    """Joins pieces that came by another way, on their day of arrival; a draft that stopped there is filed with them
    (DEP-36, DEP-42). Raises Refused: nobody knows this demande, or it is another person's.
    """
    demande: Demande | None = mongo.find(Demande, id=request.demande_id)
    if demande is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    usager = comptes.usager_by_id(demande.usager_id)
    if request.identite.nom and not same_person(
        usager.nom, usager.naissance_date, [request.identite.nom], request.identite.naissance_date
    ):
        raise Refused(AUTRE_PERSONNE)
    if demande.state == etats.ANNULEE and demande.depot_date is None:
        demande = _draft_again(demande, usager, request)
    if outbox.already(demande, request.request_id):
        return demande
    if demande.state == etats.BROUILLON:
        return _file_draft(demande, usager, request, pieces, who)
    if not pieces and demande.state in etats.TERMINEES:
        # Who comes with nothing to join comes to file, and must not be told that it is done.
        raise Refused(etats.RIEN_DEPOSE)
    if not pieces:
        return demande
    received = clock.today()
    return arrivals.receive(demande, list(pieces), received, by=who.subject, request_id=request.request_id)


def _draft_again(dropped: Demande, usager: Usager, request: deposit_pb2.AttacherPiecesRequest) -> Demande:
    """The draft that she dropped after it stopped her, begun again as it was: what she brings must be filed."""
    identifier = f"{request.request_id}:repris"
    known = mongo.find(Demande, id=outbox.id_for(identifier, "demande"))
    if known is not None:
        return known
    choix = Choix(
        titre_code=dropped.titre_code,
        demarche_code=dropped.demarche_code,
        prefecture=dropped.prefecture,
        fin_titre=dropped.fin_titre_date,
        beneficiaire=dict(dropped.beneficiaire),
    )
    again = demandes.draft(usager, choix, clock.today(), identifier)
    again.stade, again.reponses, again.pieces = dropped.stade, dict(dropped.reponses), list(dropped.pieces)
    return outbox.insert(again)


def _file_draft(
    demande: Demande,
    usager: Usager,
    request: deposit_pb2.AttacherPiecesRequest,
    pieces: Sequence[Piece],
    who: Who,
) -> Demande:
    today = clock.today()
    demande.voie, demande.depot_date = request.voie, date.fromisoformat(request.reception_date)
    demande.prefecture = demande.prefecture or request.prefecture
    demande.pieces = [*demande.pieces, *pieces]
    if request.complet:
        demande.completude_date = today
    return demandes.file_now(
        demande,
        usager,
        today,
        by=who.subject,
        request_id=request.request_id,
        protegee=date.fromisoformat(request.date_protegee) if request.date_protegee else None,
        rattache=request.parcours_id,
    )


def lift(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    """One of the acts that lift a blockage; returns the sentence to tell the person (DEP-61, CCC-10)."""
    return _ACTES[request.acte](request, who)


def _close_ghost(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    reparations.close_ghost(
        request.usager_id, request.demande_id, who, motif=request.motif, request_id=request.request_id
    )
    return "L’ancienne demande est fermée, et un avis vous est envoyé. Elle ne vous empêchait pas de déposer."


def _record_remise(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
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


def _unlock(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    _checked(request)
    identites.unlock(request.usager_id, by=who.subject, request_id=request.request_id)
    return "Votre compte est ouvert de nouveau."


def _free(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    _checked(request)
    _by_two_agents(request, who)
    usager = usurpation.free(
        request.usager_id, (request.courriel, request.telephone), by=who.subject, request_id=request.request_id
    )
    return f"Votre compte est ouvert à votre nom, avec votre numéro. Votre identifiant est {usager.identifiant}."


def _drop_factor(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    _checked(request)
    identites.drop_factor(request.usager_id, by=who.subject, request_id=request.request_id)
    return "La seconde vérification est retirée. Votre mot de passe suffit."


def _checked(request: deposit_pb2.DebloquerRequest) -> None:
    """The identity was checked; that of a protected person on a paper, seen in person (DEP-08)."""
    if not request.identite_verifiee:
        raise Refused(IDENTITE_NON_VERIFIEE)
    usager = comptes.usager_by_id(request.usager_id)
    controle.proves_enough(protege=usager.protege, papier=request.identite_papier).or_refuse()


def _by_two_agents(request: deposit_pb2.DebloquerRequest, who: Who) -> None:
    """Two agents that this service knows too: who checked is not who acts, and neither is a mere service (DEP-05)."""
    if who.kind != AGENT or not request.verificateur_id or request.verificateur_id == who.id:
        raise Refused(DOUBLE_CONTROLE)
    held = [agents.find(mongo.database(ALIAS), agent_id) for agent_id in (who.id, request.verificateur_id)]
    if any(agent is None or agent.revoked_time is not None for agent in held):
        raise Refused(acces.ACCES_REFUSE)


def _resend(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    comptes.send_recovery(request.usager_id, by=who.subject, request_id=request.request_id)
    return "Un nouveau lien part maintenant, par votre moyen de contact."


def _stop(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    stop_clock(_of_person(request).id, f"agent:{request.request_id}", "AGENT", clock.today(), by=who.subject)
    return "Le délai est arrêté. Il reprendra quand le problème sera réglé."


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
    """The demande of the order, when it is that of the person concerned. Raises Refused."""
    found: Demande | None = mongo.find(Demande, id=request.demande_id, usager_id=request.usager_id)
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
    claimed = usurpation.claim_for(
        request.usager_id, by=who.subject, request_id=request.request_id, parcours_id=request.parcours_id
    )
    return (
        f"Le compte est gelé : il ne sert plus à personne. Votre demande du jour est gardée sous la référence "
        f"{claimed.reference}, et vos dates sont protégées depuis aujourd’hui."
    )


def _flag_urgency(request: deposit_pb2.DebloquerRequest, who: Who) -> str:
    urgence = Urgence(request.urgence, request.motif)
    found = flag_for(request.usager_id, request.demande_id, urgence, who, request_id=request.request_id)
    names = ", ".join(demande.reference for demande in found)
    return f"L’urgence est signalée à la préfecture pour {names}. L’agent la voit maintenant, avec sa raison."


_ACTES = {
    deposit_pb2.ACTE_CLORE_DEMANDE_FANTOME: _close_ghost,
    deposit_pb2.ACTE_ENREGISTRER_REMISE: _record_remise,
    deposit_pb2.ACTE_CHANGER_COURRIEL: _change_email,
    deposit_pb2.ACTE_DEVERROUILLER_COMPTE: _unlock,
    deposit_pb2.ACTE_RENVOYER_LIEN: _resend,
    deposit_pb2.ACTE_RETABLIR_DEMANDE_PIECES: _stop,
    deposit_pb2.ACTE_ARRETER_HORLOGE: _stop,
    deposit_pb2.ACTE_ROUVRIR_DEMANDE: _reopen,
    deposit_pb2.ACTE_ENVOYER_ATTESTATION: _send_attestation,
    deposit_pb2.ACTE_GELER_COMPTE: _freeze,
    deposit_pb2.ACTE_LIBERER_COMPTE: _free,
    deposit_pb2.ACTE_RETIRER_SECOND_FACTEUR: _drop_factor,
    deposit_pb2.ACTE_SIGNALER_URGENCE: _flag_urgency,
}
