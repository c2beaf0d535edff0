"""The appointment core for the other services: message → action → message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import grpc

from blocage import rpc as blocage_rpc
from chassis import contacts as contacts_rpc
from chassis import directory
from chassis.rpc import caller
from chassis.settings import Settings
from personne.joindre import Joignable
from sejour.blocage.v1 import service_pb2_grpc
from sejour.pan.v1 import pan_pb2, pan_pb2_grpc
from services.pan.actions import accueil, agenda, constats, lieux, offre, personnes
from services.pan.actions.agenda import Reservation

NAME = "sejour.pan.v1.PanService"
_READERS = frozenset({"deposit", "ccc", "substitution"})
ALLOWED: Mapping[str, frozenset[str]] = {
    f"/{NAME}/ListLieux": frozenset({"ccc", "deposit"}),
    f"/{NAME}/ListCreneaux": _READERS,
    f"/{NAME}/ReserverRendezVous": _READERS,
    f"/{NAME}/AnnulerRendezVous": _READERS,
    f"/{NAME}/ListVisites": _READERS,
    **contacts_rpc.ALLOWED,
    **blocage_rpc.allowed("pan"),
}
# Subject of a fact of ours -> who may read it in our log: those that handle it.
READERS = {
    **directory.readers("pan"),
    "pan.blocage.atteste": frozenset({"substitution"}),
    "pan.blocage.constate": frozenset({"ccc", "deposit", "substitution"}),
    "pan.blocage.leve": frozenset({"deposit", "substitution"}),
    "pan.blocage.resolu": frozenset({"deposit", "substitution"}),
    "pan.lieu.modifie": frozenset({"deposit"}),
    "pan.message.demande": frozenset({"notify"}),
    "pan.rendez_vous.annule": frozenset({"deposit", "substitution"}),
    "pan.rendez_vous.deplace": frozenset({"deposit", "substitution"}),
    "pan.rendez_vous.pris": frozenset({"deposit", "substitution"}),
    "pan.visite.enregistree": frozenset({"deposit"}),
}


def add_servicers(server: grpc.Server, settings: Settings) -> tuple[str, ...]:
    """Registers what pan answers; returns the full names."""
    pan_pb2_grpc.add_PanServiceServicer_to_server(PanServicer(), server)
    service_pb2_grpc.add_BlocageServiceServicer_to_server(blocage_rpc.BlocageServicer(constats.recorded()), server)
    return NAME, blocage_rpc.NAME, contacts_rpc.serve(server, personnes.contact_of)


class PanServicer(pan_pb2_grpc.PanServiceServicer):
    """Slots, appointments and visits, for ccc (telephone), deposit (remise) and substitution (counter filing)."""

    def ListLieux(self, request: Any, context: grpc.ServicerContext) -> pan_pb2.ListLieuxResponse:
        return pan_pb2.ListLieuxResponse(
            lieux=[
                pan_pb2.Lieu(
                    lieu_id=place["id"],
                    nom=place["nom"],
                    adresse=place["adresse"],
                    telephone=place["telephone"],
                    horaires=lieux.hours_in_words(place),
                    sans_rendez_vous=place["sans_rendez_vous"],
                )
                for place in lieux.open_pans(request.prefecture)
            ]
        )

    def ListCreneaux(self, request: Any, context: grpc.ServicerContext) -> pan_pb2.ListCreneauxResponse:
        found = offre.offer(request.prefecture, request.objet, du=_day(request.du_date), au=_day(request.au_date))
        return pan_pb2.ListCreneauxResponse(creneaux=[_slot(slot) for slot in found.creneaux], muets=found.muets)

    def ReserverRendezVous(self, request: Any, context: grpc.ServicerContext) -> pan_pb2.ReserverRendezVousResponse:
        asked = Reservation(
            objet=request.objet,
            vecteur=request.vecteur or "TELEPHONE",
            personne=Joignable(nom=request.nom or "Personne attendue"),
            creneau_id=request.creneau_id,
            prefecture=request.prefecture,
            parcours_id=request.parcours_id,
            usager_id=request.usager_id,
            convocation_id=request.convocation_id,
            au_plus_tot=_day(request.au_plus_tot_date),
            au_plus_tard=_day(request.au_plus_tard_date),
            priorite=request.priorite,
        )
        made = offre.book_for_route(asked, by=_by(), request_id=request.request_id)
        return pan_pb2.ReserverRendezVousResponse(
            rendez_vous_id=made.id, creneau=_slot(offre.slot_view(made)), reference=made.reference
        )

    def AnnulerRendezVous(self, request: Any, context: grpc.ServicerContext) -> pan_pb2.AnnulerRendezVousResponse:
        annule = agenda.try_cancel(request.rendez_vous_id, by=_by(), request_id=request.request_id)
        return pan_pb2.AnnulerRendezVousResponse(annule=annule)

    def ListVisites(self, request: Any, context: grpc.ServicerContext) -> pan_pb2.ListVisitesResponse:
        visites = [
            pan_pb2.Visite(
                visite_id=visite["_id"],
                lieu_nom=visite["lieu_nom"],
                visite_date=visite["visite_date"],
                resultat=visite.get("resultat", ""),
            )
            for visite in accueil.of_parcours(request.parcours_id)
        ]
        return pan_pb2.ListVisitesResponse(visites=visites)


def _slot(slot: Mapping[str, Any]) -> pan_pb2.Creneau:
    return pan_pb2.Creneau(
        creneau_id=slot["id"],
        lieu_id=slot["lieu_id"],
        lieu_nom=slot["lieu_nom"],
        adresse=slot["adresse"],
        debut_time=slot["debut_time"],
        duree_minutes=slot["duree_minutes"],
        fuseau=slot["fuseau"],
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _by() -> str:
    who = caller()
    return who.subject or f"service:{who.service}"
