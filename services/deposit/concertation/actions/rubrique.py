"""The section that every préfecture site shows: all démarches from one source, each with its text, date and age."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from chassis import clock, mongo, outbox
from chassis.outbox import Fact
from chassis.web.who import AGENT, Who
from droit.catalogue.demarche import Demarche
from droit.catalogue.titre import Titre
from droit.dates import Dated
from droit.decision import Refused
from sejour.deposit.v1 import events_pb2
from sejour.pan.v1 import pan_pb2
from services.deposit.cadre import cadre
from services.deposit.concertation import inputs
from services.deposit.concertation.rules import fraicheur as rules
from services.deposit.concertation.store.publication import Publication
from services.deposit.dossier.actions import prefectures
from services.deposit.dossier.rules import acces

Age = rules.Age
PUBLIEURS = ("bureau_national",)
JOURNAL_MAX = 50
LIEUX = "sejour.pan.v1.PanService/ListLieux"


@dataclass(frozen=True)
class Entree:
    """One démarche: its ground, its text, since when it is online, its ways, the documents that it goes through, who
    answers for the card and when it was read (DEP-21).
    """

    id: str
    code: str
    libelle: str
    resume: str
    article: str
    fondement: str
    texte: str
    en_ligne: bool
    depuis: date | None
    canaux: tuple[str, ...]
    regimes: tuple[str, ...]
    responsable: str
    relue: date | None
    age: rules.Age


@dataclass(frozen=True)
class Lieu:
    """A place of a préfecture where somebody helps: its telephone and hours are known of an open one."""

    nom: str
    adresse: str
    telephone: str = ""
    horaires: tuple[str, ...] = ()


def entries(day: date, *, every: bool = False) -> tuple[Entree, ...]:
    """All titles then the other démarches; what was taken off, or is past P-STALE, only when `every` is asked."""
    kept = {publication.id: publication for publication in Publication.objects.limit(500)}
    found = []
    for key, item in _listed():
        publication = kept.get(key)
        entry = _entry(key, item, publication, day)
        hidden = entry.age is Age.A_RELIRE or (publication is not None and publication.retiree)
        if every or not hidden:
            found.append(entry)
    return tuple(found)


def entry(code: str, day: date) -> Entree:
    """The card of one title or démarche, whatever its age. Raises Refused for an unknown code."""
    found = next(((key, item) for key, item in _listed() if item.code == code), None)
    if found is None:
        raise Refused(rules.PUBLICATION_INCONNUE)
    key, item = found
    return _entry(key, item, mongo.find(Publication, id=key), day)


def _listed() -> list[tuple[str, Titre | Demarche]]:
    catalogue = cadre().catalogue
    titres: list[tuple[str, Titre | Demarche]] = [(f"titre:{titre.code}", titre) for titre in catalogue.titres()]
    return [*titres, *((f"demarche:{demarche.code}", demarche) for demarche in catalogue.demarches())]


def _entry(key: str, item: Titre | Demarche, publication: Publication | None, day: date) -> Entree:
    frame = cadre()
    decided = item.teleservice.is_known(day, frame.position)
    online = decided and item.teleservice.at(day, frame.position).value
    relue = publication.relue_date if publication else None
    return Entree(
        key,
        item.code,
        item.libelle,
        item.resume,
        item.article if isinstance(item, Titre) else "",
        _ground(item),
        str(item.ouvert_par),
        online,
        _since(item.teleservice, day) if online else None,
        tuple(frame.catalogue.canaux[canal].libelle for canal in item.canaux),
        _documents(item, day),
        publication.responsable if publication else "",
        relue,
        rules.age(relue, day, frame.number("P-STALE", day)),
    )


def places(prefecture: str) -> tuple[Lieu, ...]:
    """The préfecture, then the open places of its directory, France services houses included, as pan has them now;
    while pan is silent, those that the préfecture published. Raises Refused for an unknown code (PAN-01).
    """
    cadre().catalogue.departement(prefecture)
    regles = prefectures.regles(prefecture)
    own = (Lieu(regles.nom, f"{regles.adresse}, {regles.code_postal} {regles.ville}"),) if regles else ()
    try:
        asked = pan_pb2.ListLieuxRequest(prefecture=prefecture)
        found = cadre().client.call("pan", LIEUX, asked, pan_pb2.ListLieuxResponse, deadline=1).lieux
    except Refused:
        published = regles.pans if regles else ()
        return *own, *(Lieu(pan.nom, f"{pan.adresse}, {pan.code_postal} {pan.ville}") for pan in published)
    return *own, *(Lieu(p.nom, ", ".join(p.adresse), p.telephone, tuple(p.horaires)) for p in found)


def counts(found: tuple[Entree, ...]) -> dict[str, int]:
    """How many cards are fresh, to be read again, never read."""
    seen = Counter(entry.age.value for entry in found)
    return {age.value: seen.get(age.value, 0) for age in rules.Age}


@outbox.retry_conflicts
def review(publication_id: str, said: inputs.Relecture, who: Who, *, request_id: str) -> Publication:
    """Read again today by its owner, or taken off with its reason. Raises Refused."""
    if who.kind != AGENT or not who.has(*PUBLIEURS):
        raise Refused(acces.ACCES_REFUSE)
    today = clock.today()
    if publication_id not in {entry.id for entry in entries(today, every=True)}:
        raise Refused(rules.PUBLICATION_INCONNUE)
    rules.may_review(said.responsable).or_refuse()
    objet = "RETIREE" if said.retirer else "RELUE"
    message = events_pb2.PublicationModifiee(publication_id=publication_id, objet=objet, date=today.isoformat())
    fact = Fact("deposit.publication.modifiee", message, by=who.subject, private={"motif": said.retirer})
    line = {"jour": today.isoformat(), "objet": objet, "motif": said.retirer, "par": who.subject}
    publication = mongo.find(Publication, id=publication_id)
    if publication is None:
        made = Publication(
            id=publication_id,
            parcours_id=publication_id,
            responsable=said.responsable,
            relue_date=today,
            retiree=bool(said.retirer),
            journal=[line],
        )
        return outbox.insert(made, fact, request_id=request_id)
    if outbox.already(publication, request_id):
        return publication
    publication.responsable = said.responsable
    publication.relue_date = today
    publication.retiree = bool(said.retirer)
    publication.journal = [*publication.journal, line][-JOURNAL_MAX:]
    return outbox.update(publication, fact, request_id=request_id)


def _ground(item: Titre | Demarche) -> str:
    return item.fondement if isinstance(item, Titre) else item.resume


def _documents(item: Titre | Demarche, day: date) -> tuple[str, ...]:
    """The documents given on the way to the answer, by their names."""
    frame = cadre()
    if isinstance(item, Demarche):
        return (frame.catalogue.regimes["AD"].libelle,)
    given = [
        applied.regime.libelle
        for stade in item.stades
        for applied in frame.catalogue.delivered(item, stade, day, frame.position)
    ]
    return tuple(dict.fromkeys(given))


def _since(teleservice: Dated[bool], day: date) -> date | None:
    """The first day of the run of blocks that put it online as it is now."""
    position = cadre().position
    begun = sorted(
        (b for b in teleservice.blocs if b.position in (None, position) and b.depuis <= day), key=lambda b: b.depuis
    )
    first: date | None = None
    for bloc in begun:
        first = (first or bloc.depuis) if bloc.valeur else None
    return first
