"""Figures are sums, means or shares; workload says what staff lacks; a gain is said only where it was measured."""

from __future__ import annotations

import pytest

from pilotage.rules import Genre, Indicateur, Ligne, added, gains, workload

DAYS, ACTS = "jours", "gestes"


@pytest.mark.parametrize(
    ("genre", "nombre", "somme", "figure"),
    [
        (Genre.NOMBRE, 3, 3.0, 3.0),
        (Genre.MOYENNE, 2, 9.0, 4.5),
        (Genre.PART, 4, 3.0, 75.0),
        (Genre.MOYENNE, 0, 0.0, None),
        (Genre.PART, 0, 0.0, None),
    ],
)
def test_a_figure_is_a_sum_a_mean_or_a_share(genre: Genre, nombre: int, somme: float, figure: float | None) -> None:
    assert Indicateur("x", "X", "…", genre).figure(nombre, somme) == figure


def test_days_are_added_up_by_place_indicator_and_detail() -> None:
    days = [Ligne("2026-11-01", "75", "x", "", 1, 2.0), Ligne("2026-11-02", "75", "x", "", 2, 3.0)]

    assert added(days, "2026-11") == [Ligne("2026-11", "75", "x", "", 3, 5.0)]
    assert added(days) == days


@pytest.mark.parametrize(
    ("came", "done", "agents", "lacking"),
    [
        (10, 10, 2, 0),
        (10, 5, 2, 2),
        (10, 4, 2, 3),
        (10, 0, 2, None),
        (10, 5, 0, None),
        (0, 0, 0, 0),
    ],
)
def test_what_staff_lacks_is_said_at_the_pace_of_the_month(
    came: int, done: int, agents: int, lacking: int | None
) -> None:
    lignes = [Ligne("2026-11", "75", "came", "", came, came), Ligne("2026-11", "75", "done", "", done, done)]

    [charge] = workload(lignes, ("came",), ("done",), {"75": agents})

    assert (charge.arrivees, charge.faites, charge.agents, charge.manque) == (came, done, agents, lacking)


@pytest.mark.parametrize(
    ("online", "otherwise", "said"),
    [
        ((10, 2), (30, 6), "Gain mesuré pour les usagers et pour les agents."),
        ((10, 6), (30, 6), "Gain mesuré pour les usagers. Aucun gain pour les agents."),
        ((30, 2), (10, 6), "Gain mesuré pour les agents. Aucun gain pour les usagers."),
        ((30, 6), (30, 6), "Aucun gain mesuré, ni pour les usagers, ni pour les agents."),
    ],
)
def test_a_gain_compares_the_same_demarche_filed_otherwise(
    online: tuple[int, int], otherwise: tuple[int, int], said: str
) -> None:
    lignes = [
        Ligne("2026-11", "75", code, f"etudiant|{way}", 1, value)
        for way, values in (("en-ligne", online), ("autrement", otherwise))
        for code, value in zip((DAYS, ACTS), values, strict=True)
    ]

    assert [gain.verdict for gain in gains(lignes, DAYS, ACTS)] == [said]
    assert "il manque des dossiers" in gains(lignes[:2], DAYS, ACTS)[0].verdict
