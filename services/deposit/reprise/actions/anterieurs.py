"""A demande validly filed elsewhere: said to whoever begins again, joined or recognised by a desk at its first date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, mongo, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.acte.actions import Order
from services.deposit.demande.actions import demandes, queries
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import settle
from services.deposit.droits.actions.settle import Change
from services.deposit.instruction.actions import effets, instruction
from services.deposit.instruction.actions.guichet import JOUR_FUTUR
from services.deposit.instruction.actions.personnes import access_personne
from services.deposit.reprise.rules import anterieur

# Where a demande was filed, for the forms of desks.
LIEUX = anterieur.LIEUX
_VOIES = {
    "poste": events_pb2.VOIE_POSTE,
    "courriel": events_pb2.VOIE_COURRIEL,
    "pan": events_pb2.VOIE_PAN,
    "autre-site": events_pb2.VOIE_TELESERVICE,
}


@dataclass(frozen=True)
class Anterieur:
    """A filing made elsewhere: its day, where, its number there, and the document given for it."""

    depot: date
    lieu: str
    numero: str = ""
    prefecture: str = ""
    document: str = ""
    document_fin: date | None = None
    # Where it is known to be another than that of the filing.
    document_debut: date | None = None

    @property
    def voie(self) -> int:
        """By which way it reached the administration."""
        return _VOIES.get(self.lieu, events_pb2.VOIE_GUICHET)


def attach(demande: Demande, order: Order, said: Anterieur) -> Change:
    """Joins an earlier filing to a demande: it takes the first date. Raises Refused."""
    if demande.state not in etats.EN_INSTRUCTION:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    anterieur.may_join(said.depot, demande.retenue_date, said.numero or said.document).or_refuse()
    return join(demande, said, by=order.who.subject, today=order.today)


def join(demande: Demande, said: Anterieur, *, by: str, today: date) -> Change:
    """What joining changes: the date only goes back, and what it makes due is given by the same write."""
    settle.protect(demande, said.depot)
    demande.anterieurs = [*demande.anterieurs, as_kept(said, par=by, jour=today)]
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="DEPOT_ANTERIEUR")
    fact = Fact("deposit.demande.modifiee", changed, by=by, private={"depot_anterieur": demande.anterieurs[-1]})
    return Change((fact, notice_fact(demande, "depot_anterieur", notice_fields(demande))))


@outbox.retry_conflicts
def recognise(
    usager_id: str,
    choix: demandes.Choix,
    said: Anterieur,
    who: Who,
    *,
    request_id: str,
) -> Demande:
    """Recognises a demande filed elsewhere that nobody wrote here: filed at its first date, without the person.

    Raises Refused: a day to come, no trace, or the same thing already followed here (then `attach`).
    """
    usager = access_personne(usager_id, who, acces.REMETTRE)
    made = mongo.find(Demande, id=outbox.id_for(request_id, "demande"))
    if made is not None and made.state != etats.BROUILLON:
        return made
    today = clock.today()
    if said.depot > today:
        raise Refused(JOUR_FUTUR, champ="depot")
    if said.depot < today:
        anterieur.may_join(said.depot, today, said.numero or said.document).or_refuse()
    here = [d for d in queries.already_filed(usager.id, choix.titre_code, choix.demarche_code) if not d.beneficiaire]
    if here:
        raise Refused(anterieur.DEJA_SUIVIE_ICI, details={"reference": here[0].reference})
    demande = made or outbox.insert(demandes.draft(usager, choix, said.depot, request_id))
    demande.voie, demande.depot_date = said.voie, said.depot
    demande.anterieurs = [as_kept(said, par=who.subject, jour=today)]
    done = demandes.file_now(
        demande,
        usager,
        today,
        by=who.subject,
        request_id=f"{request_id}:depot",
    )
    if not said.document_fin:
        # A document was given because the demande was complete: only without one is anything asked for.
        done = _ask_missing(done.id, who, request_id)
    effets.follow(done.id)
    return done


@outbox.retry_conflicts
def _ask_missing(demande_id: str, who: Who, request_id: str) -> Demande:
    """Recognised without pieces nor document: they are asked for at once, so that no day is left bare later."""
    demande: Demande = Demande.objects(id=demande_id).first()
    order = Order(who, None, f"{request_id}:pieces", clock.today())
    missing = tuple(piece.code for piece in settle.missing(demande, demande.depot_date))
    if outbox.already(demande, order.request_id) or not missing:
        return demande
    change = instruction.ask_pieces(demande, order, missing, "")
    return settle.apply(demande, change, request_id=order.request_id, today=order.today, by=who.subject)


def as_kept(said: Anterieur, *, par: str, jour: date) -> dict[str, Any]:
    """An earlier filing as the demande keeps it."""
    return {
        "depot": said.depot.isoformat(),
        "lieu": said.lieu,
        "numero": said.numero,
        "prefecture": said.prefecture,
        "document": said.document,
        "document_debut": said.document_debut.isoformat() if said.document_debut else "",
        "document_fin": said.document_fin.isoformat() if said.document_fin else "",
        "par": par,
        "jour": jour.isoformat(),
    }


def notice_fields(demande: Demande) -> dict[str, str]:
    """What the person is told: her date, and where she had filed."""
    last = demande.anterieurs[-1]
    return {"date_retenue": demande.retenue_date.isoformat(), "lieu": place_in_words(last["lieu"])}


def place_in_words(lieu: str) -> str:
    """Where, in words."""
    return LIEUX.get(lieu, LIEUX["agdref"] if lieu.startswith("AGDREF") else lieu)
