"""Every title of the téléservice, through HTTP: each mandatory piece that is missing is refused by its own name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis import clock
from droit.catalogue import Stade, catalogue
from droit.dates import Position
from tests.deposit.conftest import Deposit, Personne, a_person, mandatory

DAY = clock.now().date()
CHILD = {"beneficiaire": {"nom": "Enfant", "prenoms": "Exemple", "naissance_date": "2018-03-03"}}
TITRES = [t for t in catalogue().titres() if t.on_teleservice(DAY, Position.RECOMMANDATION)]


@pytest.fixture(scope="module")
def person(deposit: Deposit) -> Personne:
    """One person files them all: any number at once (DEP-14)."""
    return a_person(deposit)


def ids_of(demande: dict[str, Any], code: str) -> list[str]:
    return [piece["piece_id"] for piece in demande["pieces"] if piece["code"] == code]


@pytest.mark.clause("DEP-02/b", "DEP-46/a")
@pytest.mark.parametrize("titre", TITRES, ids=[t.id for t in TITRES])
def test_without_each_mandatory_piece_in_turn_a_title_is_refused_by_its_name(person: Personne, titre: Any) -> None:
    fin = (clock.today() + timedelta(days=90)).isoformat() if Stade.RENOUVELLEMENT in titre.regimes else None
    draft = person.begin(titre_code=titre.code, fin_titre_date=fin)
    path = f"/demandes/{draft['demande_id']}"
    asked = mandatory(draft)
    for code in asked:
        person.add(draft["demande_id"], code)

    for code in asked:
        for piece_id in ids_of(person.read(draft["demande_id"]), code):
            assert person.call("DELETE", f"{path}/pieces/{piece_id}").status_code == 200
        refused = person.call("POST", f"{path}:deposer")
        assert refused.status_code == 422
        assert (refused.json["code"], refused.json["details"]["codes"]) == ("PIECE_MANQUANTE", [code])
        person.add(draft["demande_id"], code)

    filed = person.call("POST", f"{path}:deposer")
    assert filed.status_code == 200, filed.json
    assert filed.json["documents"][0]["nature"] == "AD"


@pytest.mark.parametrize("titre", [t for t in catalogue().titres() if t not in TITRES], ids=lambda t: t.id)
def test_what_is_outside_is_refused_with_its_route(person: Personne, titre: Any) -> None:
    refused = person.call("POST", "/demandes", json={"titre_code": titre.code, "prefecture": "75"})

    assert refused.status_code == 409
    assert refused.json["code"] == "HORS_TELESERVICE"


@pytest.mark.clause("DEP-01/b")
def test_an_account_opened_with_a_number_of_the_asylum_procedure_begins_every_demarche(deposit: Deposit) -> None:
    seeker = a_person(deposit, numero_etranger="7503000199", situation_reguliere=False)
    choices: list[dict[str, Any]] = [{"titre_code": titre.code} for titre in TITRES]
    choices += [{"demarche_code": demarche.code, **CHILD} for demarche in catalogue().demarches()]

    begun = [(choice, seeker.call("POST", "/demandes", json={"prefecture": "75", **choice})) for choice in choices]

    assert [(choice, answer.json) for choice, answer in begun if answer.status_code != 201] == []
    assert len(begun) == len(TITRES) + len(catalogue().demarches())
