"""A person moves: her demande goes to the new préfecture with its whole record; nothing starts again (DEP-43)."""

from __future__ import annotations

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.demande.actions.demandes import told
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import calendrier
from services.deposit.instruction.actions import file_attente

MEME_PREFECTURE = Motif(
    "MEME_PREFECTURE",
    "regle-du-service",
    "La demande est déjà dans cette préfecture.",
    "Choisissez le département où la personne habite maintenant.",
    Genre.INVALIDE,
)


@outbox.retry_conflicts
def transfer(demande_id: str, prefecture: str, who: Who, *, request_id: str) -> Demande:
    """Gives a demande under way to another préfecture: same reference, dates, pieces, documents and history."""
    demande = access_demande(demande_id, who, acces.INSTRUIRE)
    if outbox.already(demande, request_id):
        return demande
    if demande.state not in etats.EN_INSTRUCTION:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    nouvelle = cadre().catalogue.departement(prefecture)
    if nouvelle.code == demande.prefecture:
        raise Refused(MEME_PREFECTURE, champ="prefecture")
    moved = events_pb2.DemandeTransferee(
        demande_id=demande.id, ancienne_prefecture=demande.prefecture, prefecture=nouvelle.code
    )
    # The agent in charge stays in the préfecture left.
    demande.prefecture, demande.agent_id = nouvelle.code, ""
    done = calendrier.write(
        demande,
        Fact("deposit.demande.transferee", moved, by=who.subject),
        told(
            demande,
            "demande_transferee",
            {"prefecture": nouvelle.nom, "date_retenue": demande.retenue_date.isoformat()},
        ),
        request_id=request_id,
        today=clock.today(),
        by=who.subject,
    )
    file_attente.project(done.id)
    return done
