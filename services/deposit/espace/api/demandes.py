"""A person's demandes by API: begin, fill in, add pieces, file, cancel, follow; and « Je n'y arrive pas »."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from flask_openapi import APIBlueprint, Tag
from pydantic import BaseModel, Field

from chassis import clock
from chassis.web import limits, refusals
from chassis.web.headers import max_body
from chassis.web.idempotency import key_in_aggregate, request_id
from chassis.web.identity import current_who, require
from chassis.web.openapi import gives
from chassis.web.uploads import FORM_BYTES
from chassis.web.who import AIDANT, USAGER
from droit.decision import Refused
from services.deposit.acte.actions import Order, carry_out
from services.deposit.blocage.actions import declaration
from services.deposit.blocage.inputs import Blocage, FinArret, ReferenceDeBlocage
from services.deposit.compte import inputs as compte
from services.deposit.compte.actions import changements, repudiation
from services.deposit.compte.api import proof_wall
from services.deposit.demande import api as vues
from services.deposit.demande import inputs
from services.deposit.demande.actions import debuts, demandes, modifications, paiements, queries
from services.deposit.demande.api import DemandePath
from services.deposit.dossier.actions import acces, fichiers, protection
from services.deposit.instruction.actions import enregistrements, instruction, rectifications

TAG = Tag(name="demandes", description="Demandes d’une personne")
api = APIBlueprint("api_demandes", __name__, abp_tags=[TAG])


class PiecePath(BaseModel):
    """A file of a piece."""

    demande_id: str = Field(max_length=64)
    piece_id: str = Field(max_length=64)


class DemandePiecesPath(BaseModel):
    """A request for pieces."""

    demande_id: str = Field(max_length=64)
    demande_pieces_id: str = Field(max_length=64)


@api.get("/demandes")
@require(USAGER)
def lister() -> Response:
    """Les demandes de la personne, les plus récentes d’abord."""
    rows = queries.demandes_of(current_who().id)
    return jsonify(
        demandes=[
            {"demande_id": r["_id"], "reference": r["reference"], "libelle": r["libelle"], "state": r["state"]}
            for r in rows
        ]
    )


@api.post("/demandes", responses={"201": vues.VueDemande})
@require(USAGER, AIDANT)
def commencer(body: inputs.NouvelleDemande) -> tuple[Response, int]:
    """Commence une demande : brouillon gardé."""
    who = current_who()
    found = debuts.begin(body.usager_id or who.id, body, who, request_id=request_id())
    proof_wall.remember(found.id)
    return jsonify(vues.demande(found)), 201


@api.get("/demandes/<demande_id>")
@require()
def lire(path: DemandePath) -> Response:
    """L’état exact d’une demande."""
    who = current_who()
    found = acces.access_demande(path.demande_id, who)
    enregistrements.record(found.id, who)
    shown = vues.demande(found)
    # Pieces of a protected person are for her and the agent in charge alone; what is hidden says so (DEP-08).
    return jsonify(shown | {"pieces": [], "masque": True} if protection.hidden_from(found, who) else shown)


@api.put("/demandes/<demande_id>/reponses")
@key_in_aggregate
@require(USAGER, AIDANT)
def enregistrer(path: DemandePath, body: inputs.Reponses) -> Response:
    """Garde ce qui est écrit ; après le dépôt, rectifie en gardant la version d’avant."""
    return jsonify(
        vues.demande(demandes.save_draft(path.demande_id, body.reponses, current_who(), request_id=request_id()))
    )


@api.post("/demandes/<demande_id>:rectifier")
@key_in_aggregate
@require(USAGER, AIDANT)
def rectifier(path: DemandePath, body: inputs.PremierePage) -> Response:
    """Corrige la première page d’une demande déposée ; les droits sont recalculés tout de suite."""
    order = Order(current_who(), body, request_id(), clock.today())
    done = carry_out(rectifications.rectify, acces.ACT, path.demande_id, order)
    return jsonify(vues.demande(done))


@api.get("/demandes/<demande_id>/modifications")
@require()
def modifiees(path: DemandePath) -> Response:
    """Ce qui a changé depuis le dépôt : chaque réponse avant et après, qui et quand."""
    who = current_who()
    found = acces.access_demande(path.demande_id, who)
    if protection.hidden_from(found, who):
        raise Refused(protection.MASQUE)
    return jsonify(modifications=modifications.of_facts(queries.history(found)))


@api.post("/demandes/<demande_id>/pieces", responses=gives())
@key_in_aggregate
@max_body(FORM_BYTES)
@require(USAGER, AIDANT)
def ajouter(path: DemandePath, form: inputs.Piece) -> tuple[Response, int]:
    """Ajoute un fichier à une pièce (champ `fichier`) ; plus grand, il s’envoie par parties (tus) à
    `/deposit/envois`.
    """
    who = current_who()
    acces.reach_demande(path.demande_id, who, acces.ACT)
    sent = request.files.get("fichier")
    if sent is None:
        raise Refused(refusals.DEMANDE_INVALIDE, champ="fichier")
    stored = fichiers.take(sent)
    command = request_id(f"{path.demande_id} {form.code} {stored.sha256}")
    found = demandes.add_piece(path.demande_id, form.code, stored, who, request_id=command)
    return jsonify(vues.demande(found)), 201


@api.delete("/demandes/<demande_id>/pieces/<piece_id>")
@key_in_aggregate
@require(USAGER, AIDANT)
def retirer(path: PiecePath) -> Response:
    """Retire un fichier d’un brouillon."""
    return jsonify(
        vues.demande(demandes.remove_piece(path.demande_id, path.piece_id, current_who(), request_id=request_id()))
    )


@api.post("/demandes/<demande_id>:deposer")
@key_in_aggregate
@require(USAGER, AIDANT)
def deposer(path: DemandePath) -> Response:
    """Dépose la demande : l’attestation de dépôt est donnée tout de suite."""
    return jsonify(vues.demande(demandes.submit(path.demande_id, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:payer")
@require(USAGER, AIDANT)
def payer(path: DemandePath, body: inputs.Taxe) -> Response:
    """Ouvre un paiement en ligne : la page où payer."""
    return jsonify(page=paiements.start(path.demande_id, body, current_who(), request_id=request_id()))


@api.post("/demandes/<demande_id>:verifier-paiement")
@require(USAGER, AIDANT)
def verifier_paiement(path: DemandePath, body: inputs.Taxe) -> Response:
    """Regarde si le paiement est arrivé ; sa preuve est gardée."""
    return jsonify(vues.demande(paiements.check(path.demande_id, body, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:timbrer")
@require(USAGER, AIDANT)
def timbrer(path: DemandePath, body: inputs.Timbre) -> Response:
    """Donne le numéro d’un timbre fiscal comme preuve du paiement."""
    return jsonify(vues.demande(paiements.stamp(path.demande_id, body, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:annuler")
@key_in_aggregate
@require(USAGER, AIDANT)
def annuler(path: DemandePath) -> Response:
    """Annule une demande ; sa date reste dans l’historique."""
    return jsonify(vues.demande(demandes.cancel(path.demande_id, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:repudier")
@require(USAGER, AIDANT)
def repudier(path: DemandePath, body: compte.Repudiation) -> Response:
    """« Ce n’est pas moi qui ai déposé » : la demande est mise de côté, sans compter contre la personne."""
    limits.count_sign_in(f"preuve:{current_who().id}")
    done = repudiation.repudiate(path.demande_id, body, current_who(), request_id=request_id())
    return jsonify(vues.demande(done))


@api.post("/demandes/<demande_id>:reconnaitre")
@require(USAGER, AIDANT)
def reconnaitre(path: DemandePath, body: compte.Presence) -> Response:
    """« C’est bien ma demande » : ce qui avait été mis de côté reprend où il en était."""
    limits.count_sign_in(f"preuve:{current_who().id}")
    done = repudiation.reclaim(path.demande_id, body, current_who(), request_id=request_id())
    return jsonify(vues.demande(done))


@api.post("/demandes/<demande_id>/messages", responses=gives())
@require(USAGER, AIDANT)
def ecrire(path: DemandePath, body: compte.Message) -> tuple[Response, int]:
    """Écrit à la préfecture ; le message reste dans le fil, avec sa date."""
    sent = changements.write(path.demande_id, body.texte, current_who(), request_id=request_id())
    return jsonify(echange_id=sent.id, jour_date=vues.iso(sent.jour_date)), 201


@api.post("/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>:empecher")
@require(USAGER, AIDANT)
def empecher(path: DemandePiecesPath, body: compte.Empechement) -> Response:
    """« Je ne peux pas l’avoir pour le moment » : le délai s’arrête aujourd’hui, et la préfecture lit pourquoi."""
    who = current_who()
    done = changements.declare_impediment(path.demande_id, path.demande_pieces_id, body, who, request_id=request_id())
    return jsonify(vues.demande(done))


@api.post("/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>:reprendre")
@require(USAGER, AIDANT)
def reprendre(path: DemandePiecesPath) -> Response:
    """L’empêchement est fini : le délai reprend, les jours d’arrêt sont ajoutés."""
    return jsonify(vues.demande(changements.end_impediment(path.demande_id, path.demande_pieces_id, current_who())))


@api.post("/demandes/<demande_id>/demandes-pieces/<demande_pieces_id>:repondre")
@require(USAGER, AIDANT)
def repondre(path: DemandePiecesPath, body: compte.Message) -> Response:
    """Répond avec des mots à une demande de la préfecture faite sans liste de pièces."""
    who = current_who()
    done = changements.answer_in_words(path.demande_id, path.demande_pieces_id, body, who, request_id=request_id())
    return jsonify(vues.demande(done))


@api.post("/demandes/<demande_id>:finir-arret")
@require(USAGER, AIDANT)
def finir_arret(path: DemandePath, body: FinArret) -> Response:
    """« C’est réglé » : ce qui arrêtait le délai est fini, il reprend avec les jours d’arrêt ajoutés."""
    return jsonify(vues.demande(changements.end_stop(path.demande_id, body, current_who())))


@api.post("/demandes/<demande_id>:demander-reouverture")
@require(USAGER, AIDANT)
def demander_reouverture(path: DemandePath) -> Response:
    """Demande la réouverture d’une demande fermée : un agent la voit dans sa file, avec son jour."""
    return jsonify(vues.demande(instruction.ask_reopening(path.demande_id, current_who(), request_id=request_id())))


@api.post("/demandes/<demande_id>:renouveler")
@require(USAGER, AIDANT)
def renouveler(path: DemandePath) -> Response:
    """Demande le renouvellement de l’attestation."""
    return jsonify(vues.demande(instruction.ask_renewal(path.demande_id, current_who(), request_id=request_id())))


@api.get("/demandes/<demande_id>/historique")
@require()
def historique(path: DemandePath) -> Response:
    """Tous les faits de la demande, dans l’ordre, avec leur empreinte."""
    found = acces.access_demande(path.demande_id, current_who())
    rows: list[dict[str, Any]] = [
        {
            "version": f["version"],
            "jour": f["day"],
            "time": f["time"].isoformat(),
            "fait": f["subject"],
            "par": f["by"],
            "empreinte": f["hash"],
        }
        for f in queries.history(found)
    ]
    return jsonify(faits=rows)


@api.post("/blocages", responses=gives())
def bloquer(body: Blocage) -> tuple[Response, int]:
    """Dit que quelque chose bloque : une référence datée est donnée tout de suite, sans condition."""
    found = declaration.blocage(body.model_dump(), current_who(), clock.today(), request_id=request_id())
    return jsonify(
        blocage_id=found.id,
        reference=found.reference,
        state=found.state,
        premiere_tentative_date=vues.iso(found.premiere_tentative_date),
    ), 201


@api.post("/blocages:apporter")
@require(USAGER, AIDANT)
def apporter(body: ReferenceDeBlocage) -> Response:
    """Apporte la référence d'un blocage rencontré ailleurs ou avant le compte : sa date est protégée."""
    who = current_who()
    return jsonify(premiere_tentative_date=declaration.bring(body, who.acts_for or who.id, who).isoformat())
