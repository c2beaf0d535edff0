"""What people call and write about, in the parts that the State counts."""

from __future__ import annotations

# Of a hundred contacts, as the State counts them (14 %, near 50 %, near 30 %); a blockage opens another route as well.
SUJETS: tuple[tuple[str, int, str], ...] = (
    ("TELEPROCEDURE", 14, "La page tourne sans fin quand j’envoie ma demande."),
    ("INFORMATION", 50, "Quelles pièces faut-il pour renouveler ma carte ?"),
    ("SUIVI", 30, "Où en est mon dossier, déposé il y a deux mois ?"),
    ("AUTRE", 6, "Mon nom est mal écrit sur le courrier que j’ai reçu."),
)
# Prime to a hundred: subjects are mixed, and each hundred holds them in their parts.
STEP = 37


def subject(number: int) -> tuple[str, str]:
    """What contact `number` is about."""
    rank = number * STEP % 100
    for categorie, part, words in SUJETS:
        if rank < part:
            return categorie, words
        rank -= part
    raise AssertionError("the parts make a hundred")
