"""What requirements.md owes one person, counted on a calendar without the engine: promise 1 and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

UN_JOUR = timedelta(days=1)
# P-APILEAD and P-COMPL as requirements.md leaves them to us, the window of R. 431-5 as it quotes it (2.3).
AVANCE, COMPLETUDE_MACHINE, FERMETURE = 15, 30, 60

# Promise 1: from when each population is owed a document.
EXPIRATION, DEPOT, COMPLETUDE = "expiration", "depot", "completude"
# The gaps that the texts leave, and no other.
APRES_60, REGULARISATION = "déposée après le 60e jour", "régularisation"
ATTEND_AGENT = "première API qui attend un agent"


@dataclass(frozen=True)
class Situation:
    """Who asks for what, and the words of the work right that every document of hers prints (3.1, DEP-51, DEP-52)."""

    titre: str
    stade: str
    des: str
    mention: str

    @property
    def avec_titre(self) -> bool:
        """Whether a title or a visa is held, with its last day."""
        return self.stade == "renouvellement" or self.titre.startswith("talent")


def _demonstration(libelle: str, autorise: str = "Autorise") -> str:
    return f"{autorise} son titulaire à travailler (valeur de démonstration : {libelle})"


SITUATIONS = (
    Situation("etudiant", "renouvellement", EXPIRATION, _demonstration("Étudiant")),
    Situation("conjoint-de-francais", "renouvellement", EXPIRATION, _demonstration("Conjoint de Français")),
    Situation("visiteur", "renouvellement", EXPIRATION, _demonstration("Visiteur", "N'autorise pas")),
    Situation(
        "carte-de-resident-renouvellement",
        "renouvellement",
        EXPIRATION,
        _demonstration("Carte de résident, renouvellement (aussi d'un accord bilatéral)"),
    ),
    Situation(
        "talent",
        "premiere",
        EXPIRATION,
        "Autorise son titulaire à travailler, sans autorisation de travail (talent, première demande)",
    ),
    Situation("talent-famille", "premiere", EXPIRATION, "Autorise son titulaire à travailler (talent (famille))"),
    Situation("refugie", "premiere", DEPOT, _demonstration("Réfugié")),
    Situation(
        "famille-de-bpi",
        "premiere",
        DEPOT,
        _demonstration("Membre de famille d'un bénéficiaire d'une protection internationale"),
    ),
    Situation(
        "jeune-majeur-ne-et-scolarise",
        "premiere",
        DEPOT,
        _demonstration("Jeune majeur de 16 à 21 ans, né et scolarisé en France"),
    ),
    Situation("parent-d-enfant-francais", "regularisation", COMPLETUDE, _demonstration("Parent d'enfant français")),
)


@dataclass
class Attendu:
    """What is owed on one demande, as a jurist would count it on a calendar."""

    id: str
    situation: Situation
    depot: date
    fin_titre: date | None
    # The first days that may count: filing, blocked attempts, an outage that met a deadline.
    tentatives: list[date] = field(default_factory=list)
    couvert: bool = False
    verifiee: date | None = None

    @property
    def premiere_date(self) -> date:
        """The date that counts (DEP-25)."""
        return min([self.depot, *self.tentatives])

    def du_depuis(self, today: date) -> date | None:
        """The first day on which a document is owed, as known today; None when none is owed before a decision."""
        if self.situation.des == DEPOT:
            return self.depot
        if self.situation.des == COMPLETUDE:
            first = min(filter(None, (self.verifiee, self.depot + timedelta(days=COMPLETUDE_MACHINE))))
            return first if first <= today else None
        assert self.fin_titre is not None
        if self.premiere_date <= self.fin_titre:
            return self.fin_titre + UN_JOUR
        return self.depot if self.couvert else None

    def cause_laissee_par_les_textes(self) -> str:
        """In the law in force: why no document is given; empty when the texts give one."""
        if self.situation.stade == "regularisation":
            return REGULARISATION
        renewed = self.fin_titre if self.situation.stade == "renouvellement" else None
        if renewed is not None and self.premiere_date > renewed - timedelta(days=FERMETURE):
            return APRES_60
        if self.situation.des == EXPIRATION and self.verifiee is None:
            return ATTEND_AGENT
        return ""
