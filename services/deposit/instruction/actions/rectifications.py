"""The first page of a filed demande put right, by the person or by an agent: title asked, last day of the title held,
situation, child, département (DEP-32, DEP-34). The rights are judged again in the same write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from chassis.outbox import Entry
from chassis.partial_day import read_day
from droit.catalogue import Stade
from droit.decision import Genre, Motif, Refused
from droit.jours import day_in_words
from services.deposit.acte.actions import Order
from services.deposit.cadre import cadre
from services.deposit.demande import inputs
from services.deposit.demande.actions.demandes import rectified
from services.deposit.dossier.actions.notices import Annonce
from services.deposit.dossier.rules import etats
from services.deposit.dossier.rules.envois import RECTIFICATION
from services.deposit.dossier.store.demande import Demande
from services.deposit.droits.actions import settle
from services.deposit.droits.actions.settle import Change
from services.deposit.droits.rules import depot
from services.deposit.instruction.actions import transferts

ENFANT = ("nom", "prenoms", "naissance_date")

AUTRE_DEMARCHE = Motif(
    "AUTRE_DEMARCHE",
    "regle-du-service",
    "Cette demande ne porte pas sur un titre de séjour : elle ne peut pas en devenir une.",
    "Déposez la bonne demande, puis annulez celle-ci : les deux se font tout de suite, sans attendre d’agent.",
)
DERNIER_JOUR_ATTENDU = Motif(
    "DERNIER_JOUR_ATTENDU",
    "regle-du-service",
    "Il manque le dernier jour du titre ou du visa.",
    "Écrivez le dernier jour imprimé sur le titre ou le visa.",
    Genre.INVALIDE,
)


@dataclass(frozen=True)
class Debut:
    """The first page of a demande, as people write it: empty is an answer too."""

    titre_code: str
    prefecture: str
    situation: str
    fin_titre_date: str
    beneficiaire_nom: str
    beneficiaire_prenoms: str
    beneficiaire_naissance_date: str


def debut_of(demande: Demande) -> Debut:
    """What the first page of this demande says."""
    child = {name: str(demande.beneficiaire.get(name) or "") for name in ENFANT}
    return Debut(
        titre_code=demande.titre_code,
        prefecture=demande.prefecture,
        situation=_situation(demande),
        fin_titre_date=demande.fin_titre_date.isoformat() if demande.fin_titre_date else "",
        **{f"beneficiaire_{name}": value for name, value in child.items()},
    )


def rectify(demande: Demande, order: Order) -> Change | None:
    """The person puts her first page right; what she leaves out stays. None when nothing changes."""
    before = debut_of(demande)
    entries = change(demande, amend(before, order.saisi), order)
    was, now = gap(before, debut_of(demande))
    if not now:
        return None
    fact = rectified(demande, was, now, by=order.who.subject)
    words = {"objet": RECTIFICATION, "texte": in_words(now)}
    return Change((fact, *entries, Annonce("changement_recu", words)))


def change(demande: Demande, wanted: Debut, order: Order) -> tuple[Entry | Annonce, ...]:
    """Makes the first page say what is wanted; the answer is the facts of a transfer, if any. Raises Refused."""
    if demande.state not in etats.EN_INSTRUCTION:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    debut = debut_of(demande)
    if wanted.titre_code != debut.titre_code:
        _ask_for(demande, wanted.titre_code, order.today)
    if wanted.situation in (inputs.TITULAIRE, inputs.VISA) and not wanted.fin_titre_date:
        raise Refused(DERNIER_JOUR_ATTENDU, champ="fin_titre_date")
    fin = date.fromisoformat(wanted.fin_titre_date) if wanted.fin_titre_date else None
    stade = Stade(demande.stade)
    if demande.titre_code and (wanted.titre_code, wanted.situation) != (debut.titre_code, debut.situation):
        stade = depot.stade_for(
            cadre().catalogue.titre(demande.titre_code),
            fin_titre=fin,
            situation_reguliere=wanted.situation != inputs.SANS,
            visa=wanted.situation == inputs.VISA,
        )
    child = {name: getattr(wanted, f"beneficiaire_{name}") for name in ENFANT}
    if child != {name: getattr(debut, f"beneficiaire_{name}") for name in ENFANT}:
        demande.beneficiaire = child if child["nom"] else {}
    entries: tuple[Entry | Annonce, ...] = settle.correct_titre_tenu(demande, fin, stade, order.today)
    if wanted.prefecture == debut.prefecture:
        return entries
    return (*entries, *transferts.transfer(demande, order, wanted.prefecture).entries)


def gap(before: Debut, after: Debut) -> tuple[dict[str, str], dict[str, str]]:
    """What differs, as it was and as it is."""
    was, now = vars(before), vars(after)
    names = [name for name in was if was[name] != now[name]]
    return {name: was[name] for name in names}, {name: now[name] for name in names}


def amend(debut: Debut, said: inputs.PremierePage) -> Debut:
    """The first page with what was said of it; who holds no title has no last day, whatever stays in the field."""
    values = {name: value for name, value in said.model_dump().items() if value is not None and name in vars(debut)}
    if values.get("fin_titre_date"):
        values["fin_titre_date"] = values["fin_titre_date"].isoformat()
        if debut.situation not in (inputs.TITULAIRE, inputs.VISA):
            values.setdefault("situation", inputs.TITULAIRE)
    if values.get("beneficiaire_naissance_date"):
        values["beneficiaire_naissance_date"] = values["beneficiaire_naissance_date"].isoformat()
    if values.get("situation") in (inputs.AUCUN, inputs.SANS):
        values["fin_titre_date"] = ""
    return replace(debut, **values)


def in_words(answers: Mapping[str, str]) -> str:
    """Answers of the first page as a message says them, one a line."""
    titles = {name: str(info.title) for name, info in inputs.PremierePage.model_fields.items()}
    return "\n".join(f"{titles[name]} : {_value(name, value)}" for name, value in answers.items())


def _value(name: str, value: str) -> str:
    if not value:
        return "rien d’écrit"
    if name.endswith("_date"):
        return day_in_words(read_day(value))
    if name == "titre_code":
        return cadre().catalogue.titre(value).libelle
    if name == "prefecture":
        return cadre().catalogue.departement(value).nom
    return inputs.SITUATIONS.get(value, value) if name == "situation" else value


def put_back(debut: Debut, answers: Mapping[str, str]) -> Debut:
    """The first page with these answers of an earlier one."""
    return replace(debut, **{name: value for name, value in answers.items() if name in vars(debut)})


def _ask_for(demande: Demande, code: str, today: date) -> None:
    frame = cadre()
    if not demande.titre_code:
        raise Refused(AUTRE_DEMARCHE, champ="titre_code")
    titre = frame.catalogue.titre(code)
    # The number was asked for when the demande was filed, if it was to be.
    depot.may_begin(titre, numero_etranger=True, day=today, position=frame.position).or_refuse()
    demande.titre_code, demande.libelle = titre.code, titre.libelle


def _situation(demande: Demande) -> str:
    if demande.stade == Stade.REGULARISATION:
        return inputs.SANS
    if demande.fin_titre_date is None:
        return inputs.AUCUN
    return inputs.TITULAIRE if demande.stade == Stade.RENOUVELLEMENT else inputs.VISA
