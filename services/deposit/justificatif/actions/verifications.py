"""A proof for one purpose, checked live: each check has its receipt, a refusal is followed up (DEP-59, XCT-13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, mongo, outbox
from chassis.mongo import collection_of, insert_once
from chassis.web.who import SERVICE, Who
from droit.decision import Genre, Motif, Refused
from personne.nom import same_birth
from personne.reference import new_reference, read_reference
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import preuves
from services.deposit.droits.actions.preuves import Preuve
from services.deposit.justificatif import inputs, rules
from services.deposit.justificatif.actions.justificatifs import PHRASES, lines_of, paper_of, texts_of, usage_of
from services.deposit.justificatif.rules import Etat, Ligne, Situation, Usage
from services.deposit.justificatif.store import Justificatif, LectureJustificatif
from services.deposit.partenaire import actions as partenaires
from services.deposit.partenaire import inputs as partenaire_inputs

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


def check(said: inputs.Verification) -> Reponse:
    """What the proof is worth now, with a dated receipt; the person reads that somebody looked. Raises Refused.

    A wrong code and a wrong birth date are refused alike.
    """
    usage = usage_of(said.usage)
    justificatif = mongo.find(Justificatif, code=rules.read_code(said.code, usage))
    usager = mongo.find(Usager, id=justificatif.usager_id) if justificatif is not None else None
    if justificatif is None or usager is None or not same_birth(said.naissance, usager.naissance_date):
        raise Refused(rules.JUSTIFICATIF_INCONNU, champ="code")
    return _answer(justificatif, usager, usage, said.organisme)


def not_checked(said: inputs.Verification) -> Reponse:
    """The answer while our store is silent: neither valid nor refused, and no receipt."""
    etat = Etat.NON_VERIFIE
    return Reponse(etat, PHRASES[etat], usage_of(said.usage).code, said.organisme, clock.today())


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
    return rules.read_code(typed, usage_of(usage)) if usage else read_reference(typed, RECU)


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
        raise Refused(rules.RECU_INCONNU, champ="recu")
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
    proof = paper_of(proofs)
    lines = lines_of(usage, proof) if proof else ()
    if not rules.proves(usage, lines):
        proof = None
    situation = Situation(
        usage=justificatif.usage,
        demande=usage.code,
        fin=justificatif.fin_date,
        retire=justificatif.retire_date is not None,
        gele=usager.gele,
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
        "textes": list(texts_of(usage)),
    }
