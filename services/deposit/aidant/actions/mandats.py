"""Mandates: what a person allows a structure to do, until when; she reads them and ends them in one act (XCT-05)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, messages, mongo, outbox
from chassis.outbox import Entry
from chassis.web.who import AGENT, AIDANT, Who
from droit.decision import Genre, Motif, Refused
from services.deposit.aidant.actions import aidants, relais
from services.deposit.compte import rules as controle
from services.deposit.compte.actions import mandats_finis
from services.deposit.demande.actions import queries
from services.deposit.dossier.actions import acces as guarded
from services.deposit.dossier.actions import structures
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.usager import Mandat, Structure, Usager
from services.deposit.droits.actions import frais
from services.deposit.instruction.actions import guichet
from services.deposit.instruction.actions.personnes import access_personne, note

PORTEES = {acces.READ: "Lire le dossier et ses dates", acces.ACT: "Déposer et agir à ma place"}
PERSONNES_MAX = 50

MANDAT_INVALIDE = Motif(
    "MANDAT_INVALIDE",
    "regle-du-service",
    "Un mandat dit ce qui est permis, et jusqu’à quel jour.",
    "Choisissez au moins une permission, et un dernier jour à venir.",
    Genre.INVALIDE,
)
MANDAT_INCONNU = Motif(
    "MANDAT_INCONNU", "regle-du-service", "Ce mandat n’existe pas.", "Rechargez la page.", Genre.INTROUVABLE
)


@dataclass(frozen=True)
class Suivi:
    """A person whom a structure follows: her mandate, and her demandes in their present state."""

    usager: Usager
    mandat: Mandat
    demandes: list[dict[str, Any]]


def give(usager_id: str, structure_id: str, portee: Sequence[str], fin: date, who: Who, *, request_id: str) -> Mandat:
    """A mandate given by the person, or recorded at a desk from a paper after an identity check of today."""
    usager = _giver(usager_id, who)
    structure, today = aidants.find(structure_id), clock.today()
    scopes = sorted({acces.READ, *portee} & set(PORTEES)) if portee else []
    if not scopes or fin < today:
        raise Refused(MANDAT_INVALIDE, champ="fin_date" if scopes else "portee")
    mandat = Mandat(
        id=outbox.id_for(request_id, "mandat"),
        parcours_id=usager.parcours_id,
        usager_id=usager.id,
        structure_id=structure.id,
        portee=scopes,
        debut_date=today,
        fin_date=fin,
        au_guichet=who.kind == AGENT,
    )
    champs = {"structure": structure.nom, "fin_date": fin.isoformat(), "portee": [PORTEES[p] for p in scopes]}
    return outbox.insert(
        mandat,
        mandats_finis.fact(mandat, "DONNE", who.subject),
        _notice(usager, "mandat_donne", champs),
        request_id=request_id,
    )


@outbox.retry_conflicts
def revoke(mandat_id: str, who: Who, *, request_id: str) -> Mandat:
    """Ends a mandate at once: by the person, an agent of hers, or the structure itself."""
    mandat = mongo.find(Mandat, id=mandat_id)
    if mandat is None:
        raise Refused(MANDAT_INCONNU)
    if who.kind == AIDANT and who.structure_id == mandat.structure_id:
        usager = Usager.objects(id=mandat.usager_id).first()
    else:
        usager = access_personne(mandat.usager_id, who, acces.REMETTRE if who.kind == AGENT else acces.ACT)
    if mandat.revoque_date is not None:
        return mandat
    # A structure that was cut off keeps its name: the person ends its mandate all the same.
    structure = Structure.objects(id=mandat.structure_id).only("nom").first()
    champs = {"structure": structure.nom if structure else ""}
    mandat.revoque_date = clock.today()
    # First what leaves for there: a stop between the two leaves a mandate to end, never a message on its way.
    relais.end(mandat.usager_id, mandat.id, by=who.subject)
    return outbox.update(
        mandat,
        mandats_finis.fact(mandat, "REVOQUE", who.subject),
        _notice(usager, "mandat_revoque", champs),
        request_id=request_id,
    )


def mandates_of(usager_id: str, who: Who) -> list[tuple[Mandat, str, bool]]:
    """A person's mandates, most recent first, with the name of the structure and whether it is in force."""
    access_personne(usager_id, who)
    found = list(Mandat.objects(usager_id=usager_id).order_by("-debut_date").limit(PERSONNES_MAX))
    structures_by_id = {s.id: s for s in Structure.objects(id__in=[m.structure_id for m in found])}
    active = {code for code, structure in structures_by_id.items() if structure.active}
    return [
        (
            m,
            structures_by_id[m.structure_id].nom if m.structure_id in structures_by_id else "",
            m.revoque_date is None and m.fin_date >= clock.today() and m.structure_id in active,
        )
        for m in found
    ]


def board(who: Who) -> list[Suivi]:
    """Every person whom this structure follows today, the next date first (XCT-06)."""
    if who.kind != AIDANT:
        raise Refused(acces.ACCES_REFUSE)
    today = clock.today()
    mandates = Mandat.objects(
        structure_id=who.structure_id, debut_date__lte=today, fin_date__gte=today, revoque_date=None
    )
    widest = sorted(mandates.order_by("fin_date").limit(PERSONNES_MAX), key=guarded.width)
    found = {mandat.usager_id: mandat for mandat in widest}
    people = Usager.objects(id__in=list(found), gele__ne=True)
    rows = [Suivi(person, found[person.id], _filed(person.id)) for person in people]
    return sorted(rows, key=lambda row: min((d.get("document_fin_date") or "9" for d in row.demandes), default="9"))


def open_person(usager_id: str, who: Who) -> Suivi:
    """One person followed; the reading is logged, and she can see it."""
    usager = guarded.access_usager(usager_id, who)
    mandat = guarded.mandat_of(who.structure_id, usager_id, clock.today())
    if mandat is None:
        raise Refused(acces.ACCES_REFUSE)
    note(usager.id, who, "situation")
    return Suivi(usager, mandat, _filed(usager.id))


def in_force(usager_id: str, login: str) -> tuple[Structure, Mandat] | None:
    """For another channel: the structure of this active helper and its mandate for the person today, or None."""
    structure = structures.of_member(login)
    mandat = guarded.mandat_of(structure.id, usager_id, clock.today()) if structure else None
    return (structure, mandat) if structure is not None and mandat is not None else None


def name_of(usager_id: str, who: Who) -> str:
    """The name of the person for whom a helper acts, while her mandate holds; empty otherwise."""
    if guarded.mandat_of(who.structure_id, usager_id, clock.today()) is None:
        return ""
    found = Usager.objects(id=usager_id).only("nom", "prenoms").first()
    return f"{found.prenoms} {found.nom}".strip() if found else ""


def _filed(usager_id: str) -> list[dict[str, Any]]:
    found = queries.demandes_of(usager_id)
    phrases = frais.phrases(found)
    return [row | {"phrase": phrases[row["_id"]]} for row in found]


def _giver(usager_id: str, who: Who) -> Usager:
    if who.kind != AGENT:
        if who.kind == AIDANT:
            raise Refused(acces.ACCES_REFUSE)
        return guarded.access_usager(usager_id, who, acces.ACT)
    usager = access_personne(usager_id, who, acces.REMETTRE)
    controle.may_change(guichet.verifiers(usager.id), who.id, two=False).or_refuse()
    return usager


def _notice(usager: Usager, modele: str, champs: dict[str, Any]) -> Entry:
    return messages.fact(
        ALIAS,
        messages.Notice(destinataire_id=usager.id, parcours_id=usager.parcours_id, modele=modele, champs=champs),
    )
