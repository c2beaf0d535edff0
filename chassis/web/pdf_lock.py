"""`python -m chassis.web.pdf_lock FILE`: ends with 3 when the PDF opens with a password alone, else with 0."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.reader import PdfFileReader

_MEMORY_BYTES, _CPU_SECONDS, _LOCKED = 1024 * 1024 * 1024, 10, 3


def main(path: str) -> int:
    """The exit code. Raises whatever the reader raises: what it cannot read is not said to be locked."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    with Path(path).open("rb") as content:
        reader = PdfFileReader(content, strict=False)
        if not reader.encrypted:
            return 0
        return _LOCKED if reader.decrypt(b"").status is AuthStatus.FAILED else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
