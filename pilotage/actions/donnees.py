"""The open data of a service: its figures with their definitions, under a schema that only grows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis import clock
from pilotage.actions import comptes
from pilotage.actions.tableau import Ligne, Tableau

SCHEMA = "sejour.indicateurs.1"
COLUMNS = ("periode", "service", "prefecture", "indicateur", "detail", "nombre", "valeur")


def told(tableau: Tableau, lignes: Sequence[Ligne], periode: str = "") -> dict[str, Any]:
    """The data with their definitions; names and order of `chiffres` are the schema, which only grows."""
    definitions = [
        {
            "indicateur": indicateur.code,
            "libelle": indicateur.libelle,
            "definition": indicateur.definition,
            "genre": indicateur.genre.value,
            "unite": indicateur.unite,
            "details": dict(indicateur.details),
            "chiffre_publie": indicateur.publie,
        }
        for indicateur in tableau.indicateurs
    ]
    month = periode or clock.today().isoformat()[:7]
    return {
        "schema": SCHEMA,
        "service": tableau.service,
        "jour": clock.today().isoformat(),
        "definitions": definitions,
        "chiffres": [row(tableau, ligne) for ligne in lignes],
        "charge": [
            {
                "mois": month,
                "prefecture": charge.prefecture,
                "arrivees": charge.arrivees,
                "faites": charge.faites,
                "agents": charge.agents,
                "agents_manquants": charge.manque,
            }
            for charge in comptes.workload(tableau, month)
        ],
    }


def row(tableau: Tableau, ligne: Ligne) -> dict[str, Any]:
    """One line of the open data."""
    indicateur = tableau.indicateur(ligne.indicateur)
    figure = indicateur.figure(ligne.nombre, ligne.somme) if indicateur else None
    return {
        "periode": ligne.periode,
        "service": tableau.service,
        "prefecture": ligne.prefecture,
        "indicateur": ligne.indicateur,
        "detail": ligne.detail,
        "nombre": ligne.nombre,
        "valeur": "" if figure is None else round(figure, 2),
    }
