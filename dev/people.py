"""The sample agents and people of `make run`, and the directory of agents that each service loads.

Everything here is invented and for development only: the passwords and TOTP seeds are public.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any, TypedDict

from chassis import agents

MOT_DE_PASSE = "exemple de mot de passe"
# The day on which the sample agents who are trained were.
FORMATION = "2025-09-15"
# The sample helper, the person who gives her a mandate, and for how many days.
AIDANTE, AIDEE, MANDAT_JOURS = "aida", "fatima@exemple.test", 365
# In the data of a stack: the key of her codes, which deposit draws.
CLE_AIDANTE = "aidante.cle"


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
    _agent(
        "sonia",
        "Sonia Seine",
        "reçoit au guichet de Bobigny",
        "/substitution/prefecture/",
        ["prefecture", "pan"],
        ["93"],
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

IDENTITES: dict[str, dict[str, Any]] = {
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
# Days from today to the end of her title, and whether its handing over was recorded.
TITRES: dict[str, tuple[str, int, bool | None]] = {
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
            *([f'formation_date = "{FORMATION}"'] if "pan_forme" in agent["roles"] else ()),
            "",
        ]
    path.write_text("\n".join(lines), encoding="utf-8")
