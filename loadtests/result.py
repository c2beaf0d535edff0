"""What the generator hands back, as one JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loadtests.samples import Sample


@dataclass
class Result:
    """Every arrival, those missed and planned by operation, those released too late, and how the generator fared.

    `judged`: how many were planned of those that a verdict looks at.

    `end` is the end of the measure on the machine's monotonic clock.
    """

    samples: list[Sample]
    missed: dict[str, int]
    late: int
    planned: dict[str, int]
    judged: int
    unanswered: int
    end: float
    latest_release_ms: float
    cpu_percent: float

    def write(self, path: Path) -> None:
        """Keeps it."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Result:
        """What `write` kept."""
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        said["samples"] = [Sample(**sample) for sample in said["samples"]]
        return cls(**said)
