"""What may be answered, asked again, lifted and closed; each refusal tells the agent what to do instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from droit.decision import Decision, Genre, Motif, accept, refuse
from services.ccc.rules.etats import ANNONCEE, CLOSE, INFORMATION, ISSUES, NIVEAU_MAX, SUIVI, TELEPROCEDURE, TRANSMISE
from services.ccc.rules.identite import plain

REPONSE_A_COTE = Motif(
    "REPONSE_A_COTE",
    "ddd-2024-12-11",
    "La réponse ne dit pas à quoi elle répond : ni aux mots de la personne, ni à sa capture d’écran.",
    "Citez une phrase de la personne, ou dites ce que montre sa capture ; puis répondez-y avec ses mots à elle.",
    Genre.INVALIDE,
)
RENVOI_A_L_ESPACE = Motif(
    "RENVOI_A_L_ESPACE",
    "ddd-2024-12-11",
    "La personne ne peut pas entrer dans son espace : la réponse ne peut pas l’y renvoyer.",
    "Levez le blocage vous-même, ou attestez et donnez les façons de faire sans internet.",
    Genre.INVALIDE,
)
GESTE_TROP_TECHNIQUE = Motif(
    "GESTE_TROP_TECHNIQUE",
    "lettre-2024-12-17",
    "La réponse demande un geste informatique que tout le monde ne sait pas faire.",
    "Faites-le à sa place, ou orientez vers un point d’accueil ou une autre façon de faire.",
    Genre.INVALIDE,
)
TROP_DE_REFORMULATIONS = Motif(
    "TROP_DE_REFORMULATIONS",
    "ddd-2024-12-11",
    "La personne a déjà dû expliquer son problème autant de fois que permis.",
    "Traitez la demande avec ce que vous avez, ou attestez le blocage.",
)
ISSUE_MANQUANTE = Motif(
    "ISSUE_MANQUANTE",
    "ddd-2024-12-11",
    "Une demande ne se termine pas sans dire ce qui a été fait.",
    "Choisissez une des quatre issues.",
    Genre.INVALIDE,
)
PAS_DE_REPONSE = Motif(
    "PAS_DE_REPONSE",
    "ddd-2024-12-11",
    "Aucune réponse n’est partie depuis que la personne a écrit : cette issue ne serait pas vraie.",
    "Répondez d’abord, par écrit ou au téléphone, puis terminez.",
)
ANOMALIE_NON_LIEE = Motif(
    "ANOMALIE_NON_LIEE",
    "ddd-2024-12-11",
    "Aucune anomalie du registre n’est liée à cette demande : rien n’a été transmis.",
    "Reconnaissez d’abord l’anomalie, ou signalez-la au registre.",
    Genre.INVALIDE,
)
SAISINE_CLOSE = Motif(
    "SAISINE_CLOSE",
    "regle-du-service",
    "Cette demande est terminée.",
    "La personne peut la rouvrir en disant que ce n’est pas réglé.",
)
PAS_ENCORE_TRAITEE = Motif(
    "PAS_ENCORE_TRAITEE",
    "ddd-2024-12-11",
    "Le blocage n’est ni levé, ni attesté, et personne n’y a répondu : la demande ne peut pas être terminée.",
    "Levez le blocage, attestez-le, ou répondez.",
)
PAS_UN_BLOCAGE = Motif(
    "PAS_UN_BLOCAGE",
    "regle-du-service",
    "Cette demande ne parle pas d’un blocage.",
    "Changez d’abord sa catégorie : le blocage est alors enregistré à la date de la demande.",
)
DEJA_ATTESTE = Motif(
    "DEJA_ATTESTE",
    "regle-du-service",
    "Ce blocage est déjà attesté.",
    "Le même document peut être envoyé de nouveau.",
)

# What takes more than reading and writing: the agent does it, or somebody beside the person does (CCC-19).
_TECHNIQUE = re.compile(
    r"\b(cache|cookies?|navigation privee|mode prive|(?:fenetre|onglet) privee?|incognito|votre historique|l historique"
    r"|donnees de navigation|f5|f12|ctrl|console|compress\w+|redimension\w+|convert\w+|resolution de l image"
    r"|navigateurs?|chrome|firefox|edge|safari|opera|zip\w*|pare feu|antivirus|bloqueur|vpn|dns|javascript|pixels?"
    r"|reinstall\w+|redemarr\w+|desinstall\w+"
    r"|(?:installe\w*|mettre|mettez|mise) (?:\w+ ){0,2}(?:jour|application|logiciel)"
    r"|(?:rafraichi|actualis|recharg)\w* (?:\w+ ){0,2}page|(?:reduire|reduisez|diminue\w*|alleg\w+) (?:\w+ ){0,3}"
    r"(?:taille|poids|fichiers?|images?|photos?|pieces?)|(?:format|en) (?:jpe?g|png|heic|webp)|format pdf"
    r"|parametres? (?:\w+ ){0,3}(?:ordinateur|telephone))\b"
)
_ESPACE = re.compile(
    r"\b(espace personnel|votre espace|mon espace|votre compte|connectez vous|reconnectez vous|vous connecter"
    r"|identifiez vous|mot de passe oublie)\b"
)
# What a person writes who cannot get in, whatever symptom was chosen, or none.
_SANS_ACCES = re.compile(
    r"\b(?:pas|plus|impossible|jamais)(?: \w+){0,3} (?:connecter|reconnecter|identifier|connexion|acceder a mon \w+"
    r"|entrer dans mon \w+|(?:creer|ouvrir) (?:un|mon) compte)\b"
    r"|\bpas acces a mon (?:compte|espace)\b|\bcompte(?: est)? (?:bloque|gele|desactive|suspendu|pirate|existe deja)\b"
    r"|\bmot de passe (?:\w+ ){0,2}(?:oublie|perdu|refuse|incorrect|invalide)\b|\b(?:oublie|perdu) mon mot de passe\b"
)
_PAS_REGLE = re.compile(
    r"\b(?:pas|toujours pas|rien) (?:encore )?(?:ete )?(?:regle|resolu)e?\b|\btoujours (?:bloque\w*|le meme probleme)\b"
    r"|\bmeme probleme\b|\b(?:marche|fonctionne) toujours pas\b|\btoujours pas (?:marche|fonctionne)\b"
)
_OPPOSITION = re.compile(
    r"\b(?:ne (?:veux|souhaite|voudrais) pas|refuse|m oppose a ce) que (?:\w+ ){0,4}prefecture (?:\w+ ){0,3}"
    r"(?:voie|sache|soit|lise|recoive|ait|puisse|connaisse)\b"
    r"|\bne pas (?:\w+ ){0,2}(?:prevenir|informer|avertir|transmettre|dire|montrer) (?:\w+ ){0,2}prefecture\b"
    r"|\bne (?:l |le |la |les )?(?:dites|montrez|transmettez|communiquez|envoyez|informez|prevenez) (?:\w+ ){0,4}pas"
    r" (?:\w+ ){0,5}prefecture\b|\bprefecture ne doit pas (?:\w+ ){0,2}(?:voir|savoir|lire|connaitre)\b"
)
CITATION_MOTS = 2
# Words that stand in any letter: an answer that shares only these with the person takes up nothing of hers.
_PARTOUT = frozenset(
    plain(
        "votre vous nous notre avec pour dans mais plus cette etre avoir fait faire sans tout tous bien merci bonjour"
        " madame monsieur demande dossier titre sejour prefecture service reponse question probleme blocage comme suis"
        " quand"
    ).split(" ")
)
_SIGNIFIANT = 4


@dataclass(frozen=True)
class Projet:
    """An answer before it is sent, beside what the person gave."""

    texte: str
    citation: str
    capture_vue: str


@dataclass(frozen=True)
class Donne:
    """What the person gave: her words, whether a file came with them, whether the symptom says that she is shut out."""

    precis: str
    captures: bool
    sans_acces: bool


@dataclass(frozen=True)
class Traitement:
    """What was done about a ticket. `repondu`: since the person last wrote, in writing or by telephone."""

    blocage: bool
    leve: bool
    atteste: bool
    repondu: bool
    anomalie: bool


def may_answer(projet: Projet, donne: Donne) -> Decision:
    """An answer or a question takes up what she wrote or showed, in its own words too, and may be sent at all.

    Source: CCC-03, CCC-04, CCC-19.
    """
    sent = may_send(projet.texte, donne)
    if sent.motif is not None:
        return sent
    words, cited = plain(donne.precis), plain(projet.citation)
    quotes = bool(cited) and len(cited.split()) >= min(CITATION_MOTS, len(words.split())) and cited in words
    looked = donne.captures and len(plain(projet.capture_vue).split()) >= CITATION_MOTS
    if not quotes and not looked:
        return refuse(REPONSE_A_COTE, "citation")
    hers = _significant(words) | (_significant(plain(projet.capture_vue)) if looked else set())
    return accept() if not hers or hers & _significant(plain(projet.texte)) else refuse(REPONSE_A_COTE, "texte")


def may_send(texte: str, donne: Donne, champ: str = "texte") -> Decision:
    """No text sends anybody where she cannot go, or asks a computer skill (CCC-04, CCC-19)."""
    said = plain(texte)
    if (donne.sans_acces or _SANS_ACCES.search(plain(donne.precis))) and _ESPACE.search(said):
        return refuse(RENVOI_A_L_ESPACE, champ)
    return refuse(GESTE_TROP_TECHNIQUE, champ) if _TECHNIQUE.search(said) else accept()


def _significant(words: str) -> set[str]:
    """The beginnings of the words that say something; « bloquée » and « bloquer » begin alike."""
    return {word[:5] for word in words.split() if len(word) >= _SIGNIFIANT and word not in _PARTOUT}


def asks(texte: str) -> bool:
    """Whether a text asks the person something: sent as an answer it counts as asking again (CCC-05)."""
    return "?" in texte


def says_not_solved(texte: str) -> bool:
    """Whether she writes that it is not solved (CCC-03)."""
    return bool(_PAS_REGLE.search(plain(texte)))


def objects(texte: str) -> bool:
    """Whether she writes that her préfecture must not see it (CCC-14); in doubt it is kept from it."""
    return bool(_OPPOSITION.search(plain(texte)))


def may_reformulate(done: int, most: int) -> Decision:
    """The person is asked to say it again at most P-ROUND times (CCC-05)."""
    return refuse(TROP_DE_REFORMULATIONS, fait=done, au_plus=most) if done >= most else accept()


def is_duty(issue: str) -> Decision:
    """One of the four duties of the centre (CCC-02)."""
    return accept() if issue in ISSUES else refuse(ISSUE_MANQUANTE, "issue")


def may_close(issue: str, fait: Traitement) -> Decision:
    """A ticket ends by one of the four duties, and only by one that is true (CCC-02).

    A voie that opened by itself is no answer.
    """
    if issue not in ISSUES:
        return refuse(ISSUE_MANQUANTE, "issue")
    settled = fait.leve or fait.atteste
    if fait.blocage and not (settled or fait.repondu):
        return refuse(PAS_ENCORE_TRAITEE)
    if issue == TRANSMISE:
        return accept() if fait.anomalie else refuse(ANOMALIE_NON_LIEE, "issue")
    if fait.repondu or (issue == ANNONCEE and settled):
        return accept()
    return refuse(PAS_DE_REPONSE, "issue")


def may_act(state: str) -> Decision:
    """Nothing is written on a closed ticket but its reopening."""
    return refuse(SAISINE_CLOSE) if state == CLOSE else accept()


def may_attest(*, blocage: bool, attested: bool) -> Decision:
    """Only a blockage is attested, once (CCC-07)."""
    if not blocage:
        return refuse(PAS_UN_BLOCAGE)
    return refuse(DEJA_ATTESTE) if attested else accept()


def attestation_day(ouverture: date, p_att: int, today: date) -> date:
    """The legal day on which the system attests: P-ATT days after the opening, never before today (CCC-06)."""
    return max(ouverture + timedelta(days=p_att), today)


def guess_category(texte: str) -> str:
    """The category of a message that nobody qualified; a blockage when in doubt: a constat costs nobody a right."""
    said = plain(texte)
    if re.search(
        r"\b(bloqu\w*|impossible|erreur\w*|bug\w*|panne|arrive pas|marche pas|fonctionne pas|refus\w*)\b", said
    ):
        return TELEPROCEDURE
    if re.search(r"\b(ou en est|avancement|suivi|delai|nouvelles|attends? (une )?reponse|toujours pas)\b", said):
        return SUIVI
    if re.search(r"\b(quels?|quelles?|comment|ai je droit|puis je|faut il|renseignements?|informations?)\b", said):
        return INFORMATION
    return TELEPROCEDURE


def queue_key(fin_droit: date | None, ouverture: str, niveau: int) -> str:
    """The order of the queue: the nearest end of a right first, then the higher level, then the oldest."""
    return f"{fin_droit.isoformat() if fin_droit else '9999-12-31'}|{NIVEAU_MAX - niveau}|{ouverture}"
