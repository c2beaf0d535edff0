"""What the calendar makes due in ccc: one visible dict."""

from __future__ import annotations

from chassis.due import Due
from services.ccc.actions import anomalies, attestations
from services.ccc.store import Anomalie, Saisine

DUE: Due = {
    (Saisine, "attestation"): attestations.attest_due,
    (Anomalie, "age"): anomalies.escalate,
}
