"""`python -m droit check [folder]` names every fault; `python -m droit list` prints the consolidated list (DEP-21)."""

from __future__ import annotations

import sys
from pathlib import Path

from droit.catalogue import ROOT, BadData, Catalogue, load
from droit.dates import Dated
from droit.jours import day_in_words

USAGE = "usage: python -m droit check [dossier] | list [dossier]"


def _channel(teleservice: Dated[bool]) -> str:
    begun = [bloc for bloc in teleservice.blocs if bloc.valeur]
    if not begun:
        return "hors du téléservice"
    position = f", position {begun[0].position.libelle}" if begun[0].position else ""
    return f"téléservice depuis le {day_in_words(begun[0].depuis)}{position}"


def consolidated_list(read: Catalogue) -> list[str]:
    """Prints one line per entry: id, name, article, text that opened it, since when it is on the téléservice."""
    titres = [
        (t.id, t.libelle, t.article or "article à compléter", str(t.ouvert_par), _channel(t.teleservice))
        for t in read.titres()
    ]
    demarches = [(d.id, d.libelle, "—", str(d.ouvert_par), _channel(d.teleservice)) for d in read.demarches()]
    return [" | ".join(line) for line in titres + demarches]


def main(arguments: list[str]) -> int:
    """Exit code 0 when the data is good, 1 when it is bad, 2 on a wrong command."""
    if not 1 <= len(arguments) <= 2 or arguments[0] not in ("check", "list"):
        print(USAGE, file=sys.stderr)
        return 2
    try:
        read = load(Path(arguments[1]) if len(arguments) == 2 else ROOT)
    except BadData as error:
        print(error, file=sys.stderr)
        return 1
    if arguments[0] == "list":
        print("\n".join(consolidated_list(read)))
    else:
        print(f"{len(read.titres())} titres, {len(read.demarches())} démarches, {len(read.textes())} textes : bons")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
