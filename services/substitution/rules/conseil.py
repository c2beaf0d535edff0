"""The channel adviser: the fitting way from the person's situation, with what each way needs and gives (SUB-11)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

TELESERVICE, PAN, GUICHET, POSTE, COURRIEL, TELEPHONE = (
    "TELESERVICE", "PAN", "GUICHET", "POSTE", "COURRIEL", "TELEPHONE",
)  # fmt: skip


@dataclass(frozen=True)
class Situation:
    """What the person says of herself; `ouverts` are the ways of her préfecture."""

    outils: bool
    courriel: bool
    comprend: bool
    se_deplace: bool
    urgent: bool
    retenu: bool = False
    ouverts: Collection[str] = ()


@dataclass(frozen=True)
class Canal:
    """A way: what it needs first and what it gives."""

    code: str
    nom: str
    avant: str
    avantage: str


CANAUX = {
    canal.code: canal
    for canal in (
        Canal(TELESERVICE, "En ligne, seul", "Un ordinateur ou un téléphone, une adresse e-mail.",
              "À toute heure, l’attestation de dépôt est donnée aussitôt."),
        Canal(PAN, "En ligne, avec l’aide d’un point d’accueil", "Se déplacer ; venir avec vos papiers.",
              "Quelqu’un fait la démarche avec vous, avec ou sans rendez-vous."),
        Canal(GUICHET, "Au guichet de la préfecture", "Se déplacer ; venir avec vos papiers.",
              "Un agent prend votre dossier et vous donne un document le jour même."),
        Canal(POSTE, "Par la poste", "Des copies de vos papiers ; une adresse où recevoir le courrier.",
              "Vous ne vous déplacez pas. Le jour d’arrivée compte, un reçu vous est envoyé."),
        Canal(COURRIEL, "Par e-mail à la préfecture", "Des photos ou copies de vos papiers, une adresse e-mail.",
              "Vous ne vous déplacez pas. Le jour d’arrivée compte, un reçu vous est envoyé."),
        Canal(TELEPHONE, "Par téléphone avec la préfecture", "Un téléphone.",
              "Un agent cherche avec vous la façon de faire qui convient."),
    )
}  # fmt: skip

# (what must be true, ways in order). The first line that fits answers; each line says its reason.
_TABLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("retenu", "Vous n’avez pas à sortir de l’établissement.", (POSTE, TELEPHONE)),
    ("immobile_sans_outil", "Vous ne pouvez ni vous déplacer ni utiliser un ordinateur.", (TELEPHONE, POSTE)),
    ("immobile", "Vous ne pouvez pas vous déplacer.", (TELESERVICE, COURRIEL, POSTE, TELEPHONE)),
    ("autonome", "Vous avez les outils et vous les comprenez.", (TELESERVICE, GUICHET, POSTE)),
    ("urgent", "C’est urgent : un document vous est donné le jour même.", (GUICHET, PAN, TELEPHONE)),
    ("aidable", "Vous avez besoin d’aide avec l’ordinateur.", (PAN, GUICHET, POSTE)),
    ("toujours", "Vous n’utilisez pas d’ordinateur.", (GUICHET, POSTE, PAN)),
)


def advise(situation: Situation) -> tuple[str, tuple[Canal, ...]]:
    """The reason in a sentence, and the ways in the order that fits; post and e-mail only where they are open."""
    facts = _facts(situation)
    _, reason, codes = next(line for line in _TABLE if facts[line[0]])
    closed = {POSTE, COURRIEL} - set(situation.ouverts)
    kept = tuple(CANAUX[code] for code in codes if code not in closed)
    return reason, kept


def _facts(situation: Situation) -> dict[str, bool]:
    able = situation.outils and situation.courriel
    return {
        "retenu": situation.retenu,
        "immobile_sans_outil": not situation.se_deplace and not (able and situation.comprend),
        "immobile": not situation.se_deplace,
        "autonome": able and situation.comprend,
        "urgent": situation.urgent,
        "aidable": able,
        "toujours": True,
    }
