"""A demande filed for a person: prepared beside her, received and proved at once, sent until deposit answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from chassis import clock, outbox, trials
from chassis.commands import Answer
from chassis.mongo import collection_of, find
from chassis.outbox import Command
from chassis.trials import Trial
from chassis.web.files import FileStore, Stored, fingerprint
from chassis.web.who import Who
from documents.contenu import Personne
from documents.nature import Nature
from documents.texte import moment_of
from droit.decision import Refused
from papier.store import Papier
from personne.naissance import read_birth
from sejour.deposit.v1 import deposit_pb2
from sejour.deposit.v1 import events_pb2 as deposit_events
from services.pan import inputs
from services.pan.actions import acces, personnes, referrals
from services.pan.actions.papiers import PAPIERS
from services.pan.cadre import cadre
from services.pan.rules import acces as acces_rules
from services.pan.rules import depots as rules
from services.pan.store import Blocage, Depot, PieceDeposee, Visite

# A feature that is tried, under the code of its experiment.
PIECES_ABSENTES, LAST_DOSSIERS = "pieces-souvent-absentes", 50
METHOD = "sejour.deposit.v1.DepositService/DeposerDemande"


def choices() -> list[tuple[str, str, str]]:
    """What a person may ask for, from the catalogue."""
    return rules.choices(cadre().catalogue)


def stages(titre_code: str) -> tuple[str, ...]:
    """The kinds of demande of a title."""
    return rules.stages(cadre().catalogue, titre_code)


def open_depot(visite_id: str, choix: inputs.Choix, who: Who, *, request_id: str) -> Depot:
    """Opens a dossier for the person of a visit; trained agents only, identity checked (PAN-15)."""
    visite = acces.access_visite(visite_id, who, acces_rules.DEPOSER)
    titre, demarche = rules.split_choice(choix.choix)
    catalogue = cadre().catalogue
    rules.may_open(catalogue, titre, (clock.today(), cadre().position)).or_refuse()
    label = catalogue.titre(titre).libelle if titre else catalogue.demarche(demarche).libelle
    blocage = find(Blocage, id=visite.blocage_id) if visite.blocage_id else None
    depot = Depot(
        id=outbox.id_for(request_id, "depot"),
        parcours_id=visite.parcours_id,
        visite_id=visite_id,
        lieu_id=visite.lieu_id,
        prefecture=visite.prefecture,
        identite=_identity(visite),
        usager_id=visite.usager_id,
        contact_id=visite.contact_id,
        titre_code=titre,
        demarche_code=demarche,
        stade=choix.stade or next(iter(stages(titre)), ""),
        libelle=label,
        fin_titre_date=choix.fin_titre,
        date_protegee=blocage.premiere_tentative_date if blocage else None,
        accompagne=choix.accompagne,
        agent_id=who.id,
        cree_date=clock.today(),
    )
    made = outbox.insert(depot, request_id=request_id)
    _bind(visite_id, made.id, request_id=f"{request_id}:visite")
    return made


def _identity(visite: Visite) -> dict[str, Any]:
    return {
        "nom": visite.nom,
        "prenoms": visite.prenoms,
        "naissance_date": visite.naissance_date.isoformat() if visite.naissance_date else "",
        "nationalite": visite.nationalite,
        "numero_etranger": visite.numero_etranger,
        "telephone": visite.telephone,
        "adresse": list(visite.adresse),
    }


@outbox.retry_conflicts
def _bind(visite_id: str, depot_id: str, *, request_id: str) -> None:
    visite: Visite = Visite.objects(id=visite_id).first()
    if not outbox.already(visite, request_id):
        visite.depot_id = depot_id
        outbox.update(visite, request_id=request_id)


def wanted(depot: Depot) -> list[rules.PieceDemandee]:
    """The pieces of this demande by name, as of today."""
    when = (clock.today(), cadre().position)
    return rules.pieces(cadre().catalogue, depot.titre_code, depot.demarche_code, depot.stade, when)


def missing(depot: Depot) -> list[str]:
    """The mandatory pieces that are not there, by name."""
    return rules.missing(wanted(depot), [piece.code for piece in depot.pieces])


@dataclass(frozen=True)
class Absentes:
    """What lacked most often in the last dossiers of a title here: each piece with how many of them."""

    essai: Trial
    dossiers: int
    pieces: tuple[tuple[str, int], ...]


def often_missing(depot: Depot) -> Absentes | None:
    """The pieces most often absent from the last dossiers like this draft; None where that is not said, or unknown."""
    if depot.state != rules.BROUILLON:
        return None
    essai = trials.running("pan", PIECES_ABSENTES, (depot.prefecture,), (depot.titre_code,), clock.today())
    if essai is None:
        return None
    like = {"prefecture": depot.prefecture, "titre_code": depot.titre_code, "reception_date": {"$gt": ""}}
    last = list(collection_of(Depot).find(like, {"manquantes": 1}).sort("reception_date", -1).limit(LAST_DOSSIERS))
    counted = Counter(piece for each in last for piece in each.get("manquantes", ()))
    return Absentes(essai, len(last), tuple(counted.most_common(3))) if counted else None


@outbox.retry_conflicts
def add_piece(depot_id: str, code: str, stored: Stored, who: Who, *, request_id: str) -> Depot:
    """Adds one file to a piece; a piece may have several."""
    depot = acces.access_depot(depot_id, who)
    if outbox.already(depot, request_id):
        return depot
    rules.may_change(depot.state).or_refuse()
    piece = PieceDeposee(
        id=stored.key,
        code=code,
        **stored.as_fields(),
    )
    depot.pieces.append(piece)
    return outbox.update(depot, request_id=request_id)


@outbox.retry_conflicts
def remove_piece(depot_id: str, piece_id: str, who: Who, *, request_id: str) -> Depot:
    """Takes a file out of a draft."""
    depot = acces.access_depot(depot_id, who)
    if outbox.already(depot, request_id):
        return depot
    rules.may_change(depot.state).or_refuse()
    depot.pieces = [piece for piece in depot.pieces if piece.id != piece_id]
    return outbox.update(depot, request_id=request_id)


@outbox.retry_conflicts
def file(depot_id: str, who: Who, *, request_id: str) -> Depot:
    """Files: received today with a dated proof, even with deposit down, then sent until deposit answers (PAN-14)."""
    depot = acces.access_depot(depot_id, who)
    if outbox.already(depot, request_id):
        return depot
    rules.may_file(depot.state, depot.identite).or_refuse()
    absent = missing(depot)
    request = _request(depot, absent)
    preuve = _proof(depot)
    champs = {"reference": preuve.numero, "reception_date": clock.today().isoformat(), "moyen": "point d’accueil"}
    attached = ((f"preuve-de-depot-{preuve.numero}.pdf", PAPIERS.path(preuve.numero)),)
    entries = personnes.tell((depot.contact_id, depot.parcours_id), "dossier_recu", champs, pieces=attached)
    depot.state = rules.RECU
    depot.reception_date = clock.today()
    depot.manquantes = absent
    depot.papiers.append(preuve)
    return outbox.update(
        depot,
        Command("deposit", METHOD, request, request.request_id, on_behalf=who.subject),
        *entries,
        request_id=request_id,
    )


def _request(depot: Depot, absent: list[str]) -> deposit_pb2.DeposerDemandeRequest:
    kept = depot.identite
    return deposit_pb2.DeposerDemandeRequest(
        request_id=f"pan-depot-{depot.id}",
        parcours_id=depot.parcours_id,
        usager_id=depot.usager_id,
        identite=deposit_pb2.Identite(**{name: kept[name] for name in kept}),
        titre_code=depot.titre_code,
        demarche_code=depot.demarche_code,
        prefecture=depot.prefecture,
        voie=deposit_events.VOIE_PAN,
        reception_date=clock.today().isoformat(),
        date_protegee=depot.date_protegee.isoformat() if depot.date_protegee else "",
        fin_titre_date=depot.fin_titre_date.isoformat() if depot.fin_titre_date else "",
        pieces=[
            deposit_pb2.Fichier(
                piece_code=piece.code,
                nom=piece.nom,
                url=f"/pan/interne/pieces/{depot.id}/{piece.id}",
                sha256=piece.sha256,
                sha256_recu=piece.sha256_recu or "",
                taille=piece.taille,
                media_type=piece.media_type,
            )
            for piece in depot.pieces
        ],
        accompagne=depot.accompagne,
        complet=not absent,
    )


def _proof(depot: Depot) -> Papier:
    identite = depot.identite
    born = read_birth(identite.get("naissance_date", ""))
    lieu = acces.find_lieu(depot.lieu_id)
    ways = referrals.modalites(depot.prefecture)
    demande = cadre().catalogue.libelle_imprime(depot.titre_code, depot.demarche_code)
    personne = Personne(nom=identite["nom"], prenoms=identite.get("prenoms", ""), naissance_date=born)
    rows = [{"nom": p.nom, "taille": f"{p.taille} octets", "empreinte": fingerprint(p)} for p in depot.pieces]
    extra = {
        "envoi_date": moment_of(clock.legal_now(), lieu.fuseau),
        "objet": f"Demande déposée au point d’accueil : {demande}",
        "destinataire": ways.nom,
        "pieces": rows,
    }
    return PAPIERS.make(Nature.PREUVE_ENVOI, personne, extra, emetteur=lieu.nom, prefecture=ways.nom)


@outbox.retry_conflicts
def note_answer(answer: Answer) -> None:
    """Keeps what deposit answered: the demande, its reference and its papers, or the reason why not."""
    depot = find(Depot, id=answer.aggregate)
    if depot is None or depot.state in (rules.DEPOSE, rules.REFUSE):
        return
    if answer.motif is not None:
        refus = {"code": answer.motif.code, "phrase": answer.motif.phrase, "suite": answer.motif.suite}
        depot.state = rules.REFUSE
        depot.refus = refus
        quoi, received = f"le dépôt de « {depot.libelle} »", depot.reception_date.isoformat()
        outbox.update(depot, *personnes.tell_refused(depot, quoi, answer.motif.phrase, received))
        return
    response = answer.response
    assert isinstance(response, deposit_pb2.DeposerDemandeResponse)
    depot.state = rules.DEPOSE
    depot.demande_id = response.demande_id
    depot.reference = response.reference
    depot.usager_id = response.usager_id or depot.usager_id
    depot.attestation_numero = response.attestation_numero
    depot.document_numero = response.document_numero
    depot.agent_nom = response.agent_nom
    outbox.update(depot)


def piece_of(depot_id: str, piece_id: str) -> PieceDeposee:
    """One file of a dossier, for deposit alone. Raises Refused(DEPOT_INCONNU)."""
    depot = find(Depot, id=depot_id)
    if depot is None:
        raise Refused(rules.DEPOT_INCONNU)
    return piece_in(depot, piece_id)


def piece_in(depot: Depot, piece_id: str) -> PieceDeposee:
    """One file of a dossier at hand. Raises Refused(DEPOT_INCONNU)."""
    found: PieceDeposee | None = next((p for p in depot.pieces if p.id == piece_id), None)
    if found is None:
        raise Refused(rules.DEPOT_INCONNU)
    return found


def files() -> FileStore:
    """Where the pieces are."""
    return cadre().files
