"""A person moves: her demande goes to the new préfecture with its whole record; nothing starts again (DEP-43)."""

from __future__ import annotations

from chassis.outbox import Fact
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.acte.actions import Order
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import accompagnement
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import attentes, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import settle
from services.deposit.droits.actions.settle import Change

QUI_SUIVENT = (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET, etats.CLOSE)

MEME_PREFECTURE = Motif(
    "MEME_PREFECTURE",
    "regle-du-service",
    "La demande est déjà dans cette préfecture.",
    "Choisissez le département où la personne habite maintenant.",
    Genre.INVALIDE,
)


def transfer(demande: Demande, order: Order, prefecture: str) -> Change:
    """Gives a demande to another préfecture: same reference, dates, pieces, documents and history; one accepted,
    waiting for its title or closed too.
    """
    if demande.state not in QUI_SUIVENT:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    nouvelle = cadre().catalogue.departement(prefecture)
    if nouvelle.code == demande.prefecture:
        raise Refused(MEME_PREFECTURE, champ="prefecture")
    moved = events_pb2.DemandeTransferee(
        demande_id=demande.id,
        ancienne_prefecture=demande.prefecture,
        prefecture=nouvelle.code,
        usager_id=demande.usager_id,
        reference=demande.reference,
    )
    settle.move(demande, nouvelle.code, order.today)
    # The agent in charge stays in the préfecture left.
    demande.agent_id = accompagnement.choose(demande)
    demande.attentes = attentes.without(demande.attentes, attentes.DEMENAGEMENT)
    champs = {"prefecture": nouvelle.nom, "date_retenue": demande.retenue_date.isoformat()}
    fact = Fact("deposit.demande.transferee", moved, by=order.who.subject)
    return Change((fact, notice_fact(demande, "demande_transferee", champs)))
