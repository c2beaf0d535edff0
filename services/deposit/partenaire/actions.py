"""Partners: what each one's text says of our documents, the note to show, and refusals followed up (XCT-13)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chassis import clock, messages, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import AGENT, Who
from documents.contenu import Contenu
from documents.nature import Nature
from documents.rendu import render
from droit.catalogue.partenaire import Partenaire
from droit.decision import Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.dossier.actions.acces import access_demande, access_usager
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Attestation, Demande
from services.deposit.droits.actions import attestations
from services.deposit.instruction.actions import file_attente, personnes, urgences
from services.deposit.partenaire import inputs
from services.deposit.partenaire import rules as partenaires
from services.deposit.partenaire.rules import Presente
from services.deposit.partenaire.store import RefusPartenaire

OUVERT, EN_COURS = partenaires.OUVERT, partenaires.EN_COURS
RECONNU, MAINTENU = partenaires.RECONNU, partenaires.MAINTENU
FOLLOWING, PHRASES = partenaires.FOLLOWING, partenaires.PHRASES
PERIODE_JOURS = 365
LISTE_MAX = 50
SUITES_MAX = 50


@dataclass(frozen=True)
class Ligne:
    """One row of the public table: the partner, its texts, whether they name the attestations, the rule applied."""

    code: str
    nom: str
    textes: tuple[str, ...]
    nomme: bool
    note: str
    regle: str
    depuis: date
    source: str

    @property
    def phrase(self) -> str:
        """What its text says of our documents, in one sentence."""
        if self.nomme:
            return "Ce texte nomme les attestations en ligne."
        return "Ce texte ne nomme pas les attestations en ligne."


@dataclass(frozen=True)
class Compte:
    """Refusals of one kind of partner in one préfecture over the last year, by what became of them."""

    partenaire: str
    nom: str
    prefecture: str
    nombre: int
    reconnus: int
    maintenus: int

    @property
    def en_cours(self) -> int:
        """Neither accepted since nor maintained."""
        return self.nombre - self.reconnus - self.maintenus


def table(day: date) -> tuple[Ligne, ...]:
    """Every kind of partner, in the order of the catalogue."""
    return tuple(_line(partner, day) for partner in cadre().catalogue.partenaires.values())


def line(code: str, day: date) -> Ligne:
    """One kind of partner. Raises Refused(PARTENAIRE_INCONNU)."""
    return _line(_partner(code), day)


def note_pdf(numero: str, code: str, who: Who) -> bytes:
    """The note that goes with a document, in PDF; its reference is that of the document, which anybody checks."""
    _demande, attestation = _document(numero, who)
    partner, shown = line(code, clock.today()), Contenu.from_dict(json.loads(attestation.contenu))
    partenaires.may_report(_presented(attestation), attestation.debut_date, attestation.debut_date).or_refuse()
    contenu = Contenu(
        nature=Nature.NOTE,
        numero=shown.numero,
        emetteur=shown.emetteur,
        emis_date=clock.today(),
        prefecture=shown.prefecture,
        debut_date=shown.debut_date,
        fin_date=shown.fin_date,
        personne=shown.personne,
        droits=shown.droits,
        regle=partner.regle,
        paragraphes=(partner.note,),
        verification_url=shown.verification_url,
        extra={
            "partenaire": partner.nom,
            "document": shown.nature.libelle,
            "nomme": partner.phrase,
            "textes": list(partner.textes),
            "developpement": not cadre().production,
        },
    )
    return render(contenu)


def report(said: inputs.Refus, who: Who, *, request_id: str) -> RefusPartenaire:
    """Records a refusal, by the person, her helper or an agent; once for each command. Raises Refused."""
    demande, attestation = _document(said.numero, who, acces.INSTRUIRE if who.kind == AGENT else acces.ACT)
    _partner(said.partenaire)
    partenaires.may_report(_presented(attestation), said.refus_date, clock.today()).or_refuse()
    refus = RefusPartenaire(
        id=outbox.id_for(request_id, "refus"),
        parcours_id=demande.parcours_id,
        usager_id=demande.usager_id,
        demande_id=demande.id,
        reference=demande.reference,
        prefecture=demande.prefecture,
        partenaire=said.partenaire,
        organisme=said.organisme,
        document_numero=attestation.numero,
        document_nature=attestation.nature,
        refus_date=said.refus_date,
        texte=said.texte,
        par=who.subject,
    )
    done = outbox.insert(refus, _reported(refus, who), request_id=request_id)
    if said.urgence and demande.state in (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET):
        words = f"{refus.organisme} refuse le document {refus.document_numero}. {refus.texte}"
        motif = partenaires.URGENCES.get(said.partenaire, "prestations")
        # Its own command, with a name that a repeat gives again: what was cut between the two is done then.
        urgences.flag(demande.id, motif, words, None, who, request_id=outbox.id_for(request_id, "urgence"))
    return done


@outbox.retry_conflicts
def follow(refus_id: str, said: inputs.Suite, who: Who, *, request_id: str) -> RefusPartenaire:
    """An agent says what was done with the organisation; the person is told by her own way."""
    refus = mongo.find(RefusPartenaire, id=refus_id)
    if refus is None:
        raise Refused(partenaires.REFUS_INCONNU)
    demande = access_demande(refus.demande_id, who, acces.INSTRUIRE)
    if outbox.already(refus, request_id):
        return refus
    partenaires.may_follow(refus.state, said.state, said.texte).or_refuse()
    suite = {"jour": clock.today().isoformat(), **said.model_dump(), "par": who.subject}
    message = events_pb2.RefusPartenaireSuivi(refus_id=refus.id, state=said.state)
    refus.state = said.state
    refus.suites = [*refus.suites, suite][-SUITES_MAX:]
    return outbox.update(
        refus,
        Fact("deposit.partenaire.refus_suivi", message, by=who.subject, private=suite),
        _fact(refus, demande, f"{partenaires.PHRASES[said.state]} {said.texte}"),
        request_id=request_id,
    )


def of_person(usager_id: str, who: Who) -> list[RefusPartenaire]:
    """The refusals of a person's documents, the last one first (at most 50)."""
    access_usager(usager_id, who)
    return list(RefusPartenaire.objects(usager_id=usager_id).order_by("-refus_date").limit(LISTE_MAX))


def one(refus_id: str, who: Who) -> RefusPartenaire:
    """One refusal, for whoever may read its demande; an agent's reading is written down for the person."""
    refus = mongo.find(RefusPartenaire, id=refus_id)
    if refus is None:
        raise Refused(partenaires.REFUS_INCONNU)
    access_demande(refus.demande_id, who)
    personnes.note(refus.usager_id, who, f"{refus.reference} : refus d’un organisme")
    return refus


def to_follow(who: Who) -> list[RefusPartenaire]:
    """Refusals not yet answered in an agent's préfectures, the oldest first (at most 50)."""
    if who.kind != AGENT:
        raise Refused(acces.ACCES_REFUSE)
    waiting = (partenaires.OUVERT, partenaires.EN_COURS)
    found = RefusPartenaire.objects(prefecture__in=file_attente.prefectures_of(who), state__in=waiting)
    return list(found.order_by("refus_date").limit(LISTE_MAX))


def counts(day: date) -> tuple[Compte, ...]:
    """Refusals per partner and per préfecture over the year that ends on `day`; no person and no words in it."""
    since = (day - timedelta(days=PERIODE_JOURS)).isoformat()

    def how_many(state: str) -> dict[str, Any]:
        return {"$sum": {"$cond": [{"$eq": ["$state", state]}, 1, 0]}}

    rows = collection_of(RefusPartenaire).aggregate(
        [
            {"$match": {"refus_date": {"$gte": since, "$lte": day.isoformat()}}},
            {
                "$group": {
                    "_id": {"partenaire": "$partenaire", "prefecture": "$prefecture"},
                    "nombre": {"$sum": 1},
                    "reconnus": how_many(partenaires.RECONNU),
                    "maintenus": how_many(partenaires.MAINTENU),
                }
            },
            {"$sort": {"_id.partenaire": 1, "_id.prefecture": 1}},
        ]
    )
    partners = cadre().catalogue.partenaires
    return tuple(
        Compte(
            row["_id"]["partenaire"],
            partners[row["_id"]["partenaire"]].nom,
            row["_id"]["prefecture"],
            row["nombre"],
            row["reconnus"],
            row["maintenus"],
        )
        for row in rows
    )


def _partner(code: str) -> Partenaire:
    found = cadre().catalogue.partenaires.get(code)
    if found is None:
        raise Refused(partenaires.PARTENAIRE_INCONNU, champ="partenaire")
    return found


def _line(partner: Partenaire, day: date) -> Ligne:
    frame = cadre()
    named = partner.nomme.at(day, frame.position)
    texts = tuple(frame.catalogue.texte(cle).titre for cle in partner.textes)
    return Ligne(
        partner.code, partner.nom, texts, named.value, partner.note, named.regle, named.depuis, str(partner.citation)
    )


def _document(numero: str, who: Who, act: str = acces.READ) -> tuple[Demande, Attestation]:
    demande, attestation = attestations.find(numero)
    return access_demande(demande.id, who, act), attestation


def _presented(attestation: Attestation) -> Presente:
    # An attestation de dépôt proves rights only when it prolongs a card (L. 433-3).
    prolongs = attestation.regime == "AD" and attestation.fin_date is not None
    return Presente(attestations.proves(attestation) or prolongs, attestation.debut_date)


def _reported(refus: RefusPartenaire, who: Who) -> Fact:
    message = events_pb2.RefusPartenaireSignale(
        refus_id=refus.id,
        usager_id=refus.usager_id,
        demande_id=refus.demande_id,
        partenaire=refus.partenaire,
        prefecture=refus.prefecture,
        document_numero=refus.document_numero,
        refus_date=refus.refus_date.isoformat(),
    )
    prive = {"organisme": refus.organisme, "texte": refus.texte}
    return Fact("deposit.partenaire.refus_signale", message, by=who.subject, private=prive)


def _fact(refus: RefusPartenaire, demande: Demande, phrase: str) -> Fact:
    return messages.fact(
        ALIAS,
        messages.Notice(
            destinataire_id=refus.usager_id,
            parcours_id=refus.parcours_id,
            modele="refus_partenaire",
            champs={"reference": refus.reference, "organisme": refus.organisme, "phrase": phrase},
            demande_id=demande.id,
        ),
    )
