"""Which system wins, what a ghost is, when an earlier filing is joined: tables, no server."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from droit.decision import Refused
from services.deposit.dossier.rules import etats
from services.deposit.reprise.rules import anterieur, reprise
from services.deposit.reprise.rules.reprise import CLOS, DEFAVORABLE, EN_COURS, FAVORABLE, REMIS, Choix, Constat, Suite

DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("base", "ici", "source", "premiere", "stands"),
    [
        ("a", "a", "a", False, Choix("a")),
        ("a", "a", "b", False, Choix("b", ecrire=True)),
        ("a", "b", "a", False, Choix("b")),
        ("a", "b", "b", False, Choix("b")),
        ("a", "b", "c", False, Choix("b", conflit=True)),
        ("a", "a", "", False, Choix("a")),
        (None, "", "b", True, Choix("b", ecrire=True)),
        (None, "a", "b", True, Choix("a", conflit=True)),
        (False, True, False, False, Choix(True)),
        (False, False, True, False, Choix(True, ecrire=True)),
    ],
)
def test_changed_on_one_side_that_side_wins_changed_on_both_what_is_here_stays(
    base: Any, ici: Any, source: Any, premiere: bool, stands: Choix
) -> None:
    assert reprise.merge(base, ici, source, premiere=premiere) == stands


@pytest.mark.parametrize(
    ("etat", "before", "state", "state_before", "fantome", "follows"),
    [
        (EN_COURS, EN_COURS, etats.CLOSE, etats.DEPOSEE, True, Suite()),
        (REMIS, EN_COURS, etats.DEPOSEE, etats.DEPOSEE, True, Suite(etats.CLOSE)),
        (REMIS, EN_COURS, etats.CLOSE, etats.DEPOSEE, True, Suite()),
        (FAVORABLE, EN_COURS, etats.DEPOSEE, etats.DEPOSEE, False, Suite(etats.FAVORABLE)),
        (REMIS, FAVORABLE, etats.FAVORABLE, etats.FAVORABLE, False, Suite(etats.REMISE)),
        (REMIS, EN_COURS, etats.DEPOSEE, etats.DEPOSEE, False, Suite(etats.REMISE)),
        (CLOS, EN_COURS, etats.DEPOSEE, etats.DEPOSEE, False, Suite(constat=Constat.DECISION_A_SAISIR)),
        (DEFAVORABLE, EN_COURS, etats.COMPLETE, etats.COMPLETE, False, Suite(constat=Constat.DECISION_A_SAISIR)),
        (CLOS, EN_COURS, etats.FAVORABLE, etats.DEPOSEE, False, Suite(constat=Constat.CHANGE_DES_DEUX_COTES)),
        (FAVORABLE, EN_COURS, etats.FAVORABLE, etats.DEPOSEE, False, Suite()),
    ],
)
def test_the_news_of_the_other_system_never_refuse_nor_close_a_demande_here(
    etat: str, before: str, state: str, state_before: str, fantome: bool, follows: Suite
) -> None:
    assert reprise.next_state(etat, before, state, state_before, fantome=fantome) == follows


@pytest.mark.parametrize(
    ("etat", "titre_code", "debut", "ghost"),
    [
        (EN_COURS, "etudiant", date(2026, 5, 1), True),
        (EN_COURS, "etudiant", date(2026, 3, 1), True),
        (EN_COURS, "etudiant", date(2026, 2, 28), False),
        (EN_COURS, "visiteur", date(2026, 5, 1), False),
        (EN_COURS, "etudiant", None, False),
        (CLOS, "etudiant", date(2026, 5, 1), False),
    ],
)
def test_a_ghost_is_open_although_a_title_of_its_kind_followed_it(
    etat: str, titre_code: str, debut: date | None, ghost: bool
) -> None:
    demande = reprise.DemandeVue("D1", "etudiant", DAY, etat)
    titre = reprise.TitreVu("T1", titre_code, debut, date(2027, 1, 1))

    assert reprise.is_ghost(demande, [titre]) is ghost


def test_nothing_more_is_taken_over_once_the_two_systems_no_longer_run_together() -> None:
    assert reprise.may_take_over(ensemble=True).accepted
    with pytest.raises(Refused, match="TRANSITION_FINIE"):
        reprise.may_take_over(ensemble=False).or_refuse()


@pytest.mark.parametrize(
    ("depot", "trace", "code"),
    [
        (date(2026, 2, 1), "REC-1", ""),
        (date(2026, 2, 1), "  ", "DEPOT_SANS_TRACE"),
        (DAY, "REC-1", "DEPOT_PAS_ANTERIEUR"),
        (date(2026, 4, 1), "REC-1", "DEPOT_PAS_ANTERIEUR"),
    ],
)
def test_an_earlier_filing_is_joined_only_when_it_is_earlier_and_left_a_trace(
    depot: date, trace: str, code: str
) -> None:
    decision = anterieur.may_join(depot, DAY, trace)

    assert (decision.motif.code if decision.motif else "") == code
