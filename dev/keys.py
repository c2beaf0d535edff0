"""Keys are made at first start and kept: each service gets its own private key and everybody's public ones."""

from __future__ import annotations

import shutil
from pathlib import Path

from chassis import keys
from dev.files import remembered_secret, write_private
from documents import autorite


def make_keys(folder: Path, services: tuple[str, ...]) -> None:
    """One folder per service under `folder`, as a cluster would mount it (CLES_DIR); a key that exists is kept."""
    made = folder / "exploitant"
    keys.create(made, services)
    if not (made / "documents").exists():
        autorite.create(made / "documents")
    for service in services:
        mounted = folder / service
        for name in (*keys.private_names(service), keys.PUBLIC):
            write_private(mounted / name, (made / name).read_bytes())
        others = shutil.ignore_patterns(*(f"{other}.pem" for other in services if other != service))
        shutil.copytree(made / "documents", mounted / "documents", ignore=others, dirs_exist_ok=True)
        remembered_secret(mounted / "secret")
