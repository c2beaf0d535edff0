"""Proofs for one purpose: made on paper or for a wallet, revoked, shown to their person (DEP-59, XCT-13)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chassis import clock, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Fact
from chassis.web.who import AGENT, Who
from documents import code2d, portefeuille
from documents import numero as numeros
from documents.contenu import Contenu, Droit, Personne
from documents.nature import Nature
from droit.decision import Refused
from papier import actions as papiers
from papier.store import Papier
from personne.reference import new_reference
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.concertation.actions import experimentations
from services.deposit.concertation.store.concertation import Experimentation
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import attestations, preuves
from services.deposit.droits.actions.preuves import Preuve
from services.deposit.instruction.actions import guichet
from services.deposit.instruction.actions.personnes import access_personne, note
from services.deposit.justificatif import inputs, rules
from services.deposit.justificatif.rules import Ligne, Usage
from services.deposit.justificatif.store import Justificatif, LectureJustificatif
from services.deposit.partenaire import actions as partenaires

LISTE_MAX, LECTURES_MAX = 50, 200
USAGES, PHRASES = rules.USAGES, rules.PHRASES


@dataclass(frozen=True)
class Fait:
    """A proof as its person reads it, with who looked."""

    justificatif: Justificatif
    usage: str
    en_cours: bool
    lectures: tuple[LectureJustificatif, ...]


def longest(today: date) -> int:
    """The most days that a proof may last."""
    return cadre().number("P-JUSTIFICATIF", today)


def make(usager_id: str, said: inputs.Demande, who: Who, *, request_id: str) -> Justificatif:
    """A proof for one purpose, by the person, her helper, or an agent who verified her identity today. Raises Refused.

    Once for each command.
    """
    usager, today = _reach(usager_id, who), clock.today()
    made = mongo.find(Justificatif, id=outbox.id_for(request_id, "justificatif"))
    if made is not None:
        return made
    usage, proof = usage_of(said.usage), paper_of(preuves.of_person(usager, today))
    lines = lines_of(usage, proof) if proof else None
    rules.may_make(usage, said.jours, longest(today), lines).or_refuse()
    assert proof is not None and lines is not None
    code = new_reference(usage.lettre)
    made = Justificatif(
        id=outbox.id_for(request_id, "justificatif"),
        parcours_id=usager.parcours_id,
        usager_id=usager.id,
        usage=usage.code,
        code=code,
        faite_date=today,
        fin_date=rules.last_day(today, said.jours, None),
        par=who.subject,
        papier=_draw(usager, usage, code, lines, rules.last_day(today, said.jours, proof.fin)),
    )
    fact = events_pb2.JustificatifFait(
        justificatif_id=made.id, usager_id=usager.id, usage=usage.code, fin_date=made.fin_date.isoformat()
    )
    return outbox.insert(made, Fact("deposit.justificatif.fait", fact, by=who.subject), request_id=request_id)


@outbox.retry_conflicts
def revoke(justificatif_id: str, who: Who, *, request_id: str) -> Justificatif:
    """From now on nobody reads it: one act, by whoever may make one."""
    justificatif = _one(justificatif_id, who)
    if outbox.already(justificatif, request_id) or justificatif.retire_date is not None:
        return justificatif
    justificatif.retire_date = clock.today()
    fact = events_pb2.JustificatifRetire(
        justificatif_id=justificatif.id, retire_date=justificatif.retire_date.isoformat()
    )
    return outbox.update(justificatif, Fact("deposit.justificatif.retire", fact, by=who.subject), request_id=request_id)


def made_by(usager_id: str, who: Who) -> list[Fait]:
    """A person's proofs, the last first, each with who looked and when (at most 50 and 200).

    Whoever holds a code reads what it shows: an agent who opens them is written down for the person (XCT-07).
    """
    if who.kind == AGENT:
        access_personne(usager_id, who, acces.REMETTRE)
        note(usager_id, who, "justificatifs")
    else:
        access_usager(usager_id, who)
    today = clock.today()
    read: dict[str, list[LectureJustificatif]] = {}
    for lecture in LectureJustificatif.objects(usager_id=usager_id).order_by("-time").limit(LECTURES_MAX):
        read.setdefault(lecture.justificatif_id, []).append(lecture)
    return [
        Fait(
            justificatif,
            USAGES[justificatif.usage].libelle,
            justificatif.retire_date is None and today <= justificatif.fin_date,
            tuple(read.get(justificatif.id, ())),
        )
        for justificatif in Justificatif.objects(usager_id=usager_id).order_by("-faite_date").limit(LISTE_MAX)
    ]


def pdf(justificatif_id: str, who: Who) -> bytes:
    """Its paper, signed, to print."""
    return papiers.pdf(_one(justificatif_id, who).papier)


def wallet_trial(usager_id: str) -> Experimentation | None:
    """The experiment by which her proofs may go to a wallet, for her préfecture and title; None when it is off."""
    usager = mongo.find(Usager, id=usager_id)
    proof = paper_of(preuves.of_person(usager, clock.today())) if usager is not None else None
    if proof is None:
        return None
    demande, _attestation = attestations.find(proof.numero)
    running = experimentations.running
    return running(experimentations.PORTEFEUILLE, demande.prefecture, demande.titre_code, clock.today())


def credential(justificatif_id: str, who: Who) -> str:
    """The same statement for a wallet, each line to be shown by choice. Raises Refused when the experiment is off."""
    justificatif = _one(justificatif_id, who)
    if wallet_trial(justificatif.usager_id) is None:
        raise Refused(rules.PORTEFEUILLE_FERME)
    contenu = papiers.content(justificatif.papier)
    if justificatif.retire_date is not None or contenu.debut_date is None or contenu.fin_date is None:
        raise Refused(rules.JUSTIFICATIF_INCONNU)
    personne = contenu.personne
    assert personne is not None and personne.naissance_date is not None
    url = cadre().settings.public_url
    stated = portefeuille.Attestation(
        emetteur=f"{url}/deposit",
        genre=f"{url}/deposit/justificatifs/{justificatif.usage}",
        debut=contenu.debut_date,
        fin=contenu.fin_date,
        toujours={"usage": justificatif.usage, "numero": contenu.numero, "textes": contenu.extra["textes"]},
        choisi={
            "family_name": personne.nom,
            "given_name": personne.prenoms,
            "birthdate": personne.naissance_date.isoformat(),
            **{rules.NOMS[droit.libelle]: droit.texte for droit in contenu.droits},
        },
    )
    return portefeuille.credential(stated, cadre().autorite)


def is_one(numero_or_reference: str) -> bool:
    """Whether a number printed on a paper is that of such a proof, which is checked by its code and not by it."""
    try:
        numero = numeros.parse_reference(numero_or_reference)
    except Refused:
        return False
    return collection_of(Justificatif).find_one({"papier.numero": numero}, {"_id": 1}) is not None


def _draw(usager: Usager, usage: Usage, code: str, lines: Sequence[Ligne], fin: date) -> Papier:
    """The paper: signed like the others, of the same few lines."""
    frame, today = cadre(), clock.today()
    contenu = Contenu(
        nature=Nature.JUSTIFICATIF,
        numero=numeros.new(numeros.SERVICE_DIGITS["deposit"]),
        emetteur="Séjour, dépôt en ligne",
        emis_date=today,
        debut_date=today,
        fin_date=fin,
        personne=Personne(nom=usager.nom, prenoms=usager.prenoms, naissance_date=usager.naissance_date),
        titre_libelle=f"Usage : {usage.libelle}",
        travail_mention=next((line.texte for line in lines if line.libelle == rules.TRAVAIL), ""),
        droits=tuple(Droit(line.libelle, line.texte) for line in lines),
        verification_url=f"{frame.settings.public_url}/deposit/justificatifs/verifier",
        extra={
            "usage": usage.libelle,
            "code": code,
            "textes": list(texts_of(usage)),
            "developpement": not frame.production,
        },
    )
    return Papier(
        numero=contenu.numero,
        nature=contenu.nature.value,
        emis_date=today,
        contenu=contenu.to_json(),
        payload=code2d.sign(contenu, frame.autorite),
    )


def paper_of(proofs: Sequence[Preuve]) -> Preuve | None:
    """The document of ours that proves her right the longest: a card that she told us of is no proof of ours."""
    return next((proof for proof in proofs if proof.attestation is not None), None)


def lines_of(usage: Usage, proof: Preuve) -> tuple[Ligne, ...]:
    """What a proof for this purpose says of the right that this document proves."""
    _demande, attestation = attestations.find(proof.numero)
    droits = json.loads(attestation.contenu)["droits"]
    return rules.shown(usage, droits, avec_carte=attestation.regime == "AD")


def texts_of(usage: Usage) -> tuple[str, ...]:
    """The texts by which the organisations of this purpose must take it."""
    partners = {line.code: line for line in partenaires.table(clock.today())}
    return tuple(dict.fromkeys(text for code in usage.partenaires for text in partners[code].textes))


def usage_of(code: str) -> Usage:
    """The purpose that has this code. Raises Refused."""
    found = USAGES.get(code)
    if found is None:
        raise Refused(rules.USAGE_INCONNU, champ="usage")
    return found


def _reach(usager_id: str, who: Who) -> Usager:
    """The person, for who may make a proof of her; at a desk her identity was verified today."""
    if who.kind != AGENT:
        return access_usager(usager_id, who, acces.ACT)
    usager = access_personne(usager_id, who, acces.REMETTRE)
    if not guichet.verifiers(usager.id):
        raise Refused(rules.IDENTITE_A_VERIFIER)
    return usager


def _one(justificatif_id: str, who: Who) -> Justificatif:
    justificatif = mongo.find(Justificatif, id=justificatif_id)
    if justificatif is None:
        raise Refused(rules.JUSTIFICATIF_INCONNU)
    _reach(justificatif.usager_id, who)
    return justificatif
