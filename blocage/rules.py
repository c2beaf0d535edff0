"""Which states a blocage goes through, and how long the person may wait. Pure."""

from __future__ import annotations

from droit.decision import Decision, Genre, Motif, accept, refuse

CONSTATE, DIAGNOSTIQUE, LEVE, ATTESTE = "CONSTATE", "DIAGNOSTIQUE", "LEVE", "ATTESTE"
VOIE_OUVERTE, RESOLU = "VOIE_OUVERTE", "RESOLU"
# Length of her own words, and of these with what she wrote in the contact box when no contact could be read there.
ESSAI_MAX, PRECIS_MAX = 4000, 6000

# The clocks that run against the person stay stopped while the blocage is in one of these states.
OPEN_STATES = (CONSTATE, DIAGNOSTIQUE, ATTESTE, VOIE_OUVERTE)

# What may follow what. An attestation and a route may come in either order; a lifted one can only be resolved.
FOLLOWING: dict[str, tuple[str, ...]] = {
    CONSTATE: (DIAGNOSTIQUE, LEVE, ATTESTE, VOIE_OUVERTE, RESOLU),
    DIAGNOSTIQUE: (LEVE, ATTESTE, VOIE_OUVERTE, RESOLU),
    ATTESTE: (LEVE, VOIE_OUVERTE, RESOLU),
    VOIE_OUVERTE: (LEVE, ATTESTE, RESOLU),
    LEVE: (RESOLU,),
    RESOLU: (),
}

BLOCAGE_TERMINE = Motif(
    "BLOCAGE_TERMINE",
    "regle-du-service",
    "Ce blocage est déjà terminé.",
    "Si vous êtes de nouveau bloqué, appuyez sur « Je n’y arrive pas » : une nouvelle référence vous est donnée.",
)
BLOCAGE_INCONNU = Motif(
    "BLOCAGE_INCONNU",
    "regle-du-service",
    "Aucun blocage ne porte cette référence.",
    "Vérifiez la référence sur votre papier, ou dites ce qui vous bloque : une nouvelle référence vous est donnée.",
    Genre.INTROUVABLE,
)


def may_become(state: str, next_state: str) -> Decision:
    """A blocage only moves forward; once resolved it stays so."""
    return accept() if next_state in FOLLOWING[state] else refuse(BLOCAGE_TERMINE)
