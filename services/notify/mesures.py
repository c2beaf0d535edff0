"""Metrics of the ways: what was handed, proved, failed, and how long it took."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

envois = Counter("sejour_envois_total", "Sendings by the state they reached", ["canal", "state"])
replis = Counter("sejour_replis_total", "Messages that gave way to another way", ["canal", "suivant"])
tentatives = Counter("sejour_remises_total", "Attempts to hand a sending to its carrier", ["canal", "outcome"])
delai_remise = Histogram(
    "sejour_remise_seconds",
    "From the sending being planned to its carrier",
    ["canal"],
    buckets=(0.5, 1, 2, 5, 15, 60, 300, 3600),
)
messages = Counter("sejour_messages_total", "Messages by the state they reached", ["state"])
retours = Counter("sejour_retours_total", "What mail servers sent back", ["lecture"])
