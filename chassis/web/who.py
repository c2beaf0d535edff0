"""Who acts: resolved once per request by the edge, then an argument of every action."""

from __future__ import annotations

from dataclasses import dataclass, field

USAGER, AGENT, AIDANT, SERVICE, ANONYME = "usager", "agent", "aidant", "service", "anonyme"


@dataclass(frozen=True)
class Who:
    """A person or a machine, as the service that answers knows it.

    `acts_for` is the usager for whom a helper or an agent acts, `structure_id` the helper's structure. `prefectures`
    empty means none, "*" among them means all. `nom` is only for this person's own screen.
    """

    kind: str
    id: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    prefectures: frozenset[str] = field(default_factory=frozenset)
    structure_id: str = ""
    acts_for: str = ""
    nom: str = ""

    @property
    def subject(self) -> str:
        """One text that names this person, unique over all kinds."""
        return f"{self.kind}:{self.id}"

    @property
    def signed_in(self) -> bool:
        """Whether we know who this is."""
        return self.kind != ANONYME

    def has(self, *roles: str) -> bool:
        """Whether any of these roles is held."""
        return not self.roles.isdisjoint(roles)

    def serves(self, prefecture: str) -> bool:
        """Whether this agent's scope covers that préfecture."""
        return "*" in self.prefectures or prefecture in self.prefectures


NOBODY = Who(kind=ANONYME)
