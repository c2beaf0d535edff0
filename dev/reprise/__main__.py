"""`python -m dev.reprise FILE --dossiers 1000 --graine 7 --jour 2026-11-22`: writes a dirty file, prints its faults."""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path

from chassis import clock
from dev.reprise.fabrique import Fabrique


def main() -> None:
    """Writes the file and prints the count of each defect."""
    parser = argparse.ArgumentParser(prog="python -m dev.reprise")
    parser.add_argument("fichier", type=Path)
    parser.add_argument("--dossiers", type=int, default=1000)
    parser.add_argument("--graine", type=int, default=7)
    parser.add_argument("--jour", type=date.fromisoformat, default=None)
    said = parser.parse_args()
    made = Fabrique(said.graine, said.jour or clock.today())
    with said.fichier.open("wb") as file:
        file.writelines(made.lignes(said.dossiers))
    for defaut, nombre in sorted(made.faites.items()):
        sys.stdout.write(f"{defaut} {nombre}\n")


if __name__ == "__main__":
    main()
