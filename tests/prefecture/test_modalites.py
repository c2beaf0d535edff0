"""The ways of a préfecture, in the words that pages, papers, messages and agents share."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from typing import Any

import pytest

from droit.catalogue import ROOT, catalogue
from droit.catalogue.lieu import Jour
from prefecture import modalites
from prefecture.modalites import Modalites


def ways(code: str, *fermes: str, **changes: Any) -> Modalites:
    """Those of a sample, published with some changes."""
    table = tomllib.loads((ROOT / f"prefectures/{code.lower()}.toml").read_text("utf-8")) | changes
    return modalites.published(catalogue().prefecture_from_json(json.dumps(table, default=str)), fermes)


@pytest.mark.parametrize(
    ("jours", "said"),
    [
        ((Jour.LUNDI, Jour.MARDI, Jour.MERCREDI), "du lundi au mercredi"),
        ((Jour.LUNDI, Jour.MERCREDI), "le lundi et le mercredi"),
        ((Jour.LUNDI, Jour.MARDI, Jour.VENDREDI), "le lundi, le mardi et le vendredi"),
        ((Jour.SAMEDI,), "le samedi"),
        ((), ""),
    ],
)
def test_days_are_joined_only_where_they_follow_one_another(jours: Sequence[Jour], said: str) -> None:
    assert modalites.days_in_words(jours) == said


def test_each_open_way_is_told_with_where_when_and_how() -> None:
    told = dict(ways("75").voies)

    assert told["Au guichet"].endswith("Ouvert du lundi au vendredi de 9 h à 12 h et de 13 h 30 à 16 h 30.")
    assert "par téléphone (01 99 00 75" in told["Pour prendre rendez-vous"]
    assert "Service des étrangers" in told["Par la poste"]
    assert "Téléphonez au 01 99 00 75" in told["Si vous ne pouvez pas vous déplacer"]


def test_a_closed_way_is_not_told() -> None:
    assert "Par e-mail" not in dict(ways("974").voies) and "Par la poste" in dict(ways("974").voies)


def test_opening_hours_overseas_name_their_zone() -> None:
    told = dict(ways("974").voies)

    assert "de 9 h à 12 h 30 (heure de La Réunion)" in told["Au guichet"]
    assert "(heure de La Réunion)" in told["Si vous ne pouvez pas vous déplacer"]
    assert "heure de" not in dict(ways("75").voies)["Au guichet"]


def test_a_counter_that_closed_is_left_out_and_the_prefecture_stays() -> None:
    told = ways("974", "974-guichet")

    assert [voie.texte for voie in told.guichets] == [
        "Préfecture d'exemple de La Réunion, 11 rue de l'Exemple, 97400 Saint-Denis."
    ]


def test_a_prefecture_that_published_nothing_says_so_and_where_to_go() -> None:
    told = modalites.unpublished("988", "Préfecture : Nouvelle-Calédonie", "Pacific/Noumea", "https://sejour.test")

    counter, contact = told.lignes
    assert counter.startswith("Au guichet (Préfecture : Nouvelle-Calédonie) : La préfecture n’a pas encore publié")
    assert "sans condition" in counter and "https://sejour.test/substitution/" in counter
    assert "https://sejour.test/ccc/" in contact
    assert told.lieu == "Guichet des étrangers : Préfecture : Nouvelle-Calédonie"
