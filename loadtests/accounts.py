"""Names of what the filler makes: from its number, so that filling again changes nothing and anybody can sign in."""

from __future__ import annotations

MOT_DE_PASSE = "une phrase longue et simple"
PREFECTURE = "75"
AGENT = "ines"
# The desks at which people of the load are received are those of the sample préfecture.
_LETTERS = "ABCDEFGHIJ"


def identifiant(number: int) -> str:
    """What person `number` signs in with."""
    return f"S-L{number // 10_000:03d}-{number % 10_000:04d}"


def courriel(number: int) -> str:
    """Her e-mail, in a domain that nobody can own."""
    return f"charge-{number:07d}@exemple.test"


def telephone(number: int) -> str:
    """Her telephone, among the numbers kept for fiction."""
    return f"+3363998{number % 10_000:04d}"


def numero_etranger(number: int) -> str:
    """Her number of foreigner: ten digits."""
    return f"98{number:08d}"


def nom(number: int) -> str:
    """A family name of letters only, different for each."""
    return "Charge" + "".join(_LETTERS[int(digit)] for digit in str(number)).lower()


def usager_id(number: int) -> str:
    """Her identifier."""
    return f"charge-usager-{number:07d}"


def demande_id(number: int) -> str:
    """The identifier of her demande."""
    return f"charge-demande-{number:07d}"
