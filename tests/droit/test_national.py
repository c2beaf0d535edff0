"""National rules hold the figures of the sources, and name each figure of ours as a setting."""

from __future__ import annotations

from datetime import date

import pytest

from droit.catalogue import catalogue
from droit.catalogue.national import Jalon, Unite
from droit.dates import Position
from droit.decision import Refused

DAY = date(2025, 6, 1)
REC, DROIT = Position.RECOMMANDATION, Position.DROIT_EN_VIGUEUR
NATIONAL = catalogue().national


@pytest.mark.parametrize(
    ("cle", "recommandation", "droit", "source"),
    [
        ("fenetre-ouverture", 120, 120, "ceseda-r431-5"),
        ("fenetre-fermeture", 60, 60, "ceseda-r431-5"),
        ("fenetre-exigee", False, True, "ceseda-r431-5"),
        ("l433-3-prolongation", 3, 3, "ceseda-l433-3"),
        ("pieces-delai", 30, 30, "ddd-2024-12-11"),
        ("cloture-automatique", False, True, "ddd-2024-12-11"),
        ("depot-sans-numero", True, False, "lettre-2024-12-17"),
        ("demandes-simultanees", True, True, "ddd-2024-12-11"),
        ("depot-par-tout-canal", True, False, "ceseda-r431-2"),
        ("substitution-sans-condition", True, False, "arrete-2023-08-01"),
        ("blocage-emetteurs", ("ccc", "pan", "substitution", "deposit"), ("ccc",), "arrete-2023-08-01"),
        ("vecteurs-minimum", 2, 2, "arrete-2023-08-01"),
        ("pan-sans-rendez-vous", True, False, "arrete-2023-08-01"),
        ("api-duree-choix", (3, 6), (3,), "reponse-2935"),
    ],
)
def test_a_rule_has_its_value_in_each_position(cle: str, recommandation: object, droit: object, source: str) -> None:
    assert NATIONAL.at(cle, DAY, REC).value == recommandation
    value = NATIONAL.at(cle, DAY, DROIT)
    assert (value.value, value.source) == (droit, source)


def test_before_the_accompaniment_another_way_of_filing_was_due() -> None:
    before = NATIONAL.at("substitution-sans-condition", date(2022, 6, 3), DROIT)
    assert (before.value, before.source) == (True, "ce-452798")


SETTINGS = [
    "P-ATT", "P-ROUND", "P-PWD", "P-ALERT", "P-APILEAD", "P-SUB", "P-PREAVIS", "P-PREAVIS-COURRIER",
    "P-SUB-ALERTE", "P-ORDONNANCE-ALERTE", "P-FIN-PROCHE",
    "P-PREAVIS-PRIORITE", "P-RDV-GARDE", "P-PAN", "P-BUG", "P-STALE", "P-SIZE", "P-PEAK",
    "P-ATTEMPTS", "P-IDENTITE", "P-COMPL", "P-REC", "P-REPRISE", "P-DELAI", "P-LIRE", "P-LECTURE", "P-RUPTURE",
    "P-BULLETIN", "P-CAMPAGNE", "P-REMISE", "P-REPRISE-REMISE", "P-TITRE", "P-PROGRAMME", "P-JUSTIFICATIF",
    "P-DECISION", "P-FANTOME", "P-LIEN-POSTE", "P-TITRE-PASSE", "P-TITRE-FUTUR", "P-FICHIER", "P-FACTEUR",
    "P-ECART", "P-ECART-NOMBRE",
]  # fmt: skip


@pytest.mark.parametrize("cle", SETTINGS)
def test_a_setting_is_marked_as_ours(cle: str) -> None:
    regle = NATIONAL.regles[cle]
    assert regle.reglage and regle.libelle and regle.jalon is Jalon.JOUR
    assert {NATIONAL.at(cle, DAY, position).source for position in Position} == {"regle-du-service"}


def test_no_other_rule_is_a_setting() -> None:
    assert sorted(cle for cle, regle in NATIONAL.regles.items() if regle.reglage) == sorted(SETTINGS)


@pytest.mark.parametrize("cle", ["P-ATT", "P-SUB", "P-PAN", "P-APILEAD", "P-COMPL", "P-BUG", "P-STALE"])
def test_a_setting_with_legal_effect_counts_whole_days(cle: str) -> None:
    assert NATIONAL.regles[cle].unite is Unite.JOURS
    assert NATIONAL.number(cle, DAY, REC) >= 1


def test_the_largest_file_is_above_ten_megabytes() -> None:
    assert NATIONAL.number("P-SIZE", DAY, REC) > 10_000_000


def test_alerts_go_before_the_120th_day_and_again_before_the_60th() -> None:
    days = NATIONAL.numbers("P-ALERT", DAY, REC)
    assert list(days) == sorted(days, reverse=True)
    assert any(day > 120 for day in days) and any(60 < day < 120 for day in days)


def test_typed_questions_give_typed_answers() -> None:
    assert NATIONAL.flag("fenetre-exigee", DAY, DROIT) is True
    assert NATIONAL.texts("l433-3-cartes", DAY, DROIT)[0] == "carte-pluriannuelle-4-ans"


def test_an_unknown_rule_and_a_day_before_any_rule_are_refused() -> None:
    with pytest.raises(Refused) as unknown:
        NATIONAL.at("rien", DAY, REC)
    with pytest.raises(Refused) as early:
        NATIONAL.at("pieces-delai", date(2021, 4, 30), REC)
    assert [r.value.motif.code for r in (unknown, early)] == ["REGLE_INCONNUE", "AVANT_LA_REGLE"]


def test_a_positioned_rule_begins_with_the_obligation() -> None:
    for regle in NATIONAL.regles.values():
        starts = [b.depuis for b in regle.valeur.blocs if b.position is REC]
        assert all(day >= date(2021, 5, 1) for day in starts)
