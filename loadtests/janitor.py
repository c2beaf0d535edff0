"""Uploads are deleted as it goes: two minutes of two national peaks are 2.4 GB, a year is 7.4 TB."""

from __future__ import annotations

import threading
from pathlib import Path

from chassis import clock

EVERY_SECONDS = 2.0
# A file is read again while it is received (type, SHA-256); none is that slow.
AGE_SECONDS = 10.0


class Janitor:
    """Removes the files of these folders once they are old enough; all of them belong to accounts of load."""

    def __init__(self, *folders: Path) -> None:
        self.deleted, self.bytes = 0, 0
        self._folders = folders
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="janitor", daemon=True)

    def __enter__(self) -> Janitor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.sweep(0.0)

    def sweep(self, age_seconds: float = AGE_SECONDS) -> None:
        """Removes what was last written `age_seconds` ago or more."""
        limit = clock.now().timestamp() - age_seconds
        for folder in self._folders:
            for path in folder.rglob("*"):
                try:
                    state = path.stat()
                    if path.is_dir() or state.st_mtime > limit:
                        continue
                    path.unlink()
                except FileNotFoundError:
                    # It was renamed to its final name meanwhile: the next round finds it there.
                    continue
                self.deleted += 1
                self.bytes += state.st_size

    def _work(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self.sweep()
