"""What a préfecture's own system tells us of our bookings, signed by the secret that we share."""

from __future__ import annotations

from pydantic import ValidationError

from chassis import hours
from chassis.mongo import collection_of
from droit.decision import Genre, Motif, Refused
from services.pan import inputs
from services.pan.actions import acces, agenda, agendas, suivis
from services.pan.adapters.sejour_json import is_signed
from services.pan.cadre import cadre
from services.pan.rules.agenda import CRENEAU_INCONNU
from services.pan.store import RendezVous

CHANGEMENT_ILLISIBLE = Motif(
    "CHANGEMENT_ILLISIBLE",
    "regle-du-service",
    "Ce changement ne peut pas être lu.",
    "Envoyez ce que dit le contrat (docs/rendez-vous.md). Rien n’a été changé.",
    Genre.INVALIDE,
)


def webhook(prefecture: str, body: bytes, signature: str) -> bool:
    """A préfecture's system tells that it cancelled or moved one of our bookings; False when it is not signed by it.

    Raises Refused when what it says cannot be read: it must not believe that it was heard.
    """
    secret = str(cadre().jetons.get(prefecture, {}).get("secret", ""))
    if not is_signed(secret, body, signature):
        return False
    try:
        said = inputs.Changement.model_validate_json(body)
    except ValidationError as error:
        raise Refused(CHANGEMENT_ILLISIBLE) from error
    rendez_vous_id, booking, _ = said.reservation.partition(".")
    found: RendezVous | None = RendezVous.objects(id=rendez_vous_id, prefecture=prefecture).first()
    if found is None or (found.avis_time is not None and said.fait_time <= found.avis_time):
        # Late, or sent once more, perhaps by somebody who kept it: what came after it stands.
        return True
    # The booking that it had before it was moved, cancelled there or told once more, ends nothing.
    if not booking or said.reservation == agendas.their_key(found.creneau_id, found.id):
        _apply(found, said)
    collection_of(RendezVous).update_one({"_id": found.id}, {"$max": {"avis_time": said.fait_time}})
    return True


def _apply(found: RendezVous, said: inputs.Changement) -> None:
    if said.state == "ANNULE":
        agenda.try_cancel(found.id, by=f"systeme:{found.prefecture}", request_id=f"webhook:{said.reservation}")
        return
    assert said.debut_time is not None
    lieu = acces.find_lieu(found.lieu_id)
    if agenda.find_slot(found.creneau_id) is None:
        raise Refused(CRENEAU_INCONNU)
    debut = hours.local(said.debut_time, lieu.fuseau)
    there = {"debut_time": debut, "duree_minutes": said.duree_minutes or found.duree_minutes}
    agendas.move_slot(found.creneau_id, there, lieu.fuseau, told=said.fait_time)
    suivis.follow_moved()
