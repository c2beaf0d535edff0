"""What the telephone system tells is believed where it is signed, counts once, and an odd clock is no error of ours."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chassis import clock
from services.ccc import store
from services.ccc.actions.telephonie import sign
from tests.browser import Browser

SECRET = "secret du standard"
CALL = {"appel": "standard-1", "evenement": "SONNE", "numero": "0639980177"}


def tell(web: Browser, event: dict[str, Any], signature: str = "") -> int:
    """One event, signed by the secret unless another signature is given; the status of the answer."""
    body = json.dumps(event).encode()
    headers = {"X-Signature": signature or sign(SECRET, body), "Content-Type": "application/json"}
    return int(web.client.post("/ccc/api/v1/telephonie/evenements", data=body, headers=headers).status_code)


def test_an_event_is_believed_when_signed_and_counts_once(web: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    rings = CALL | {"instant": now.isoformat()}
    answered = rings | {"evenement": "DECROCHE", "instant": (now + timedelta(seconds=40)).isoformat()}
    unset = tell(web, rings, sign("", json.dumps(rings).encode()))
    monkeypatch.setenv("TELEPHONIE_SECRET", SECRET)
    of_another = sign(SECRET, json.dumps(answered).encode())
    refused = [tell(web, rings, odd) for odd in ("sha256=", "sha256=é", sign("autre", b""), of_another)]
    before = store.Appel.objects.count()

    assert [unset, *refused] == [401] * 5 and before == 0
    # The answer is heard first, and each is told twice.
    assert [tell(web, event) for event in (answered, rings, answered, rings)] == [201] * 4
    (call,) = store.Appel.objects
    assert call.attente_secondes == 40


@pytest.mark.parametrize(
    "instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2027-03-01T09:00:00", ""]
)
def test_an_hour_that_nobody_can_place_is_refused(web: Browser, monkeypatch: pytest.MonkeyPatch, instant: str) -> None:
    monkeypatch.setenv("TELEPHONIE_SECRET", SECRET)
    before = store.Appel.objects.count()

    assert tell(web, CALL | {"appel": "standard-2", "instant": instant}) == 422
    assert store.Appel.objects.count() == before
