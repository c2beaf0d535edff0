"""What notify may say, by which way, in which order, and who may do what: pure decisions, no clock, no store."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from droit.decision import Decision, Genre, Motif, accept, refuse
from personne.nom import plain, says_all

COURRIEL, SMS, LETTRE, APPEL = "COURRIEL", "SMS", "LETTRE", "APPEL"
# The reception point that she named: told there beside her own ways, and instead of none of them.
ACCUEIL = "ACCUEIL"
CANAUX = (COURRIEL, SMS, LETTRE, APPEL, ACCUEIL)
# Sent by a machine in seconds; the two others cost somebody's time.
IMMEDIATS = (COURRIEL, SMS)

A_REMETTRE, REMIS, DELIVRE, LU, ECHEC, ANNULE = "A_REMETTRE", "REMIS", "DELIVRE", "LU", "ECHEC", "ANNULE"
A_PLANIFIER, PLANIFIE, REJETE, NON_RECU = "A_PLANIFIER", "PLANIFIE", "REJETE", "NON_RECU"
# The cause of a message that no way is open to: it is told once one is.
AUCUNE_VOIE = "AUCUNE_VOIE"

# How a template chooses its first ways: one after the other, SMS and e-mail together, or all at once.
PREMIERE, ALERTE, TOUTES = "premiere", "alerte", "toutes"

# State -> the states that a later proof may still give it. A proof that comes late is better than a failure.
SUITES: Mapping[str, frozenset[str]] = {
    A_REMETTRE: frozenset({REMIS, DELIVRE, LU, ECHEC, ANNULE}),
    REMIS: frozenset({DELIVRE, LU, ECHEC}),
    DELIVRE: frozenset({LU}),
    LU: frozenset(),
    ECHEC: frozenset({DELIVRE, LU}),
    ANNULE: frozenset(),
}

_REGLE = "regle-du-service"

MESSAGE_DEJA_PARTI = Motif(
    "MESSAGE_DEJA_PARTI",
    _REGLE,
    "Ce message est déjà parti : il ne peut plus être changé ni retiré.",
    "Envoyez un message rectificatif : il cite le premier.",
)
MESSAGE_PAS_PRET = Motif(
    "MESSAGE_PAS_PRET",
    _REGLE,
    "Le texte de ce message n’est pas encore connu.",
    "Réessayez dans quelques minutes : notify attend le service qui l’a demandé.",
)
MESSAGE_PAS_PARTI = Motif(
    "MESSAGE_PAS_PARTI",
    _REGLE,
    "Ce message n’est pas parti : il n’y a rien à rectifier.",
    "Changez son texte, ou annulez-le.",
)
ACTE_INTERDIT = Motif(
    "ACTE_INTERDIT",
    _REGLE,
    "Votre rôle ou votre préfecture ne permet pas cet acte.",
    "Adressez-vous à un agent qui suit ce dossier.",
    Genre.INTERDIT,
)
ENVOI_PAS_DANS_CET_ETAT = Motif(
    "ENVOI_PAS_DANS_CET_ETAT",
    _REGLE,
    "Cet envoi a déjà été traité, ou ne l’est pas encore.",
    "Rechargez la file : elle montre où il en est.",
    Genre.CONFLIT,
)
IDENTITE_NON_VERIFIEE = Motif(
    "IDENTITE_NON_VERIFIEE",
    _REGLE,
    "L’identité n’est pas vérifiée : aucun contenu ne peut être dit.",
    "Ne donnez aucune information. Terminez l’appel et notez le résultat.",
    Genre.INTERDIT,
)
DATE_IMPOSSIBLE = Motif(
    "DATE_IMPOSSIBLE",
    _REGLE,
    "Cette date n’est pas possible : le courrier n’existait pas encore, ou elle est dans le futur.",
    "Écrivez le jour où le courrier a été mis à la poste.",
    Genre.INVALIDE,
)

# Act -> the roles that may do it.
ACTES: Mapping[str, frozenset[str]] = {
    "voir": frozenset({"instructeur", "superviseur", "bureau_national", "ccc", "ccc_superviseur"}),
    "changer": frozenset({"instructeur", "superviseur", "bureau_national", "ccc", "ccc_superviseur"}),
    "courriers": frozenset({"prefecture", "superviseur", "bureau_national", "ccc", "ccc_superviseur"}),
    "appels": frozenset({"superviseur", "bureau_national", "ccc", "ccc_superviseur"}),
    "echecs": frozenset({"superviseur", "bureau_national", "ccc", "ccc_superviseur", "exploitant"}),
    "rejets": frozenset({"exploitant"}),
}
# Desks of the whole country; every other role sees only the parcours of its own préfectures.
NATIONAUX = frozenset({"bureau_national", "ccc", "ccc_superviseur", "exploitant"})


@dataclass(frozen=True)
class Joignable:
    """How a person can be reached now: `atteignables` are the ways with an address that nobody has refused."""

    canaux: tuple[str, ...]
    confirmes: tuple[str, ...]
    atteignables: frozenset[str]
    protege: bool = False


def ways(joignable: Joignable) -> tuple[str, ...]:
    """The ways of a person in order: her own order first; a protected person is only reached by those she confirmed.

    Source: NOT-01, NOT-08.
    """
    asked = tuple(dict.fromkeys(joignable.canaux))
    if joignable.protege:
        allowed = [canal for canal in (*asked, *joignable.confirmes) if canal in joignable.confirmes]
    else:
        allowed = [*asked, *CANAUX]
    return tuple(canal for canal in dict.fromkeys(allowed) if canal in joignable.atteignables)


def first_ways(order: Sequence[str], voies: str, *, papier: bool) -> tuple[str, ...]:
    """The ways tried at once: the preferred one; SMS and e-mail for an alert (NOT-02); all in writing for a closing.

    The one that she prefers is always among them: an alert reaches by letter who reads nothing else (SUB-14).
    `papier` adds a letter where there is an address (NOT-09); a reception point that she named is told too (DEP-09).
    """
    if voies == TOUTES:
        chosen = [canal for canal in order if canal != APPEL] or list(order[:1])
    elif voies == ALERTE:
        chosen = [canal for canal in order if canal in IMMEDIATS] or list(order[:1])
    else:
        chosen = list(order[:1])
    chosen = [*(canal for canal in order[:1] if canal not in chosen), *chosen]
    if papier and LETTRE in order and LETTRE not in chosen:
        chosen.append(LETTRE)
    if ACCUEIL in order and ACCUEIL not in chosen:
        chosen.append(ACCUEIL)
    return tuple(chosen)


def next_way(order: Sequence[str], tried: Collection[str], *, definitif: bool, acte_attendu: bool) -> str | None:
    """The next way after a failure (NOT-06).

    A letter or a call takes somebody's time: without a failure that is certain, only a message on which an act depends
    gets one.
    """
    left = [canal for canal in order if canal not in tried]
    if not definitif and not acte_attendu:
        left = [canal for canal in left if canal in IMMEDIATS]
    return left[0] if left else None


def way_of_unread(order: Sequence[str], tried: Collection[str]) -> str:
    """How what nobody opened goes on: a letter, which stays with her, else a call; nothing where it is in the post
    already (PAN-13).
    """
    return "" if LETTRE in tried else next((way for way in (LETTRE, APPEL) if way in order and way not in tried), "")


def needs_proof(voies: str, echeance: date | None, *, acte_attendu: bool) -> bool:
    """Whether the carrier is asked to report a delivery, and not a failure alone: where an act or a day depends on it
    (NOT-06), and for alerts, whose proofs are kept (NOT-03).
    """
    return acte_attendu or echeance is not None or voies == ALERTE


def follows(state: str, new: str) -> bool:
    """Whether a proof may move a sending from `state` to `new`; repeats and late news change nothing."""
    return new in SUITES[state]


def repli_date(canal: str, handed: date, days: Mapping[str, int], echeance: date | None) -> date | None:
    """The legal day on which a sending without proof gives way to the next, before the person's own due date.

    A letter gives no proof by itself: it only gives way when it is still here on the due date.
    """
    if canal not in IMMEDIATS:
        return echeance
    day = handed + timedelta(days=days[canal])
    if echeance is not None:
        day = min(day, echeance - timedelta(days=1))
    return max(day, handed + timedelta(days=1))


def may_change_text(state: str, engaged: bool) -> Decision:
    """A text is changed as long as nothing was handed to a carrier (NOT-07)."""
    if state == A_PLANIFIER:
        return refuse(MESSAGE_PAS_PRET)
    return refuse(MESSAGE_DEJA_PARTI) if engaged or state != PLANIFIE else accept()


def may_try_again(state: str) -> Decision:
    """A message that reached nobody is tried again from its first way, once the person's addresses are mended."""
    return accept() if state == NON_RECU else refuse(MESSAGE_DEJA_PARTI)


def may_rectify(engaged: bool) -> Decision:
    """What is sent is not changed: a second message rectifies it (NOT-07)."""
    return accept() if engaged else refuse(MESSAGE_PAS_PARTI)


def may_act(acte: str, roles: Collection[str]) -> Decision:
    """Whether one of the roles may do this act at all."""
    return accept() if not ACTES[acte].isdisjoint(roles) else refuse(ACTE_INTERDIT)


def may_act_on(acte: str, roles: Collection[str], scope: Collection[str], prefectures: Collection[str]) -> Decision:
    """Whether one of the roles may do this act on a parcours of `prefectures` (XCT-07: role and préfecture).

    A parcours whose préfecture is not known here is for the national desks.
    """
    allowing = ACTES[acte].intersection(roles)
    if allowing & NATIONAUX:
        return accept()
    near = "*" in scope or not set(scope).isdisjoint(prefectures)
    return accept() if allowing and near else refuse(ACTE_INTERDIT)


def may_tell_by_voice(nom: str, said_nom: str, expected: Collection[str], said: str) -> Decision:
    """Content is read aloud only to a person who gives her name and one more thing that we know.

    `expected`: reference of the dossier, postcode. What is compared is never shown to the agent.
    """
    answers = {plain(value) for value in expected if plain(value)}
    return accept() if says_all(said_nom, nom) and plain(said) in answers else refuse(IDENTITE_NON_VERIFIEE)


def may_post(printed: date, posted: date, today: date) -> Decision:
    """A letter is posted on a day between its printing and today (NOT-09)."""
    return accept() if printed <= posted <= today else refuse(DATE_IMPOSSIBLE, champ="poste_date")


def require_state(state: str, *wanted: str) -> Decision:
    """Refuses an act that does not apply to this state, so that it counts once."""
    return accept() if state in wanted else refuse(ENVOI_PAS_DANS_CET_ETAT)
