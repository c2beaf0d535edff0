"""`python -m dev.run` (`make run`): the whole system until Ctrl-C; a second start keeps the data.

Settings: SEJOUR_DATA (where everything is kept, default ./out/run), PORT (the front address, default 8080),
MONGO_CACHE_GB (default 0.5), SEPARES=1 (web, rpc and worker of each service apart, as on a cluster), and MONGODB_URI,
NATS_URL, SMTP_URL, SMS_URL to use a server instead of the embedded one.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from dev.children import StackError
from dev.environment import REPOSITORY
from dev.files import write_private
from dev.seed import sow
from dev.stack import Stack

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXTERNAL = ("MONGODB_URI", "NATS_URL", "SMTP_URL", "SMS_URL")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # Once is enough: a second Ctrl-C must not leave half of the processes running.
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(root: Path = REPOSITORY) -> int:
    """`make run`: everything, until Ctrl-C or SIGTERM; 0 when it stopped as asked."""
    for number in ENDING_SIGNALS:
        # Under `nohup make run` the signal is already ignored: the system outlives the terminal.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    data = Path(os.environ.get("SEJOUR_DATA") or REPOSITORY / "out" / "run")
    external = {name: os.environ[name] for name in EXTERNAL if os.environ.get(name)}
    port = int(os.environ.get("PORT") or 8080)
    stack = Stack(data, frozen_clock=False, notablescan=False, root=root, port=port, external=external)
    stack.together = not os.environ.get("SEPARES")
    try:
        print(f"Séjour démarre (données : {stack.data})…", flush=True)
        with stack:
            if root == REPOSITORY:
                _sow(stack)
            print(f"\n  {stack.url}/\n\nCtrl-C pour arrêter.", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        print("Séjour est arrêté ; les données restent.", flush=True)
    except StackError as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


def _sow(stack: Stack) -> None:
    """The sample world, once per data folder; a second start keeps what the first one made."""
    done = stack.data / "seme"
    if done.exists():
        return
    sow(stack)
    write_private(done, stack.clock.today().isoformat())


if __name__ == "__main__":
    sys.exit(main())
