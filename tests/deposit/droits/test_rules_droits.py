"""The rights engine, day by day, as a table that a jurist can read: nobody entitled spends a day without a document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from droit.catalogue import Stade, catalogue
from droit.catalogue.titre import Titre
from droit.dates import Position
from services.deposit.dossier.rules import etats
from services.deposit.droits.rules.droits import Delivree, Dossier, covers, delivrance

RECO, DROIT = Position.RECOMMANDATION, Position.DROIT_EN_VIGUEUR
DEPOT = date(2026, 11, 2)
CAT = catalogue()
ON_TELESERVICE = [t for t in CAT.titres() if t.on_teleservice(DEPOT, RECO)]
# A travel document proves no right to stay: its demande gives an attestation de dépôt and nothing provisional.
PAIRS = [
    (t, s)
    for t in ON_TELESERVICE
    for s in t.stades
    if any(code.startswith(("API", "REG")) for code in t.documents(s, DEPOT, RECO).value)
]
COMPL = CAT.national.number("P-COMPL", DEPOT, RECO)


def a_dossier(titre: Titre, stade: Stade, **changes: object) -> Dossier:
    fin = DEPOT + timedelta(days=40) if stade is Stade.RENOUVELLEMENT else None
    base = Dossier(titre, stade, etats.DEPOSEE, DEPOT, DEPOT, fin_titre=fin)
    return replace(base, **changes)  # type: ignore[arg-type]


def live(dossier: Dossier, position: Position, days: int, completed: date | None = None, lateness: int = 0) -> Dossier:
    """Lives `days` days from filing, the machine looking every `1 + lateness` days; the agent comes on `completed`."""
    for offset in range(0, days + 1, 1 + lateness):
        today = dossier.depot + timedelta(days=offset)
        if completed is not None and today >= completed and dossier.completude is None:
            dossier = replace(dossier, completude=completed, state=etats.COMPLETE)
        while (given_now := delivrance(dossier, today, CAT, position)) is not None:
            if given_now.verifiee is not None:
                dossier = replace(dossier, completude=given_now.verifiee, state=etats.COMPLETE)
            document = Delivree(given_now.regime.regime.code, given_now.debut, given_now.fin)
            dossier = replace(dossier, documents=(*dossier.documents, document))
    return dossier


def gaps(dossier: Dossier, first: date, days: int) -> list[date]:
    """Days from `first` without a document that proves the right."""
    span = (first + timedelta(days=n) for n in range(days))
    return [day for day in span if covers(dossier.documents, day) is None]


def first_day_of_right(dossier: Dossier) -> date:
    """Promise 1: renewals from expiry; BPI and jeunes majeurs from filing; régularisation from completeness."""
    if dossier.fin_titre is not None:
        return dossier.fin_titre + timedelta(days=1)
    codes = dossier.titre.documents(dossier.stade, dossier.depot, RECO).value
    return dossier.depot if {"API-B", "API-J"} & set(codes) else dossier.depot + timedelta(days=COMPL)


@pytest.mark.parametrize(("titre", "stade"), PAIRS, ids=[f"{t.id}-{s}" for t, s in PAIRS])
def test_with_no_agent_at_all_there_is_no_day_without_document(titre: Titre, stade: Stade) -> None:
    lived = live(a_dossier(titre, stade), RECO, 500)

    first = first_day_of_right(lived)
    assert gaps(lived, first, (DEPOT + timedelta(days=500) - first).days) == []


@given(
    filed_before=st.integers(0, 200),
    completed_after=st.none() | st.integers(0, 300),
    lateness=st.integers(0, 2),
    mois=st.sampled_from([3, 6]),
)
@settings(max_examples=60, deadline=None)
def test_a_renewal_filed_before_its_end_has_no_gap_whenever_the_agent_comes(
    filed_before: int, completed_after: int | None, lateness: int, mois: int
) -> None:
    fin = DEPOT + timedelta(days=filed_before)
    dossier = a_dossier(CAT.titre("etudiant"), Stade.RENOUVELLEMENT, fin_titre=fin, api_mois=mois)
    completed = None if completed_after is None else DEPOT + timedelta(days=completed_after)

    lived = live(dossier, RECO, 600, completed, lateness)

    assert gaps(lived, fin + timedelta(days=1), 300) == []


@pytest.mark.parametrize(
    ("situation", "days_before_end", "completed", "expected"),
    [
        ("dans la fenêtre, complète avant la fin", 90, 10, True),
        ("après le 60e jour", 40, 10, False),
        ("dans la fenêtre, aucun agent", 90, None, False),
    ],
)
def test_in_the_law_in_force_the_gaps_are_those_that_the_texts_leave(
    situation: str, days_before_end: int, completed: int | None, expected: bool
) -> None:
    fin = DEPOT + timedelta(days=days_before_end)
    dossier = a_dossier(CAT.titre("etudiant"), Stade.RENOUVELLEMENT, fin_titre=fin)
    day = None if completed is None else DEPOT + timedelta(days=completed)

    lived = live(dossier, DROIT, 200, day)

    assert (gaps(lived, fin + timedelta(days=1), 30) == []) is expected


def test_a_regularisation_has_no_document_in_the_law_in_force() -> None:
    dossier = a_dossier(CAT.titre("parent-d-enfant-francais"), Stade.REGULARISATION)

    assert live(dossier, DROIT, 200, DEPOT).documents == ()
    assert live(dossier, RECO, 200, DEPOT).documents[0].regime == "REG"


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (etats.BROUILLON, False),
        (etats.CLOSE, False),
        (etats.ANNULEE, False),
        (etats.DEFAVORABLE, False),
        (etats.DEPOSEE, True),
    ],
)
def test_only_a_demande_in_hand_gives_documents(state: str, expected: bool) -> None:
    dossier = a_dossier(CAT.titre("etudiant"), Stade.RENOUVELLEMENT, state=state, completude=DEPOT)

    given_now = delivrance(dossier, DEPOT + timedelta(days=40), CAT, RECO)

    assert (given_now is not None) is expected


@pytest.mark.parametrize(
    "code", ["refugie", "protection-subsidiaire", "famille-de-bpi", "mineur-protege-devenu-majeur"]
)
def test_a_protected_person_holds_six_months_from_filing_then_an_adf_without_limit(code: str) -> None:
    titre = CAT.titre(code)
    lived = live(a_dossier(titre, Stade.PREMIERE), RECO, 60, DEPOT + timedelta(days=20))

    first, last = lived.documents[0], lived.documents[-1]
    assert (first.regime, first.debut) == ("API-B", DEPOT)
    assert (first.fin - first.debut).days > 175 if first.fin else False
    assert (last.regime, last.fin) == ("ADF-B", None)
