"""The profiler of the tests bites: a query that reads much more than it returns is named."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.errors import OperationFailure

from chassis import clock, outbox
from chassis.settings import SERVICES
from tests.chassis.core import monde
from tests.chassis.core.monde import Bocal
from tests.profiler import Profiled

NO_QUERY_EXECUTION_PLANS = 291


def test_a_query_that_reads_a_hundred_to_return_one_is_named(mongo: Any, deposit: Any) -> None:
    for number in range(100):
        outbox.insert(Bocal(id=clock.new_id(), parcours_id="p", etiquette=f"b{number}"), monde.fact("0"))
    looked_at = Profiled(mongo.client, [f"sejour_{service}" for service in SERVICES])
    looked_at.start()
    assert deposit["bocaux"].find_one({"etiquette": "b7"}) is not None
    assert len(list(deposit["bocaux"].find({"parcours_id": "p"}))) == 100
    assert looked_at.faults(looked_at.stop()) == []
    looked_at.start()
    assert len(list(deposit["bocaux"].find({"parcours_id": "p", "state": "PLEIN"}))) == 0
    [fault] = looked_at.faults(looked_at.stop())
    assert "sejour_deposit.bocaux" in fault


def test_a_query_without_an_index_fails_by_itself(deposit: Any) -> None:
    monde.create("un")
    with pytest.raises(OperationFailure) as failure:
        deposit["bocaux"].find_one({"state": "PLEIN"})
    assert failure.value.code == NO_QUERY_EXECUTION_PLANS
