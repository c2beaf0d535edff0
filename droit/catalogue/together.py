"""What no file can say alone: references between files, and entries that must differ by more than their name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from droit.catalogue.demarche import Demarche
from droit.catalogue.famille import FILE as FAMILLES
from droit.catalogue.famille import Famille
from droit.catalogue.lecture import Lecture
from droit.catalogue.national import National
from droit.catalogue.prefecture import Prefecture
from droit.catalogue.regime import Regime
from droit.catalogue.titre import DroitAuTravail, Stade, Titre


def check_together(
    lecture: Lecture, titres: Iterable[Titre], regimes: Mapping[str, Regime], familles: Mapping[str, Famille]
) -> None:
    """Checks the references, the ids, and that no two titles give the same card, pieces or work mention."""
    titres = list(titres)
    codes = {titre.code for titre in titres}
    for titre in titres:
        _check_references(lecture, titre, codes, regimes, familles)
    _check_once(lecture, "titres", "id", {t.code: t.id for t in titres})
    for famille in familles.values():
        answered = {code for situation in famille.situations for code in situation.titres}
        for code in sorted(answered - codes):
            lecture.fault(FAMILLES, f"{famille.code}.situations", f"« {code} » n'est pas un titre")
        for titre in titres:
            if answered and titre.famille == famille.code and titre.code not in answered:
                lecture.fault(_file(titre), "famille", f"aucune situation de « {famille.code} » n'y mène")
    _check_distinct(lecture, {t.code: t for t in titres})


def check_demarches(lecture: Lecture, demarches: Iterable[Demarche]) -> None:
    """No two démarches have the same id, and none says of itself or of its end what another one says."""
    demarches = list(demarches)
    _check_once(lecture, "demarches", "id", {d.code: d.id for d in demarches})
    _check_once(lecture, "demarches", "resume", {d.code: d.resume for d in demarches})
    _check_once(lecture, "demarches", "issue.accordee", {d.code: d.issue.accordee for d in demarches})


def check_prefectures(lecture: Lecture, prefectures: Iterable[Prefecture], national: National) -> None:
    """The API months that a préfecture chooses are among those that the rule offers."""
    regle = national.regles.get("api-duree-choix")
    offered = {m for b in regle.valeur.blocs if isinstance(b.valeur, tuple) for m in b.valeur} if regle else set()
    for prefecture in prefectures:
        if regle and prefecture.api_mois not in offered:
            file = f"prefectures/{prefecture.code.lower()}.toml"
            lecture.fault(file, "api_mois", f"{prefecture.api_mois} n'est pas un choix de « api-duree-choix »")


def _file(titre: Titre) -> str:
    return f"titres/{titre.code}.toml"


def _check_references(
    lecture: Lecture, titre: Titre, codes: set[str], regimes: Mapping[str, Regime], familles: Mapping[str, Famille]
) -> None:
    if titre.famille not in familles:
        lecture.fault(_file(titre), "famille", f"« {titre.famille} » n'est pas dans {FAMILLES}")
    for stade, dated in titre.regimes.items():
        for code in {c for bloc in dated.blocs for c in bloc.valeur} - set(regimes):
            lecture.fault(_file(titre), f"regimes.{stade}", f"« {code} » n'est pas un régime")
    if {"API-T", "API-F"} & {c for d in titre.regimes.values() for b in d.blocs for c in b.valeur}:
        for bloc in titre.travaux[Stade.PREMIERE].blocs if Stade.PREMIERE in titre.travaux else ():
            if bloc.valeur.droit is not DroitAuTravail.AUTORISE:
                lecture.fault(_file(titre), "travail.premiere", "API-T et API-F autorisent à travailler (DEP-52)")
    wanted = {c for bloc in titre.choix_au_renouvellement.blocs for c in bloc.valeur}
    for code in sorted((wanted | set(titre.identique_a)) - codes):
        lecture.fault(_file(titre), "choix_au_renouvellement", f"« {code} » n'est pas un titre")


def _check_once(lecture: Lecture, folder: str, key: str, values: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for code, value in values.items():
        if value in seen:
            lecture.fault(f"{folder}/{code}.toml", key, f"« {value} » est déjà celui de {seen[value]}")
        seen.setdefault(value, code)


def _check_distinct(lecture: Lecture, titres: Mapping[str, Titre]) -> None:
    """Equal cards, pieces or mentions are a copy, unless both files say so and rest on the same sources."""
    for key, signatures in (
        ("resume", {c: (t.resume, t.conditions) for c, t in titres.items()}),
        ("pieces", {c: _pieces(t) for c, t in titres.items()}),
        ("travail", {c: _mentions(t) for c, t in titres.items()}),
    ):
        groups: dict[object, list[str]] = defaultdict(list)
        for code, signature in signatures.items():
            groups[signature].append(code)
        for first, *others in groups.values():
            for code in others:
                if not _declared_equal(titres[first], titres[code]):
                    lecture.fault(f"titres/{code}.toml", key, f"identique à « {first} » sans le dire (identique_a)")


def _pieces(titre: Titre) -> frozenset[object]:
    return frozenset((p.code, p.libelle) for d in titre.pieces.values() for b in d.blocs for p in b.valeur)


def _mentions(titre: Titre) -> frozenset[str]:
    # A title that papers do not name says nothing of its own in a demonstration value either.
    return frozenset(
        {titre.code} if titre.papier else {b.valeur.mention for d in titre.travaux.values() for b in d.blocs}
    )


def _declared_equal(one: Titre, other: Titre) -> bool:
    same_sources = one.ouvert_par.texte == other.ouvert_par.texte
    return same_sources and one.code in other.identique_a and other.code in one.identique_a
