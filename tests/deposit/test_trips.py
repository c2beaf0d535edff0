"""How many files the main acts of deposit cross, counted as they run."""

from __future__ import annotations

from tests.deposit.conftest import Deposit, a_person, mandatory
from tests.trip import followed

AT_MOST = 6


def test_the_main_acts_cross_six_stations_at_most_from_their_edge_to_their_write(deposit: Deposit) -> None:
    crossed: dict[str, list[str]] = {}
    with followed("deposit") as crossed["open an account"]:
        person = a_person(deposit)
    agent = deposit.agent("instructeur")
    with followed("deposit") as crossed["begin"]:
        draft = person.begin(titre_code="etudiant")
    codes = mandatory(draft)
    with followed("deposit") as crossed["join a piece"]:
        person.add(draft["demande_id"], codes[0])
    for code in codes[1:]:
        person.add(draft["demande_id"], code)
    path = f"/demandes/{draft['demande_id']}"
    with followed("deposit") as crossed["file"]:
        assert person.call("POST", f"{path}:deposer").status_code == 200
    with followed("deposit") as crossed["find complete"]:
        assert deposit.call("POST", f"{path}:complete", agent).status_code == 200
    with followed("deposit") as crossed["decide"]:
        assert deposit.call("POST", f"{path}:favorable", agent).status_code == 200

    assert [act for act, files in crossed.items() if not files] == []
    assert {act: files for act, files in crossed.items() if len(files) > AT_MOST} == {}
