"""A small named world for `make run`: sample agents of the five channels, sample people, dates relative to today.

Everything here is invented and for development only: the passwords and TOTP seeds are public.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any, TypedDict

import pyotp
import requests

from chassis import agents, clock
from dev.stack import Stack

MOT_DE_PASSE = "exemple de mot de passe"
SECONDS = 20
# The sample helper, the person who gives her a mandate, and for how many days.
AIDANTE, AIDEE, MANDAT_JOURS = "aida", "fatima@exemple.test", 365


class Personne(TypedDict):
    """A sample person, as the home page lists her."""

    nom: str
    situation: str
    login: str
    password: str
    url: str


class Agent(TypedDict):
    """A sample agent, as the home page lists her."""

    nom: str
    situation: str
    login: str
    password: str
    url: str
    totp_seed: str
    roles: list[str]
    prefectures: list[str]


def _agent(login: str, nom: str, situation: str, url: str, roles: list[str], prefectures: list[str]) -> Agent:
    # 20 bytes in base 32, the same at each start: the home page shows the current code.
    seed = base64.b32encode(hashlib.sha256(f"exemple:{login}".encode()).digest()[:20]).decode()
    return Agent(
        nom=nom,
        situation=situation,
        login=login,
        password=MOT_DE_PASSE,
        url=url,
        totp_seed=seed,
        roles=roles,
        prefectures=prefectures,
    )


AGENTS: list[Agent] = [
    _agent("ines", "Inès Instructrice", "instruit les demandes à Paris", "/deposit/agents/", ["instructeur"], ["75"]),
    _agent(
        "sam",
        "Sam Superviseur",
        "supervise Paris et tient son guichet",
        "/deposit/agents/",
        ["superviseur", "instructeur", "prefecture"],
        ["75"],
    ),
    _agent("rhoda", "Rhoda Rhône", "instruit les demandes à Lyon", "/deposit/agents/", ["instructeur"], ["69"]),
    _agent("gael", "Gaël Guichet", "reçoit au guichet de Paris", "/substitution/prefecture/", ["prefecture"], ["75"]),
    _agent("paola", "Paola Pan", "aide au clic, point d’accueil de Paris", "/pan/bureau", ["pan"], ["75"]),
    _agent(
        "farid",
        "Farid Formé",
        "formé au droit du séjour, point d’accueil de Paris",
        "/pan/bureau",
        ["pan", "pan_forme"],
        ["75"],
    ),
    _agent("chloe", "Chloé Contact", "téléconseillère du centre de contact", "/ccc/agents/", ["ccc"], ["*"]),
    _agent(
        "cyril", "Cyril Contact", "supervise le centre de contact", "/ccc/agents/", ["ccc", "ccc_superviseur"], ["*"]
    ),
    _agent(
        "nadia",
        "Nadia National",
        "bureau national du programme",
        "/substitution/national/",
        ["bureau_national", "superviseur"],
        ["*"],
    ),
    _agent("otto", "Otto Opérateur", "exploite le service", "/notify/", ["exploitant", "bureau_national"], ["*"]),
    _agent(
        "stella",
        "Stella Structures",
        "inscrit les structures d’aide de Paris",
        "/deposit/agents/",
        ["prefecture"],
        ["75"],
    ),
]

PEOPLE: list[Personne] = [
    Personne(
        nom="Mei Exemple",
        situation="étudiante, son ancien titre n’a jamais été noté comme remis (titre fantôme)",
        login="mei@exemple.test",
        password=MOT_DE_PASSE,
        url="/deposit/connexion",
    ),
    Personne(
        nom="Fatima Exemple",
        situation="conjointe de Français, titre qui finit dans 40 jours",
        login="fatima@exemple.test",
        password=MOT_DE_PASSE,
        url="/deposit/connexion",
    ),
    Personne(
        nom="Rahim Exemple",
        situation="réfugié, première demande, sans numéro étranger",
        login="rahim@exemple.test",
        password=MOT_DE_PASSE,
        url="/deposit/connexion",
    ),
    Personne(
        nom="Aïda Aidante",
        situation="suit Fatima pour une association, avec son mandat",
        login=AIDANTE,
        password=MOT_DE_PASSE,
        url="/deposit/aidants/connexion",
    ),
]

_IDENTITES: dict[str, dict[str, Any]] = {
    "mei@exemple.test": {
        "nom": "Exemple",
        "prenoms": "Mei",
        "naissance_date": "1995-03-12",
        "nationalite": "CN",
        "numero_etranger": "9912345601",
    },
    "fatima@exemple.test": {
        "nom": "Exemple",
        "prenoms": "Fatima",
        "naissance_date": "1988-11-02",
        "nationalite": "MA",
        "numero_etranger": "9912345602",
        "telephone": "+33639980101",
    },
    "rahim@exemple.test": {"nom": "Exemple", "prenoms": "Rahim", "naissance_date": "1992-07-21", "nationalite": "AF"},
}
# Days from today to the end of the title held, and whether its handing over was recorded.
_TITRES: dict[str, tuple[str, int, bool | None]] = {
    "mei@exemple.test": ("etudiant", 75, False),
    "fatima@exemple.test": ("conjoint-de-francais", 40, True),
}


def write_agents(path: Path) -> None:
    """The operator's directory that each service's `prepare` loads; hashes are made once."""
    if path.exists():
        return
    hashed = agents.hash_password(MOT_DE_PASSE)
    lines = []
    for number, agent in enumerate(AGENTS, 1):
        lines += [
            "[[agent]]",
            f'id = "agent-{number:02d}"',
            f'login = "{agent["login"]}"',
            f'nom = "{agent["nom"]}"',
            f'password_hash = "{hashed}"',
            f'totp_seed = "{agent["totp_seed"]}"',
            f"roles = {agent['roles']}".replace("'", '"'),
            f"prefectures = {agent['prefectures']}".replace("'", '"'),
            "",
        ]
    path.write_text("\n".join(lines), encoding="utf-8")


def sow(stack: Stack) -> None:
    """Opens the sample accounts and records their titles, through the public interfaces only."""
    operator = sign_agent_in(stack.url, "deposit", "otto")
    for login, identite in _IDENTITES.items():
        made = _post(
            f"{stack.url}/deposit/api/v1/comptes",
            {
                **identite,
                "courriel": login,
                "password": MOT_DE_PASSE,
                "prefecture": "75",
                "adresse": ["12 rue de l'Exemple", "75000 Paris"],
            },
        )
        if login in _TITRES and made:
            code, days, remis = _TITRES[login]
            fin = (stack.clock.today() + timedelta(days=days)).isoformat()
            body = {
                "numero_etranger": identite["numero_etranger"],
                "titre_code": code,
                "fin_date": fin,
                "remis": remis,
                "numero": f"T-{code[:4]}-1",
            }
            _post(f"{stack.url}/deposit/api/v1/usagers:reprendre-titre", body, operator)
        if login == AIDEE and made:
            _sow_helper(stack, made["usager_id"])


def _sow_helper(stack: Stack, usager_id: str) -> None:
    """A structure of the préfecture, its one member with a password, and the mandate that the person gives it."""
    api, clerk = f"{stack.url}/deposit/api/v1", sign_agent_in(stack.url, "deposit", "stella")
    body = {"nom": "Association Exemple", "prefecture": "75", "courriel": "association@exemple.test"}
    structure_id = _post(f"{api}/structures", body, clerk)["structure_id"]
    member = {"login": AIDANTE, "nom": "Aïda Aidante"}
    code = _post(f"{api}/structures/{structure_id}:ajouter-membre", member, clerk)["code"]
    _post(f"{api}/aidants:activation", {"login": AIDANTE, "code": code, "password": MOT_DE_PASSE})
    holder = _post(f"{api}/comptes:connexion", {"identifiant": AIDEE, "password": MOT_DE_PASSE})["jeton"]
    fin = (stack.clock.today() + timedelta(days=MANDAT_JOURS)).isoformat()
    mandate = {"structure_id": structure_id, "portee": ["lire", "agir"], "fin_date": fin}
    _post(f"{api}/usagers/{usager_id}/mandats", mandate, holder)


def sign_agent_in(url: str, service: str, login: str) -> str:
    """An API token of a sample agent at one service."""
    agent = next(agent for agent in AGENTS if agent["login"] == login)
    body = {"login": login, "password": MOT_DE_PASSE, "code": pyotp.TOTP(agent["totp_seed"]).now()}
    answer = requests.post(f"{url}/{service}/api/v1/jetons", json=body, timeout=SECONDS)
    answer.raise_for_status()
    return str(answer.json()["jeton"])


def _post(url: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    headers = {"Idempotency-Key": clock.new_id()}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    answer = requests.post(url, json=body, headers=headers, timeout=SECONDS)
    if answer.status_code == 409:
        return {}
    answer.raise_for_status()
    return dict(answer.json())
