"""The servicer of deposit: message → action → message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import grpc

from blocage import rpc as blocage_rpc
from chassis import clock, directory
from chassis import contacts as contacts_rpc
from chassis.rpc import caller, check_dates
from chassis.web.who import AGENT, SERVICE, Who
from personne.naissance import read_birth
from sejour.blocage.v1 import service_pb2_grpc
from sejour.deposit.v1 import deposit_pb2, deposit_pb2_grpc
from services.deposit.aidant.actions import mandats
from services.deposit.demande.actions import views
from services.deposit.dossier.actions import accompagnement
from services.deposit.dossier.actions.acces import SYSTEME
from services.deposit.dossier.actions.fichiers import fetch_pieces
from services.deposit.dossier.rules import etats
from services.deposit.droits.actions import frais, preuves
from services.deposit.engagement.actions import promesses
from services.deposit.instruction.actions import canaux, deblocages, personnes
from services.deposit.instruction.actions.canaux import Recherche
from services.deposit.parcours import actions as parcours

if TYPE_CHECKING:
    from blocage.store import BlocageBase
    from services.deposit.dossier.store.demande import Attestation, Demande, Piece
    from services.deposit.dossier.store.usager import Usager

NAME = "sejour.deposit.v1.DepositService"
_QUESTIONS = frozenset({"ccc", "pan", "substitution", "notify"})
_COMMANDS = frozenset({"ccc", "pan", "substitution"})

# Where a person was read, as her journal says it (XCT-07).
DESKS = {"ccc": "centre de contact", "pan": "point d’accueil", "substitution": "guichet"}

ALLOWED = {
    f"/{NAME}/FindUsagers": _COMMANDS,
    f"/{NAME}/GetSituation": _QUESTIONS,
    f"/{NAME}/Debloquer": _COMMANDS,
    f"/{NAME}/DeposerDemande": frozenset({"pan", "substitution"}),
    f"/{NAME}/AttacherPieces": _COMMANDS,
    f"/{NAME}/CheckMandat": _COMMANDS,
    f"/{NAME}/NoterPromesse": _COMMANDS,
    f"/{NAME}/TenirPromesse": _COMMANDS,
    **contacts_rpc.ALLOWED,
    **blocage_rpc.allowed("deposit"),
}
# Subject of a fact of ours -> who may read it in our log: those that handle it.
READERS = {
    **directory.readers("deposit"),
    "deposit.attestation.delivree": frozenset({"deposit"}),
    "deposit.blocage.atteste": frozenset({"substitution"}),
    "deposit.blocage.constate": frozenset({"ccc", "deposit", "substitution"}),
    "deposit.blocage.leve": frozenset({"deposit", "substitution"}),
    "deposit.blocage.resolu": frozenset({"deposit", "substitution"}),
    "deposit.campagne.ouverte": frozenset({"ccc"}),
    "deposit.compte.modifie": frozenset({"ccc", "pan", "substitution"}),
    "deposit.demande.deposee": frozenset({"ccc", "notify", "substitution"}),
    "deposit.demande.modifiee": frozenset({"deposit"}),
    "deposit.demande.reprise": frozenset({"deposit"}),
    "deposit.demande.transferee": frozenset({"ccc", "deposit", "notify", "substitution"}),
    "deposit.echange.ajoute": frozenset({"deposit"}),
    "deposit.experimentation.modifiee": frozenset({"ccc", "notify", "pan", "substitution"}),
    "deposit.mandat.modifie": frozenset({"deposit"}),
    "deposit.message.demande": frozenset({"notify"}),
    "deposit.panne.declaree": frozenset({"substitution"}),
    "deposit.panne.terminee": frozenset({"substitution"}),
    "deposit.parcours.rattache": frozenset({"ccc", "deposit", "notify", "pan", "substitution"}),
    "deposit.titre.remis": frozenset({"deposit"}),
}


class DepositServicer(deposit_pb2_grpc.DepositServiceServicer):
    """What the other channels ask."""

    def __init__(self, in_words: Callable[[str], str]) -> None:
        self._in_words = in_words

    def FindUsagers(self, request: Any, context: grpc.ServicerContext) -> deposit_pb2.FindUsagersResponse:
        naissance = read_birth(request.naissance_date)
        found = canaux.find_usagers(Recherche(request.numero_etranger, request.reference, request.nom, naissance))
        return deposit_pb2.FindUsagersResponse(usagers=[_usager(usager) for usager in found])

    def GetSituation(self, request: Any, context: grpc.ServicerContext) -> deposit_pb2.GetSituationResponse:
        usager, demandes = canaux.situation(request.usager_id)
        steps: tuple[parcours.Pas, ...] = ()
        # notify reads what it must print and shows it to nobody.
        if caller().service in _COMMANDS:
            personnes.note(usager.id, _who(), f"situation, {DESKS[caller().service]}")
            steps = parcours.of_person(usager.id, SYSTEME, prefecture=caller().service == "substitution").pas
        today = clock.today()
        given = sorted(
            ((a, demande) for demande in demandes for a in demande.attestations),
            key=lambda pair: (preuves.is_valid(pair[1], pair[0], today), pair[0].emis_date, pair[0].debut_date),
            reverse=True,
        )
        return deposit_pb2.GetSituationResponse(
            usager=_usager(usager),
            demandes=[_situation(demande) for demande in demandes],
            documents=[_document(demande, a, today) for a, demande in given[:DOCUMENTS_MAX]],
            preuves=[_preuve(proof) for proof in preuves.of_person(usager, today)],
            pas=[
                deposit_pb2.Pas(jour_date=step.jour, phrase=self._in_words(step.subject), reference=step.reference)
                for step in steps
            ],
        )

    def Debloquer(self, request: Any, context: grpc.ServicerContext) -> deposit_pb2.DebloquerResponse:
        return deposit_pb2.DebloquerResponse(fait=True, phrase=deblocages.lift(request, _who()))

    def DeposerDemande(self, request: Any, context: grpc.ServicerContext) -> deposit_pb2.DeposerDemandeResponse:
        check_dates(request, "reception_date")
        pieces = _pieces(request)
        demande = canaux.file_for(request, pieces, _who())
        return deposit_pb2.DeposerDemandeResponse(**_filed(demande), agent_nom=accompagnement.name_of(demande))

    def AttacherPieces(self, request: Any, context: grpc.ServicerContext) -> deposit_pb2.AttacherPiecesResponse:
        check_dates(request, "reception_date")
        pieces = _pieces(request)
        demande = canaux.attach_pieces(request, pieces, _who())
        return deposit_pb2.AttacherPiecesResponse(
            attachees=len(pieces), terminee=demande.state in etats.TERMINEES, **_filed(demande)
        )

    def CheckMandat(self, request: Any, context: grpc.ServicerContext) -> deposit_pb2.CheckMandatResponse:
        found = mandats.in_force(request.usager_id, request.aidant)
        if found is None:
            return deposit_pb2.CheckMandatResponse()
        structure, mandat = found
        return deposit_pb2.CheckMandatResponse(
            valide=True,
            structure_id=structure.id,
            structure=structure.nom,
            portee=list(mandat.portee),
            fin_date=mandat.fin_date.isoformat(),
        )

    def NoterPromesse(self, request: Any, context: grpc.ServicerContext) -> deposit_pb2.NoterPromesseResponse:
        noted = promesses.note_for(request, _who(), caller().service)
        return deposit_pb2.NoterPromesseResponse(promesse_id=noted.id)

    def TenirPromesse(self, request: Any, context: grpc.ServicerContext) -> deposit_pb2.TenirPromesseResponse:
        kept = promesses.keep_for(request, _who(), caller().service)
        return deposit_pb2.TenirPromesseResponse(tenue_date=kept.tenue_date.isoformat())


def add_servicers(server: grpc.Server, blocage: type[BlocageBase], in_words: Callable[[str], str]) -> tuple[str, ...]:
    """Registers what deposit serves; `blocage` is its own class of blocage, `in_words` says a step of a parcours."""
    deposit_pb2_grpc.add_DepositServiceServicer_to_server(DepositServicer(in_words), server)
    service_pb2_grpc.add_BlocageServiceServicer_to_server(blocage_rpc.BlocageServicer(blocage), server)
    return NAME, blocage_rpc.NAME, contacts_rpc.serve(server, canaux.contact_of)


def _who() -> Who:
    """The agent the caller acts for, as its on-behalf token says; else the calling service."""
    who = caller()
    return Who(kind=AGENT, id=who.subject.removeprefix("agent:")) if who.subject else Who(kind=SERVICE, id=who.service)


def _pieces(request: Any) -> list[Piece]:
    return fetch_pieces(caller().service, request.pieces, request.voie, date.fromisoformat(request.reception_date))


def _filed(demande: Demande) -> dict[str, str]:
    """What the channel that brought it tells the person: her reference, and the numbers of her papers."""
    deposit = [a for a in demande.attestations if a.nature == "AD"]
    proof = [a for a in demande.documents if a.nature in ("API", "ADF", "REG")]
    return {
        "demande_id": demande.id,
        "reference": demande.reference,
        "usager_id": demande.usager_id,
        "attestation_numero": deposit[0].numero if deposit else "",
        "document_numero": proof[-1].numero if proof else "",
    }


def _usager(usager: Usager) -> deposit_pb2.Usager:
    return deposit_pb2.Usager(
        usager_id=usager.id,
        parcours_id=usager.parcours_id,
        nom=usager.nom,
        prenoms=usager.prenoms,
        naissance_date=usager.naissance_date.isoformat(),
        prefecture=usager.prefecture,
        protege=usager.protege,
        gele=usager.gele,
        par_courrier=usager.sur_papier or not (usager.courriel or usager.telephone),
    )


def _situation(demande: Demande) -> deposit_pb2.DemandeSituation:
    phrase = frais.phrase(demande)
    return deposit_pb2.DemandeSituation(
        demande_id=demande.id,
        reference=demande.reference,
        libelle=demande.libelle,
        state=demande.state,
        phrase=phrase.phrase,
        depuis_date=demande.state_date.isoformat(),
        service=views.name_holder(phrase, demande.prefecture),
        attendu=phrase.attendu,
        suite=phrase.suite,
        date_retenue=demande.retenue_date.isoformat() if demande.retenue_date else "",
        prefecture=demande.prefecture,
    )


DOCUMENTS_MAX = 50
_NATURES = {"AD": 1, "API": 2, "ADF": 3, "REG": 4, "REC": 5}


def _document(demande: Demande, attestation: Attestation, day: date) -> deposit_pb2.DocumentSituation:
    state, phrase = preuves.in_words(demande, attestation, day)
    return deposit_pb2.DocumentSituation(
        numero=attestation.numero,
        nature=_NATURES.get(attestation.nature, 0),  # type: ignore[arg-type]
        debut_date=attestation.debut_date.isoformat(),
        fin_date=attestation.fin_date.isoformat() if attestation.fin_date else "",
        state=state,
        phrase=phrase,
        demande_id=demande.id,
    )


def _preuve(proof: preuves.Preuve) -> deposit_pb2.Preuve:
    fin = proof.fin.isoformat() if proof.fin else ""
    return deposit_pb2.Preuve(phrase=proof.phrase, objet=proof.objet, numero=proof.numero, fin_date=fin)
