"""Says in plain words what this machine lacks, before anything is installed. Standard library only.

`python3.11 dev/check.py` ends with 1 and one line per missing thing, each with what to do.
"""

from __future__ import annotations

import ctypes
import importlib.util
import platform
import shutil
import sys
from pathlib import Path

PYTHON = (3, 11)
DISK_GB = 3
LIBRARIES = {"libcurl.so.4": "libcurl4", "libssl.so.3": "libssl3", "libcrypto.so.3": "libssl3"}


def missing_things() -> list[str]:
    """What is missing, one sentence each; empty when all is there."""
    return [*_wrong_machine(), *_missing_packages(), *_too_small()]


def _wrong_machine() -> list[str]:
    found = []
    if sys.version_info[:2] != PYTHON:
        here = ".".join(map(str, sys.version_info[:2]))
        found.append(f"Python 3.11 is needed; this is Python {here}. On Debian 12: apt install python3.11")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        found.append("The embedded servers are built for Linux x86-64. Elsewhere, use deploy/compose.yaml.")
    flags = Path("/proc/cpuinfo")
    if flags.exists() and " avx " not in flags.read_text():
        found.append("MongoDB needs a processor with AVX. Elsewhere, give MONGODB_URI the address of another MongoDB.")
    return found


def _missing_packages() -> list[str]:
    wanted = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        wanted.append("python3-venv")
    if shutil.which("setpriv") is None:
        wanted.append("util-linux")
    return [f"System package missing: {name}. On Debian: apt install {name}" for name in dict.fromkeys(wanted)]


def _too_small() -> list[str]:
    free = shutil.disk_usage(Path(__file__).parent).free / 1e9
    if free >= DISK_GB or (Path(__file__).parent.parent / ".venv").exists():
        return []
    return [f"About {DISK_GB} GB of disk are needed; {free:.1f} GB are free."]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def main() -> int:
    """Prints what is missing; 1 when something is."""
    found = missing_things()
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
