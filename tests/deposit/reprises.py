"""Her record in the older application, as it stands there, and what each run takes over of it (DEP-27, DEP-28, DEP-42).

The oracle hears of each demande what the record says: its day of filing, the document given for it, its decision.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from chassis import outbox
from droit.jours import add_months
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import reparations
from services.deposit.reprise.actions import reprise
from tests.deposit.actes_vecus import follow, was_regular
from tests.deposit.jugement import VIVANTES
from tests.deposit.oracle import Attendu, Carte, Papier, Situation
from tests.deposit.vie import AGENTE, Vie

DOSSIER = "69-0000001"


@dataclass(frozen=True)
class Ancienne:
    """A demande of the older application: filed `before` days ago, after a title that ends `fin` days from the filing;
    its récépissé begins and ends so many days from the filing; `accepted`: it was granted yesterday.
    """

    before: int
    fin: int
    receipt: tuple[int, int] | None
    accepted: bool


def take_over(vie: Vie, situation: Situation, old: Ancienne) -> None:
    """The demande joins the record, and the record is taken over; filed here too, the two are one."""
    filed = vie.today - timedelta(days=old.before)
    fin = filed + timedelta(days=old.fin) if situation.avec_titre else None
    receipt = _receipt(filed, old.receipt)
    if receipt is not None and receipt.debut > vie.today:
        return
    here = [d for d in vie.stored(*VIVANTES) if d.titre_code == situation.titre and not d.beneficiaire]
    if len(here) > 1 or any(d.origine for d in here) or (here and old.accepted):
        # Which of several it is would be for an agent to say.
        return
    regular = was_regular(vie, filed, enfant=False)
    said = _demande(vie, situation, filed, fin, receipt)
    if old.accepted:
        said |= {"etat": "FAVORABLE", "decision_date": (vie.today - timedelta(days=1)).isoformat()}
    _record(vie)["demandes"].append(said)
    _run(vie)
    if here:
        joined = vie.demandes[here[0].id]
        joined.tentatives.append(filed)
        joined.ailleurs += [receipt] if receipt else []
    else:
        known = Attendu(_id(said["numero"]), situation, filed, fin, couvert=regular, pieces_ici=False)
        known.ailleurs = [receipt] if receipt else []
        # « A récépissé was given because the demande was complete », and what is granted was.
        known.verifiee = receipt.debut if receipt else vie.today - timedelta(days=1) if old.accepted else None
        follow(vie, known)
    vie.settle()


def followed(vie: Vie) -> list[dict[str, Any]]:
    """The demandes of the record that the oracle follows and that are under way or granted, here and there."""
    said = vie.fiche["demandes"] if vie.fiche else []
    return [d for d in said if d["etat"] in ("EN_COURS", "FAVORABLE") and _id(d["numero"]) in vie.demandes]


def say(vie: Vie, n: int, etat: str) -> None:
    """The older application goes on: what it decided since is taken over where nothing else was done here."""
    among = followed(vie)
    said = among[n % len(among)]
    before, demande = said["etat"], vie.read(_id(said["numero"]))
    said["etat"] = etat
    if etat in ("FAVORABLE", "REMIS"):
        said.setdefault("decision_date", vie.today.isoformat())
    if etat == "REMIS":
        said["remise_date"] = vie.today.isoformat()
    _run(vie)
    after = vie.read(demande.id)
    if etat in ("CLOS", "DEFAVORABLE"):
        assert after.state == demande.state, f"{before} then {etat}: a machine wrote {after.state}"
    known = vie.demandes[demande.id]
    if after.state in ("FAVORABLE", "REMISE"):
        known.verifiee = known.verifiee or after.decision_date
    vie.settle()


def ghost(vie: Vie, titre: str) -> None:
    """A demande that nobody closed, and the title that answered it: one is open on paper only, the other hers."""
    filed = vie.today - timedelta(days=500)
    record, number = _record(vie), len(vie.fantomes)
    begun, ended = filed + timedelta(days=60), add_months(filed + timedelta(days=60), 24)
    carte = {
        "numero": f"T{number}",
        "titre_code": titre,
        "debut_date": begun.isoformat(),
        "fin_date": ended.isoformat(),
        "remise_date": begun.isoformat() if number == 0 else None,
    }
    said = {
        "numero": f"F{number}",
        "titre_code": titre,
        "prefecture": "13",
        "depot_date": filed.isoformat(),
        "etat": "EN_COURS",
    }
    record["titres"].append(carte)
    record["demandes"].append(said)
    _run(vie)
    vie.fantomes.append(_id(said["numero"]))
    vie.cartes[f"T{number}"] = Carte(begun, ended, remise=number == 0)
    vie.settle()


def close_ghost(vie: Vie, n: int) -> None:
    """Closed from any préfecture; closed already, it is reopened, and nothing else of hers changes."""
    demande: Demande = Demande.objects(id=vie.fantomes[n % len(vie.fantomes)]).first()
    if demande.state == "CLOSE":
        vie.act(demande.id, "rouvrir", vie.key())
        reopened: Demande = Demande.objects(id=demande.id).first()
        assert any(a.regime == "AD" for a in reopened.attestations), "a demande that lives has its attestation de dépôt"
    elif demande.origine.get("fantome"):
        motif, key = "le titre a été remis", vie.key()
        reparations.close_ghost(vie.usager_id, demande.id, AGENTE, motif=motif, request_id=key)
    vie.settle()


def _record(vie: Vie) -> dict[str, Any]:
    if vie.fiche is None:
        person = {
            "nom": "Exemple",
            "naissance_date": "1990-05-17",
            "numero_etranger": "9900000001",
            "prefecture": "69",
        }
        vie.fiche = {"format": 1, "dossier": DOSSIER, "personne": person, "titres": [], "demandes": []}
    return vie.fiche


def _run(vie: Vie) -> None:
    """One run of the operator's command over her record."""
    record = _record(vie) | {"maj_date": vie.today.isoformat()}
    made = reprise.run(BytesIO(json.dumps(record).encode() + b"\n"), "vie.jsonl", par="essai")
    assert not {"REFUSE", "A_VERIFIER"} & set(made.resultats), (made.resultats, made.constats)


def _demande(vie: Vie, situation: Situation, filed: date, fin: date | None, receipt: Papier | None) -> dict[str, Any]:
    number = f"D{len(_record(vie)['demandes'])}"
    said: dict[str, Any] = {
        "numero": number,
        "titre_code": situation.titre,
        "prefecture": "69",
        "depot_date": filed.isoformat(),
        "etat": "EN_COURS",
        "fin_titre_date": fin.isoformat() if fin else None,
    }
    if receipt is not None and receipt.fin is not None:
        said["document"] = {
            "numero": f"R{number}",
            "debut_date": receipt.debut.isoformat(),
            "fin_date": receipt.fin.isoformat(),
        }
    return said


def _receipt(filed: date, days: tuple[int, int] | None) -> Papier | None:
    return Papier(filed + timedelta(days=days[0]), filed + timedelta(days=days[1])) if days else None


def _id(numero: str) -> str:
    return outbox.id_for(f"reprise:{reprise.SOURCE}:{DOSSIER}:{numero}", "demande")
