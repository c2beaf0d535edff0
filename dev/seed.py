"""Opens the accounts of the sample people for `make run`, with dates relative to today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyotp
import requests

from chassis import clock
from dev.codes import to_give_back
from dev.files import write_private
from dev.people import AGENTS, AIDANTE, AIDEE, CLE_AIDANTE, IDENTITES, MANDAT_JOURS, MOT_DE_PASSE, TITRES
from dev.stack import Stack

SECONDS, UNAUTHORIZED = 20, 401


def sow(stack: Stack) -> None:
    """Opens the sample accounts and records their titles, through the public interfaces only."""
    operator = sign_agent_in(stack.url, "deposit", "otto")["jeton"]
    api = f"{stack.url}/deposit/api/v1"
    for login, identite in IDENTITES.items():
        if _token(api, login):
            # Sown before: who opens an account with an address that is taken opens another one.
            continue
        made = _post(
            f"{api}/comptes",
            {
                **identite,
                "courriel": login,
                "password": MOT_DE_PASSE,
                "prefecture": "75",
                "adresse": ["12 rue de l'Exemple", "75000 Paris"],
            },
        )
        if not made:
            continue
        token = _token(api, made["identifiant"])
        for said in to_give_back(stack, made):
            _post(f"{api}/moi:confirmer", said, token)
        if login in TITRES:
            code, days, remis = TITRES[login]
            fin = (stack.clock.today() + timedelta(days=days)).isoformat()
            body = {
                "numero_etranger": identite["numero_etranger"],
                "titre_code": code,
                "fin_date": fin,
                "remis": remis,
                "numero": f"T-{code[:4]}-1",
            }
            _post(f"{api}/usagers:reprendre-titre", body, operator)
        if login == AIDEE:
            _sow_helper(stack, made["usager_id"])


def _sow_helper(stack: Stack, usager_id: str) -> None:
    """A structure of the préfecture, its one member with a password, and the mandate that the person gives it."""
    api, clerk = f"{stack.url}/deposit/api/v1", sign_agent_in(stack.url, "deposit", "stella")["jeton"]
    body = {"nom": "Association Exemple", "prefecture": "75", "courriel": "association@exemple.test"}
    structure_id = _post(f"{api}/structures", body, clerk)["structure_id"]
    member = {"login": AIDANTE, "nom": "Aïda Aidante"}
    code = _post(f"{api}/structures/{structure_id}:ajouter-membre", member, clerk)["code"]
    opened = _post(f"{api}/aidants:activation", {"login": AIDANTE, "code": code, "password": MOT_DE_PASSE})
    write_private(stack.data / CLE_AIDANTE, opened["cle"])
    holder = _token(api, AIDEE)
    fin = (stack.clock.today() + timedelta(days=MANDAT_JOURS)).isoformat()
    mandate = {"structure_id": structure_id, "portee": ["lire", "agir"], "fin_date": fin}
    _post(f"{api}/usagers/{usager_id}/mandats", mandate, holder)


def _token(api: str, identifiant: str) -> str:
    """An API token of a sample person, empty when there is no such account."""
    body = {"identifiant": identifiant, "password": MOT_DE_PASSE}
    answer = requests.post(f"{api}/comptes:connexion", json=body, timeout=SECONDS)
    return str(answer.json().get("jeton", ""))


def sign_agent_in(url: str, service: str, login: str) -> dict[str, str]:
    """An API token of a sample agent at one service (`jeton`), and the `session` that makes others elsewhere."""
    answer = None
    for code in one_time_codes(login):
        answer = token_of(url, service, {"login": login, "password": MOT_DE_PASSE, "code": code})
        if answer.status_code != UNAUTHORIZED:
            break
    assert answer is not None
    answer.raise_for_status()
    return dict(answer.json())


def token_of(url: str, service: str, shown: dict[str, str]) -> requests.Response:
    """The answer to what an agent shows to get a token."""
    return requests.post(f"{url}/{service}/api/v1/jetons", json=shown, timeout=SECONDS)


def one_time_codes(login: str) -> list[str]:
    """The codes of a sample agent that are good now, oldest first: each serves once in the whole system."""
    totp = pyotp.TOTP(next(agent["totp_seed"] for agent in AGENTS if agent["login"] == login))
    return [totp.generate_otp(totp.timecode(clock.now()) + step) for step in (-1, 0, 1)]


def _post(url: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    headers = {"Idempotency-Key": clock.new_id()}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    answer = requests.post(url, json=body, headers=headers, timeout=SECONDS)
    if answer.status_code == 409:
        return {}
    answer.raise_for_status()
    return dict(answer.json())
