"""Agents' acts by API: the queue, and each power as one route."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from flask import Response, jsonify, make_response
from flask_openapi import APIBlueprint, Tag
from pydantic import Field

from chassis.web.admission import LIST, ranked
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Body
from chassis.web.openapi import gives
from chassis.web.who import AGENT
from services.ccc import inputs
from services.ccc.actions import (
    anomalies,
    appels,
    attestations,
    bulletins,
    dossiers,
    fiches,
    file_attente,
    leves,
    orientations,
    promesses,
    reponses,
    saisines,
    suites,
)
from services.ccc.actions import courriels as boite
from services.ccc.rules import etats

if TYPE_CHECKING:
    from services.ccc.store import Saisine

api = APIBlueprint("api_agents", __name__, abp_tags=[Tag(name="Agents", description="Actes des agents")])
CENTRE = ("ccc", "ccc_superviseur")


class FileQuery(Body):
    """Which tickets, of the first level or of the higher ones, and after which one."""

    etat: str = Field(default=etats.OUVERTE, max_length=20)
    apres: str = Field(default="", max_length=200)
    niveau: Literal["", "1", "2"] = ""


class SaisinePath(Body):
    """A ticket."""

    saisine_id: str = Field(min_length=1, max_length=60)


class PromessePath(SaisinePath):
    """A promise made about a ticket."""

    promesse_id: str = Field(min_length=1, max_length=80)


class AppelPath(Body):
    """A call."""

    appel_id: str = Field(min_length=1, max_length=60)


class CodePath(Body):
    """A fault."""

    code: str = Field(min_length=1, max_length=40)


class CourrielPath(Body):
    """An e-mail that was set aside."""

    courriel_id: str = Field(min_length=64, max_length=64)


class FichePath(Body):
    """A card."""

    fiche_id: str = Field(min_length=1, max_length=80)


class BoitePath(Body):
    """A mailbox."""

    boite_id: str = Field(min_length=1, max_length=60)


@api.get("/agents/file")
@ranked(LIST)
@require(AGENT)
def file(query: FileQuery) -> Response:
    """La file : la fin de droit la plus proche d'abord, avec ses raisons."""
    page = file_attente.queue(current_who(), query.etat, query.apres, query.niveau)
    return jsonify(saisines=[asdict(line) for line in page.lignes], suite=page.suite)


@api.get("/agents/chiffres")
@ranked(LIST)
@require(AGENT)
def chiffres_agents() -> Response:
    """Sur trente jours, les messages et les appels de chaque téléconseiller."""
    found = [{"agent": a, "messages": m, "appels": c} for a, m, c in file_attente.by_agent(current_who())]
    return jsonify(agents=found)


@api.get("/agents/courriels")
@ranked(LIST)
@require(AGENT)
def courriels() -> Response:
    """Les courriels mis de côté, qui semblent venir d'une machine."""
    found = [asdict(mail) | {"time": mail.time.isoformat()} for mail in boite.set_aside(current_who())]
    return jsonify(courriels=found)


@api.post("/agents/courriels/<string:courriel_id>:reprendre")
@require(AGENT)
def reprendre(path: CourrielPath) -> Response:
    """Dit qu'une personne l'a écrit : il devient une demande."""
    boite.take_up(path.courriel_id, current_who())
    return jsonify(courriel_id=path.courriel_id)


@api.post("/agents/saisines", responses=gives("saisine_id"))
@require(AGENT, roles=CENTRE)
def ouvrir(body: inputs.NouvelleSaisine) -> Response:
    """Ouvre une saisine pour une personne au téléphone, dans ses mots."""
    asked = saisines.opening(body, etats.TELEPHONE)
    return make_response(_answer_of(saisines.open_saisine(asked, current_who(), request_id=request_id())), 201)


@api.post("/agents/saisines/<string:saisine_id>:repondre")
@require(AGENT)
def repondre(path: SaisinePath, body: inputs.Reponse) -> Response:
    """Répond à ce que la personne a écrit ou montré."""
    return _answer_of(reponses.answer(path.saisine_id, body, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:reformuler")
@require(AGENT)
def reformuler(path: SaisinePath, body: inputs.Question) -> Response:
    """Demande une précision, au plus P-ROUND fois."""
    return _answer_of(reponses.ask_again(path.saisine_id, body, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:qualifier")
@require(AGENT)
def qualifier(path: SaisinePath, body: inputs.Qualification) -> Response:
    """Change le sujet."""
    who = current_who()
    return _answer_of(saisines.qualify(path.saisine_id, body.categorie, body.symptome, who, request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:reconnaitre")
@require(AGENT)
def reconnaitre(path: SaisinePath, body: inputs.AnomalieReconnue) -> Response:
    """Reconnaît une anomalie du registre : non résolue, elle oriente tout de suite."""
    return _answer_of(suites.recognise(path.saisine_id, body.code, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:attester")
@require(AGENT)
def attester(path: SaisinePath) -> Response:
    """Atteste le blocage, avec les façons de faire de la préfecture."""
    return _answer_of(attestations.attest(path.saisine_id, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:lever")
@require(AGENT)
def lever(path: SaisinePath, body: inputs.Levee) -> Response:
    """Demande un acte qui lève le blocage."""
    return _answer_of(leves.ask_act(path.saisine_id, body, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:rattacher")
@require(AGENT)
def rattacher(path: SaisinePath, body: inputs.Rattachement) -> Response:
    """Dit de laquelle des demandes de la personne il s'agit."""
    return _answer_of(dossiers.bind(path.saisine_id, body.demande, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:orienter")
@require(AGENT)
def orienter(path: SaisinePath) -> Response:
    """Envoie à la personne les points d'accueil de son département."""
    return _answer_of(orientations.to_pan(path.saisine_id, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:ouvrir-voie")
@require(AGENT)
def ouvrir_voie(path: SaisinePath) -> Response:
    """Ouvre une autre façon de faire dans sa préfecture."""
    return _answer_of(orientations.open_voie(path.saisine_id, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:envoyer-etat")
@require(AGENT)
def envoyer_etat(path: SaisinePath) -> Response:
    """Envoie l'état de la demande à son titulaire."""
    return _answer_of(orientations.send_state(path.saisine_id, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:redonner")
@require(AGENT)
def redonner(path: SaisinePath) -> Response:
    """Renvoie à la personne le lien de sa demande."""
    return _answer_of(orientations.send_link(path.saisine_id, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:promettre")
@require(AGENT)
def promettre(path: SaisinePath, body: inputs.Parole) -> Response:
    """Promet un rappel ou une suite : une tâche datée de la préfecture, que la personne voit."""
    return _answer_of(promesses.promise(path.saisine_id, body, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>/promesses/<string:promesse_id>:tenir")
@require(AGENT)
def tenir(path: PromessePath) -> Response:
    """Dit qu'une promesse est tenue."""
    return _answer_of(promesses.keep(path.saisine_id, path.promesse_id, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:clore")
@require(AGENT)
def clore(path: SaisinePath, body: inputs.Cloture) -> Response:
    """Termine, en disant ce qui a été fait."""
    return _answer_of(reponses.close(path.saisine_id, body, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:rouvrir")
@require(AGENT)
def rouvrir(path: SaisinePath) -> Response:
    """Rouvre, un niveau plus haut : la personne dit que ce n'est pas réglé."""
    return _answer_of(reponses.open_again(path.saisine_id, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>:verifier-identite")
@require(AGENT)
def verifier(path: SaisinePath, body: inputs.Questionnaire) -> Response:
    """Compare les réponses aux questions fixes ; rien de ce qui est attendu n'est montré."""
    return _answer_of(appels.check_identity(path.saisine_id, body, current_who(), request_id=request_id()))


@api.post("/agents/saisines/<string:saisine_id>/appels", responses=gives("appel_id"))
@require(AGENT)
def noter(path: SaisinePath, body: inputs.Appel) -> Response:
    """Note un appel reçu, ou prépare un rappel et le code que la personne demandera."""
    made = appels.log_call(path.saisine_id, body.sens, current_who(), request_id=request_id())
    return make_response(jsonify(appel_id=made.id, sens=made.sens, code=made.code), 201)


@api.post("/agents/appels/<string:appel_id>:terminer")
@require(AGENT)
def terminer(path: AppelPath, body: inputs.FinAppel) -> Response:
    """Termine un appel : traité, ou sans réponse."""
    done = appels.end_call(path.appel_id, body.resultat, current_who(), request_id=request_id())
    return jsonify(appel_id=done.id, resultat=done.resultat)


@api.post("/agents/appels/abandons", responses=gives())
@require(AGENT, roles=CENTRE)
def abandon(body: inputs.AppelAbandonne) -> Response:
    """Note un appel abandonné ; au bout de P-ATTEMPTS, le centre lui-même est le blocage."""
    who = current_who()
    reference, number = appels.record_abandoned(
        body.telephone, body.attente_secondes, by=who.subject, request_id=request_id()
    )
    return make_response(jsonify(blocage_reference=reference, tentatives=number), 201)


@api.get("/agents/anomalies")
@require(AGENT)
def registre() -> Response:
    """Le registre des anomalies connues."""
    return jsonify(anomalies=[_fault(line) for line in anomalies.register(current_who())])


@api.post("/agents/anomalies", responses=gives("code"))
@require(AGENT)
def signaler(body: inputs.Description) -> Response:
    """Inscrit une anomalie."""
    made = anomalies.report(body, current_who(), request_id=request_id())
    return make_response(jsonify(code=made.code), 201)


@api.post("/agents/anomalies/<string:code>:modifier")
@require(AGENT)
def modifier(path: CodePath, body: inputs.Evolution) -> Response:
    """Contournement, plan, visite ou solution."""
    made = anomalies.revise(path.code, body, current_who(), request_id=request_id())
    return jsonify(code=made.code, state=made.state)


@api.post("/agents/fiches", responses=gives("fiche_id"))
@require(AGENT)
def ecrire(body: inputs.Redaction) -> Response:
    """Écrit une fiche d'information générale ; sa source est obligatoire."""
    made = fiches.write(body, current_who(), request_id=request_id())
    return make_response(jsonify(fiche_id=made.id), 201)


@api.post("/agents/fiches/<string:fiche_id>:corriger")
@require(AGENT)
def corriger(path: FichePath, body: inputs.Redaction) -> Response:
    """Corrige une fiche ; elle est vérifiée aujourd'hui."""
    made = fiches.write(body, current_who(), request_id=request_id(), fiche_id=path.fiche_id)
    return jsonify(fiche_id=made.id)


@api.post("/agents/fiches/<string:fiche_id>:verifier")
@require(AGENT)
def verifier_fiche(path: FichePath) -> Response:
    """Dit que la fiche, relue aujourd'hui, est juste."""
    return jsonify(fiche_id=fiches.check(path.fiche_id, current_who(), request_id=request_id()).id)


@api.post("/agents/fiches/<string:fiche_id>:retirer")
@require(AGENT)
def retirer_fiche(path: FichePath) -> Response:
    """Retire une fiche : plus personne ne la trouve."""
    return jsonify(fiche_id=fiches.remove(path.fiche_id, current_who(), request_id=request_id()).id)


@api.get("/agents/bulletins")
@require(AGENT)
def parutions() -> Response:
    """Les bulletins parus, et le jour du prochain."""
    seen = bulletins.parutions(current_who())
    parus = [
        {"jour": each.jour_date.isoformat(), "ouvertes": list(each.ouvertes), "resolues": list(each.resolues)}
        for each in seen.parus
    ]
    return jsonify(bulletins=parus, prochain=seen.prochain.isoformat() if seen.prochain else "")


@api.post("/agents/bulletins/boites", responses=gives("boite_id"))
@require(AGENT)
def abonner(body: inputs.Boite) -> Response:
    """Inscrit une boîte aux lettres : elle reçoit les bulletins."""
    made = bulletins.subscribe(body, current_who(), request_id=request_id())
    return make_response(jsonify(boite_id=made.id), 201)


@api.post("/agents/bulletins/boites/<string:boite_id>:changer")
@require(AGENT)
def changer_boite(path: BoitePath, body: inputs.BoiteActive) -> Response:
    """N'écrit plus à une boîte aux lettres, ou lui écrit de nouveau."""
    made = bulletins.set_active(path.boite_id, body.actif, current_who(), request_id=request_id())
    return jsonify(boite_id=made.id, actif=made.actif)


def _fault(line: dict[str, Any]) -> dict[str, Any]:
    days = {name: line[name].isoformat() if line[name] else "" for name in ("depuis", "resolue")}
    return {**line, **days}


def _answer_of(saisine: Saisine) -> Response:
    return jsonify(
        saisine_id=saisine.id,
        reference=saisine.reference,
        state=saisine.state,
        identite=saisine.identite,
        anomalie_code=saisine.anomalie_code,
        attestation_numero=saisine.papiers[-1].numero if saisine.papiers else "",
        actes=[{"libelle": a.libelle, "state": a.state, "phrase": a.phrase} for a in saisine.actes],
        promesses=[{"promesse_id": p.promesse_id, "state": p.state, "phrase": p.phrase} for p in saisine.promesses],
    )
