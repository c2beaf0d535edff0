"""How many files a booking crosses, counted as it runs."""

from __future__ import annotations

from chassis import clock
from services.pan.actions import offre
from tests.browser import Browser
from tests.trip import followed

AT_MOST = 8


def test_booking_crosses_eight_files_at_most(public: Browser) -> None:
    slot = str(offre.offer("75", "AIDE").creneaux[0]["id"])
    key = {"Idempotency-Key": clock.new_id()}

    with followed("pan") as crossed:
        made = public.client.post(
            "/pan/api/v1/rendez-vous", json={"creneau_id": slot, "nom": "Fatou N’Diaye"}, headers=key
        )

    assert made.status_code == 201
    assert 0 < len(crossed) <= AT_MOST, crossed
