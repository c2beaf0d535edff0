"""One record of an older application taken over: person, titles and demandes, by unique keys, never over what was done
here since. The comparison base is written last: killed before, the next run does it again and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from chassis import clock, due, mongo, outbox
from chassis.mongo import collection_of
from chassis.outbox import Entry, Fact
from chassis.partial_day import read_day
from droit.decision import Refused
from personne.nom import identity_key
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import cadre
from services.deposit.compte.actions import comptes, reconnaissance, titres
from services.deposit.dossier.store.usager import TitreDetenu, Usager
from services.deposit.reprise.actions import demandes
from services.deposit.reprise.actions.format import Dossier
from services.deposit.reprise.rules import reprise as rules
from services.deposit.reprise.rules.reprise import Constat, Resultat
from services.deposit.reprise.store import DossierRepris

Detail = dict[str, Any]
# Of an account that a person opened or took in hand, contacts and identity are hers alone.
_PERSONNE = ("nom", "prenoms", "nationalite", "telephone", "adresse", "prefecture", "courriel")
_CONTACT = ("nom", "prenoms", "telephone", "adresse", "courriel")
_TITRE = ("titre_code", "libelle", "debut_date", "fin_date", "remis")


@dataclass
class Issue:
    """What became of a record. `details` name each finding with its object, and no personal data."""

    resultat: Resultat
    usager_id: str = ""
    manques: tuple[str, ...] = ()
    details: list[Detail] = field(default_factory=list)


def key_of(source: str, dossier: str) -> str:
    """The identifier of a record of a source, from which everything it creates derives its own."""
    return f"reprise:{source}:{dossier}"


def take_over(source: str, dossier: Dossier) -> Issue:
    """Takes one record over; the same record again changes nothing, an older one neither (DEP-28)."""
    key = key_of(source, dossier.dossier)
    kept = mongo.find(DossierRepris, id=key)
    try:
        usager, opened, details = _person(key, dossier, kept)
    except Refused as refused:
        if refused.motif is not comptes.COMPTE_EXISTANT:
            raise
        return Issue(Resultat.A_VERIFIER, details=[_detail(Constat.NUMERO_PARTAGE)])
    details += quality(dossier, usager, key)
    manques = rules.missing(_imported(dossier))
    if kept is not None and kept.empreinte == dossier.empreinte:
        return Issue(_with_conflicts(Resultat.INCHANGE, kept.conflits), usager.id, manques, [*details, *kept.conflits])
    if kept is not None and dossier.maj_date < kept.maj_date:
        return Issue(Resultat.INCHANGE, usager.id, manques, [*details, _detail(Constat.PLUS_ANCIEN)])
    request_id = f"{key}:{dossier.empreinte}"
    conflits = _record(usager.id, key, dossier, kept, request_id)
    carried, found = demandes.take_over(source, dossier, usager.id, kept.demandes if kept else {})
    conflits += found
    _keep(key, usager.id, dossier, carried, conflits)
    verb = Resultat.CREE if opened or kept is None else Resultat.MIS_A_JOUR
    return Issue(_with_conflicts(verb, conflits), usager.id, manques, [*details, *conflits])


def quality(dossier: Dossier, usager: Usager, key: str) -> list[Detail]:
    """What the record itself shows that somebody should look at, and the persons who look like this one."""
    seen, catalogue = dossier.titres_vus(), cadre().catalogue
    found = [_detail(Constat.REMISE_ABSENTE, t.numero) for t in seen if t.remise is None]
    found += [_detail(Constat.DATES_INCOHERENTES, n) for n in rules.wrong_dates(seen, dossier.demandes_vues())]
    found += [_detail(Constat.DEMANDE_NON_CLOSE, d.numero) for d in dossier.demandes_vues() if rules.is_ghost(d, seen)]
    codes = {t.code for t in catalogue.titres()}
    named = [(t.numero, t.titre_code) for t in seen] + [(d.numero, d.titre_code) for d in dossier.demandes_vues()]
    found += [_detail(Constat.TITRE_INCONNU, numero) for numero, code in named if code not in codes]
    places = {departement.code for departement in catalogue.departements()}
    lived = {dossier.personne.prefecture, *(d.prefecture for d in dossier.demandes)} - {""}
    found += [_detail(Constat.PREFECTURE_INCONNUE, place) for place in sorted(lived - places)]
    same = Usager.objects(cle_identite=usager.cle_identite, id__ne=usager.id).only("identifiant").limit(5)
    found += [_detail(Constat.PERSONNE_EN_DOUBLE, other.identifiant) for other in same]
    others = DossierRepris.objects(usager_id=usager.id, id__ne=key).only("id").limit(5)
    return found + [_detail(Constat.PERSONNE_EN_DOUBLE, other.id.rpartition(":")[2]) for other in others]


def _with_conflicts(verb: Resultat, conflits: Iterable[Detail]) -> Resultat:
    return Resultat.CONFLIT if any(c["constat"] == Constat.CHANGE_DES_DEUX_COTES for c in conflits) else verb


def _detail(constat: Constat, objet: str = "", **more: Any) -> Detail:
    return {"constat": constat.value, "objet": objet, **more}


def _imported(dossier: Dossier) -> dict[str, bool]:
    person, titres = dossier.personne, dossier.titres
    return {
        "numero_etranger": bool(person.numero_etranger.strip()),
        "nationalite": bool(person.nationalite),
        "adresse": bool(person.adresse),
        "moyen_de_contact": bool(person.courriel or person.telephone),
        "prefecture": bool(person.prefecture),
        "titre": bool(titres),
        "titre.debut_date": bool(titres) and all(t.debut_date for t in titres),
        "titre.remise_date": bool(titres) and all(t.remise_date for t in titres),
    }


def _person(key: str, dossier: Dossier, kept: DossierRepris | None) -> tuple[Usager, bool, list[Detail]]:
    """The person of a record, opened without password and without message when nobody has her number.

    A number borne by somebody of another name or birth attaches nothing. Raises Refused(COMPTE_EXISTANT).
    """
    if kept is not None:
        return comptes.usager_by_id(kept.usager_id), False, []
    person = dossier.personne
    identite = comptes.Identite(
        nom=person.nom,
        prenoms=person.prenoms,
        naissance=person.naissance_date,
        nationalite=person.nationalite,
        numero_etranger=person.numero_etranger,
        courriel=person.courriel,
        telephone=person.telephone,
        adresse=tuple(person.adresse),
        prefecture=demandes.place(person.prefecture),
    )
    own = mongo.find(Usager, id=outbox.id_for(key, "usager"))
    found = own or reconnaissance.of_number(identite.numero_etranger, identite)
    if found is not None:
        return found, False, []
    try:
        return comptes.open_account(identite, "", request_id=key, by="reprise", annonce=False), True, []
    except Refused as refused:
        if refused.champ != "courriel":
            raise
    alone = replace(identite, courriel="")
    opened = comptes.open_account(alone, "", request_id=key, by="reprise", annonce=False)
    return opened, True, [_detail(Constat.COURRIEL_PARTAGE)]


@outbox.retry_conflicts
def _record(usager_id: str, key: str, dossier: Dossier, kept: DossierRepris | None, request_id: str) -> list[Detail]:
    """Titles, and what is known of the person, in one write; gives what both sides changed."""
    usager = comptes.usager_by_id(usager_id)
    changed, conflits = _personal(usager, key, dossier, kept)
    before = [_stated(titre) for titre in usager.titres]
    merged, found = _titles(usager, dossier, kept.titres if kept else {})
    conflits += found
    entries: list[Entry] = []
    if [_stated(titre) for titre in merged] != before:
        usager.titres = merged
        due.plan(usager, alerte=titres.next_alert(usager, clock.today()))
        entries.append(_fact(usager, "TITRE_AJOUTE", [t.numero for t in merged]))
    if changed & set(_CONTACT):
        entries += [_fact(usager, "IDENTITE_REPRISE", []), comptes.contact(usager, usager.version + 1)]
    if changed or entries:
        try:
            outbox.update(usager, *entries, request_id=request_id)
        except outbox.Duplicate:
            alone = dossier.model_copy(update={"personne": dossier.personne.model_copy(update={"courriel": ""})})
            return [*_record(usager_id, key, alone, kept, request_id), _detail(Constat.COURRIEL_PARTAGE)]
    return conflits


def _personal(usager: Usager, key: str, dossier: Dossier, kept: DossierRepris | None) -> tuple[set[str], list[Detail]]:
    """What the other system says of the person joins the account; gives the names changed, and the conflicts."""
    ours = usager.id == outbox.id_for(key, "usager")
    if not ours or kept is None or usager.password_hash or usager.sub_oidc or usager.gele or usager.protege:
        return set(), []
    changed: set[str] = set()
    conflits = []
    for name, theirs in _values(dossier).items():
        here = getattr(usager, name) or ([] if name == "adresse" else "")
        choix = rules.merge(kept.personne.get(name), list(here) if name == "adresse" else here, theirs, premiere=False)
        if choix.conflit:
            conflits.append(_detail(Constat.CHANGE_DES_DEUX_COTES, "personne", champ=name))
        if choix.ecrire:
            setattr(usager, name, theirs)
            changed.add(name)
    if changed:
        usager.cle_identite = identity_key(usager.nom, usager.naissance_date)
        usager.canaux = comptes.default_canaux(usager)
    return changed, conflits


def _titles(
    usager: Usager, dossier: Dossier, base: Mapping[str, Mapping[str, Any]]
) -> tuple[list[TitreDetenu], list[Detail]]:
    by_number = {titre.numero or f"sans-{rank}": titre for rank, titre in enumerate(usager.titres)}
    conflits: list[Detail] = []
    for numero, theirs in _titres(dossier).items():
        titre = by_number.get(numero)
        if titre is None:
            by_number[numero] = TitreDetenu(numero=numero, origine="reprise", **theirs)
            continue
        before = base.get(numero)
        for name in _TITRE:
            here = getattr(titre, name)
            choix = rules.merge(_stored(before, name) if before else None, here, theirs[name], premiere=before is None)
            if choix.conflit:
                conflits.append(
                    _detail(
                        Constat.CHANGE_DES_DEUX_COTES,
                        numero,
                        champ=name,
                        ici=_text(here),
                        source=_text(theirs[name]),
                    )
                )
            if choix.ecrire:
                setattr(titre, name, theirs[name])
    if len(by_number) > titres.TITRES_MAX:
        conflits.append(_detail(Constat.TITRES_TROP_NOMBREUX))
    return list(by_number.values())[: titres.TITRES_MAX], conflits


def _stated(titre: TitreDetenu) -> tuple[object, ...]:
    return (titre.numero, *(getattr(titre, name) for name in _TITRE))


def _values(dossier: Dossier) -> dict[str, Any]:
    person = dossier.personne
    return {name: getattr(person, name) for name in _PERSONNE} | {
        "courriel": person.courriel.strip().lower(),
        "prefecture": demandes.place(person.prefecture),
    }


def _titres(dossier: Dossier) -> dict[str, dict[str, Any]]:
    libelles = {titre.code: titre.libelle for titre in cadre().catalogue.titres()}
    return {
        titre.numero: {
            "titre_code": titre.titre_code if titre.titre_code in libelles else "",
            "libelle": titre.libelle or libelles.get(titre.titre_code, ""),
            "debut_date": titre.debut_date,
            "fin_date": titre.fin_date,
            "remis": titre.remise_date is not None,
        }
        for titre in dossier.titres
    }


def _stored(base: Mapping[str, Any], name: str) -> Any:
    value = base.get(name)
    return read_day(value) if name.endswith("_date") and isinstance(value, str) else value


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _fact(usager: Usager, objet: str, numeros: list[str]) -> Fact:
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet=objet)
    return Fact("deposit.compte.modifie", changed, by="reprise", private={"titres": numeros})


def _keep(
    key: str, usager_id: str, dossier: Dossier, demandes: dict[str, dict[str, str]], conflits: list[Detail]
) -> None:
    """What the record said, for the next comparison: written when everything else was."""
    said = {
        "usager_id": usager_id,
        "empreinte": dossier.empreinte,
        "maj_date": dossier.maj_date.isoformat(),
        "reprise_date": clock.today().isoformat(),
        "personne": _values(dossier),
        "titres": {
            numero: {name: value.isoformat() if isinstance(value, date) else value for name, value in titre.items()}
            for numero, titre in _titres(dossier).items()
        },
        "demandes": demandes,
        "conflits": conflits,
    }
    collection_of(DossierRepris).update_one({"_id": key}, {"$set": said}, upsert=True)
