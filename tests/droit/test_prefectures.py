"""Departments are the official list; the sample préfectures differ in every way that the rules allow."""

from __future__ import annotations

import json
import re
import tomllib
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from droit.catalogue import ROOT, BadData, catalogue
from droit.catalogue.lieu import Jour, Mission, Vecteur
from droit.catalogue.prefecture import Agenda, Prefecture

# The samples alone: a préfecture of a deployment, added later, is checked when it is loaded.
PREFECTURES = tuple(prefecture for prefecture in catalogue().prefectures() if prefecture.exemple)
SAMPLES = {"75", "93", "69", "13", "2A", "974"}
# Numbers that the French regulator keeps for fiction
FICTION = re.compile(r"(01 99 00|02 61 91|03 53 01|04 65 71|05 36 49) \d\d \d\d")


def test_there_are_101_departments_with_their_official_codes() -> None:
    departements = [d for d in catalogue().departements() if not d.collectivite]
    codes = [f"{n:02}" for n in range(1, 96) if n != 20] + ["2A", "2B", "971", "972", "973", "974", "976"]
    assert sorted(d.code for d in departements) == sorted(codes)
    assert len({d.nom for d in departements}) == 101
    assert {d.citation.texte for d in catalogue().departements()} == {"insee-cog"}


@pytest.mark.parametrize(
    ("code", "nom"),
    [("2A", "Corse-du-Sud"), ("75", "Paris"), ("69", "Rhône"), ("974", "La Réunion"), ("90", "Territoire de Belfort")],
)
def test_a_department_is_found_by_its_code(code: str, nom: str) -> None:
    assert catalogue().departement(code).nom == nom


def test_the_six_samples_are_marked_and_left_out_of_production() -> None:
    assert {p.code for p in PREFECTURES} >= SAMPLES
    assert not {p.code for p in catalogue().prefectures(exemples=False)} & SAMPLES


def test_the_samples_cover_what_the_rules_allow() -> None:
    ways = {(p.substitution.courrier.ouverte, p.substitution.courriel_depot.ouverte) for p in PREFECTURES}
    assert ways == {(True, True), (True, False), (False, True), (False, False)}
    assert {p.substitution.agenda for p in PREFECTURES} >= {Agenda.INTEGRE, Agenda.ANTS, Agenda.SEJOUR_JSON, Agenda.ICS}
    assert {p.api_mois for p in PREFECTURES} == {3, 6}
    assert {p.substitution.convocation_par_pan for p in PREFECTURES} == {True, False}
    lieux = [lieu for p in PREFECTURES for lieu in p.lieux]
    assert {m for lieu in lieux for m in lieu.missions} == set(Mission)
    assert {v for lieu in lieux for v in lieu.vecteurs} == set(Vecteur)
    assert {lieu.sans_rendez_vous for p in PREFECTURES for lieu in p.pans} == {True, False}
    assert any(lieu.fermetures for lieu in lieux) and any(
        {s.code for s in p.services} - {pan.service for pan in p.pans} for p in PREFECTURES
    )
    assert any(not p.pans[0].web and not p.substitution.web for p in PREFECTURES)
    assert any(pan.agents_formes == 0 for p in PREFECTURES for pan in p.pans)


@pytest.mark.parametrize("prefecture", PREFECTURES, ids=lambda p: p.code)
def test_every_right_has_a_way_that_needs_no_computer(prefecture: Prefecture) -> None:
    assert any(not v.numerique for v in prefecture.substitution.vecteurs)
    for mission in (Mission.DEPOT, Mission.REMISE, Mission.AIDE):
        places = [lieu for lieu in prefecture.lieux if mission in lieu.missions]
        assert places and all(any(not v.numerique for v in lieu.vecteurs) for lieu in places)
    assert prefecture.orientation.telephone and prefecture.orientation.horaires
    assert prefecture.bpi.texte and prefecture.bpi.telephone


@pytest.mark.parametrize("prefecture", PREFECTURES, ids=lambda p: p.code)
def test_what_is_invented_is_seen_to_be(prefecture: Prefecture) -> None:
    phones = [prefecture.orientation.telephone, prefecture.bpi.telephone, prefecture.substitution.telephone]
    phones += [lieu.telephone for lieu in prefecture.lieux]
    assert all(FICTION.fullmatch(phone) for phone in phones if phone)
    addresses = [prefecture.adresse, *(lieu.adresse for lieu in prefecture.lieux)]
    assert all("rue de l'Exemple" in address for address in addresses)
    mails = [prefecture.bpi.courriel, prefecture.substitution.courriel, *(lieu.courriel for lieu in prefecture.lieux)]
    assert all(mail.endswith(".example") for mail in mails if mail)
    assert "EXEMPLE" in prefecture.arrete_prefectoral and "exemple" in prefecture.nom


@pytest.mark.parametrize(
    ("code", "summer", "winter"),
    [
        ("75", 2, 1), ("2A", 2, 1), ("971", -4, -4), ("972", -4, -4), ("973", -3, -3), ("974", 4, 4), ("975", -2, -3),
        ("976", 3, 3), ("977", -4, -4), ("978", -4, -4), ("986", 12, 12), ("987", -10, -10), ("988", 11, 11),
        ("", 2, 1),
    ],
)  # fmt: skip
def test_each_departement_has_its_hour_in_summer_and_in_winter(code: str, summer: int, winter: int) -> None:
    zone = ZoneInfo(catalogue().fuseau(code))

    offsets = [datetime(2027, month, 1, 12, tzinfo=zone).utcoffset() for month in (7, 1)]

    assert offsets == [timedelta(hours=summer), timedelta(hours=winter)]


def test_a_place_has_the_hour_of_its_prefecture_unless_it_says_its_own() -> None:
    table = tomllib.loads((ROOT / "prefectures/974.toml").read_text("utf-8")) | {"code": "987"}
    table["lieux"][1]["fuseau"] = "Pacific/Marquesas"

    read = catalogue().prefecture_from_json(json.dumps(table, default=str))

    assert [lieu.fuseau for lieu in read.lieux] == ["Pacific/Tahiti", "Pacific/Marquesas", "Pacific/Tahiti"]
    assert read.fuseau == "Pacific/Tahiti"


def test_places_keep_their_own_time_and_days_follow_the_calendar() -> None:
    assert {lieu.fuseau for lieu in catalogue().prefecture("974").lieux} == {"Indian/Reunion"}
    assert Jour.LUNDI.rang == date(2026, 11, 23).weekday()
    assert [j.rang for j in Jour] == list(range(7))


def _as_json(code: str, **changes: object) -> str:
    table = tomllib.loads((ROOT / f"prefectures/{code.lower()}.toml").read_text("utf-8"))
    return json.dumps(table | changes, default=str)


@pytest.mark.parametrize("prefecture", PREFECTURES, ids=lambda p: p.code)
def test_rules_published_as_json_are_the_same_rules(prefecture: Prefecture) -> None:
    assert catalogue().prefecture_from_json(_as_json(prefecture.code)) == prefecture


@pytest.mark.parametrize(
    ("key", "value"), [("depuis", "demain"), ("depuis", 20230804), ("lieux", []), ("couleur", "bleu"), ("nom", "")]
)
def test_bad_rules_published_as_json_are_refused_by_their_key(key: str, value: object) -> None:
    with pytest.raises(BadData) as bad:
        catalogue().prefecture_from_json(_as_json("75", **{key: value}))
    assert key in {fault.key for fault in bad.value.faults}


def test_partners_say_whether_their_text_names_the_attestations() -> None:
    named = {code for code, p in catalogue().partenaires.items() if p.nomme.blocs[-1].valeur}
    assert named == {"france-travail"}
    assert {"caf", "cpam", "bailleur", "banque", "employeur"} <= set(catalogue().partenaires)
