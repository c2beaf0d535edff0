"""The models that the filler copies: opened, filed and brought forward through the public API, as people would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from pymongo import MongoClient

from chassis import clock
from dev.codes import to_give_back
from dev.stack import Stack
from loadtests.accounts import MOT_DE_PASSE, PREFECTURE

SECONDS = 20
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TRANSIENT = ("outbox", "request_ids", "lease_owner", "lease_time", "due_lease_time")
# How each state is reached from the filing: acts of an agent, in order.
PATHS: dict[str, tuple[str, ...]] = {
    "DEPOSEE": (),
    "PIECES_DEMANDEES": ("demander-pieces",),
    "COMPLETE": ("complete",),
    "FAVORABLE": ("complete", "favorable"),
    "TITRE_PRET": ("complete", "favorable", "titre-pret"),
    "REMISE": ("complete", "favorable", "titre-pret", "remettre"),
}
BODIES: dict[str, dict[str, Any]] = {
    "demander-pieces": {"pieces": ["domicile"], "texte": "Votre justificatif est illisible."},
    "remettre": {"numero": "C-0001", "fin_date": "2036-12-31"},
    "titre-pret": {"lieu": "Guichet de l’Exemple, 75000 Paris"},
}
# What the agent reads on the passport before a title is handed over.
PASSEPORT = {"reponses": {"nom": "Modele", "naissance": "17/05/1990"}, "pour": "remise", "papier": "PASSEPORT"}
PERSONS: tuple[dict[str, Any], ...] = (
    {"courriel": "charge-modele-1@exemple.test"},
    {"courriel": "charge-modele-2@exemple.test", "adresse": ["1 rue de l’Exemple", "75000 Paris"]},
    {"courriel": "charge-modele-3@exemple.test", "telephone": "+33639981111"},
    {"telephone": "+33639982222"},
)
Document = dict[str, Any]


class Api:
    """deposit's API for preparing a run, before its start."""

    def __init__(self, url: str) -> None:
        self._base = f"{url}/deposit/api/v1"
        self._session = requests.Session()

    def call(self, method: str, path: str, token: str = "", **more: Any) -> dict[str, Any]:
        """One request; raises requests.HTTPError with the answer's words when it is refused."""
        headers = {"Idempotency-Key": clock.new_id()} | ({"Authorization": f"Bearer {token}"} if token else {})
        answer = self._session.request(method, self._base + path, headers=headers, timeout=SECONDS, **more)
        if not answer.ok:
            raise requests.HTTPError(f"{method} {path}: {answer.status_code} {answer.text[:500]}", response=answer)
        return dict(answer.json())

    def sign_in(self, identifiant: str) -> str:
        """A token of a person of the load."""
        body = {"identifiant": identifiant, "password": MOT_DE_PASSE}
        return str(self.call("POST", "/comptes:connexion", json=body)["jeton"])

    def begin(self, token: str, titre: str) -> str:
        """A draft."""
        body = {"titre_code": titre, "prefecture": PREFECTURE}
        return str(self.call("POST", "/demandes", token, json=body)["demande_id"])

    def add(self, token: str, demande_id: str, code: str) -> None:
        """A small piece of a draft."""
        file = {"fichier": (f"{code}.pdf", PDF, "application/pdf")}
        self.call("POST", f"/demandes/{demande_id}/pieces", token, data={"code": code}, files=file)


@dataclass(frozen=True)
class Modeles:
    """Which accounts and demandes are models, by state."""

    personnes: list[str]
    par_state: dict[str, list[str]]

    @classmethod
    def read(cls, path: Path) -> Modeles | None:
        """Those of an earlier run of the same data."""
        return cls(**json.loads(path.read_text())) if path.exists() else None

    def write(self, path: Path) -> None:
        """Keeps which they are."""
        path.write_text(json.dumps({"personnes": self.personnes, "par_state": self.par_state}))

    def usagers(self, client: MongoClient[Document]) -> list[Document]:
        """The accounts as deposit stored them."""
        found = client["sejour_deposit"]["usagers"].find({"_id": {"$in": self.personnes}})
        return [_settled(doc) for doc in found]

    def contacts(self, client: MongoClient[Document]) -> list[Document]:
        """Their contacts as notify learnt them, in the order of `usagers`."""
        contacts = {
            doc["_id"]: doc for doc in client["sejour_notify"]["contacts"].find({"_id": {"$in": self.personnes}})
        }
        return [contacts[usager["_id"]] for usager in self.usagers(client)]

    def demandes(self, client: MongoClient[Document]) -> dict[str, list[Document]]:
        """The demandes as deposit stored them, by state."""
        found = client["sejour_deposit"]["demandes"]
        return {
            state: [_settled(doc) for doc in found.find({"_id": {"$in": ids}})] for state, ids in self.par_state.items()
        }

    def lignes(self, client: MongoClient[Document]) -> dict[str, Document]:
        """The lines of the préfecture's queue that deposit made of them, by demande."""
        ids = [demande_id for ids in self.par_state.values() for demande_id in ids]
        return {doc["_id"]: doc for doc in client["sejour_deposit"]["file_agents"].find({"_id": {"$in": ids}})}


def make(stack: Stack, api: Api, agent_token: str, titres: dict[str, list[str]]) -> Modeles:
    """Opens the accounts, files one demande of each title, and brings one to each state."""
    personnes: list[str] = []
    par_state: dict[str, list[str]] = {state: [] for state in ("BROUILLON", *PATHS)}
    for person in PERSONS:
        body = {
            "nom": "Modele",
            "prenoms": "Exemple",
            "naissance_date": "1990-05-17",
            "nationalite": "exemple",
            "password": MOT_DE_PASSE,
            "prefecture": PREFECTURE,
            **person,
        }
        opened = api.call("POST", "/comptes", json=body)
        personnes.append(opened["usager_id"])
        token = api.sign_in(opened["identifiant"])
        for said in to_give_back(stack, opened):
            api.call("POST", "/moi:confirmer", token, json=said)
    for titre, codes in titres.items():
        par_state["BROUILLON"].append(api.begin(token, titre))
        for state, acts in PATHS.items():
            demande = api.begin(token, titre)
            for code in codes:
                api.add(token, demande, code)
            api.call("POST", f"/demandes/{demande}:deposer", token)
            for act in acts:
                if act == "remettre":
                    api.call("POST", f"/usagers/{personnes[-1]}:verifier-identite", agent_token, json=PASSEPORT)
                api.call("POST", f"/demandes/{demande}:{act}", agent_token, json=BODIES.get(act))
            par_state[state].append(demande)
    return Modeles(personnes, par_state)


def _settled(doc: Document) -> Document:
    """A stored document without what is under way in it."""
    return {name: value for name, value in doc.items() if name not in TRANSIENT} | {"outbox": [], "request_ids": []}
