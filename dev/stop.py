"""`python -m dev.stop` (`make stop`): asks the stack that runs in SEJOUR_DATA to stop, and waits until it has."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from pathlib import Path


def main() -> int:
    """Returns 0 once no stack runs there any more."""
    data = Path(os.environ.get("SEJOUR_DATA") or "out/run")
    lock = data / "verrou"
    if not lock.exists():
        print(f"Rien n’a jamais tourné dans {data}.")
        return 0
    with lock.open("r+") as lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # While the lock is taken, the pid in it is that of the running stack: no other process can have it.
            os.kill(int(lock.read_text()), signal.SIGTERM)
            fcntl.flock(lock_file, fcntl.LOCK_EX)
    print("Séjour est arrêté ; les données restent.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
