"""A document is changed once: what is stored is what was changed in memory, and nothing that failed is ever stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import mongoengine as me
import pytest

from chassis import clock, mongo, outbox
from chassis.mongo import Aggregate, DayField
from chassis.outbox import Conflict, Duplicate
from tests.chassis.core import monde

THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Page(me.EmbeddedDocument):
    """One page of a register."""

    titre = me.StringField(required=True)
    lue = me.BooleanField(default=False)
    notes = me.ListField(me.StringField())


class Registre(Aggregate):
    """One field of each kind that the services store."""

    meta = {
        "db_alias": "deposit",
        "collection": "registres",
        "indexes": [{"fields": ["cle"], "unique": True, "sparse": True}],
    }

    cle = me.StringField()
    state = me.StringField(choices=("OUVERT", "CLOS"), default="OUVERT")
    nombre = me.IntField(default=0)
    court = me.StringField(max_length=5)
    jour_date = DayField()
    vu_time = me.DateTimeField()
    mots = me.ListField(me.StringField())
    pages = me.ListField(me.EmbeddedDocumentField(Page))
    page = me.EmbeddedDocumentField(Page)
    lignes = me.ListField(me.DictField())
    dits = me.DictField()


def _assign(**values: Any) -> Callable[[Registre], None]:
    def change(doc: Registre) -> None:
        for name, value in values.items():
            setattr(doc, name, value)

    return change


def _say_below(doc: Registre) -> None:
    doc.dits["qui"]["ou"] = "ici"


def _read_in_a_loop(doc: Registre) -> None:
    for page in doc.pages:
        page.lue = True


KINDS: dict[str, tuple[Callable[[Registre], object], dict[str, Any]]] = {
    "nothing": (lambda doc: None, {}),
    "a value": (_assign(state="CLOS"), {"state": "CLOS"}),
    "the same value": (_assign(state="OUVERT", nombre=3), {}),
    "a value and back": (lambda doc: [_assign(nombre=4)(doc), _assign(nombre=3)(doc)], {"nombre": 3}),
    "zero": (_assign(nombre=0), {"nombre": 0}),
    "empty text": (_assign(court=""), {"court": ""}),
    "a day": (_assign(jour_date=date(2026, 5, 1)), {"jour_date": "2026-05-01"}),
    "an instant": (_assign(vu_time=THEN.replace(hour=13)), {"vu_time": THEN.replace(hour=13)}),
    "a value removed": (_assign(jour_date=None, vu_time=None), {"jour_date": None, "vu_time": None}),
    "a field never there": (_assign(cle="k"), {"cle": "k"}),
    "a word appended": (lambda doc: doc.mots.append("b"), {"mots": ["a", "b"]}),
    "a list assigned": (_assign(mots=("c",)), {"mots": ["c"]}),
    "a list emptied": (_assign(mots=[]), {"mots": []}),
    "a page appended": (lambda doc: doc.pages.append(Page(titre="3")), {"pages": ["1", "2", "3"]}),
    "a page removed": (lambda doc: doc.pages.pop(0), {"pages": ["2"]}),
    "inside a page": (lambda doc: _assign(lue=True)(doc.pages[0]), {"pages": [True, False]}),
    "inside the last page": (lambda doc: _assign(lue=True)(doc.pages[-1]), {"pages": [False, True]}),
    "inside each page, in a loop": (_read_in_a_loop, {"pages": [True, True]}),
    "two levels down": (lambda doc: doc.pages[1].notes.append("n"), {"pages": [[], ["n"]]}),
    "inside the only page": (lambda doc: doc.page.notes.append("n"), {"page": ["n"]}),
    "the only page removed": (_assign(page=None), {"page": None}),
    "a row appended": (lambda doc: doc.lignes.append({"b": 2}), {"lignes": [{"a": 1}, {"b": 2}]}),
    "inside a row": (lambda doc: doc.lignes[0].update(a=2), {"lignes": [{"a": 2}]}),
    "a key": (lambda doc: doc.dits.update(quoi="x"), {"dits": {"qui": {"a": 1}, "quoi": "x"}}),
    "a key with a dot": (lambda doc: doc.dits.update({"a.b": 1}), {"dits": {"qui": {"a": 1}, "a.b": 1}}),
    "a key removed": (lambda doc: doc.dits.pop("qui"), {"dits": {}}),
    "two keys down": (_say_below, {"dits": {"qui": {"a": 1, "ou": "ici"}}}),
}


@pytest.fixture
def registres(deposit: Any) -> Any:
    """The collection of registers, empty."""
    deposit.drop_collection("registres")
    mongo.prepare_indexes(Registre)
    return deposit["registres"]


def _new(**values: Any) -> Registre:
    doc = Registre(
        id=clock.new_id(),
        parcours_id="p",
        nombre=3,
        court="abc",
        jour_date=date(2026, 1, 1),
        vu_time=THEN,
        mots=["a"],
        pages=[Page(titre="1"), Page(titre="2")],
        page=Page(titre="0"),
        lignes=[{"a": 1}],
        dits={"qui": {"a": 1}},
        **values,
    )
    return outbox.insert(doc, monde.fact("0"), request_id="r0")


def _load(doc: Registre) -> Registre:
    found: Registre = Registre.objects(id=doc.id).first()
    return found


def _without_outbox_times(stored: dict[str, Any]) -> dict[str, Any]:
    return stored | {"outbox": [entry["event_id"] for entry in stored["outbox"]]}


@pytest.mark.parametrize("inserted", [True, False], ids=["just inserted", "loaded"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_changed_is_what_is_stored_and_nothing_else_is_sent(registres: Any, kind: str, inserted: bool) -> None:
    change, expected = KINDS[kind]
    doc = _new() if inserted else _load(_new())
    before = registres.find_one({"_id": doc.id})
    change(doc)
    sent = mongo.changed(doc)
    assert {*sent.get("$set", {}), *sent.get("$unset", {})} == set(expected)

    assert outbox.update(doc, monde.fact("1"), request_id="r1") is doc

    stored = registres.find_one({"_id": doc.id})
    assert {name: _told(stored.get(name), value) for name, value in expected.items()} == expected
    assert [name for name, value in expected.items() if value is None and name in stored] == []
    kept = set(before) - set(expected) - {"version", "last_hash", "outbox", "request_ids"}
    assert {name: stored[name] for name in kept} == {name: before[name] for name in kept}
    assert (stored["version"], stored["request_ids"], len(stored["outbox"])) == (2, ["r0", "r1"], 2)
    assert _without_outbox_times(mongo.raw(doc)) == _without_outbox_times(stored)
    assert mongo.changed(doc) == {}


def _told(stored: Any, expected: Any) -> Any:
    """Pages are told by what the table says of them: their title, whether they are read, or their notes."""
    if isinstance(stored, dict) and "titre" in stored:
        return stored["notes"]
    if not (isinstance(stored, list) and stored and isinstance(stored[0], dict) and "titre" in stored[0]):
        return stored
    name = {str: "titre", bool: "lue", list: "notes"}[type(expected[0])]
    return [page[name] for page in stored]


def test_one_object_is_written_twice_and_each_write_sends_its_own_change(registres: Any) -> None:
    doc = _load(_new())
    doc.pages[0].lue = True
    outbox.update(doc, monde.fact("1"))
    doc.mots.append("b")
    assert mongo.changed(doc) == {"$set": {"mots": ["a", "b"]}}
    outbox.update(doc, monde.fact("2"), monde.fact("3"))
    doc.pages[0].notes.append("n")
    outbox.update(doc)
    stored = registres.find_one({"_id": doc.id})
    assert (stored["version"], stored["mots"], stored["pages"][0]["notes"]) == (5, ["a", "b"], ["n"])
    assert stored["last_hash"] == doc.last_hash == stored["outbox"][-1]["hash"]


def test_what_the_relay_and_the_lease_wrote_meanwhile_is_left_alone(registres: Any) -> None:
    doc = _load(_new())
    registres.update_one({"_id": doc.id}, {"$set": {"outbox": [], "lease_owner": "relay-1", "due_lease_time": THEN}})
    doc.state = "CLOS"
    outbox.update(doc)
    stored = registres.find_one({"_id": doc.id})
    assert (stored["state"], stored["outbox"], stored["lease_owner"]) == ("CLOS", [], "relay-1")
    assert stored["due_lease_time"] == THEN


def test_after_a_conflict_the_old_object_is_never_written_and_the_action_decides_again(registres: Any) -> None:
    doc, old = _new(), None
    seen: list[int] = []

    @outbox.retry_conflicts
    def add_seven() -> Registre:
        nonlocal old
        loaded = _load(doc)
        seen.append(loaded.nombre)
        if old is None:
            old = loaded
            other = _load(doc)
            other.nombre = 10
            outbox.update(other)
        loaded.nombre += 7
        return outbox.update(loaded)

    assert (add_seven().nombre, seen) == (17, [3, 10])
    assert old is not None
    with pytest.raises(Conflict):
        outbox.update(old)
    assert registres.find_one({"_id": doc.id})["nombre"] == 17


def test_what_a_taken_key_refused_is_not_stored_by_a_later_call(registres: Any) -> None:
    _new(cle="prise")
    doc = _load(_new())
    doc.cle, doc.state = "prise", "CLOS"
    with pytest.raises(Duplicate, match="cle"):
        outbox.update(doc)
    doc.cle = "libre"
    with pytest.raises(Conflict):
        outbox.update(doc)
    again = _load(doc)
    assert (again.cle, again.state, again.version) == (None, "OUVERT", 1)


@pytest.mark.parametrize(
    "change",
    [_assign(state="AUTRE"), _assign(court="trop long"), _assign(jour_date="2026-01-01"), _assign(pages=[Page()])],
    ids=["a state that is none", "too long", "text for a day", "a page without its title"],
)
def test_a_value_that_the_field_refuses_is_never_written(registres: Any, change: Callable[[Registre], None]) -> None:
    doc = _load(_new())
    change(doc)
    with pytest.raises(me.ValidationError):
        outbox.update(doc)
    assert _load(doc).version == 1


def test_a_document_read_in_part_or_only_built_is_not_written(registres: Any) -> None:
    doc = _new()
    part = Registre.objects(id=doc.id).only("version", "last_hash", "mots").first()
    for partial in (part, Registre(id=doc.id, parcours_id="p", version=1)):
        partial.mots = ["b"]
        with pytest.raises(ValueError, match="not read whole"):
            outbox.update(partial)
    assert _load(doc).version == 1


def test_operators_push_without_sending_the_list_back_and_leave_the_object_as_it_was(registres: Any) -> None:
    doc = _load(_new())
    done = outbox.apply_operators(doc, monde.fact("1"), request_id="r1", push__mots="b", inc__nombre=1)
    assert (done.mots, done.nombre, done.version, doc.version) == (["a", "b"], 4, 2, 1)
    with pytest.raises(Conflict):
        outbox.apply_operators(doc, push__mots="c")
    assert registres.find_one({"_id": doc.id})["request_ids"] == ["r0", "r1"]
