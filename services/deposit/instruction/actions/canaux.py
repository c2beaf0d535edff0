"""What the other channels ask of deposit: find a person, tell her situation, file for her, join pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from google.protobuf.message import Message
from mongoengine.queryset.visitor import Q

from chassis import clock, mongo, outbox
from chassis.partial_day import read_day
from chassis.web.who import Who
from droit.catalogue import Stade
from droit.decision import Motif, Refused
from personne.nom import identity_key, same_person
from personne.reference import read_numero, read_reference
from sejour.deposit.v1 import deposit_pb2
from services.deposit.compte.actions import comptes, confirmation, reconnaissance
from services.deposit.demande.actions import demandes
from services.deposit.demande.actions import pieces as arrivals
from services.deposit.demande.actions.demandes import Choix
from services.deposit.dossier.actions import accompagnement, structures
from services.deposit.dossier.rules import attentes, etats
from services.deposit.dossier.store.demande import NUMERO_A_RATTACHER, Demande, Piece
from services.deposit.dossier.store.usager import Structure, Usager

PERSONNES_MAX = 10
SITUATION_MAX = 50

COMPTE_CONTESTE = Motif(
    "COMPTE_CONTESTE",
    "ddd-2024-12-11",
    "Une personne dit que ce compte n’est pas d’elle : rien n’y est déposé.",
    "Vérifiez le papier de la personne, écrivez son nom et son jour de naissance, puis envoyez de nouveau.",
)
AUTRE_PERSONNE = Motif(
    "DEMANDE_AUTRE_PERSONNE",
    "regle-du-service",
    "Ces papiers sont au nom d’une personne, et la demande est à une autre : rien n’est joint ni déposé.",
    "Vérifiez le nom et le jour de naissance lus sur le papier, puis envoyez de nouveau.",
)


@dataclass(frozen=True)
class Recherche:
    """How a person is looked for: one of the three."""

    numero_etranger: str = ""
    reference: str = ""
    nom: str = ""
    naissance: date | None = None


def find_usagers(recherche: Recherche) -> list[Usager]:
    """At most ten persons, by the first criterion given; the number of her parcours is a reference too (XCT-21)."""
    if recherche.numero_etranger:
        found = Usager.objects(numero_etranger=read_numero(recherche.numero_etranger))
    elif recherche.reference:
        demande = Demande.objects(reference=read_reference(recherche.reference, "D")).only("usager_id").first()
        account = Q(identifiant=read_reference(recherche.reference, "S")) | Q(
            parcours_id=recherche.reference.strip().lower()
        )
        found = Usager.objects(id=demande.usager_id) if demande else Usager.objects(account)
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
    if (waiting := confirmation.contact_of(contact_id)) is not None:
        return waiting
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
    made = mongo.find(Demande, id=outbox.id_for(request.request_id, "demande"))
    if made is not None and made.state != etats.BROUILLON:
        return made
    usager, flags, alike = _usager_of(request)
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
    demande = made or outbox.insert(demandes.draft(usager, choix, arrival, request.request_id))
    demande.accompagne = request.accompagne
    demande.agent_id = accompagnement.choose(demande)
    demande.pieces, demande.incoherences = list(pieces), flags
    if alike:
        demande.attentes = attentes.add(demande.attentes, attentes.PERSONNE, clock.today())
    demande.anterieurs = _recepisse(request, demande.prefecture)
    return _file(demande, usager, request, who, f"{request.request_id}:depot")


def _usager_of(request: deposit_pb2.DeposerDemandeRequest) -> tuple[Usager, list[dict[str, str]], bool]:
    """The person, by the one rule of `reconnaissance`, else a new account; what an agent must settle about her, and
    whether he must say which of several accounts is hers.

    Her number may be on a disputed account, or on somebody else's: nothing of hers goes there.
    """
    identite = _identite(request)
    found = reconnaissance.of_person(identite, usager_id=request.usager_id, parcours_id=request.parcours_id)
    opening = f"{request.request_id}:compte"
    usager = found or comptes.open_without_password(identite, request.parcours_id, request_id=opening, by="agent")
    # An answer lost after the account was opened finds that account: the question is still open.
    opened = usager.id == outbox.id_for(opening, "usager")
    alike = opened and any(other.id != usager.id for other in reconnaissance.homonymes(identite))
    if request.sur_papier and not usager.sur_papier:
        usager = comptes.follow_on_paper(usager.id, identite, by="agent", request_id=f"{request.request_id}:papier")
    numero = read_numero(identite.numero_etranger)
    if numero and usager.numero_etranger != numero:
        return usager, [{"code": NUMERO_A_RATTACHER, "objet": numero}], alike
    return usager, [], alike


def _identite(request: deposit_pb2.DeposerDemandeRequest | deposit_pb2.AttacherPiecesRequest) -> comptes.Identite:
    """Who came, as the desk read it on a paper."""
    said = request.identite
    return comptes.Identite(
        nom=said.nom,
        prenoms=said.prenoms,
        naissance=read_day(said.naissance_date),
        nationalite=said.nationalite,
        numero_etranger=said.numero_etranger,
        courriel=said.courriel,
        telephone=said.telephone,
        adresse=tuple(said.adresse),
        prefecture=request.prefecture,
        sur_papier=request.sur_papier,
    )


def _recepisse(request: deposit_pb2.DeposerDemandeRequest, prefecture: str) -> list[dict[str, str]]:
    """The récépissé that the counter gave with its own hands: it proves the right, and ours follows it (DEP-42)."""
    if not (request.recepisse_numero and request.recepisse_fin_date):
        return []
    return [
        {
            "depot": request.reception_date,
            "lieu": "guichet",
            "numero": request.recepisse_numero,
            "prefecture": prefecture,
            "document": "Récépissé",
            "document_debut": request.recepisse_debut_date,
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
    if request.sur_papier and request.identite.nom:
        comptes.follow_on_paper(
            usager.id, _identite(request), by=who.subject, request_id=f"{request.request_id}:papier"
        )
    if usager.gele and demande.depot_date is None:
        return _file_apart(demande, request, pieces, who)
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


def _file_apart(
    draft: Demande, request: deposit_pb2.AttacherPiecesRequest, pieces: Sequence[Piece], who: Who
) -> Demande:
    """The draft is in an account that is disputed: what she brings is filed under the account that is hers (DEP-06)."""
    if not request.identite.nom:
        raise Refused(COMPTE_CONTESTE)
    hers = deposit_pb2.DeposerDemandeRequest(
        request_id=request.request_id,
        parcours_id=request.parcours_id,
        identite=request.identite,
        titre_code=draft.titre_code,
        demarche_code=draft.demarche_code,
        prefecture=draft.prefecture or request.prefecture,
        voie=request.voie,
        reception_date=request.reception_date,
        date_protegee=request.date_protegee,
        fin_titre_date=draft.fin_titre_date.isoformat() if draft.fin_titre_date else "",
        complet=request.complet,
        stade=draft.stade,
        sur_papier=request.sur_papier,
    )
    return file_for(hers, pieces, who)


def _draft_again(dropped: Demande, usager: Usager, request: deposit_pb2.AttacherPiecesRequest) -> Demande:
    """The draft that she dropped after it stopped her, begun again as it was: what she brings must be filed."""
    identifier = f"{request.request_id}:repris"
    made = mongo.find(Demande, id=outbox.id_for(identifier, "demande"))
    if made is not None:
        return made
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
    demande.prefecture = demande.prefecture or request.prefecture
    demande.pieces = [*demande.pieces, *pieces]
    return _file(demande, usager, request, who, request.request_id)


def _file(
    demande: Demande,
    usager: Usager,
    request: deposit_pb2.DeposerDemandeRequest | deposit_pb2.AttacherPiecesRequest,
    who: Who,
    request_id: str,
) -> Demande:
    """Files it on its day of arrival, complete when the desk said so."""
    today = clock.today()
    demande.voie, demande.depot_date = request.voie, date.fromisoformat(request.reception_date)
    if request.complet:
        demande.completude_date = today
    return demandes.file_now(
        demande,
        usager,
        today,
        by=who.subject,
        request_id=request_id,
        protegee=date.fromisoformat(request.date_protegee) if request.date_protegee else None,
        rattache=request.parcours_id,
    )
