"""What a rule answers: a Decision that carries its reason, its source and the dated value it applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Genre(StrEnum):
    """What kind of refusal a Motif is; the edges derive their status from it, once, in the chassis."""

    INVALIDE = "invalide"
    NON_AUTHENTIFIE = "non-authentifie"
    INTERDIT = "interdit"
    INTROUVABLE = "introuvable"
    CONFLIT = "conflit"
    PRECONDITION = "precondition"
    TROP = "trop"
    TROP_GROS = "trop-gros"
    INDISPONIBLE = "indisponible"


@dataclass(frozen=True)
class Motif:
    """A reason with its source.

    `code` is UPPER_SNAKE and never renamed; `source` is a key of `textes.toml` (`regle-du-service` for a rule of ours);
    `phrase` says in plain French what happened, `suite` what the person can do next. Both are msgids of the catalogues.
    """

    code: str
    source: str
    phrase: str
    suite: str
    genre: Genre = Genre.PRECONDITION


@dataclass(frozen=True)
class Decision:
    """The answer of a rule: accepted or not, why, and which dated rule was applied (shown on every output: XCT-01)."""

    accepted: bool
    motif: Motif | None = None
    champ: str = ""
    regle: str = ""
    details: dict[str, object] = field(default_factory=dict)

    def or_refuse(self) -> Decision:
        """Itself when accepted; otherwise raises Refused with the same reason."""
        if self.accepted:
            return self
        assert self.motif is not None
        raise Refused(self.motif, champ=self.champ, details=self.details)


def accept(regle: str = "") -> Decision:
    """Yes, by `regle` (what the output prints: text, position of the switch, date of effect)."""
    return Decision(accepted=True, regle=regle)


def refuse(motif: Motif, champ: str = "", **details: object) -> Decision:
    """No, because of `motif`; `champ` names the input at fault, `details` what an edge may show (nothing personal)."""
    return Decision(accepted=False, motif=motif, champ=champ, details=details)


class Refused(Exception):
    """A refusal, raised once; HTTP problem, gRPC status, page and message all derive from its Motif."""

    def __init__(self, motif: Motif, champ: str = "", details: dict[str, object] | None = None) -> None:
        super().__init__(motif.code)
        self.motif = motif
        self.champ = champ
        self.details = details or {}
