"""What must hold of a life on each of its days: documents without a missing day, true words, first dates, one answer
by every channel.

What is owed and what proves the right are judged by `oracle`, from what the life was told happened.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

from chassis import event_log, mongo
from documents.etat import EtatDocument
from services.deposit.demande.actions import queries
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Attestation, Demande, DemandePieces
from services.deposit.dossier.store.panne import Panne
from services.deposit.dossier.store.usager import Blocage, Usager
from services.deposit.droits.actions import preuves
from tests.deposit import oracle
from tests.deposit.oracle import Papier

if TYPE_CHECKING:
    from tests.deposit.vie import Vie

VIVANTES = etats.EN_INSTRUCTION
ACCEPTEES = (etats.FAVORABLE, etats.TITRE_PRET)
# « Refused only if the demande is rejected », « until the handing over » (DEP-48, DEP-53): these end its documents.
FINIES = (etats.DEFAVORABLE, etats.REMISE)
# « Set aside »: what another filed in her name proves nothing of hers (DEP-07).
SANS_DROIT = (*FINIES, etats.REPUDIEE)
# What was given up or is not hers says nothing of what she holds.
SANS_PAROLE = (etats.ANNULEE, etats.REPUDIEE)
PREUVES = ("API", "ADF", "REG", "REC")


def check_days(vie: Vie, first: date, last: date) -> None:
    """Each day just lived, as things stand: a valid document with the right words, or a gap that texts leave."""
    for demande in vie.stored(*VIVANTES, *ACCEPTEES):
        papers = vie.papers(demande)
        owed = [day for day in oracle.days(first, last) if vie.owed(demande, day)]
        bare = [day for day in owed if not any(paper.holds(day) for paper in papers)]
        if bare:
            _explain(vie, demande, bare)
        _check_words(vie, demande, last)
        if vie.reglee:
            _check_no_day_was_skipped(vie, demande, last)


def _explain(vie: Vie, demande: Demande, bare: list[date]) -> None:
    known = vie.demandes[demande.id]
    cause = "" if vie.reglee else known.cause_laissee_par_les_textes()
    decided = demande.state in ACCEPTEES
    assert cause and not decided, f"{known}: no valid document on {bare[0]} ({len(bare)} days), {demande.state}"
    vie.trous[cause] += len(bare)


def _check_words(vie: Vie, demande: Demande, day: date) -> None:
    valid = [a for a in vie.proofs(demande) if Papier(a.debut_date, a.fin_date).holds(day)]
    for document in valid[:1]:
        read = queries.check_document(document.numero, day).to_dict()
        assert read["etat"] == "valide", (read["etat"], day, demande.state)
        known = vie.demandes[demande.id]
        said = read["document"]["travail_mention"]
        assert said == known.situation.mention, (known, said)


def _check_no_day_was_skipped(vie: Vie, demande: Demande, last: date) -> None:
    """Closed then reopened, refused then reopened: the documents follow one another without a missing day."""
    known = vie.demandes[demande.id]
    since = known.du_depuis(last)
    if since is not None and since <= last:
        bare = oracle.first_bare(vie.papers(demande), since, last)
        assert bare is None, f"{known}: the documents leave {bare} out"


def check_told(vie: Vie) -> None:
    """What proves her right today, as the one function behind every channel says it, is what she holds: no more and
    no less, document by document and card by card.
    """
    usager = Usager.objects(id=vie.usager_id).first()
    told = preuves.of_person(usager, vie.today)
    numbers, others = expected(vie)
    assert {proof.numero for proof in told if proof.numero} == numbers, (told, numbers)
    assert {proof.fin for proof in told if not proof.numero} == others, (told, others, vie.today)


def expected(vie: Vie) -> tuple[set[str], set[date | None]]:
    """What proves her own right today: the numbers of the documents given here, the last days of what she holds beside
    (cards, visa, papers of another office).
    """
    numbers, others, today = set[str](), set[date | None](), vie.today
    for demande in Demande.objects(usager_id=vie.usager_id, state__ne=etats.BROUILLON):
        valid = {a.numero for a in demande.attestations if _proves(demande, a, today)}
        for attestation in demande.attestations:
            if attestation.nature in PREUVES:
                verdict = preuves.state_of(demande, attestation, today)
                assert (verdict is EtatDocument.VALIDE) == (attestation.numero in valid), (demande.state, verdict)
        known = vie.demandes.get(demande.id)
        if demande.beneficiaire or known is None:
            continue
        numbers |= valid
        if demande.state not in SANS_DROIT:
            others |= {paper.fin for paper in known.ailleurs if paper.holds(today)}
        if demande.state not in SANS_PAROLE and known.holds_title(today) and not vie.given_back(known):
            others.add(known.fin_titre)
    others |= {carte.fin for carte in vie.cartes.values() if carte.in_hand(today)}
    return numbers, others


def _proves(demande: Demande, attestation: Attestation, today: date) -> bool:
    """A document in force, or the receipt that prolongs an expired card (DEP-26); nothing once it is refused or the
    title is handed over.
    """
    if attestation.remplacee_par or not Papier(attestation.debut_date, attestation.fin_date).holds(today):
        return False
    if attestation.nature in PREUVES:
        return demande.state not in SANS_DROIT
    ended = demande.fin_titre_date
    return attestation.nature == "AD" and attestation.fin_date is not None and ended is not None and ended < today


def check_channels(vie: Vie) -> None:
    """What each channel shows today is what she holds (`Reponses.check`)."""
    vie.reponses.check(*expected(vie))


def check_record(vie: Vie) -> None:
    """First dates, closings, delays: as the requirements want them, whatever was done in whatever order."""
    for demande in vie.stored(*VIVANTES):
        known = vie.demandes[demande.id]
        assert demande.retenue_date <= known.premiere_date, (known, demande.retenue_date)
        for request in demande.demandes_pieces:
            assert not request.depassee or vie.today > _answer_by(vie, demande, request), request.to_mongo()
    for demande in vie.stored(etats.CLOSE):
        assert demande.cloture.get("motif", "").strip() and demande.cloture.get("texte", "").strip()
        assert any(a.nature == "CLOTURE" for a in demande.attestations)
    for demande in Demande.objects(id__in=vie.fantomes):
        proofs = Counter(a.nature for a in demande.attestations if a.nature in PREUVES)
        assert not proofs or not demande.origine.get("fantome"), f"a ghost gives a right: {proofs}"


def _answer_by(vie: Vie, demande: Demande, request: DemandePieces) -> date:
    known = vie.demandes[demande.id]

    def stopped(day: date) -> bool:
        own = any(a.debut_date <= day and (a.fin_date is None or day < a.fin_date) for a in demande.arrets)
        return own or known.stopped(day)

    return oracle.answer_by(request.demande_date, request.delai_jours, stopped, vie.fin)


def check_chains() -> None:
    """The history of each aggregate is whole and chained."""
    for document in (Demande, Blocage, Panne):
        for found in document.objects():
            facts = event_log.whole_history(document, mongo.database(ALIAS), found.id)
            assert event_log.broken_link(facts) is None
            assert [f["version"] for f in facts] == sorted({f["version"] for f in facts})
