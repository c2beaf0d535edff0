"""What the people of the load hold passes from one act to the next: begun, completed piece by piece, filed."""

from __future__ import annotations

from pathlib import Path

import pytest

from loadtests.arrivals import Schedule
from loadtests.world import Draft, Dry, Plan, Session, World


def a_world(**changes: object) -> World:
    told: dict[str, object] = {
        "url": "http://127.0.0.1:1",
        "schedules": [Schedule("depot", 1.0, 0.0, 1.0)],
        "seconds": 1.0,
        "start": 0.0,
        "agent_token": "",
        "titres": {"talent": ["identite", "photos"]},
        "accounts": [1],
        "sessions": [Session("t", "d")],
        "drafts": [],
        "to_advance": {"complete": ["a"], "favorable": ["b"], "titre-pret": ["c"]},
    }
    return World(Plan(**(told | changes)))  # type: ignore[arg-type]


def test_a_draft_is_filed_only_once_its_last_piece_is_stored() -> None:
    world = a_world()
    world.keep_draft(Draft("t", "d", ["identite", "photos"]))
    first, second = world.piece_to_send(), world.piece_to_send()
    assert [code for _, code in (first, second)] == ["identite", "photos"]
    world.piece_sent(first[0])
    with pytest.raises(Dry):
        world.draft_to_file()
    world.piece_sent(second[0])
    assert world.draft_to_file().demande_id == "d"
    with pytest.raises(Dry):
        world.draft_to_save()


def test_pieces_go_to_the_oldest_incomplete_draft_first() -> None:
    world = a_world(drafts=[Draft("t", "old", ["identite"]), Draft("t", "new", ["identite"])])
    assert world.piece_to_send()[0].demande_id == "old"
    assert world.piece_to_send()[0].demande_id == "new"


def test_acts_of_agents_take_turns_and_each_dossier_serves_once() -> None:
    world = a_world()
    assert [world.next_act() for _ in range(3)] == [("complete", "a"), ("favorable", "b"), ("titre-pret", "c")]
    with pytest.raises(Dry, match="complete"):
        world.next_act()


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = a_world(drafts=[Draft("t", "d", ["photos"])]).plan
    path = tmp_path / "plan.json"
    plan.write(path)
    assert Plan.read(path) == plan
