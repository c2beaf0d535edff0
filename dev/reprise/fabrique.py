"""Makes a file of records in the format of docs/reprise.md, dirty as real ones are; the same seed makes the same file.

Nothing in it is a person: names, numbers and addresses are drawn. `Fabrique.faites` says what was put in, for a test to
compare with the report.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

# Shares of each defect, of ours: no source gives one.
PARTS = {
    "demande_non_close": 0.06,
    "demande_en_cours": 0.10,
    "remise_absente": 0.08,
    "personne_en_double": 0.02,
    "dossier_repete": 0.01,
    "ligne_illisible": 0.01,
    "ligne_trop_longue": 0.002,
    "champ_refuse": 0.01,
    "courriel_refuse": 0.01,
    "titre_inconnu": 0.02,
    "dates_incoherentes": 0.01,
}
_TITRES = ("etudiant", "conjoint-de-francais", "visiteur", "parent-d-enfant-francais")
_PREFECTURES = ("75", "69", "13", "93", "59", "971")
_SYLLABES = ("ba", "ko", "li", "ma", "né", "ou", "ra", "sé", "ti", "va", "yo", "zé")


class Fabrique:
    """One file being made. `jour` is the legal day from which dates are drawn."""

    def __init__(self, graine: int, jour: date, parts: dict[str, float] | None = None) -> None:
        self._hasard = random.Random(graine)  # noqa: S311
        self._jour = jour
        self._parts = PARTS if parts is None else parts
        self.faites: Counter[str] = Counter()

    def lignes(self, nombre: int) -> Iterator[bytes]:
        """`nombre` records, and the defective lines that come with them."""
        copiee: dict[str, Any] | None = None
        for rang in range(nombre):
            dossier = self.dossier(rang)
            sain = False
            if copiee is not None and self._tire("personne_en_double"):
                dossier["personne"] = dict(copiee)
            elif self._tire("champ_refuse"):
                dossier["personne"]["naissance_date"] = "31/02/1990"
            elif self._tire("courriel_refuse"):
                dossier["personne"]["courriel"] = "pas une adresse"
            else:
                sain = True
            yield _ligne(dossier)
            if self._tire("dossier_repete"):
                yield _ligne(dossier | {"maj_date": self._jour.isoformat()})
            if self._tire("ligne_illisible"):
                yield b'{"format": 1, "dossier": "\xff coup\xe9\n'
            if self._tire("ligne_trop_longue"):
                yield b'{"dossier": "' + b"x" * 70_000 + b'"}\n'
            copiee = dossier["personne"] if sain else None

    def dossier(self, rang: int) -> dict[str, Any]:
        """One record, with the defects that concern its own objects."""
        titre_code = self._hasard.choice(_TITRES)
        prefecture = self._hasard.choice(_PREFECTURES)
        fin = self._jour + timedelta(days=self._hasard.randint(-200, 500))
        debut = fin - timedelta(days=364)
        titre: dict[str, Any] = {
            "numero": f"T{rang:08d}",
            "titre_code": titre_code,
            "debut_date": debut.isoformat(),
            "fin_date": fin.isoformat(),
            "remise_date": (debut + timedelta(days=20)).isoformat(),
        }
        demandes = []
        if self._tire("remise_absente"):
            titre["remise_date"] = None
        if self._tire("titre_inconnu"):
            titre["titre_code"] = "ancien-code-42"
        elif self._tire("dates_incoherentes"):
            titre["debut_date"] = (fin + timedelta(days=30)).isoformat()
        elif self._tire("demande_non_close"):
            demandes.append(self._demande(rang, titre_code, prefecture, debut - timedelta(days=90)))
        elif self._tire("demande_en_cours"):
            demandes.append(self._en_cours(rang, titre_code, prefecture, fin))
        return {
            "format": 1,
            "dossier": f"F{prefecture}-{rang:07d}",
            "maj_date": (self._jour - timedelta(days=self._hasard.randint(1, 90))).isoformat(),
            "personne": self._personne(rang, prefecture),
            "titres": [titre],
            "demandes": demandes,
        }

    def _personne(self, rang: int, prefecture: str) -> dict[str, Any]:
        naissance = date(1960, 1, 1) + timedelta(days=self._hasard.randint(0, 16_000))
        return {
            # The rank keeps names apart: a homonym is put in on purpose or not at all.
            "nom": self._mot(3) + _lettres(rang),
            "prenoms": self._mot(2),
            "naissance_date": naissance.isoformat(),
            "nationalite": self._hasard.choice(("MA", "DZ", "CN", "TN", "ML", "SN", "")),
            "numero_etranger": f"99{rang:08d}" if self._hasard.random() > 0.03 else "",
            "courriel": f"p{rang}@exemple.test" if self._hasard.random() > 0.5 else "",
            "telephone": f"+331990{rang % 100000:05d}" if self._hasard.random() > 0.3 else "",
            "adresse": [f"{rang % 200} rue d’Exemple", f"{prefecture[:2]}000 Exemple"],
            "prefecture": prefecture,
        }

    def _demande(self, rang: int, titre_code: str, prefecture: str, depot: date) -> dict[str, Any]:
        return {
            "numero": f"D{rang:08d}",
            "titre_code": titre_code,
            "prefecture": prefecture,
            "depot_date": depot.isoformat(),
            "etat": "EN_COURS",
        }

    def _en_cours(self, rang: int, titre_code: str, prefecture: str, fin: date) -> dict[str, Any]:
        depot = fin - timedelta(days=60)
        recepisse = {
            "numero": f"R{rang:08d}",
            "debut_date": depot.isoformat(),
            "fin_date": (fin + timedelta(days=90)).isoformat(),
        }
        return self._demande(rang, titre_code, prefecture, depot) | {
            "fin_titre_date": fin.isoformat(),
            "document": recepisse,
        }

    def _tire(self, defaut: str) -> bool:
        drawn = self._hasard.random() < self._parts.get(defaut, 0.0)
        self.faites[defaut] += drawn
        return drawn

    def _mot(self, syllabes: int) -> str:
        return "".join(self._hasard.choice(_SYLLABES) for _ in range(syllabes)).capitalize()


def _lettres(rang: int) -> str:
    """A number in letters: a name holds no digit."""
    drawn = ""
    while rang or not drawn:
        rang, rest = divmod(rang, 26)
        drawn += chr(97 + rest)
    return drawn


def _ligne(dossier: dict[str, Any]) -> bytes:
    return json.dumps(dossier, ensure_ascii=False).encode() + b"\n"
