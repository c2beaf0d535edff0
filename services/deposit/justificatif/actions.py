"""Proofs for one purpose: made, revoked, checked live, each check with its dated receipt (DEP-59, XCT-13)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, mongo, outbox
from chassis.mongo import collection_of, insert_once
from chassis.outbox import Fact
from chassis.trials import Trial
from chassis.web.who import AGENT, SERVICE, Who
from documents import code2d, portefeuille
from documents import numero as numeros
from documents.contenu import Contenu, Droit
from documents.nature import Nature
from droit.decision import Genre, Motif, Refused
from papier import actions as papiers
from papier.store import Papier
from personne.nom import same_birth
from personne.reference import new_reference, read_reference
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.concertation.actions import experimentations
from services.deposit.dossier.actions.acces import access_usager
from services.deposit.dossier.actions.personne import name_person
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.usager import ANONYME, Usager
from services.deposit.droits.actions import attestations, preuves
from services.deposit.droits.actions.preuves import Preuve
from services.deposit.instruction.actions import guichet
from services.deposit.instruction.actions.personnes import access_personne, note
from services.deposit.justificatif import inputs, rules
from services.deposit.justificatif.rules import Etat, Ligne, Situation, Usage
from services.deposit.justificatif.store import Justificatif, LectureJustificatif
from services.deposit.partenaire import actions as partenaires
from services.deposit.partenaire import inputs as partenaire_inputs

LISTE_MAX, LECTURES_MAX = 50, 200
USAGES, PHRASES = rules.USAGES, rules.PHRASES
RECU = "R"
# Acts for whoever checked: the receipt is what she shows.
LECTEUR = Who(kind=SERVICE, id="lecteur")


@dataclass(frozen=True)
class Reponse:
    """What a check answers: the verdict, its sentence, and of the person no more than this purpose needs."""

    etat: Etat
    phrase: str
    usage: str
    organisme: str
    jour: date
    recu: str = ""
    vue: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON data of the answer."""
        given = {"etat": self.etat.value, "phrase": self.phrase, "usage": self.usage, "organisme": self.organisme}
        shown = {"justificatif": dict(self.vue)} if self.vue else {}
        return given | {"jour": self.jour.isoformat(), "recu": self.recu} | shown


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
    """A proof for one purpose, once a command: by the person, her helper, or an agent who saw her paper today."""
    usager, today = _reach(usager_id, who), clock.today()
    made = mongo.find(Justificatif, id=outbox.id_for(request_id, "justificatif"))
    if made is not None:
        return made
    usage = _usage(said.usage)
    found = _paper(usage, preuves.of_person(usager, today))
    rules.may_make(usage, said.jours, longest(today), found[1] if found else None).or_refuse()
    assert found is not None
    proof, lines = found
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


def wallet_trial(usager_id: str) -> Trial | None:
    """The experiment by which her proofs may go to a wallet, for her préfecture and title; None when it is off."""
    usager = mongo.find(Usager, id=usager_id)
    if usager is None or not (ours := _issued_here(preuves.of_person(usager, clock.today()))):
        return None
    demande, _attestation = attestations.find(ours[0].numero)
    place, code = demande.prefecture, demande.titre_code
    return experimentations.running(experimentations.PORTEFEUILLE, place, code, clock.today())


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


def check(said: inputs.Verification) -> Reponse:
    """What the proof is worth now, with a dated receipt; the person reads that somebody looked. Raises Refused.

    A wrong code and a wrong birth date are refused alike.
    """
    usage = _usage(said.usage)
    justificatif = mongo.find(Justificatif, code=rules.read_code(said.code, usage))
    usager = mongo.find(Usager, id=justificatif.usager_id) if justificatif is not None else None
    if justificatif is None or usager is None or not same_birth(said.naissance, usager.naissance_date):
        raise Refused(rules.JUSTIFICATIF_INCONNU, champ="code")
    return _answer(justificatif, usager, usage, said.organisme)


def not_checked(said: inputs.Verification) -> Reponse:
    """The answer while our store is silent: neither valid nor refused, and no receipt."""
    etat = Etat.NON_VERIFIE
    return Reponse(etat, PHRASES[etat], _usage(said.usage).code, said.organisme, clock.today())


def check_batch(lot: inputs.Lot) -> list[Reponse | Motif]:
    """Several checks of one organisation, in their order; a code that nobody has answers its reason."""
    answers: list[Reponse | Motif] = []
    for one in lot.codes:
        try:
            answers.append(check(inputs.Verification(**dict(one), organisme=lot.organisme, usage=lot.usage)))
        except Refused as refused:
            if refused.motif.genre is not Genre.INTROUVABLE:
                raise
            answers.append(refused.motif)
    return answers


def counted(typed: str, usage: str = "") -> str:
    """The code of a purpose, or the receipt, for which an attempt counts, however it is spelt. Raises Refused."""
    return rules.read_code(typed, _usage(usage)) if usage else read_reference(typed, RECU)


def receipt(said: inputs.Recu) -> tuple[LectureJustificatif, Reponse]:
    """What was answered on that day, to that organisation, as it was then. Raises Refused."""
    found = mongo.find(LectureJustificatif, recu=read_reference(said.recu, RECU))
    usager = mongo.find(Usager, id=found.usager_id) if found is not None else None
    if found is None or usager is None or not same_birth(said.naissance, usager.naissance_date):
        raise Refused(rules.RECU_INCONNU, champ="recu")
    etat = Etat(found.etat)
    answer = Reponse(
        etat, PHRASES[etat], found.usage, found.organisme, found.jour_date, found.recu, found.reponse or None
    )
    return found, answer


def refuse(said: inputs.Refus, *, request_id: str) -> None:
    """Whoever checked does not accept it: recorded and followed up as any refusal (XCT-13). Raises Refused."""
    found, _answered = receipt(said)
    if not found.document_numero:
        raise Refused(rules.RIEN_MONTRE, champ="recu")
    if found.refus_id:
        return
    made = partenaires.report(
        partenaire_inputs.Refus(
            numero=found.document_numero,
            partenaire=said.partenaire,
            organisme=found.organisme,
            refus_date=clock.today(),
            texte=said.texte,
        ),
        LECTEUR,
        request_id=outbox.id_for(found.id, "refus"),
    )
    collection_of(LectureJustificatif).update_one({"_id": found.id}, {"$set": {"refus_id": made.id}})


def _answer(justificatif: Justificatif, usager: Usager, usage: Usage, organisme: str) -> Reponse:
    today = clock.today()
    proofs = preuves.of_person(usager, today)
    proof, lines = _paper(usage, proofs) or (None, ())
    proof = proof if rules.proves(usage, lines) else None
    situation = Situation(
        usage=justificatif.usage,
        demande=usage.code,
        fin=justificatif.fin_date,
        retire=justificatif.retire_date is not None,
        gele=usager.gele and usager.gel_par != ANONYME,
        papier=proof is not None,
        carte=bool(proofs),
    )
    etat = rules.answer(situation, today)
    vue = _view(usager, usage, proof, lines, justificatif.fin_date) if etat is Etat.VALIDE and proof else None
    answer = Reponse(etat, PHRASES[etat], usage.code, organisme, today, new_reference(RECU), vue)
    lecture = {
        "_id": clock.new_id(),
        "recu": answer.recu,
        "justificatif_id": justificatif.id,
        "usager_id": usager.id,
        "organisme": organisme,
        "usage": usage.code,
        "etat": etat.value,
        "reponse": dict(vue or {}),
        "document_numero": proof.numero if proof and vue else "",
        "refus_id": "",
        "jour_date": today.isoformat(),
        "time": clock.now(),
    }
    insert_once(collection_of(LectureJustificatif), lecture)
    return answer


def _view(usager: Usager, usage: Usage, proof: Preuve, lines: Sequence[Ligne], fin: date) -> dict[str, Any]:
    """Name and birth to compare with a paper, the rights of this purpose, until when, and the texts."""
    until = min(fin, proof.fin) if proof.fin else fin
    return {
        "nom": usager.nom,
        "prenoms": usager.prenoms,
        "naissance_date": usager.naissance_date.isoformat(),
        "usage": usage.libelle,
        "droits": [{"libelle": line.libelle, "texte": line.texte} for line in lines],
        "jusqu_au": proof.fin.isoformat() if proof.fin else "",
        "code_jusqu_au": until.isoformat(),
        "textes": list(_texts(usage)),
    }


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
        personne=name_person(usager),
        titre_libelle=f"Usage : {usage.libelle}",
        travail_mention=next((line.texte for line in lines if line.libelle == rules.TRAVAIL), ""),
        droits=tuple(Droit(line.libelle, line.texte) for line in lines),
        verification_url=f"{frame.settings.public_url}/deposit/justificatifs/verifier",
        extra={
            "usage": usage.libelle,
            "code": code,
            "textes": list(_texts(usage)),
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


def _issued_here(proofs: Sequence[Preuve]) -> list[Preuve]:
    """Documents of this service: a card that she told us of is no proof of ours."""
    return [proof for proof in proofs if proof.attestation is not None]


def _paper(usage: Usage, proofs: Sequence[Preuve]) -> tuple[Preuve, tuple[Ligne, ...]] | None:
    """The document that proves this purpose the longest, with its lines; else the one that lasts longest."""
    ours = _issued_here(proofs)
    demandes = Demande.objects(id__in=[proof.demande_id for proof in ours]).only("attestations")
    written = {attestation.numero: attestation for demande in demandes for attestation in demande.attestations}
    papers = [
        (proof, rules.lines_for(usage, json.loads(given.contenu)["droits"], avec_carte=given.regime == "AD"))
        for proof, given in ((proof, written[proof.numero]) for proof in ours)
    ]
    return next((paper for paper in papers if rules.proves(usage, paper[1])), next(iter(papers), None))


def _texts(usage: Usage) -> tuple[str, ...]:
    partners = {line.code: line for line in partenaires.table(clock.today())}
    return tuple(dict.fromkeys(text for code in usage.partenaires for text in partners[code].textes))


def _usage(code: str) -> Usage:
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
