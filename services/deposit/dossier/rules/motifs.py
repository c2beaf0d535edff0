"""A limit of the software is never a ground of refusal: such a reason is not written (XCT-22)."""

from __future__ import annotations

import re
import unicodedata

from droit.decision import Decision, Motif, accept, refuse

LIMITE_DU_LOGICIEL = Motif(
    "LIMITE_DU_LOGICIEL",
    "ddd-2024-12-11",
    "Une limite du logiciel n’est pas un motif : rien n’est refusé ni fermé pour cela.",
    "Écrivez le motif qui tient au dossier. Si un écran ne permet pas un acte, signalez l’anomalie au bureau national, "
    "et recevez la personne d’une autre façon : sa date est gardée.",
)
_OUTIL = (
    r"(?:logiciel|application|applicatif|anef|agdref|teleservice|plateforme|portail|systeme(?: informatique)?|outil"
    r"|interface|ecran|formulaire en ligne|module|informatique)"
)
_LIMITE = (
    r"(?:ne (?:nous |me |le |la |les )?(?:permet|prevoit|autorise|gere|peut|fonctionne|marche|reconnait|propose)\w*"
    r"|n (?:autorise|accepte|offre|enregistre)\w*|bloqu\w+|impossib\w+|refuse\w*|rejet\w+|bug\w*|anomalie)"
)
_SOFTWARE = re.compile(
    rf"\b{_OUTIL}\b(?: \w+){{0,6}} {_LIMITE}\b"
    rf"|\b(?:{_LIMITE}|limite\w*|contrainte\w*|raison\w*|motif\w*|probleme\w*)(?: \w+){{0,5}}"
    rf" (?:dans|sur|par|de|du|des|d|l|le|la)(?: \w+)? {_OUTIL}\b"
    r"|\b(?:limite|contrainte|raison|motif|probleme|difficulte|impossibilite)s?"
    r" (?:purement )?(?:technique|informatique)s?\b"
)


def may_write(motif: str) -> Decision:
    """A reason that invokes what the software cannot do is refused, whatever the case behind it."""
    return refuse(LIMITE_DU_LOGICIEL, champ="motif") if _SOFTWARE.search(_plain(motif)) else accept()


def _plain(text: str) -> str:
    """Lower case without accents, apostrophes or signs, spaces made one."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    words = re.sub(r"[^\w]+", " ", bare)
    return " ".join(words.split())
