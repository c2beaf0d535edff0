"""A route by a program: what was not known is completed by its person, an identity is read in a dossier by the desk."""

from __future__ import annotations

from typing import Any

import pytest

from services.substitution.store import Voie
from tests.agents import Program
from tests.substitution.acts import again, check, opened, page_of
from tests.substitution.conftest import World
from tests.substitution.test_desk import file, order, receive

READ = {
    "nom": "Nguyen",
    "prenoms": "Lan",
    "naissance": "1988-07-09",
    "nationalite": "VN",
    "numero_etranger": "9900000099",
}
TYPED = {"naissance-jour": "9", "naissance-mois": "7", "naissance-annee": "1988"}


def program(world: World, login: str = "") -> Program:
    """A program with the token of an agent, or of nobody."""
    return Program(world.browser().client.application, "substitution", login)


def unknown(world: World) -> dict[str, Any]:
    """A route opened for a blocked person who told neither her name nor where she lives."""
    made = program(world).post("/blocages", {"essai": "La page reste blanche."})
    assert made.status_code == 201, made.text
    return dict(made.json or {})


def test_a_person_completes_her_route_and_reads_it_with_its_new_convocation(world: World) -> None:
    """The day that counts stays; the préfecture sees her in its queue, and her name opens the route from then on."""
    before = unknown(world)
    said = {"reference": before["reference"], "nom": "Nguyen", "prenoms": "Lan", "prefecture": "93"}

    done = program(world).post_twice("/voies:completer", said)

    after = done.json
    queue = world.browser("g93").read("/substitution/bureau").text
    browser = world.browser()
    browser.post("/substitution/suivre", {"reference": before["reference"], "nom": "nguyen"})
    hers = browser.read("/substitution/ma-voie").text
    assert (after["prefecture"], after["date_protegee"]) == ("93", before["date_protegee"])
    assert after["convocation_numero"] != before["convocation_numero"]
    assert len([paper for paper in after["papiers"] if not paper["remplace"]]) == 1
    assert before["reference"] in queue
    assert "Seine-Saint-Denis" in hers
    assert program(world).post("/voies:suivre", {"reference": before["reference"], "nom": "Autre"}).status_code == 404


def test_nobody_else_completes_a_route_and_a_name_once_given_stays(world: World) -> None:
    before = unknown(world)
    path, said = "/voies:completer", {"reference": before["reference"], "nom": "Nguyen", "prefecture": "93"}
    assert program(world).post(path, said).status_code == 200

    without = program(world).post(path, said | {"nom": "Voleuse", "prefecture": "75"})
    other = program(world).post(path, said | {"nom_donne": "Voleuse", "nom": "Voleuse"})
    hers = program(world).post(path, said | {"nom_donne": "nguyen", "nom": "Voleuse", "prefecture": "75"})

    kept = Voie.objects(reference=before["reference"]).first()
    assert (without.status_code, other.status_code, hers.status_code) == (404, 404, 200)
    assert (kept.nom, kept.prefecture) == ("Nguyen", "93")


@pytest.mark.parametrize(
    ("champ", "value", "taken"),
    [
        ("nom", "x" * 200, True),
        ("nom", "x" * 201, False),
        ("prenoms", "x" * 200, True),
        ("prenoms", "x" * 201, False),
        ("prefecture", "974", True),
        ("prefecture", "9741", False),
        ("prefecture", "999", False),
    ],
)
def test_what_completes_a_route_has_one_limit_on_page_and_api(
    world: World, champ: str, value: str, taken: bool
) -> None:
    by_api, by_page = unknown(world), unknown(world)
    browser = world.browser()
    browser.post("/substitution/suivre", {"reference": by_page["reference"]})

    sent = program(world).post("/voies:completer", {"reference": by_api["reference"], champ: value})
    posted = browser.post("/substitution/ma-voie", {champ: value})

    assert (sent.status_code == 200, posted.status_code == 303) == (taken, taken), (sent.text, posted.status_code)


def in_hand(world: World, moyen: str = "POSTE") -> Voie:
    """A route whose dossier came, with nobody's name on it."""
    voie = Voie.objects(reference=unknown(world)["reference"]).first()
    program(world).post("/voies:completer", {"reference": voie.reference, "prefecture": "93"})
    assert receive(world.browser("g93"), voie, moyen=moyen).status_code == 303
    return again(voie)


def test_an_identity_read_in_a_dossier_is_that_of_the_filing(world: World) -> None:
    voie = in_hand(world)

    done = program(world, "g93").post_twice(f"/bureau/voies/{voie.id}/dossier/identite", READ)

    page = world.browser("g93").read(page_of(voie, "/dossier")).text
    assert done.status_code == 200
    assert "Dossier : Lan Nguyen" in page and "Identité lue sur le papier" not in page
    assert file(world.browser("g93"), voie).status_code == 303
    sent = order(voie).identite
    assert (sent.nom, sent.prenoms, sent.naissance_date) == ("Nguyen", "Lan", "1988-07-09")
    late = program(world, "g93").post(f"/bureau/voies/{voie.id}/dossier/identite", READ | {"nom": "Autre"})
    assert late.status_code == 409 and again(voie).nom == "Nguyen"


@pytest.mark.parametrize("login", ["g75", "s93", "i93", "ccc", "pan", "national", "ops", ""])
def test_an_identity_is_read_by_the_counter_of_its_prefecture_alone(world: World, login: str) -> None:
    voie = in_hand(world)

    refused = program(world, login).post(f"/bureau/voies/{voie.id}/dossier/identite", READ)

    assert refused.status_code == (403 if login else 401)
    assert not again(voie).nom


def test_no_identity_is_written_without_a_dossier_nor_after_a_failed_check_at_the_counter(world: World) -> None:
    """On the page and by API: whoever stands there and failed is not written down by another door."""
    none = opened("93")
    failed = opened("93")
    check(world.browser("g93"), failed)
    assert receive(world.browser("g93"), failed).status_code == 303
    check(world.browser("g93"), failed, visage_concorde="non")

    for voie in (none, failed):
        by_api = program(world, "g93").post(f"/bureau/voies/{voie.id}/dossier/identite", READ)
        hidden = world.browser("g93").hidden("/substitution/ouvrir")
        by_page = world.browser("g93").client.post(
            page_of(voie, "/dossier/identite"), data={**hidden, "nom": "Nguyen", **TYPED}
        )
        assert by_api.status_code in (403, 404, 409), by_api.text
        assert by_page.status_code in (403, 404, 422)
        assert again(voie).nom == "Diallo"


LIMITS = (("nom", 1, 200), ("prenoms", 0, 200), ("nationalite", 0, 60))


@pytest.mark.parametrize(("champ", "low", "high"), LIMITS)
def test_an_identity_read_has_one_limit_on_page_and_api(world: World, champ: str, low: int, high: int) -> None:
    for length in (low - 1, low, high, high + 1):
        if length < 0:
            continue
        by_api, by_page = in_hand(world), in_hand(world)
        value = {champ: "x" * length}
        sent = program(world, "g93").post(f"/bureau/voies/{by_api.id}/dossier/identite", READ | value)
        posted = world.browser("g93").post(
            page_of(by_page, "/dossier/identite"),
            {"nom": "Nguyen", **TYPED, **value},
            form=page_of(by_page, "/dossier"),
        )

        assert (sent.status_code == 200, posted.status_code == 303) == (low <= length <= high,) * 2, length
