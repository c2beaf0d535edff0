"""The one door to rights: what an act does to the documents, the clocks and the ruptures of a demande.

An act changes the demande, and asks here for what only this room gives: the next state, the day of filing that counts,
a paper, the message of a decision. The write is settled here: what came is counted for the agents, then what the change
makes due, the next days to look, the ruptures. Nobody else gives a
paper, moves the day that counts or plans a due day of a demande; from outside, attestations, calendrier, ruptures and
suspensions are read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import due, messages, outbox
from chassis.outbox import Entry, Fact
from documents.etat import EtatDocument
from documents.nature import Nature
from droit.catalogue import Stade
from droit.catalogue.issue import Effet
from droit.catalogue.titre import Piece
from droit.decision import Decision, Genre, Motif, Refused
from services.deposit.cadre import cadre
from services.deposit.dossier.actions import acces, accompagnement, envois, formulaire, issues
from services.deposit.dossier.actions.notices import Annonce, document_fields, notice
from services.deposit.dossier.rules import etats, motifs
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Attestation, Demande, DemandePieces
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import (
    ailleurs,
    attestations,
    calendrier,
    decisions,
    frais,
    lettres,
    preuves,
    recus,
    ruptures,
    tentatives,
    vue,
)
from services.deposit.droits.rules import depot

DECIDEE = "deposit.demande.decidee"
RIEN_A_REFAIRE = Motif(
    "RIEN_A_REFAIRE",
    "regle-du-service",
    "Cette attestation ne donne plus de droit : elle ne peut pas être refaite.",
    "Ouvrez la demande : son état y est écrit, avec les documents qui valent aujourd’hui.",
    Genre.PRECONDITION,
)


@dataclass(frozen=True)
class Change:
    """What an act adds to its write beside the demande that it changed: its facts, and what it tells the person.

    A message among `entries` goes as it is. `annonce` tells of the act and brings the papers that it gives, in one
    message. `settled` False: the act touches no right, and nothing is judged again. `mots`: words of the agent that the
    person reads in her pages. `envoi`: what came from the person by this act, its code; `combien` of them.
    `enregistre`: an agent of the préfecture who instructs did it (DEP-64).
    """

    entries: tuple[Entry | Annonce, ...] = ()
    annonce: Annonce | None = None
    settled: bool = True
    mots: str = ""
    envoi: str = ""
    combien: int = 1
    enregistre: bool = False


def delivery(attestation: Attestation) -> Annonce:
    """The message of an act that brings this document."""
    return Annonce("attestation_delivree", document_fields(attestation), (attestation.attachment,))


def receipt(demande: Demande, attestation: Attestation) -> Annonce:
    """The message of a filing: its attestation, who accompanies it, what is still to pay."""
    champs = {
        "depot_date": demande.depot_date.isoformat(),
        "suite": etats.PHRASES[etats.DEPOSEE].suite,
        "agent": accompagnement.name_of(demande),
        "a_payer": frais.phrase(demande).attendu if frais.owed(demande) else "",
    }
    return Annonce("depot_recu", champs, (attestation.attachment,))


def become(demande: Demande, state: str, today: date) -> None:
    """The demande goes to the next state, where its life and what was asked for allow. Raises Refused."""
    etats.may_become(demande.state, state, issues.of(demande.titre_code, demande.demarche_code)).or_refuse()
    demande.state, demande.state_date = state, today


def missing(demande: Demande, day: date) -> tuple[Piece, ...]:
    """The mandatory pieces of that day of which no usable file is held."""
    frame = cadre()
    asked = attestations.objet_of(demande).pieces(frame.catalogue, day, frame.position)
    return depot.missing_pieces(asked, attestations.pieces_sent(demande))


def may_file(demande: Demande, today: date) -> Decision:
    """Whether the demande can be filed today as it is."""
    return depot.may_submit(missing(demande, today), formulaire.missing(demande), demande.prefecture)


def file(demande: Demande, usager: Usager, today: date, *elsewhere: date) -> tuple[Attestation, tuple[Entry, ...]]:
    """The day of filing, the day that counts, and the attestation de dépôt; `elsewhere`: days that another service
    protects.
    """
    demande.depot_date = demande.depot_date or today
    first = tentatives.first_day(demande, *elsewhere)
    demande.retenue_date = min(demande.retenue_date or first, first)
    demande.couvert = ruptures.covered_elsewhere(demande)
    return recus.give(demande, usager, today)


def of_account(demande: Demande) -> list[Demande]:
    """The others filed in the same account, which the checks of a filing read too: once for the whole write."""
    return ailleurs.of_account(demande)


def protect(demande: Demande, *elsewhere: date) -> bool:
    """Moves the day of filing that counts back to the first attempt known, never forward; whether it moved."""
    first = tentatives.first_day(demande, *elsewhere)
    if first >= demande.retenue_date:
        return False
    demande.retenue_date = first
    return True


def move(demande: Demande, prefecture: str, today: date) -> None:
    """Another préfecture has the demande from today; the days that an outage took in the one it leaves stay stopped."""
    demande.quittees = [*demande.quittees, {"prefecture": demande.prefecture, "jour": today.isoformat()}]
    demande.prefecture = prefecture


def correct_titre_tenu(demande: Demande, fin_titre: date | None, stade: Stade, today: date) -> tuple[Entry, ...]:
    """The title or visa held when the demande was filed is corrected: the day that counts, the attestation de dépôt and
    every document due follow from it; none that was given is withdrawn. The answer joins the facts of the act.
    """
    demande.fin_titre_date, demande.stade = fin_titre, stade.value
    if demande.depot_date is None:
        return ()
    protect(demande)
    return recus.correct(demande, today)


def say_titre_tenu(demande: Demande, titre_tenu: str, today: date) -> tuple[Entry, ...]:
    """The kind of card held is known: the attestation de dépôt that it changes is given again (DEP-26)."""
    demande.titre_tenu = titre_tenu
    return recus.correct(demande, today)


def require_reason(motif: str) -> None:
    """What is held against a person is her case, never a limit of the software (XCT-22). Raises Refused."""
    motifs.may_write(motif).or_refuse()


def granted(demande: Demande, accorde: str) -> str:
    """The card that a yes grants, where the demande says all that the yes needs. Raises Refused."""
    return decisions.granted(demande, accorde)


def favorable(demande: Demande, today: date) -> Annonce:
    """The message of a yes, with the paper of a démarche that gives no title."""
    phrase, suite, lines = decisions.wording(demande)
    extra = {"sens": "favorable", "portee": suite}
    papers = (letter(demande, Nature.DECISION, today, extra, *lines),) if lines else ()
    return Annonce("decision_favorable", {"phrase": phrase, "suite": suite}, papers)


def ready(demande: Demande, lieu: str) -> Annonce:
    """The message that says where what was granted waits."""
    return decisions.ready(demande, lieu)


def letter(demande: Demande, nature: Nature, today: date, extra: dict[str, Any], *lignes: str) -> tuple[str, str]:
    """Writes a letter of the act, `lignes` being its sentences; gives its name and path, to attach to a message."""
    return lettres.write(demande, nature, today, extra, *lignes).attachment


def withdraw(demande: Demande, nature: Nature) -> None:
    """The letters of this nature say nothing any more."""
    lettres.withdraw(demande, nature)


def run_request(demande: Demande, request: DemandePieces, modele: str) -> Fact:
    """Sets the last day to answer a request, none while a clock is stopped; gives the message that tells it."""
    request.echeance_date = calendrier.due_day(demande, request)
    return calendrier.request_message(demande, request, modele, request.echeance_date)


def reissue(demande: Demande, numero: str, today: date) -> tuple[Attestation, tuple[Entry, ...]]:
    """A right document in place of the one of this number, with its fact; one that proves nothing more is refused."""
    before = next((a for a in demande.documents if a.numero == numero), None)
    if before is None or not may_reissue(demande, before, today):
        raise Refused(attestations.DOCUMENT_INCONNU if before is None else RIEN_A_REFAIRE)
    usager = acces.usager_of(demande)
    if before.regime == "AD":
        return recus.give(demande, usager, today, before)
    again = attestations.reissue if attestations.proves(before) else lettres.rewrite
    return again(demande, usager, today, before)


def may_reissue(demande: Demande, attestation: Attestation, today: date) -> bool:
    """Whether a document can be made again: one that gives a right while it does, the others always."""
    live = preuves.state_of(demande, attestation, today) in (EtatDocument.VALIDE, EtatDocument.A_VENIR)
    return live or not attestations.proves(attestation)


def settle(demande: Demande, change: Change, today: date, *, by: str = "systeme") -> tuple[Entry, ...]:
    """Gives the demande the documents due as the act has changed it, plans its next days, judges its ruptures.

    The answer is every fact and message of the write. `by` "systeme": the documents are given automatically.
    """
    if change.envoi:
        envois.note(demande, change.envoi, today, combien=change.combien)
    entries = tuple(
        messages.fact(ALIAS, _notice(demande, entry)) if isinstance(entry, Annonce) else entry
        for entry in change.entries
    )
    if not change.settled:
        return entries
    before = ruptures.before(demande)
    message = _notice(demande, change.annonce) if change.annonce else None
    dues = attestations.due(demande, before.dossier, today, by=by, annonce=message)
    watch = ruptures.watch(demande, before, today)
    next_look = min(filter(None, (dues.next_day, watch.next_day)), default=None)
    remise = calendrier.question_day(demande, today)
    due.plan(demande, droits=next_look, remise=remise, **calendrier.request_days(demande, today))
    decided = any(isinstance(entry, Fact) and entry.subject == DECIDEE for entry in entries)
    if decided and demande.state == etats.FAVORABLE and issues.effect(demande) is not Effet.AUCUN:
        # The account follows at once, and from here should the process die before.
        due.plan(demande, effet=today)
    return (*entries, *dues.entries, *watch.entries)


@outbox.retry_conflicts
def end_effect(demande_id: str, today: date) -> Demande:
    """The account has followed the decision."""
    demande: Demande = Demande.objects(id=demande_id).first()
    due.plan(demande, effet=None)
    return vue.write(demande, today=today)


def plan_payment(demande: Demande, look: date | None) -> None:
    """The next day on which the gateway is asked about a payment under way: no right hangs on it."""
    due.plan(demande, paiement=look)


def write(demande: Demande, *entries: Entry | Annonce, request_id: str, today: date, by: str = "systeme") -> Demande:
    """Settles the demande as the act has changed it, and writes it all at once."""
    return apply(demande, Change(entries), request_id=request_id, today=today, by=by)


def apply(demande: Demande, change: Change, *, request_id: str, today: date, by: str) -> Demande:
    """Writes a planned change, settled, with the préfecture's view of the demande, in one write."""
    entries = settle(demande, change, today, by=by)
    return vue.write(demande, *entries, request_id=request_id, today=today, registered=change.enregistre)


@outbox.retry_conflicts
def examine_droits(demande_id: str, due_date: date, today: date) -> Demande:
    """The rights of this dossier may have changed: gives what is due, plans the next look (DEP-47, DEP-48)."""
    demande: Demande = Demande.objects(id=demande_id).first()
    return write(demande, request_id=f"droits:{due_date.isoformat()}:{today.isoformat()}", today=today)


@outbox.retry_conflicts
def say_failing(demande_id: str, due_date: date, today: date) -> Demande:
    """What is due fails for this person: her préfecture reads a rupture ahead, and she what it means for her (XCT-04).

    Nothing of the rights engine is asked here: it may be what fails. The next look that succeeds says what is so.
    """
    demande: Demande = Demande.objects(id=demande_id).first()
    entries = ruptures.foresee_failure(demande, today)
    return vue.write(demande, *entries, request_id=f"echec:{today.isoformat()}", today=today) if entries else demande


def _notice(demande: Demande, said: Annonce) -> messages.Notice:
    return notice(demande, said.modele, said.champs, pieces=said.pieces)
