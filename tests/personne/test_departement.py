"""The département that an address is in, by its postcode."""

from __future__ import annotations

import pytest

from personne.departement import departement_of


@pytest.mark.parametrize(
    ("written", "departement"),
    [
        ("12 rue de l'Exemple, 75012 Paris", "75"),
        ("01000 Bourg-en-Bresse", "01"),
        ("2 cours Exemple, 20000 Ajaccio", "2A"),
        ("20137 Porto-Vecchio", "2A"),
        ("20200 Bastia", "2B"),
        ("20620 Biguglia", "2B"),
        ("97400 Saint-Denis", "974"),
        ("97110 Pointe-à-Pitre", "971"),
        ("97133 Gustavia", "977"),
        ("97150 Marigot", "978"),
        ("97500 Saint-Pierre", "975"),
        ("98600 Mata-Utu", "986"),
        ("98714 Papeete", "987"),
        ("98800 Nouméa", "988"),
        ("Mon dossier 99999. J'habite 93200 Saint-Denis.", "93"),
        ("Ma demande 9912345678 est bloquée.", ""),
        ("", ""),
    ],
)
def test_a_postcode_says_the_departement(written: str, departement: str) -> None:
    """Corsica has two behind one number, islands keep the postcodes of Guadeloupe, and 98 is many territories."""
    assert departement_of(written) == departement
