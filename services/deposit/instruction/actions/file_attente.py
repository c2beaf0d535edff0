"""The préfecture's own view of each demande: the queue, its counts, and what brings the view up to what was sent.

An act writes it with the demande (`droits/actions/vue.py`); what does not is brought in here, before anybody reads. The
difference, counted beside the reading, aims at zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from chassis import clock, lists, logs, mongo, outbox
from chassis.mongo import collection_of
from chassis.web.who import Who
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import envois
from services.deposit.dossier.rules import attentes
from services.deposit.dossier.rules.envois import MESSAGE
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import vue
from services.deposit.droits.store import Ligne
from services.deposit.instruction.actions import receptions, relectures

if TYPE_CHECKING:
    from chassis.inbox import Meta
    from sejour.deposit.v1 import events_pb2

PAGE = 20
RATTRAPAGE = 200
BIENTOT, BIENTOT_JOURS = "bientot", 15
FILTRES = {
    "tout": "Tout",
    "rupture": "Rupture de droits",
    "bientot": "Droit qui finit bientôt",
    "urgence": "Urgences signalées",
    "a_lire": "À lire : la personne a écrit ou envoyé",
    "renouvellement": "Renouvellement demandé",
    "echeance": "Délai passé",
    "attente": "Réouverture, pièce tardive, déménagement",
    "deposee": "À vérifier",
    "pieces_demandees": "Pièces attendues",
    "complete": "À décider",
    "favorable": "Titre à fabriquer",
    "titre_pret": "Titre à remettre",
    "incoherence": "Passé à mettre à jour",
    "repudiee": "Pas déposées par la personne",
}


@dataclass(frozen=True)
class File:
    """One page of the queue. `noms` are by usager id, with the mark of protection; `suite` is where the next page
    begins; `difference` is what the view missed at the last comparison, and holds now.
    """

    lignes: list[dict[str, Any]]
    noms: dict[str, tuple[str, bool]]
    comptes: dict[str, int]
    suite: str
    difference: int


class OfDemande(Protocol):
    """A fact about one demande."""

    @property
    def demande_id(self) -> str:
        """Which one."""


def on_change(event: OfDemande, meta: Meta) -> None:
    """Updates the line of the queue after a fact whose write did not."""
    project(event.demande_id)


def on_message(event: events_pb2.EchangeAjoute, meta: Meta) -> None:
    """What she writes is a reason of the queue, until an agent answers in the thread or says that he read it."""
    _note_message(event.demande_id, event.echange_id, event.administration, meta.day)


@outbox.retry_conflicts
def _note_message(demande_id: str, echange_id: str, answer: bool, day: date) -> None:
    """Notes one message, once."""
    request_id = f"echange:{echange_id}"
    demande = mongo.find(Demande, id=demande_id)
    if demande is None or outbox.already(demande, request_id):
        return
    if answer:
        demande.a_lire = attentes.without(demande.a_lire, MESSAGE)
    else:
        envois.note(demande, MESSAGE, day)
    vue.write(demande, request_id=request_id, today=clock.today())


@outbox.retry_conflicts
def project(demande_id: str) -> Demande | None:
    """Brings the préfecture's view of one demande up to it, and confirms to the person what the view then holds
    (DEP-29). Gives the demande as it stands, None where there is none.
    """
    demande = mongo.find(Demande, id=demande_id)
    if demande is not None and demande.depot_date is not None:
        line = collection_of(Ligne).find_one({"_id": demande_id}, {"version": 1})
        if line is None or line["version"] < demande.version:
            vue.write(demande, today=clock.today())
    return demande


def queue(who: Who, filtre: str, after: str = "") -> File:
    """The queue of an agent's préfectures: the day by which somebody must act, earliest first.

    Under « bientot » the right that ends first comes first. A count stops at a thousand.
    """
    scope, lines, today = prefectures_of(who), collection_of(Ligne), clock.today()
    catch_up(scope)
    rows, suite = lists.page(lines, _criteria(scope, filtre, today), _order(filtre), after, PAGE)
    counts = {
        name: lists.count(lines, _criteria(scope, name, today), ("prefecture", "filtres", _order(name), "_id"))
        for name in FILTRES
    }
    people = Usager.objects(id__in=[row["usager_id"] for row in rows]).only("id", "nom", "prenoms", "protege")
    return File(
        lignes=rows,
        noms={u.id: (f"{u.prenoms} {u.nom}".strip(), u.protege) for u in people},
        comptes=counts,
        suite=suite,
        difference=relectures.last(scope),
    )


def catch_up(scope: Sequence[str]) -> None:
    """Brings in messages and demandes whose facts are not sent yet, at most 200 each; the worker compares the rest."""
    fields = {"demande_id": 1, "administration": 1, "jour_date": 1}
    for said in collection_of(Echange).find({"outbox.event_id": {"$gt": ""}}, fields).limit(RATTRAPAGE):
        day = date.fromisoformat(said["jour_date"])
        _note_message(said["demande_id"], said["_id"], said["administration"], day)
    unsent = collection_of(Demande).find({"outbox.event_id": {"$gt": ""}}, {"_id": 1, "version": 1, "prefecture": 1})
    waiting = {d["_id"]: d["version"] for d in unsent.limit(RATTRAPAGE) if d.get("prefecture") in scope}
    rows = collection_of(Ligne).find({"_id": {"$in": list(waiting)}}, {"version": 1})
    versions = {row["_id"]: row["version"] for row in rows}
    for demande_id, version in waiting.items():
        if versions.get(demande_id, -1) < version:
            project(demande_id)


def look_again() -> int:
    """Compares both views of the préfectures whose agents read since the last look; what is missed is brought back."""
    codes = relectures.take()
    if codes:
        catch_up(codes)
    for code in codes:
        missed = receptions.differences([code], recent=True)
        _bring_back(missed)
        relectures.keep(code, sum(missed.values()))
    return len(codes)


def watch() -> None:
    """The reconciliation job: every préfecture, its differences counted in the log when there are any."""
    for departement in cadre().catalogue.departements():
        missed = receptions.differences([departement.code])
        if missed:
            _bring_back(missed)
            count = sum(missed.values())
            logs.get().warning("deposit.reception.ecart", prefecture=departement.code, ecart=count, repares=len(missed))


def _bring_back(missed: Mapping[str, int]) -> None:
    """Brings what one view misses into it, and tells both sides: at most 200 at once, the next look does the rest."""
    lines = collection_of(Ligne)
    present = {row["_id"] for row in lines.find({"_id": {"$in": list(missed)}}, {"_id": 1})}
    for demande_id in sorted(missed)[:RATTRAPAGE]:
        if demande_id not in present:
            _confirm_again(demande_id)
        elif mongo.find(Demande, id=demande_id) is None:
            # Nobody's: a restored copy may hold what was erased since.
            lines.delete_one({"_id": demande_id})
        else:
            # Whatever version it says that it holds, it does not.
            lines.update_one({"_id": demande_id}, {"$set": {"version": 0}})
        project(demande_id)


@outbox.retry_conflicts
def _confirm_again(demande_id: str) -> None:
    """A demande that had left the view of the préfecture is confirmed to the person once more, when it is back."""
    demande: Demande = Demande.objects(id=demande_id).first()
    if demande.vue_version:
        demande.vue_version, demande.vue_envois = 0, {}
        outbox.update(demande)


def prefectures_of(who: Who) -> list[str]:
    """The préfectures an agent works for; « * » is every one, by its code, so that the index serves."""
    if "*" not in who.prefectures:
        return sorted(who.prefectures)
    return [departement.code for departement in cadre().catalogue.departements()]


def _order(filtre: str) -> str:
    return "droit_fin_date" if filtre == BIENTOT else "ordre"


def _criteria(scope: Sequence[str], filtre: str, today: date) -> dict[str, Any]:
    criteria: dict[str, Any] = {"prefecture": {"$in": list(scope)}, "filtres": filtre}
    if filtre == BIENTOT:
        soon = (today + timedelta(days=BIENTOT_JOURS)).isoformat()
        criteria |= {"filtres": "tout", "droit_fin_date": {"$gt": "", "$lte": soon}}
    return criteria
