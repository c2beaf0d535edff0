"""A year at national size, at a scale that a machine holds: counts, losses and gaps are asserted, never times.

`make test` lives a small slice of it; `make test-volumes` one percent of the national year (12 299 titles).
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from chassis.event_log import broken_link
from droit.catalogue import catalogue
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import file_attente, receptions
from tests.deposit.annee import JOURS, TITRES_PAR_AN, Annee, facts_of, renewals, uncovered
from tests.deposit.conftest import Deposit

UN_POUR_CENT = round(TITRES_PAR_AN / 100)
ECHANTILLON = 25


@pytest.mark.timeout(600)
def test_a_slice_of_the_year_loses_no_demande_and_leaves_no_day_without_document(deposit: Deposit) -> None:
    live_and_judge(Annee(deposit, ECHANTILLON, graine=11))


@pytest.mark.volume
@pytest.mark.timeout(4 * 3600)
def test_one_percent_of_the_national_year_loses_nothing_and_leaves_no_gap(deposit: Deposit) -> None:
    assert UN_POUR_CENT == 12_299
    live_and_judge(Annee(deposit, UN_POUR_CENT, graine=2024))


def live_and_judge(annee: Annee) -> None:
    """Lives the year, looks at the préfectures' view in its middle, then at each demande."""
    scope = [departement.code for departement in catalogue().departements()]

    def look(jour: int) -> None:
        if jour >= JOURS // 2 and not seen:
            file_attente.watch()
            seen.append(sum(receptions.differences(scope).values()))

    seen: list[int] = []
    annee.live(look)

    online, follow_ups, states, lost, gaps = 0, 0, Counter[str](), [], {}
    for demande_id in annee.demandes.values():
        demande: Demande = Demande.objects(id=demande_id).first()
        states[demande.state] += 1
        online += demande.voie == 1
        follow_ups += renewals(demande)
        missing = uncovered(demande)
        if missing:
            gaps[demande.reference] = missing
        facts = facts_of(demande_id)
        said = Counter(fact["subject"] for fact in facts)
        once = ("deposit.demande.deposee", "deposit.demande.decidee", "deposit.titre.pret", "deposit.titre.remis")
        if broken_link(facts) is not None or {said[subject] for subject in once} != {1}:
            lost.append(demande.reference)
        documents = [a for a in demande.attestations if a.nature == "API"]
        assert all(after.debut_date > before.fin_date for before, after in pairwise(documents)), demande.reference

    assert seen == [0]
    assert len(set(annee.demandes.values())) == annee.total
    assert states == {etats.REMISE: annee.total}
    assert online > 0.8 * annee.total
    assert follow_ups > 0
    assert lost == []
    assert gaps == {}
