"""What a year of the service is made of, and how many of each a second that makes at a peak.

Volumes: one title issued is one login, eight saved drafts, four pieces, one filing, three status events and four
messages; calls and e-mails of the contact centre and visits are counted by themselves. No document says when in the
year they come: the peak factor is a parameter of its own (P-PEAK), times the average of 2 000 working hours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

TITRES = 1_229_869
APPELS, COURRIELS = 980_000, 2_800_000
ACCOMPAGNES = 131_426
WORKING_HOURS = 2_000

ACTIVITE = "volumes d’activité 2024 (requirements.md, tableau des volumes)"
HYPOTHESE = "hypothèse de répartition par titre (anchors/limits.md, « National volume »)"
A_NOUS = "hypothèse de ces essais, en plus du mélange"


class Kind(StrEnum):
    """What an operation is judged as: reads and commands have each their own threshold, messages follow facts."""

    LECTURE = "lecture"
    COMMANDE = "commande"
    FAIT = "fait"


@dataclass(frozen=True)
class Part:
    """One operation of the mix: how many a year, as what it is judged, whom it asks, where the figure comes from."""

    operation: str
    libelle: str
    a_year: int
    kind: Kind
    service: str
    source: str

    def rate(self, factor: float) -> float:
        """Operations a second at `factor` times the average of a working hour."""
        return self.a_year / (WORKING_HOURS * 3600) * factor


MIX = (
    Part("connexion", "une personne se connecte", TITRES, Kind.COMMANDE, "deposit", HYPOTHESE),
    Part("brouillon", "elle commence ou enregistre sa demande", 8 * TITRES, Kind.COMMANDE, "deposit", HYPOTHESE),
    Part("piece", "elle envoie une pièce de 1,5 Mo", 4 * TITRES, Kind.COMMANDE, "deposit", HYPOTHESE),
    Part("depot", "elle dépose", TITRES, Kind.COMMANDE, "deposit", ACTIVITE),
    Part("statut", "un agent fait avancer une demande", 3 * TITRES, Kind.COMMANDE, "deposit", HYPOTHESE),
    Part("message", "une personne est prévenue", 4 * TITRES, Kind.FAIT, "notify", HYPOTHESE),
    Part("saisine", "un appel ou un courriel ouvre une saisine", APPELS + COURRIELS, Kind.COMMANDE, "ccc", ACTIVITE),
    Part("visite", "une personne prend rendez-vous au point d’accueil", ACCOMPAGNES, Kind.COMMANDE, "pan", ACTIVITE),
)

# The table counts no reading: people and agents do read, so these come on top of it.
ON_TOP = (
    Part("suivi", "une personne lit où en est sa demande", 3 * TITRES, Kind.LECTURE, "deposit", A_NOUS),
    Part("file", "un agent lit sa file", TITRES, Kind.LECTURE, "deposit", A_NOUS),
    Part("creneaux", "une personne lit les créneaux libres", ACCOMPAGNES, Kind.LECTURE, "pan", A_NOUS),
    Part("voie", "une personne bloquée ouvre une autre voie", ACCOMPAGNES, Kind.COMMANDE, "substitution", A_NOUS),
)
EVERYTHING = MIX + ON_TOP


def total_rate(factor: float) -> float:
    """Operations a second of the whole table, without what comes on top."""
    return sum(part.rate(factor) for part in MIX)


def driven(only: tuple[str, ...] = ()) -> tuple[Part, ...]:
    """What the generator sends itself; messages follow from it. `only` keeps some operations, to weigh them alone."""
    return tuple(p for p in EVERYTHING if p.kind is not Kind.FAIT and (not only or p.operation in only))
