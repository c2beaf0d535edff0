"""What the calendar makes due in ccc: one visible dict."""

from __future__ import annotations

from chassis.due import Due
from services.ccc.actions import anomalies, attestations, bulletins, suites
from services.ccc.store import Anomalie, Bulletin, Saisine

DUE: Due = {
    (Saisine, "attestation"): attestations.attest_due,
    (Saisine, "silence"): suites.note_silence,
    (Anomalie, "age"): anomalies.escalate,
    (Bulletin, "parution"): bulletins.publish,
}
