"""After a recovery by link, what was written before waits for a proof that is not in the mailbox: pages and API alike.

Closed by default: a route added tomorrow is closed too. What is open is listed here, and what was begun since (DEP-08).
"""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, request, url_for

from chassis.web import bearers, sessions
from chassis.web.identity import current_who, is_api
from chassis.web.sessions import Session
from chassis.web.who import USAGER
from droit.decision import Genre, Motif, Refused
from services.deposit.compte.actions import preuve
from services.deposit.compte.actions.sessions import account_of

PREUVE_DEMANDEE = Motif(
    "PREUVE_DEMANDEE",
    "ddd-2024-12-11",
    "Le mot de passe vient d’être changé par un lien : ce contenu attend une seconde preuve.",
    "Donnez un code de votre feuille. Sans elle, un agent vérifie votre identité le jour même. "
    "Vous pouvez déposer une nouvelle demande sans attendre.",
    Genre.INTERDIT,
)
# Nobody is kept from signing in or out, from proving, from telling a blockage, nor from filing something new.
OPEN_BLUEPRINTS = frozenset(
    {
        "public",
        "jnap",
        "interne",
        "jetons",
        "envois",
        "partenaires",
        "concertations",
        "experimentations",
        "rubrique",
        "verification",
    }
)
OPEN_VIEWS = frozenset(
    {
        "compte.connexion",
        "compte.connecter",
        "compte.connexion_impossible",
        "compte.deconnexion",
        "compte.ouvrir",
        "compte.creer",
        "compte.ouvert",
        "compte.recuperation",
        "compte.recuperer",
        "compte.nouveau",
        "compte.changer",
        "compte.contester",
        "compte.reclamer",
        "compte.rouvrir",
        "compte.rouvert",
        "facteur.demander",
        "facteur.donner",
        "facteur.renvoyer",
        "facteur.sans_code",
        "franceconnect.partir",
        "franceconnect.retour",
        "franceconnect.nouveau",
        "franceconnect.ouvrir",
        "preuve.demander",
        "preuve.donner",
        "preuve.sans_code",
        "depot.commencer",
        "depot.ouvrir",
        "espace.deja_en_cours",
        "espace.enregistrer_deja_en_cours",
        "api_comptes.ouvrir",
        "api_comptes.connexion",
        "api_comptes.recuperer",
        "api_comptes.changer",
        "api_comptes.prouver",
        "api_comptes.reclamer",
        "api_comptes.rouvrir",
        "api_demandes.commencer",
        "api_demandes.bloquer",
        "api_documents.verifier",
        "api_documents.titres",
        "api_justificatifs.verifier",
        "api_justificatifs.verifier_lot",
        "api_justificatifs.relire",
        "api_justificatifs.refuser",
    }
)
# The desks have guards of their own.
DESKS = ("agents", "bureau", "aidants", "proconnect")
KEPT = 20


def guard() -> Any:
    """Sends to the proof, or refuses on the API, whoever asks for what is closed to her."""
    if _open() or not closed():
        return None
    if is_api():
        raise Refused(PREUVE_DEMANDEE)
    return redirect(url_for("preuve.demander"), 303)


def closed() -> bool:
    """Whether this person's earlier content waits for a proof."""
    session = _session()
    if session is None or current_who().kind != USAGER:
        return False
    account = account_of(session) or {}
    return preuve.waits_for_proof(account.get("second_facteur"), account.get("courriel"))


def may_touch(demande_id: str) -> bool:
    """Whether this demande is open before the proof: begun in this very session, or by this very token."""
    return not closed() or demande_id in begun()


def begun() -> list[str]:
    """Demandes begun in this very session, or by this very token."""
    session = _session()
    return list(session.data.get("commencees", [])) if session else []


def remember(demande_id: str) -> None:
    """Notes that this session, or this token, began the demande, so that it may go on with it."""
    kept = [*begun(), demande_id][-KEPT:]
    if is_api():
        bearers.keep(request, commencees=kept)
    else:
        sessions.keep(commencees=kept)


def _session() -> Session | None:
    return bearers.of_request(request) if is_api() else sessions.current_session()


def _open() -> bool:
    blueprint, endpoint = request.blueprint, request.endpoint
    if endpoint is None or blueprint is None or endpoint not in current_app.view_functions:
        return True
    if blueprint in OPEN_BLUEPRINTS or endpoint in OPEN_VIEWS or blueprint.startswith(DESKS):
        return True
    return (request.view_args or {}).get("demande_id") in begun()
