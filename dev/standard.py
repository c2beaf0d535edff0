"""A small telephone system: plays the events of one call to the contact centre, signed, as a real one would."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import timedelta

import requests

from chassis import clock
from services.ccc.actions.telephonie import sign

SECONDS = 10


def play(url: str, secret: str, numero: str, events: Sequence[tuple[str, int]], agent: str = "") -> None:
    """Sends the events of one call, each so many seconds after the first; raises when one is refused."""
    call, begun = clock.new_id(), clock.now()
    for evenement, seconds in events:
        said = {
            "appel": call,
            "evenement": evenement,
            "instant": (begun + timedelta(seconds=seconds)).isoformat(),
            "numero": numero,
            "agent": agent,
        }
        body = json.dumps(said).encode()
        headers = {"Content-Type": "application/json", "X-Signature": sign(secret, body)}
        path = f"{url}/ccc/api/v1/telephonie/evenements"
        requests.post(path, data=body, headers=headers, timeout=SECONDS, allow_redirects=False).raise_for_status()


if __name__ == "__main__":
    address, shared, number, *names = sys.argv[1:]
    play(address, shared, number, [(name, rank * SECONDS) for rank, name in enumerate(names)])
