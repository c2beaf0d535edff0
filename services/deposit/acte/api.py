"""An act of an agent as a JSON route, made from its description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, jsonify, request
from pydantic import BaseModel

from chassis import clock
from chassis.web.files import Stored
from chassis.web.headers import max_body
from chassis.web.idempotency import key_in_aggregate, request_id
from chassis.web.identity import current_who, require
from chassis.web.inputs import Body
from chassis.web.uploads import FORM_BYTES
from chassis.web.who import Who
from droit.decision import Refused
from services.deposit.acte.actions import DEMANDE_LUE, FICHIER_ABSENT, RIEN, Acte, Order, Rien
from services.deposit.demande import api as vues
from services.deposit.demande.api import DemandePath, UsagerPath
from services.deposit.dossier.actions import acces, fichiers


def on_demande(acte: Acte, after: Callable[[str, Who, object], object]) -> Callable[..., Response]:
    """The view of an act on a demande; `after` is told which demande it changed, who did, and what its plan wrote."""

    def act(path: DemandePath, **sent: Body) -> Response:
        who = current_who()
        if acte.fichier:
            # Nothing is stored for who may not reach the demande.
            acces.access_demande(path.demande_id, who)
        stored = sent_file(acte) if acte.fichier else None
        done = acte.do(path.demande_id, Order(who, _typed(sent), request_id(), clock.today(), stored))
        after(path.demande_id, who, done if acte.plan is not None else None)
        return _answer(acte, done, vues.demande)

    return _view(act, acte, DemandePath)


def on_person(acte: Acte) -> Callable[..., Response]:
    """The view of an act on a person and her account."""

    def act(path: UsagerPath, **sent: Body) -> Response:
        done = acte.do(path.usager_id, Order(current_who(), _typed(sent), request_id(), clock.today()))
        return _answer(acte, done, lambda usager: {"usager_id": usager.id, "gele": usager.gele})

    return _view(act, acte, UsagerPath)


def _view(act: Callable[..., Response], acte: Acte, path: type[BaseModel]) -> Callable[..., Response]:
    """`act` as flask-openapi reads it: its models by its annotations, its sentence by its docstring."""
    act.__name__ = acte.code.replace("-", "_")
    act.__doc__ = f"{acte.libelle}. {acte.effet}"
    act.__annotations__ = {"path": path, "return": Response}
    if acte.inputs is not Rien:
        act.__annotations__["form" if acte.fichier else "body"] = acte.inputs
    guarded = require(*acte.qui)(act)
    if acte.fichier:
        return max_body(FORM_BYTES)(guarded)
    # A plan is carried out in one write of the demande, which keeps the key.
    return guarded if acte.plan is None else key_in_aggregate(guarded)


def _typed(sent: Mapping[str, Body]) -> Body:
    """What was sent, as `body` or as `form`: an act that asks nothing gets neither."""
    return next(iter(sent.values()), Rien())


def _answer(acte: Acte, done: Any, default: Callable[[Any], dict[str, Any]]) -> Response:
    if acte.reponse is not None:
        return jsonify(acte.reponse(done))
    if acte.rend == RIEN:
        return jsonify(fait=acte.code)
    return jsonify(vues.demande(done) if acte.rend == DEMANDE_LUE else default(done))


def sent_file(acte: Acte) -> Stored | None:
    """The file sent with the act, stored; None when there is none and none is required."""
    sent = request.files.get("fichier")
    if sent is None or not sent.filename:
        if acte.fichier_exige:
            raise Refused(FICHIER_ABSENT, champ="fichier")
        return None
    return fichiers.take(sent)
