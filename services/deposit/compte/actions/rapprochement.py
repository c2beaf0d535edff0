"""A filing that may be of several persons: an agent says whose it is, or that it is nobody's of those whom we know.

It came to a desk, by post or by e-mail, without the number. Until an agent says, it lives in an account of its own with
every right: no document waits for the choice, and no homonym reads it.
"""

from __future__ import annotations

from chassis import clock, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.compte.actions import comptes, identites, reconnaissance
from services.deposit.demande.actions.demandes import joins
from services.deposit.dossier.actions.acces import SYSTEME, access_demande
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import acces, attentes, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import settle

DEMANDES_MAX = 50
# The answer « nobody of these ».
AUCUNE = "aucune"
REUNIE, SEULE = "REUNIE", "PERSONNE_NOUVELLE"

COMPTE_A_CHOISIR = Motif(
    "COMPTE_A_CHOISIR",
    "regle-du-service",
    "Ce compte n’est pas parmi ceux qui peuvent être de cette personne.",
    "Choisissez dans la liste. Si ce n’est aucun d’eux, choisissez « Aucune de ces personnes ».",
    Genre.INVALIDE,
)


def candidates(demande: Demande) -> list[Usager]:
    """The other accounts of which this demande may be."""
    own = comptes.usager_by_id(demande.usager_id)
    said = comptes.Identite(own.nom, own.naissance_date, own.prenoms, numero_etranger=own.numero_etranger or "")
    return [usager for usager in reconnaissance.homonymes(said) if usager.id != own.id]


def recognise(demande_id: str, compte: str, who: Who, *, request_id: str) -> Demande:
    """The demande goes to the account that is hers, with everything filed beside it; or it stays where it is.

    What was asked is moved last: an act that died half-way is finished by the next. Raises Refused(COMPTE_A_CHOISIR).
    """
    demande = access_demande(demande_id, who, acces.INSTRUIRE)
    if outbox.already(demande, request_id):
        return demande
    if attentes.day_of(demande.attentes, attentes.PERSONNE) is None:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    by = who.subject
    if compte == AUCUNE:
        return _stay(demande_id, by=by, request_id=request_id)
    holder = next((usager for usager in candidates(demande) if usager.id == compte), None)
    if holder is None:
        raise Refused(COMPTE_A_CHOISIR, champ="compte")
    apart = comptes.usager_by_id(demande.usager_id)
    # An account that its owner has entered stays hers, with what else she did there.
    if not (apart.password_hash or apart.sub_oidc):
        if apart.protege:
            identites.protect(holder.id, True, by=by, request_id=f"{request_id}:protection")
        apart = _close(apart.id, holder, by=by, request_id=f"{request_id}:compte")
        holder = _complete(holder.id, apart, by=by, request_id=f"{request_id}:titulaire")
        for other in Demande.objects(usager_id=apart.id, id__ne=demande_id).only("id").limit(DEMANDES_MAX):
            hand_to(other.id, holder, REUNIE, by=by, request_id=f"{request_id}:{other.id}")
    return hand_to(demande_id, holder, REUNIE, by=by, request_id=request_id)


@outbox.retry_conflicts
def hand_to(demande_id: str, holder: Usager, objet: str, *, by: str, request_id: str) -> Demande:
    """Her own filing goes to her account as it is, with its thread, its dates and its documents; she is told."""
    demande = access_demande(demande_id, SYSTEME)
    if outbox.already(demande, request_id):
        return demande
    before, today = demande.parcours_id, clock.today()
    demande.usager_id, demande.parcours_id = holder.id, holder.parcours_id
    demande.attentes = attentes.without(demande.attentes, attentes.PERSONNE)
    for stop in identites.frozen_stops(demande):
        stop.fin_date = today
    handed = Fact("deposit.demande.modifiee", events_pb2.DemandeModifiee(demande_id=demande.id, objet=objet), by=by)
    entries = [handed]
    if objet == REUNIE:
        texte = f"Votre demande {demande.reference} est maintenant dans votre compte {holder.identifiant}."
        entries += [*joins(holder, before), notice_fact(demande, "message_agent", {"texte": texte})]
    done = settle.write(demande, *entries, request_id=request_id, today=today, by=by)
    collection_of(Echange).update_many({"demande_id": demande.id}, {"$set": {"usager_id": holder.id}})
    return done


@outbox.retry_conflicts
def _stay(demande_id: str, *, by: str, request_id: str) -> Demande:
    """Nobody of these: she is another person, and her account is the one that was opened for her."""
    demande = access_demande(demande_id, SYSTEME)
    if outbox.already(demande, request_id):
        return demande
    demande.attentes = attentes.without(demande.attentes, attentes.PERSONNE)
    seen = events_pb2.DemandeModifiee(demande_id=demande.id, objet=SEULE)
    return outbox.update(demande, Fact("deposit.demande.modifiee", seen, by=by), request_id=request_id)


@outbox.retry_conflicts
def _close(usager_id: str, holder: Usager, *, by: str, request_id: str) -> Usager:
    """The account opened for one filing serves no more: its identifier finds hers, and what it held goes there."""
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    usager.conteste = {"numero_etranger": usager.numero_etranger or "", "courriel": usager.courriel or ""}
    usager.numero_etranger, usager.courriel, usager.canaux = None, None, []
    usager.gele, usager.gel_date, usager.reuni_a = True, clock.today(), holder.id
    reached = comptes.contact(usager, usager.version + 1)
    return outbox.update(usager, identites.account_fact(usager, "COMPTE_REUNI", by), reached, request_id=request_id)


@outbox.retry_conflicts
def _complete(usager_id: str, apart: Usager, *, by: str, request_id: str) -> Usager:
    """What her account lacked and the desk was told: her number, and a way to reach her where she had none."""
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    usager.numero_etranger = usager.numero_etranger or apart.conteste.get("numero_etranger") or None
    usager.courriel = usager.courriel or apart.conteste.get("courriel") or None
    usager.telephone, usager.adresse = usager.telephone or apart.telephone, usager.adresse or apart.adresse
    usager.prefecture = usager.prefecture or apart.prefecture
    usager.canaux = usager.canaux or comptes.default_canaux(usager)
    reached = comptes.contact(usager, usager.version + 1)
    return outbox.update(usager, identites.account_fact(usager, "COMPTE_REUNI", by), reached, request_id=request_id)
