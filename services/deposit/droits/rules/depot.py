"""Filing: what may be chosen and filed, which pieces are missing, which date counts (DEP-10 to 33)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from droit.catalogue import Catalogue, Stade
from droit.catalogue.issue import Question
from droit.catalogue.titre import Piece, Titre
from droit.dates import Position
from droit.decision import Decision, Genre, Motif, accept, refuse
from droit.jours import Fenetre, window

PIECE_MANQUANTE = Motif(
    "PIECE_MANQUANTE",
    "regle-du-service",
    "Il manque une pièce obligatoire.",
    "Ajoutez cette pièce. Si vous ne l’avez pas, appuyez sur « Je n’y arrive pas ».",
    Genre.INVALIDE,
)
HORS_TELESERVICE = Motif(
    "HORS_TELESERVICE",
    "ddd-2024-12-11",
    "Ce titre ne se demande pas en ligne.",
    "La façon de le demander à votre préfecture est écrite sur cette page.",
)
NUMERO_EXIGE = Motif(
    "NUMERO_EXIGE",
    "lettre-2024-12-17",
    "Avec les règles en vigueur ici, ce titre ne se dépose pas en ligne sans numéro étranger.",
    "Demandez un rendez-vous au guichet : votre demande y est prise, à la date d’aujourd’hui.",
)
PREFECTURE_MANQUANTE = Motif(
    "PREFECTURE_MANQUANTE",
    "regle-du-service",
    "Nous ne savons pas quelle est votre préfecture.",
    "Choisissez le département où vous habitez.",
    Genre.INVALIDE,
)


REPONSE_MANQUANTE = Motif(
    "REPONSE_MANQUANTE",
    "regle-du-service",
    "Il manque une réponse.",
    "Répondez à la question qui manque. Si vous ne pouvez pas, appuyez sur « Je n’y arrive pas ».",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Objet:
    """What is asked for: a title at a stage, or another démarche."""

    titre_code: str
    demarche_code: str
    stade: Stade
    # The longer card asked for in the same demande (DEP-18).
    longue: str = ""

    def libelle(self, cat: Catalogue) -> str:
        """Its name in words."""
        return cat.titre(self.titre_code).libelle if self.titre_code else cat.demarche(self.demarche_code).libelle

    def pieces(self, cat: Catalogue, day: date, position: Position) -> tuple[Piece, ...]:
        """The pieces asked for on `day`."""
        if self.titre_code:
            own = cat.titre(self.titre_code).pieces_at(self.stade, day, position)
            return own + self._pieces_beside(cat, {piece.code for piece in own}, day, position)
        return cat.demarche(self.demarche_code).pieces.at(day, position).value

    def _pieces_beside(self, cat: Catalogue, own: set[str], day: date, position: Position) -> tuple[Piece, ...]:
        """The further pieces of the longer card: asked for, and never a bar to the renewal itself (DEP-18)."""
        if not self.longue:
            return ()
        card = cat.titre(self.longue)
        stade = self.stade if self.stade in card.stades else card.stades[0]
        asked = (piece for piece in card.pieces_at(stade, day, position) if piece.code not in own)
        return tuple(
            replace(piece, libelle=f"Pour la carte plus longue : {piece.libelle}", obligatoire=False) for piece in asked
        )


def stade_for(titre: Titre, *, fin_titre: date | None, situation_reguliere: bool, visa: bool = False) -> Stade:
    """A renewal when a title is held, a régularisation when the person is not in regular situation, else a first
    demande: also when what ends on `fin_titre` is a `visa` (API-T and API-F follow a VLS or a VLS-TS: DEP-52).
    """
    if not situation_reguliere and Stade.REGULARISATION in titre.regimes:
        return Stade.REGULARISATION
    wanted = Stade.RENOUVELLEMENT if fin_titre is not None and not visa else Stade.PREMIERE
    return wanted if wanted in titre.regimes else titre.stades[0]


def may_begin(titre: Titre, *, numero_etranger: bool, day: date, position: Position) -> Decision:
    """Anybody may begin any entry of the téléservice; what is outside shows its route on the same screen (DEP-02,
    SUB-21).
    """
    if not titre.on_teleservice(day, position):
        decided = titre.teleservice.is_known(day, position)
        regle = titre.teleservice.at(day, position).regle if decided else str(titre.ouvert_par)
        return refuse(HORS_TELESERVICE, titre=titre.code, regle=regle)
    applied = titre.sans_numero.at(day, position)
    if not numero_etranger and not applied.value:
        return refuse(NUMERO_EXIGE, titre=titre.code, regle=applied.regle)
    return accept(applied.regle)


def missing_pieces(asked: Iterable[Piece], sent: Iterable[str]) -> tuple[Piece, ...]:
    """Mandatory pieces of which no file is held."""
    have = set(sent)
    return tuple(piece for piece in asked if piece.obligatoire and piece.code not in have)


def may_submit(missing: Sequence[Piece], unanswered: Sequence[Question], prefecture: str) -> Decision:
    """A demande is filed with each mandatory piece and answer, at any date before or after the window (DEP-23)."""
    if not prefecture:
        return refuse(PREFECTURE_MANQUANTE, champ="prefecture")
    if missing:
        names = [piece.libelle for piece in missing]
        return refuse(PIECE_MANQUANTE, champ=f"piece-{missing[0].code}", pieces=names, codes=[p.code for p in missing])
    if unanswered:
        questions = [question.libelle for question in unanswered]
        return refuse(REPONSE_MANQUANTE, champ=unanswered[0].code, questions=questions)
    return accept()


def fenetre(cat: Catalogue, fin_titre: date, day: date, position: Position) -> Fenetre:
    """The days on which the renewal of a title ending on `fin_titre` is in its window."""
    opening = cat.national.number("fenetre-ouverture", day, position)
    closing = cat.national.number("fenetre-fermeture", day, position)
    return window(fin_titre, opening, closing)


def date_retenue(depot: date, tentatives: Iterable[date]) -> date:
    """The date that counts: the first blocked attempt, where one was recorded for this person and démarche (DEP-25)."""
    return min([depot, *tentatives])
