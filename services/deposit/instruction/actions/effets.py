"""What a decision changes in the account of the person: address, civil status, situation, title held (DEP-22).

Done once: by the act itself, and again by the worker should the process have died in between.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from chassis import mongo, outbox
from chassis.outbox import Fact
from chassis.web.inputs import lines_of
from droit.catalogue.issue import Effet
from personne.nom import identity_key
from sejour.deposit.v1 import events_pb2
from services.deposit.compte.actions import comptes, titres, titres_enfants
from services.deposit.dossier.actions import issues
from services.deposit.dossier.actions.formulaire import read_day
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import settle
from services.deposit.instruction.actions import file_attente

if TYPE_CHECKING:
    from chassis.inbox import Meta

DECISION = "systeme"
# Nothing was decided nor handed over, and no act leads back here from there.
_BEFORE_A_DECISION = (etats.BROUILLON, etats.DEPOSEE, etats.PIECES_DEMANDEES, etats.COMPLETE)


@dataclass(frozen=True)
class EtatCivil:
    """The name and the birth that are right; what is empty stays."""

    nom: str
    prenoms: str
    naissance: date | None


def follow(demande_id: str, written: Demande | None = None) -> None:
    """The préfecture's view, then the account, follow an act at once; the worker does it again, to no effect.

    `written`: the demande where the act wrote it with its view.
    """
    _apply(written or file_attente.project(demande_id))


def on_remis(event: events_pb2.TitreRemis, meta: Meta) -> None:
    """What the handing over changes for the person."""
    apply(event.demande_id)


def follow_decision(demande_id: str, due_date: date, today: date) -> None:
    """What the decision changes for the person, should the act itself have died before."""
    apply(demande_id)
    settle.end_effect(demande_id, today)


def on_modified(event: events_pb2.DemandeModifiee, meta: Meta) -> None:
    """The préfecture's view; a handing over that was taken back takes its title with it."""
    file_attente.on_change(event, meta)
    if event.objet == "REMISE_ANNULEE":
        apply(event.demande_id)


def apply(demande_id: str) -> None:
    """Brings the account to what was decided and handed over; what is done already changes nothing."""
    _apply(mongo.find(Demande, id=demande_id))


def _apply(demande: Demande | None) -> None:
    if demande is None or demande.state in _BEFORE_A_DECISION:
        return
    if demande.beneficiaire:
        # What is decided for a child changes nothing that is the parent's.
        titres_enfants.follow_handing_over(demande)
        return
    titres.follow_handing_over(demande)
    if demande.state == etats.FAVORABLE and issues.effect(demande) is not Effet.AUCUN:
        _change(demande, f"effet:{demande.id}")


def _change(demande: Demande, request_id: str) -> None:
    said, effet = dict(demande.reponses), issues.effect(demande)
    if effet is Effet.ADRESSE:
        moved: dict[str, Any] = {"adresse": list(lines_of(said["nouvelle_adresse"]))}
        if said.get("nouveau_departement"):
            moved["prefecture"] = said["nouveau_departement"]
        comptes.change_contacts(demande.usager_id, by=DECISION, request_id=request_id, **moved)
    elif effet is Effet.ETAT_CIVIL:
        etat_civil = EtatCivil(
            said.get("nouveau_nom", "").strip(),
            said.get("nouveaux_prenoms", "").strip(),
            read_day(said.get("nouvelle_naissance", "")),
        )
        rename(demande.usager_id, etat_civil, by=DECISION, request_id=request_id)
    elif effet is Effet.SITUATION:
        _note_situation(demande.usager_id, said["nouvelle_situation"], request_id)
    elif effet is Effet.VISA:
        end = read_day(said["visa_fin"])
        assert end is not None
        visa = titres.Titre(
            fin=end,
            libelle="Visa de long séjour validé",
            numero=said["visa_numero"].strip(),
            debut=read_day(said.get("entree", "")),
            remis=True,
            origine=f"decision:{demande.id}",
        )
        titres.record(demande.usager_id, visa, by=DECISION, request_id=request_id)


@outbox.retry_conflicts
def rename(usager_id: str, said: EtatCivil, *, by: str, request_id: str) -> Usager:
    """Another name or birth; what was there stays in the history, and each channel learns the name."""
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    before = {"nom": usager.nom, "prenoms": usager.prenoms, "naissance_date": usager.naissance_date.isoformat()}
    usager.nom, usager.prenoms = said.nom or usager.nom, said.prenoms or usager.prenoms
    usager.naissance_date = said.naissance or usager.naissance_date
    usager.cle_identite = identity_key(usager.nom, usager.naissance_date)
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="ETAT_CIVIL")
    fact = Fact("deposit.compte.modifie", changed, by=by, private={"avant": before})
    return outbox.update(usager, fact, comptes.contact(usager, usager.version + 1), request_id=request_id)


@outbox.retry_conflicts
def _note_situation(usager_id: str, situation: str, request_id: str) -> Usager:
    usager = comptes.usager_by_id(usager_id)
    if outbox.already(usager, request_id):
        return usager
    before, usager.situation_familiale = usager.situation_familiale, situation
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet="SITUATION_FAMILIALE")
    fact = Fact("deposit.compte.modifie", changed, by=DECISION, private={"avant": before, "apres": situation})
    return outbox.update(usager, fact, request_id=request_id)
