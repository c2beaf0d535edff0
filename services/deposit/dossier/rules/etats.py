"""The life of a demande: its states, what may follow what, and each state in a sentence (DEP-45)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from droit.catalogue.issue import Donne, Issue
from droit.decision import Decision, Genre, Motif, accept, refuse

BROUILLON, DEPOSEE, PIECES_DEMANDEES, COMPLETE = "BROUILLON", "DEPOSEE", "PIECES_DEMANDEES", "COMPLETE"
FAVORABLE, DEFAVORABLE, TITRE_PRET, REMISE = "FAVORABLE", "DEFAVORABLE", "TITRE_PRET", "REMISE"
CLOSE, ANNULEE, REPUDIEE = "CLOSE", "ANNULEE", "REPUDIEE"

# In these the administration owes something: provisional documents run, clocks may stop.
EN_INSTRUCTION = (DEPOSEE, PIECES_DEMANDEES, COMPLETE)
DECIDEES = (FAVORABLE, DEFAVORABLE, TITRE_PRET, REMISE)
# A demande in one of these states never stands in the way of another (DEP-27, DEP-41).
TERMINEES = (DEFAVORABLE, REMISE, CLOSE, ANNULEE, REPUDIEE)

FOLLOWING: dict[str, tuple[str, ...]] = {
    BROUILLON: (DEPOSEE, ANNULEE),
    DEPOSEE: (PIECES_DEMANDEES, COMPLETE, FAVORABLE, DEFAVORABLE, CLOSE, ANNULEE, REPUDIEE),
    PIECES_DEMANDEES: (DEPOSEE, COMPLETE, FAVORABLE, DEFAVORABLE, CLOSE, ANNULEE, REPUDIEE),
    COMPLETE: (PIECES_DEMANDEES, FAVORABLE, DEFAVORABLE, CLOSE, ANNULEE, REPUDIEE),
    FAVORABLE: (TITRE_PRET, REMISE, REPUDIEE),
    TITRE_PRET: (REMISE, REPUDIEE),
    DEFAVORABLE: (DEPOSEE, COMPLETE, REPUDIEE),
    CLOSE: (DEPOSEE, COMPLETE, REPUDIEE),
    # A handing over noted by mistake is taken back.
    REMISE: (FAVORABLE, TITRE_PRET),
    ANNULEE: (),
    REPUDIEE: (),
}


@dataclass(frozen=True)
class Phrase:
    """What the person reads of a state: where it is, who has it, what is awaited, what comes next."""

    phrase: str
    service: str
    attendu: str
    suite: str


# Whoever shows it puts the name of the préfecture in its place.
LA_PREFECTURE = "La préfecture"

PHRASES: dict[str, Phrase] = {
    BROUILLON: Phrase(
        "Votre demande est commencée. Elle n’est pas encore envoyée.",
        "Vous",
        "Terminez-la et envoyez-la.",
        "Ce que vous avez écrit est gardé. Vous pouvez revenir quand vous voulez.",
    ),
    DEPOSEE: Phrase(
        "Votre demande est déposée. La préfecture va vérifier qu’elle est complète.",
        LA_PREFECTURE,
        "Rien pour le moment.",
        "Vous recevez un message dès que la préfecture a vérifié.",
    ),
    PIECES_DEMANDEES: Phrase(
        "La préfecture vous demande des pièces.",
        "Vous",
        "Envoyez les pièces demandées avant la date indiquée.",
        "Si vous ne pouvez pas, dites-le : le délai s’arrête.",
    ),
    COMPLETE: Phrase(
        "Votre demande est complète. La préfecture l’examine.",
        LA_PREFECTURE,
        "Rien pour le moment.",
        "Vos attestations sont renouvelées sans que vous le demandiez, jusqu’à la décision.",
    ),
    FAVORABLE: Phrase(
        "La préfecture a dit oui. Votre titre est en fabrication.",
        LA_PREFECTURE,
        "Rien pour le moment.",
        "Votre attestation de décision favorable vaut jusqu’à la remise du titre.",
    ),
    DEFAVORABLE: Phrase(
        "La préfecture a dit non.",
        "Vous",
        "Lisez la décision : elle dit pourquoi et comment la contester.",
        "Vous pouvez contester la décision ou déposer une autre demande.",
    ),
    TITRE_PRET: Phrase(
        "Votre titre est prêt.",
        "Vous",
        "Venez le chercher au lieu indiqué.",
        "Votre attestation reste valable jusqu’à la remise.",
    ),
    REMISE: Phrase(
        "Votre titre vous a été remis.", "Personne", "Rien.", "Nous vous prévenons avant la fin de votre titre."
    ),
    CLOSE: Phrase(
        "Votre demande a été fermée sans décision.",
        "Vous",
        "Lisez l’avis : il dit pourquoi, ce qui manque et comment la rouvrir.",
        "Vous pouvez demander la réouverture : la première date de dépôt est gardée.",
    ),
    ANNULEE: Phrase(
        "Vous avez annulé cette demande.", "Personne", "Rien.", "Vous pouvez en déposer une autre tout de suite."
    ),
    REPUDIEE: Phrase(
        "Cette demande n’est pas de vous : elle est mise de côté.",
        LA_PREFECTURE,
        "Rien.",
        "Elle ne compte pas contre vous. Si elle est bien de vous, reprenez-la dans votre espace.",
    ),
}

REOUVERTURE_DEMANDEE = Phrase(
    PHRASES[CLOSE].phrase,
    LA_PREFECTURE,
    "Rien pour le moment.",
    "Vous avez demandé la réouverture : un agent doit vous répondre. La première date de dépôt est gardée.",
)
# Of a demande taken over from an older application that is open on paper only.
FANTOME = Phrase(
    "Une ancienne demande est restée ouverte dans un autre fichier, alors qu’un titre l’a suivie.",
    LA_PREFECTURE,
    "Rien.",
    "Elle ne vous empêche pas de déposer. Toute préfecture peut la fermer.",
)


# A démarche that is not a residence title is renewed by nothing while it is examined.
SANS_ATTESTATION = "Vous recevez un message dès que la décision est prise. Vos droits restent ceux que vous avez."


def phrase_of(state: str, *, fantome: bool = False, a_rouvrir: bool = False, issue: Issue | None = None) -> Phrase:
    """The sentence of a demande: that of its state, unless it is open on paper only, or closed and asked to be
    reopened; `issue` says how a démarche ends that is no residence title, and then nothing that is true of a title
    alone is said (DEP-22).
    """
    if fantome and state in EN_INSTRUCTION:
        return FANTOME
    if a_rouvrir and state == CLOSE:
        return REOUVERTURE_DEMANDEE
    phrase = PHRASES[state]
    if issue is None:
        return phrase
    if state == COMPLETE:
        return replace(phrase, suite=SANS_ATTESTATION)
    if state == FAVORABLE:
        holds = issue.donne is Donne.ACTE
        return Phrase(issue.accordee, "Personne" if holds else LA_PREFECTURE, "Rien.", issue.ensuite)
    if state == TITRE_PRET:
        return replace(phrase, phrase=issue.prete, suite="Prenez la décision et un papier d’identité avec vous.")
    if state == REMISE:
        return replace(phrase, phrase=issue.remise, suite="Il n’y a plus rien à faire.")
    return phrase


def at_place(phrase: Phrase, place: str) -> Phrase:
    """The sentence of what waits for her, with the place that the agent wrote."""
    where = ", ".join(line.strip(" .,") for line in place.splitlines() if line.strip())
    return replace(phrase, attendu=f"Venez le chercher ici : {where}.")


def is_over(state: str, issue: Issue | None = None) -> bool:
    """Whether nothing more is awaited of anybody: a yes that holds at once leaves nothing to hand over."""
    return state in TERMINEES or (state == FAVORABLE and issue is not None and issue.donne is Donne.ACTE)


ETAT_IMPOSSIBLE = Motif(
    "ETAT_IMPOSSIBLE",
    "regle-du-service",
    "Cela n’est plus possible : la demande a changé d’état.",
    "Rechargez la page : l’état exact de la demande y est écrit, avec ce que vous pouvez faire.",
)
DEMANDE_INCONNUE = Motif(
    "DEMANDE_INCONNUE",
    "regle-du-service",
    "Cette demande n’existe pas, ou elle n’est pas dans votre espace.",
    "Ouvrez « Mon espace » : toutes vos demandes y sont.",
    Genre.INTROUVABLE,
)


RIEN_DEPOSE = Motif(
    "DEMANDE_TERMINEE_RIEN_DEPOSE",
    "regle-du-service",
    "Cette demande est terminée : rien n’est déposé.",
    "Fermée, elle se rouvre par sa préfecture. Pour une nouvelle demande, ouvrez une autre voie à cette personne.",
)


def without_request(completude: date | None) -> str:
    """Where a demande stands once nothing is asked of the person: complete if it was found so, else to be checked."""
    return DEPOSEE if completude is None else COMPLETE


def may_become(state: str, next_state: str, issue: Issue | None = None) -> Decision:
    """A demande goes only where its life allows; a closed or refused one may be reopened. A yes that holds at once, by
    its `issue`, leaves nothing to hand over.
    """
    card = issue is None or issue.donne is Donne.CARTE
    allowed = next_state in FOLLOWING[state] and (card or next_state not in (TITRE_PRET, REMISE))
    return accept() if allowed else refuse(ETAT_IMPOSSIBLE)


def may_restore(state: str, before: str) -> Decision:
    """What was set aside goes back to where it was, and nowhere else."""
    allowed = state == REPUDIEE and REPUDIEE in FOLLOWING.get(before, ())
    return accept() if allowed else refuse(ETAT_IMPOSSIBLE)
