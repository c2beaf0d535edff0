"""The préfecture's own view of each demande: the queue, its counts, and what brings the view up to what was sent.

Fed by deposit's own facts; with the broker down, a reader first brings in what is still unsent. The difference, counted
beside the reading, aims at zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from pymongo.errors import DuplicateKeyError

from chassis import clock, lists, logs, messages, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Entry
from chassis.web.who import Who
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import envois, issues
from services.deposit.dossier.rules import attentes, etats
from services.deposit.dossier.rules.envois import MESSAGE
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.dossier.store.usager import Mandat, Structure, Usager
from services.deposit.droits.actions import attestations, ruptures
from services.deposit.instruction.actions import receptions, relectures
from services.deposit.instruction.rules import file_attente as rules
from services.deposit.instruction.rules.file_attente import Situation
from services.deposit.instruction.store import Ligne

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
    """Updates the line of the queue after a fact, once for all the facts of one write."""
    line = _held(event.demande_id)
    if line is None or line["version"] < meta.version:
        project(event.demande_id, line)


def on_message(event: events_pb2.EchangeAjoute, meta: Meta) -> None:
    """What she writes is a reason of the queue, until an agent answers in the thread or says that he read it."""
    _note_message(event.demande_id, event.echange_id, event.administration, meta.day)
    project(event.demande_id)


@outbox.retry_conflicts
def _note_message(demande_id: str, echange_id: str, answer: bool, day: date) -> bool:
    """Notes one message, once; returns whether it was not noted yet."""
    request_id = f"echange:{echange_id}"
    demande = mongo.find(Demande, id=demande_id)
    if demande is None or outbox.already(demande, request_id):
        return False
    if answer:
        demande.a_lire = attentes.without(demande.a_lire, MESSAGE)
    else:
        envois.note(demande, MESSAGE, day)
    outbox.update(demande, request_id=request_id)
    return True


@outbox.retry_conflicts
def project(demande_id: str, line: dict[str, Any] | None = None) -> Demande | None:
    """Brings the préfecture's view of one demande up to it, and confirms to the person what the view then holds
    (DEP-29). Gives the demande as it stands, None where there is none.

    The view takes the version last: whoever finds it up to date knows that all the rest was done. `line` is what the
    view holds, where it was read: a view that holds all that was sent, under a version after the last receipt, has
    nothing to confirm.
    """
    demande = mongo.find(Demande, id=demande_id)
    if demande is None or demande.depot_date is None:
        return demande
    today = clock.today()
    confirmed = (
        line is not None and line["version"] > demande.vue_version and line.get("envois") == dict(demande.envois)
    )
    receipts = () if confirmed else receptions.receipt(demande, today)
    entries = [*receipts, *_to_helpers(demande, today)]
    if entries:
        _hold(demande, demande.vue_version, today)
        demande.vue_version = demande.version
        demande.vue_state = demande.state
        demande = outbox.update(demande, *entries)
    ruptures.project(demande)
    _hold(demande, demande.version, today)
    return demande


def follow(demande_id: str) -> tuple[Demande | None, bool]:
    """The same at once after an act, and whether the view knew already that an agent had registered the demande."""
    line = _held(demande_id)
    return project(demande_id, line), bool(line and line.get("enregistree_date"))


def _held(demande_id: str) -> dict[str, Any] | None:
    return collection_of(Ligne).find_one({"_id": demande_id}, {"version": 1, "envois": 1, "enregistree_date": 1})


def _hold(demande: Demande, version: int, today: date) -> None:
    """Writes the line of a demande under this version, unless a newer one is there already."""
    lines = collection_of(Ligne)
    values = _line(demande) | {"version": version}
    older = {"_id": demande.id, "version": {"$lt": demande.version}}
    # What an older application had already registered was not registered late by this one (DEP-64).
    received = demande.depot_date if demande.origine else today
    with suppress(DuplicateKeyError):  # the line is already newer
        first = {"recue_date": received.isoformat()}
        if demande.origine:
            first["enregistree_date"] = first["recue_date"]
        lines.update_one(older, {"$set": values, "$setOnInsert": first}, upsert=True)


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
        if _note_message(said["demande_id"], said["_id"], said["administration"], day):
            project(said["demande_id"])
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
        demande.vue_version = 0
        outbox.update(demande)


def prefectures_of(who: Who) -> list[str]:
    """The préfectures an agent works for; « * » is every one, by its code, so that the index serves."""
    if "*" not in who.prefectures:
        return sorted(who.prefectures)
    return [departement.code for departement in cadre().catalogue.departements()]


def reasons_of(demande: Demande) -> tuple[Situation, tuple[rules.Raison, ...]]:
    """Why a demande is where it is in the queue."""
    request = next((r for r in demande.demandes_pieces if r.depassee and r.repondue_date is None), None)
    proofs = [a for a in demande.documents if attestations.proves(a)]
    extended = [a.fin_date for a in demande.documents if a.regime == "AD" and a.fin_date]
    ends = [a.fin_date for a in proofs if a.fin_date] + extended + [d for d in [demande.fin_titre_date] if d]
    # An older release kept no day.
    asked = demande.renouvellement_date or demande.state_date
    situation = Situation(
        # A yes that holds at once waits for nobody.
        state=etats.REMISE if demande.state == etats.FAVORABLE and not issues.gives_card(demande) else demande.state,
        retenue=demande.retenue_date,
        droit_fin=max(ends) if ends else None,
        droit_sans_fin=any(a.fin_date is None for a in proofs),
        urgences=rules.read_urgences(demande.urgences),
        renouvellement_demande=asked if demande.renouvellement_demande else None,
        echeance_depassee=(request.echeance_date or request.demande_date) if request else None,
        incoherences=len(demande.incoherences),
        fantome=bool(demande.origine.get("fantome")),
        reprise_a_verifier=_unverified(demande),
        rupture=ruptures.urgent(demande),
        titre_non_recu=_not_received(demande),
        urgence_dite=demande.depot_date if rules.says_urgent(str(demande.reponses.get("urgence", ""))) else None,
        a_lire=tuple((waiting["code"], date.fromisoformat(waiting["date"])) for waiting in demande.a_lire),
        attentes=rules.read_attentes(demande.attentes),
        repudiee=_set_aside(demande),
    )
    return situation, rules.reasons(
        situation,
        delai_jours=cadre().number("P-DELAI", clock.today()),
        lecture_jours=cadre().number("P-LIRE", clock.today()),
    )


def _unverified(demande: Demande) -> bool:
    """Whether it was taken over alive, and nobody has said that it is complete or what it lacks."""
    taken = bool(demande.origine) and not demande.origine.get("fantome")
    return taken and demande.state == etats.DEPOSEE and demande.completude_date is None


def _not_received(demande: Demande) -> date | None:
    """The day of her « non », while the title still waits."""
    said = demande.remise_reponse or {}
    waiting = demande.state in (etats.FAVORABLE, etats.TITRE_PRET)
    return date.fromisoformat(said["date"]) if waiting and said and not said["recu"] else None


def _set_aside(demande: Demande) -> date | None:
    """The day on which she said that it is not hers, until an agent has looked at it."""
    said = demande.repudiation
    waiting = demande.state == etats.REPUDIEE and said and not said.get("examinee")
    return date.fromisoformat(said["jour"]) if waiting else None


def _order(filtre: str) -> str:
    return "droit_fin_date" if filtre == BIENTOT else "ordre"


def _criteria(scope: Sequence[str], filtre: str, today: date) -> dict[str, Any]:
    criteria: dict[str, Any] = {"prefecture": {"$in": list(scope)}, "filtres": filtre}
    if filtre == BIENTOT:
        soon = (today + timedelta(days=BIENTOT_JOURS)).isoformat()
        criteria |= {"filtres": "tout", "droit_fin_date": {"$gt": "", "$lte": soon}}
    return criteria


def _line(demande: Demande) -> dict[str, Any]:
    situation, reasons = reasons_of(demande)
    ends = None if situation.droit_sans_fin else situation.droit_fin
    return {
        "usager_id": demande.usager_id,
        "reference": demande.reference,
        "libelle": demande.libelle,
        "titre_code": demande.titre_code,
        "prefecture": demande.prefecture,
        "state": demande.state,
        "avant_date": reasons[0].avant.isoformat(),
        "ordre": rules.order(reasons),
        "raisons": [{"code": r.code, "phrase": r.phrase, "date": r.avant.isoformat()} for r in reasons],
        "filtres": list(rules.tags(situation)),
        "envois": dict(demande.envois),
        "droit_fin_date": ends.isoformat() if ends else "",
        "depot_date": demande.depot_date.isoformat(),
        "retenue_date": demande.retenue_date.isoformat(),
        "decision_date": demande.decision_date.isoformat() if demande.decision_date else "",
    }


def _to_helpers(demande: Demande, today: date) -> Iterable[Entry]:
    """Structures with a mandate in force learn each new state: a state and a reference, nothing else (XCT-06)."""
    if demande.vue_state == demande.state:
        return
    mandates = Mandat.objects(
        usager_id=demande.usager_id, debut_date__lte=today, fin_date__gte=today, revoque_date=None
    ).limit(20)
    ids = [mandate.structure_id for mandate in mandates]
    for structure in Structure.objects(id__in=ids, active=True, courriel__gt="") if ids else ():
        yield messages.fact(
            ALIAS,
            messages.Notice(
                destinataire_id=structure.id,
                parcours_id=demande.parcours_id,
                modele="aidant_suivi",
                champs={"reference": demande.reference, "phrase": issues.phrase(demande).phrase},
                demande_id=demande.id,
            ),
        )
