"""Demandes of an older application: one under way is carried with its date and document, one open on paper only is a
ghost that any préfecture closes; neither bars anybody from filing (DEP-27, DEP-42).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chassis import clock, due, mongo, outbox
from chassis.outbox import Entry, Fact
from chassis.web.who import SERVICE, Who
from droit.decision import Decision, Genre, Motif, Refused, accept, refuse
from personne.reference import new_reference
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.demande.actions import queries
from services.deposit.demande.actions.demandes import deposee
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import settle
from services.deposit.droits.rules import depot
from services.deposit.instruction.actions import reparations
from services.deposit.reprise.actions import anterieurs
from services.deposit.reprise.actions.anterieurs import Anterieur
from services.deposit.reprise.actions.format import DemandeReprise, Dossier
from services.deposit.reprise.rules import reprise as rules
from services.deposit.reprise.rules.reprise import Constat

Detail = dict[str, Any]
PAR = "reprise"
REPRISE = Who(kind=SERVICE, id=PAR)
# In place of a state: the same thing was filed here, and that demande is the one.
JOINTE = "JOINTE"

PAS_REPRISE = Motif(
    "PAS_REPRISE",
    "regle-du-service",
    "Cette demande n’est pas une ancienne demande d’un autre fichier.",
    "Une demande en cours se ferme dans son dossier, avec un motif, par la préfecture qui l’a.",
    Genre.CONFLIT,
)


def take_over(
    source: str, dossier: Dossier, usager_id: str, base: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, dict[str, str]], list[Detail]]:
    """The demandes of a record; gives what to compare with next time, and what somebody should look at."""
    said: dict[str, dict[str, str]] = {}
    found: list[Detail] = []
    for demande in dossier.demandes:
        key = f"reprise:{source}:{dossier.dossier}:{demande.numero}"
        before = base.get(demande.numero, {})
        stored = mongo.find(Demande, id=outbox.id_for(key, "demande"))
        state, details = JOINTE, list[Detail]()
        if stored is not None:
            state, details = _follow(demande, stored, before, key)
        elif before.get("state") != JOINTE:
            state, details = _create(source, dossier, demande, usager_id, key)
        said[demande.numero] = {"etat": demande.etat, "state": state}
        found += details
    return said, found


def is_ghost(demande: Demande) -> bool:
    """A demande taken over that is open on paper only: it gives no right and stops nothing."""
    return bool(demande.origine.get("fantome"))


def may_close(demande: Demande) -> Decision:
    """Any préfecture closes a ghost; a real demande is closed by its own, with its reason (DEP-27, DEP-39)."""
    return accept() if is_ghost(demande) else refuse(PAS_REPRISE)


def _create(source: str, dossier: Dossier, said: DemandeReprise, usager_id: str, key: str) -> tuple[str, list[Detail]]:
    catalogue = cadre().catalogue
    if said.titre_code not in {titre.code for titre in catalogue.titres()}:
        return "", []
    seen = next(d for d in dossier.demandes_vues() if d.numero == said.numero)
    answered = rules.is_answered(seen, dossier.titres_vus())
    ghost = rules.is_ghost(seen, dossier.titres_vus())
    if not ghost and (answered or said.etat not in (rules.EN_COURS, rules.FAVORABLE)):
        return "", []
    usager: Usager = Usager.objects(id=usager_id).first()
    if not ghost and not _prefecture(dossier, said, usager):
        # Without a préfecture no agent would ever see it: somebody looks, and the line is read again once mended.
        return "", [{"constat": Constat.PREFECTURE_INCONNUE.value, "objet": said.numero, "source": said.prefecture}]
    if not ghost:
        here = _same_here(usager_id, said.titre_code)
        if here is not None:
            return JOINTE, _join(here, said, source, key)
    made = _demande(source, dossier, said, usager, key, ghost=ghost)
    kept = outbox.insert(made, *_entries(made, said, usager, ghost=ghost), request_id=key)
    return str(kept.state), []


def _same_here(usager_id: str, titre_code: str) -> Demande | None:
    """The demande for the same title that the person filed here for herself, and is under way."""
    here = queries.already_filed(usager_id, titre_code, "")
    return next((d for d in here if not d.origine and not d.beneficiaire), None)


def _join(here: Demande, said: DemandeReprise, source: str, key: str) -> list[Detail]:
    """The same thing filed in both systems: one demande, at the earlier date, with the document given for it there."""
    detail = {
        "constat": Constat.DEPOSEE_ICI_AUSSI.value,
        "objet": said.numero,
        "ici": here.reference,
        "source": said.depot_date.isoformat(),
    }
    if said.depot_date < here.retenue_date or said.document is not None:
        _bring_back_date(here.id, _anterieur(source, said), f"{key}:date")
    return [detail]


@outbox.retry_conflicts
def _bring_back_date(demande_id: str, said: Anterieur, request_id: str) -> Demande:
    """The demande filed here takes the earlier date of the other system, and its document."""
    demande: Demande = Demande.objects(id=demande_id).first()
    if outbox.already(demande, request_id):
        return demande
    today = clock.today()
    change = anterieurs.join(demande, said, by=PAR, today=today)
    return settle.apply(demande, change, request_id=request_id, today=today, by=PAR)


def _demande(source: str, dossier: Dossier, said: DemandeReprise, usager: Usager, key: str, *, ghost: bool) -> Demande:
    titre = cadre().catalogue.titre(said.titre_code)
    ends = [t.fin_date for t in dossier.titres if t.debut_date is None or t.debut_date < said.depot_date]
    fin = None if ghost else said.fin_titre_date or max(ends, default=None)
    favorable, reference = said.etat == rules.FAVORABLE, new_reference("D")
    made = Demande(
        id=outbox.id_for(key, "demande"),
        parcours_id=usager.parcours_id,
        reference=reference,
        usager_id=usager.id,
        titre_code=titre.code,
        stade=depot.stade_for(titre, fin_titre=fin, situation_reguliere=usager.situation_reguliere).value,
        libelle=said.libelle or titre.libelle,
        prefecture=_prefecture(dossier, said, usager),
        state=etats.FAVORABLE if favorable else etats.DEPOSEE,
        state_date=(said.decision_date or said.depot_date) if favorable else said.depot_date,
        cree_date=said.depot_date,
        depot_date=said.depot_date,
        retenue_date=said.depot_date,
        voie=events_pb2.VOIE_GUICHET,
        fin_titre_date=fin,
        decision_date=(said.decision_date or said.depot_date) if favorable else None,
        # A récépissé was given because the demande was complete.
        completude_date=said.document.debut_date if said.document else None,
        origine={"source": source, "dossier": dossier.dossier, "numero": said.numero, "fantome": ghost},
        incoherences=[{"code": "DEMANDE_NON_CLOSE", "objet": reference}] if ghost else [],
        anterieurs=[anterieurs.as_kept(_anterieur(source, said), par=PAR, jour=clock.today())],
    )
    if not ghost:
        # The worker looks at her rights today, as for any demande.
        due.plan(made, droits=clock.today())
    return made


def _prefecture(dossier: Dossier, said: DemandeReprise, usager: Usager) -> str:
    """The préfecture of a demande taken over: its own, else that of its person; empty when none is known."""
    return place(said.prefecture) or place(usager.prefecture) or place(dossier.personne.prefecture)


def _anterieur(source: str, said: DemandeReprise) -> Anterieur:
    document = said.document
    return Anterieur(
        depot=said.depot_date,
        lieu=source,
        numero=said.numero,
        prefecture=said.prefecture,
        document=f"{document.libelle} {document.numero}" if document else "",
        document_debut=document.debut_date if document else None,
        document_fin=document.fin_date if document else None,
    )


def _entries(made: Demande, said: DemandeReprise, usager: Usager, *, ghost: bool) -> list[Entry]:
    message = events_pb2.DemandeReprise(
        demande_id=made.id, usager_id=made.usager_id, prefecture=made.prefecture, fantome=ghost
    )
    taken = Fact("deposit.demande.reprise", message, by=PAR, private={"numero": said.numero, "etat": said.etat})
    if ghost:
        return [taken]
    # As for any filing (DEP-46).
    receipt, given = settle.file(made, usager, clock.today())
    filed = Fact("deposit.demande.deposee", deposee(made, receipt.numero), by=PAR)
    notice = notice_fact(made, "depot_anterieur", anterieurs.notice_fields(made), pieces=(receipt.attachment,))
    return [taken, filed, *given, notice]


@outbox.retry_conflicts
def _follow(said: DemandeReprise, stored: Demande, before: Mapping[str, str], key: str) -> tuple[str, list[Detail]]:
    """What the other system now says of a demande taken over earlier; what was done here since stays."""
    ghost = is_ghost(stored)
    state_avant = before.get("state", stored.state)
    suite = rules.next_state(said.etat, before.get("etat", said.etat), stored.state, state_avant, fantome=ghost)
    details = []
    if suite.constat is not None:
        details.append({"constat": suite.constat.value, "objet": said.numero, "ici": stored.state, "source": said.etat})
    if not suite.state:
        return state_avant, details
    request_id = f"{key}:{said.etat}"
    if suite.state == etats.CLOSE:
        motif = f"fermée dans l’autre fichier ({said.etat})"
        reparations.close_ghost(stored.usager_id, stored.id, REPRISE, motif=motif, request_id=request_id)
    else:
        _decide(stored.id, said, suite.state, request_id)
    return suite.state, details


@outbox.retry_conflicts
def _decide(demande_id: str, said: DemandeReprise, state: str, request_id: str) -> None:
    """A favourable decision, and perhaps the handing over, of the other system: the same facts as here, one write."""
    demande: Demande = Demande.objects(id=demande_id).first()
    if outbox.already(demande, request_id):
        return
    today = clock.today()
    decided = said.decision_date or today
    entries: list[Entry] = []
    demande.state, demande.state_date = state, today
    if demande.decision_date is None:
        demande.decision_date, demande.decision = decided, {"favorable": True, "par": PAR}
        message = events_pb2.DemandeDecidee(demande_id=demande.id, favorable=True, decision_date=decided.isoformat())
        entries.append(Fact("deposit.demande.decidee", message, by=PAR))
    if state == etats.FAVORABLE:
        entries.append(notice_fact(demande, "decision_favorable", {}))
    else:
        demande.remise_date = said.remise_date or today
        handed = events_pb2.TitreRemis(demande_id=demande.id, remise_date=demande.remise_date.isoformat())
        entries.append(Fact("deposit.titre.remis", handed, by=PAR))
    settle.write(demande, *entries, request_id=request_id, today=today, by=PAR)


def place(code: str) -> str:
    return code if code in {departement.code for departement in cadre().catalogue.departements()} else ""


def close(demande_id: str, motif: str, who: Who, *, request_id: str) -> Demande:
    """Closes a ghost, from any préfecture, with its trace. Raises Refused."""
    demande = mongo.find(Demande, id=demande_id)
    if demande is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    may_close(demande).or_refuse()
    return reparations.close_ghost(demande.usager_id, demande.id, who, motif=motif, request_id=request_id)
