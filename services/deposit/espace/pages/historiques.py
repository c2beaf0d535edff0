"""The history of a demande, for the person and for a court: on a page, in one signed PDF, as a table, as data."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from chassis.web import refusals
from chassis.web.files import disposition
from chassis.web.forms import Answer
from chassis.web.identity import current_who, require
from chassis.web.languages import instant_in_words
from chassis.web.who import AIDANT, USAGER
from droit.decision import Refused
from services.deposit.demande.pages import historique
from services.deposit.dossier.actions import acces, prefectures
from services.deposit.droits.actions import calendrier
from services.deposit.espace.actions import historiques
from services.deposit.espace.actions.historiques import Entree, Ligne, Remise
from services.deposit.espace.pages.urgences import dossier

if TYPE_CHECKING:
    from services.deposit.dossier.store.demande import Demande

__all__ = ["dossier"]

PAGE = 100
CANAUX = {
    historiques.COURRIEL: _l("par e-mail"),
    historiques.SMS: _l("par SMS"),
    historiques.LETTRE: _l("par la poste"),
    historiques.APPEL: _l("par téléphone"),
    historiques.ACCUEIL: _l("par un point d’accueil"),
}
CE_QU_IL_EST_DEVENU = {
    historiques.REMIS: _l("Remis au transporteur %(canal)s, %(quand)s."),
    historiques.DELIVRE: _l("Arrivé %(canal)s, %(quand)s."),
    historiques.LU: _l("Ouvert %(canal)s, %(quand)s."),
    historiques.ECHEC: _l("Un envoi %(canal)s n’a pas abouti, %(quand)s."),
}
PAS_VERIFIE = _l(
    "Pas vérifié : le service qui envoie les messages ne répond pas. Rouvrez cette page plus tard pour le savoir."
)
EXPLICATIONS = (
    _l("Chaque ligne porte une empreinte (SHA-256), un nombre calculé avec ce que dit la ligne."),
    _l("L’empreinte d’un fait est calculée avec celle du fait d’avant : en changer un, en ôter un ou en ajouter un "
       "après coup change toutes les suivantes. Les messages échangés ont chacun leur empreinte."),
    _l("Les heures sont celles de la préfecture. « Par » dit qui a agi."),
    _l("L’empreinte du tout est signée avec la clé qui signe nos attestations. Le fichier « tout (JSON) » contient le "
       "texte signé : n’importe qui peut recalculer son empreinte et vérifier la signature avec notre certificat."),
    _l("Le fichier PDF est lui-même signé, avec la même clé : un lecteur de PDF dit par quel certificat, et s’il a "
       "changé depuis."),
)  # fmt: skip


@dossier.get("/demandes/<demande_id>/historique")
@require(USAGER, AIDANT)
def histoire(demande_id: str) -> str:
    """Everything that happened, with its date and its hash; nothing is ever removed (DEP-44)."""
    demande = acces.access_demande(demande_id, current_who())
    entries = historiques.entries_of(demande, current_who())
    page = max(request.args.get("page", 0, type=int), 0)
    shown = entries[PAGE * page : PAGE * (page + 1)]
    fuseau, names = prefectures.fuseau(demande.prefecture), calendrier.piece_names(demande)
    more = len(entries) > PAGE * (page + 1)
    return render_template(
        "espace/dossier/historique.html",
        demande=demande,
        lignes=[(_line(entry, "", fuseau, names), _links(entry, demande)) for entry in shown],
        explications=EXPLICATIONS,
        precedente=url_for("dossier.histoire", demande_id=demande_id, page=page - 1) if page else "",
        suivante=url_for("dossier.histoire", demande_id=demande_id, page=page + 1) if more else "",
    )


@dossier.get("/demandes/<demande_id>/historique.<forme>")
@require(USAGER, AIDANT)
def exporter(demande_id: str, forme: str) -> Answer:
    """The same lines for a court or a lawyer: one signed PDF, a table, or the sealed data."""
    demande = acces.access_demande(demande_id, current_who())
    fuseau, names = prefectures.fuseau(demande.prefecture), calendrier.piece_names(demande)
    entries = historiques.entries_of(demande, current_who())
    lines = [_line(entry, str(rank), fuseau, names) for rank, entry in enumerate(entries, 1)]
    headers = {"Content-Disposition": disposition(f"historique-{demande.reference}.{forme}")}
    if forme == "pdf":
        body: str | bytes = historiques.pdf(demande, lines, [str(words) for words in EXPLICATIONS])
        return Response(body, mimetype="application/pdf", headers=headers)
    if forme == "csv":
        return Response(_as_csv(lines), mimetype="text/csv", headers=headers)
    if forme == "json":
        return Response(_as_json(demande, entries, lines), mimetype="application/json", headers=headers)
    raise Refused(refusals.INTROUVABLE)


def _line(entry: Entree, rang: str, fuseau: str, names: Mapping[str, str]) -> Ligne:
    moment, message = instant_in_words(entry.time, fuseau), entry.message
    common = {"rang": rang, "moment": moment, "jour": entry.jour, "heure_utc": entry.time.isoformat()}
    if message is not None:
        return Ligne(
            **common,
            quoi=_("Message de la préfecture") if message["administration"] else _("Message de la personne"),
            par=historique.author(entry.fait),
            details="\n".join(filter(None, (message.get("objet", ""), message["texte"]))),
            fichiers="",
            preuve="",
            empreinte=str(message["last_hash"]),
        )
    return Ligne(
        **common,
        quoi=historique.phrase(entry.fait),
        par=historique.author(entry.fait),
        details=historique.details(entry.fait, names),
        fichiers=historique.files(entry.fait),
        preuve=str(PAS_VERIFIE) if entry.inconnu else "\n".join(_carried(each, fuseau) for each in entry.remises),
        empreinte=str(entry.fait["hash"]),
    )


def _carried(remise: Remise, fuseau: str) -> str:
    when, way = instant_in_words(remise.time, fuseau), str(CANAUX.get(remise.canal, ""))
    return str(CE_QU_IL_EST_DEVENU[remise.state] % {"canal": way, "quand": when})


def _links(entry: Entree, demande: Demande) -> list[tuple[str, str]]:
    """What can be downloaded from this line: the files sent, the document given."""
    if numero := historiques.paper_of(entry):
        return [(_("Télécharger ce document"), url_for("documents.pdf", numero=numero))]
    sent = (entry.fait.get("prive") or {}).get("pieces", ())
    sums = {str(piece["sha256"]) for piece in sent if "sha256" in piece}
    return [
        (piece.nom, url_for("depot.fichier", demande_id=demande.id, piece_id=piece.id))
        for piece in demande.pieces
        if piece.sha256 in sums
    ]


def _as_csv(lines: Sequence[Ligne]) -> str:
    written = io.StringIO()
    rows = csv.DictWriter(written, historique.COLONNES, delimiter=";", extrasaction="ignore")
    rows.writeheader()
    for line in lines:
        rows.writerow({**asdict(line), "version": line.rang, "fait": line.quoi})
    # The mark makes spreadsheets read the accents.
    return "\ufeff" + written.getvalue()


def _as_json(demande: Demande, entries: Sequence[Entree], lines: Sequence[Ligne]) -> str:
    text, sceau = historiques.sealed(demande.reference, lines)
    facts = [
        {
            "version": entry.fait["version"],
            "jour": entry.fait["day"],
            "instant": entry.fait["time"].isoformat(),
            "fait": entry.fait["subject"],
            "par": entry.fait["by"],
            "details": entry.fait.get("prive") or {},
            "empreinte": entry.fait["hash"],
        }
        for entry in entries
        if entry.message is None
    ]
    body = {
        "reference": demande.reference,
        "explications": [str(words) for words in EXPLICATIONS],
        "lignes": [asdict(line) for line in lines],
        "faits": facts,
        "sceau": {**asdict(sceau), "texte": text},
    }
    return json.dumps(body, ensure_ascii=False, indent=1, default=str)
