"""One line of JSON for each event, whoever speaks: nobody writes a second one into it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta

from chassis import clock

SPEAKS = """
import logging
from chassis import logs
logs.configure("deposit", "web")
logs.get().info("http.request", typed='x\\n{"event":"forged"}\\r\\u2028\\x1b[2J', ms=1.5)
logging.getLogger("a.library").warning("said by\\n{'event': 'forged'}")
try:
    raise RuntimeError("line one\\nline two")
except RuntimeError:
    logs.get().error("http.error", exc_info=True)
"""


def test_a_line_is_one_event_in_json_with_its_instant_in_utc_and_its_process() -> None:
    done = subprocess.run([sys.executable, "-c", SPEAKS], capture_output=True, text=True, check=True)

    said = [json.loads(line) for line in done.stderr.split("\n") if line]
    assert done.stdout == ""
    assert [line["event"] for line in said] == ["http.request", "a.library", "http.error"]
    ours = [line for line in said if line["event"].startswith("http.")]
    assert {(line["service"], line["process"]) for line in ours} == {("deposit", "web")}
    instants = [datetime.fromisoformat(line["timestamp"]) for line in ours]
    assert [instant.utcoffset() for instant in instants] == [timedelta(0)] * 2
    assert all(abs(instant - clock.now()) < timedelta(minutes=5) for instant in instants)
    assert "\x1b" not in done.stderr
