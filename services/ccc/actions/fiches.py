"""Cards of general information: those that the centre writes, and those that the law itself gives (CCC-17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock, outbox
from chassis.web.who import Who
from droit.catalogue.titre import Titre
from droit.decision import Genre, Motif, Refused
from droit.jours import day_in_words
from services.ccc import inputs
from services.ccc.actions import acces
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules.anomalies import words
from services.ccc.store import Fiche
from services.ccc.store.registre import NATIONAL

FOUND_MAX = 8
LIMITES = (
    "Cette fiche donne la règle générale. Elle ne dit pas ce que la préfecture décidera pour vous : "
    "le centre de contact ne décide pas."
)

FICHE_INCONNUE = Motif(
    "FICHE_INCONNUE", "regle-du-service", "Cette fiche n’existe pas.", "Cherchez-la par ses mots.", Genre.INTROUVABLE
)


@dataclass(frozen=True)
class Carte:
    """A card as it is read out or sent: substance, source, limits, and the day when somebody checked it, if any did."""

    id: str
    titre: str
    texte: str
    source: str
    verifiee: date | None
    limites: str
    ecrite: bool = True

    @property
    def choix(self) -> tuple[str, str]:
        """The card in a list of cards."""
        return self.id, self.titre

    def in_words(self) -> str:
        """The card at the end of an answer."""
        return "\n".join([self.titre, self.texte, f"Source : {self.source} ({self.checked_in_words()}).", self.limites])

    def checked_in_words(self) -> str:
        """When it was checked."""
        return (
            f"vérifié le {day_in_words(self.verifiee)}"
            if self.verifiee
            else "pas encore vérifié dans le texte officiel"
        )


def write(said: inputs.Redaction, who: Who, *, request_id: str, fiche_id: str = "") -> Fiche:
    """Writes a card, or checks it again today; its source is compulsory."""
    if fiche_id:
        return _rewrite(fiche_id, said, who, request_id)
    acces.require_act(who, acces_rules.FICHE_ECRIRE)
    fiche = Fiche(
        id=outbox.id_for(request_id, "fiche"),
        parcours_id=NATIONAL,
        titre=said.titre,
        texte=said.texte,
        limites=said.limites or LIMITES,
        source=said.source,
        verifiee_date=clock.today(),
        verifiee_par=who.id,
        mots=sorted(words(said.titre, said.mots))[:60],
    )
    return outbox.insert(fiche, request_id=request_id)


@outbox.retry_conflicts
def _rewrite(fiche_id: str, said: inputs.Redaction, who: Who, request_id: str) -> Fiche:
    fiche = _ours(fiche_id, who)
    if outbox.already(fiche, request_id):
        return fiche
    fiche.titre = said.titre
    fiche.texte = said.texte
    fiche.limites = said.limites or LIMITES
    fiche.source = said.source
    fiche.verifiee_date = clock.today()
    fiche.verifiee_par = who.id
    fiche.mots = sorted(words(said.titre, said.mots))[:60]
    return outbox.update(fiche, request_id=request_id)


@outbox.retry_conflicts
def check(fiche_id: str, who: Who, *, request_id: str) -> Fiche:
    """Says that a card was read again today and is right."""
    fiche = _ours(fiche_id, who)
    if outbox.already(fiche, request_id):
        return fiche
    fiche.verifiee_date, fiche.verifiee_par = clock.today(), who.id
    return outbox.update(fiche, request_id=request_id)


@outbox.retry_conflicts
def remove(fiche_id: str, who: Who, *, request_id: str) -> Fiche:
    """A card that is no longer right is found by nobody; the answers that carried it keep their words."""
    fiche = _ours(fiche_id, who)
    if outbox.already(fiche, request_id):
        return fiche
    fiche.retiree_date = clock.today()
    return outbox.update(fiche, request_id=request_id)


def _ours(fiche_id: str, who: Who) -> Fiche:
    acces.require_act(who, acces_rules.FICHE_ECRIRE)
    fiche: Fiche | None = Fiche.objects(id=fiche_id, retiree_date=None).first()
    if fiche is None:
        raise Refused(FICHE_INCONNUE)
    return fiche


def search(text: str) -> list[Carte]:
    """The cards that match these words, best first: ours, then those of the law."""
    asked = words(text)
    if not asked:
        return []
    ours = [_carte(fiche) for fiche in _current(mots__in=sorted(asked)[:40]).limit(50)]
    cards = [*ours, *(_of_titre(titre) for titre in cadre().catalogue.titres())]
    scored = [(len(asked & words(card.titre)), card) for card in cards]
    best = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], not pair[1].ecrite))
    return [card for _, card in best[:FOUND_MAX]]


def find(fiche_id: str) -> Carte:
    """One card. Raises Refused(FICHE_INCONNUE)."""
    if fiche_id.startswith("titre-"):
        try:
            return _of_titre(cadre().catalogue.titre(fiche_id.removeprefix("titre-")))
        except Refused:
            raise Refused(FICHE_INCONNUE) from None
    fiche = _current(id=fiche_id).first()
    if fiche is None:
        raise Refused(FICHE_INCONNUE)
    return _carte(fiche)


def _current(**criteria: Any) -> Any:
    """The cards that people and answers may use: neither removed, nor unchecked for longer than P-STALE (XCT-11)."""
    today = clock.today()
    since = today - timedelta(days=cadre().number("P-STALE", today))
    return Fiche.objects(retiree_date=None, verifiee_date__gte=since, **criteria)


def stale_first(who: Who) -> list[Carte]:
    """Our cards, those checked longest ago first: they are to be checked again."""
    acces.require_act(who, acces_rules.LIRE)
    return [_carte(fiche) for fiche in Fiche.objects(retiree_date=None).order_by("verifiee_date").limit(100)]


def _carte(fiche: Fiche) -> Carte:
    return Carte(fiche.id, fiche.titre, fiche.texte, fiche.source, fiche.verifiee_date, fiche.limites)


def _of_titre(titre: Titre) -> Carte:
    """What the law as data says of a title, with its text: nobody has checked the official one yet."""
    lines = [titre.resume]
    if titre.conditions:
        lines += ["Conditions :", *(f"– {condition}" for condition in titre.conditions)]
    source = " ; ".join(part for part in (titre.article, titre.fondement, str(titre.ouvert_par)) if part)
    return Carte(
        id=f"titre-{titre.code}",
        titre=titre.libelle,
        texte="\n".join(lines),
        source=source,
        verifiee=None,
        limites=LIMITES,
        ecrite=False,
    )
