"""Documents are given by the rights engine in the same write as the act that gives them, and renewed by themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from chassis import messages
from chassis.outbox import Entry, Fact
from chassis.partial_day import read_day
from documents import code2d, numero
from documents.contenu import Contenu, Droit, Personne
from documents.nature import Nature
from documents.rendu import render
from droit.catalogue import Stade, may_issue
from droit.catalogue.regime import Document, RegimeApplique
from droit.dates import under_heading
from droit.decision import Genre, Motif, Refused
from droit.jours import day_in_words
from sejour.deposit.v1 import events_pb2
from services.deposit.cadre import Cadre, cadre
from services.deposit.dossier.actions import acces, issues
from services.deposit.dossier.actions.notices import document_fields, notice_fact
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Attestation, Demande
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import ailleurs
from services.deposit.droits.rules import droits
from services.deposit.droits.rules.depot import Objet, missing_pieces

DOCUMENT_INCONNU = Motif(
    "DOCUMENT_INCONNU",
    "regle-du-service",
    "Aucun document ne porte cette référence.",
    "Vérifiez la référence imprimée en bas du document.",
    Genre.INTROUVABLE,
)
# The sources give no article for many titles: what is printed then says so (design 5).
ARTICLE_A_COMPLETER = "Article à compléter : les sources ne le donnent pas"
# A file that the scan refused.
REJETEE = "rejetee"
NATURES = {
    Document.AD: (Nature.AD, events_pb2.NATURE_AD),
    Document.API: (Nature.API, events_pb2.NATURE_API),
    Document.ADF: (Nature.ADF, events_pb2.NATURE_ADF),
    Document.REG: (Nature.REG, events_pb2.NATURE_REG),
    Document.REC: (Nature.REC, events_pb2.NATURE_REC),
}


@dataclass(frozen=True)
class Dues:
    """What an act makes due, beside what it changes on the demande: its facts, and the day on which to look again."""

    entries: tuple[Entry, ...] = ()
    next_day: date | None = None


def dossier_of(demande: Demande, frame: Cadre, api_mois: int) -> droits.Dossier:
    """What the rights engine needs of a filed demande for a title; `api_mois` is its préfecture's choice."""
    asked = objet_of(demande).pieces(frame.catalogue, demande.depot_date, frame.position)
    return droits.Dossier(
        titre=frame.catalogue.titre(demande.titre_code),
        stade=Stade(demande.stade),
        state=demande.state,
        depot=demande.depot_date,
        retenue=demande.retenue_date,
        fin_titre=demande.fin_titre_date,
        completude=demande.completude_date,
        controle=not missing_pieces(asked, pieces_sent(demande)),
        pieces=_last_piece(demande, {piece.code for piece in asked if piece.obligatoire}),
        api_mois=api_mois,
        demandee=demande.renouvellement_demande,
        documents=(*proved(demande), *elsewhere(demande)),
        decision=demande.decision_date,
        couvert=bool(demande.couvert),
    )


def proved(demande: Demande) -> tuple[droits.Delivree, ...]:
    """What the documents of a demande prove or proved: one that was replaced did until the other was given."""
    given = {a.numero: a.emis_date for a in demande.attestations}
    found = []
    for a in demande.attestations:
        replaced = given.get(a.remplacee_par) if a.remplacee_par else None
        fin = a.fin_date if replaced is None else min(a.fin_date or date.max, replaced - timedelta(days=1))
        if proves(a) and (fin is None or fin >= a.debut_date):
            found.append(droits.Delivree(a.regime, a.debut_date, fin))
    return tuple(found)


def _last_piece(demande: Demande, mandatory: set[str]) -> date | None:
    """The day on which the last mandatory piece came; None when all came with the filing."""
    usable = [piece for piece in demande.pieces if piece.code in mandatory and piece.analyse != REJETEE]
    first: dict[str, date] = {}
    for piece in usable:
        first[piece.code] = min(piece.reception_date, first.get(piece.code, date.max))
    return max(first.values(), default=None)


def elsewhere(demande: Demande) -> list[droits.Delivree]:
    """What was given for the same demande elsewhere, a récépissé for one, proves the right until its last day."""
    return [
        droits.Delivree(droits.ANTERIEUR, first_day(paper), date.fromisoformat(paper["document_fin"]))
        for paper in demande.anterieurs
        if paper.get("document_fin")
    ]


def first_day(paper: Mapping[str, str]) -> date:
    """The first day of what was given elsewhere: its own where it was told, else that of the filing."""
    return date.fromisoformat(paper.get("document_debut") or paper["depot"])


def objet_of(demande: Demande) -> Objet:
    """What a demande asks for."""
    longer = issues.asked_titles(demande)[1:]
    return Objet(demande.titre_code, demande.demarche_code, Stade(demande.stade), *longer)


def proves(attestation: Attestation) -> bool:
    """Whether it is a document of a regime that proves a right: letters and attestations de dépôt are not."""
    return attestation.regime != "AD" and attestation.regime in cadre().catalogue.regimes


def pieces_sent(demande: Demande) -> set[str]:
    """Codes of the pieces of which at least one usable file is held."""
    return {piece.code for piece in demande.pieces if piece.analyse != REJETEE}


def due(
    demande: Demande,
    dossier: droits.Dossier | None,
    today: date,
    *,
    by: str = "systeme",
    annonce: messages.Notice | None = None,
) -> Dues:
    """Gives the demande the documents due now, for the write of the act that makes them due; `annonce`, the act's
    message, brings them.

    `dossier` is None for what no document follows. Gives none, in production, for a title whose values are still of
    demonstration.
    """
    frame = cadre()
    if dossier is None or not may_issue(dossier.titre, production=frame.production).accepted:
        return Dues(entries=_notices(demande, (), annonce))
    entries: list[Entry] = []
    attestations = list(demande.attestations)
    before = len(attestations)
    while (given := droits.delivrance(dossier, today, frame.catalogue, frame.position)) is not None:
        if given.verifiee is not None:
            demande.completude_date, demande.completude_machine = given.verifiee, True
            entries.append(_machine_complete(demande))
            # A request of the agent stays open, and readable: only its answer or the agent ends it.
            if demande.state == etats.DEPOSEE:
                demande.state, demande.state_date = etats.COMPLETE, today
            dossier = replace(dossier, completude=given.verifiee)
        usager = acces.usager_of(demande)
        replaced = _replaced(attestations, given)
        attestation = _new_attestation(demande, usager, given, today, replaced.numero if replaced else "")
        if replaced is not None:
            replaced.remplacee_par = attestation.numero
        attestations.append(attestation)
        nature = NATURES[given.regime.regime.document][1]
        entries.append(fact(demande, attestation, nature, automatique=by == "systeme"))
        dossier = replace(
            dossier,
            documents=(*dossier.documents, droits.Delivree(attestation.regime, given.debut, given.fin)),
            demandee=False,
        )
    next_day = droits.next_day(dossier, today, frame.catalogue, frame.position)
    ends = [d.fin for d in dossier.documents]
    demande.document_fin_date = None if not ends or None in ends else max(end for end in ends if end is not None)
    if entries:
        demande.attestations = attestations
        demande.renouvellement_demande = False
    return Dues((*entries, *_notices(demande, attestations[before:], annonce)), next_day)


def reissue(
    demande: Demande, usager: Usager, today: date, before: Attestation
) -> tuple[Attestation, tuple[Entry, ...]]:
    """The same document with what the catalogue and the record now say; the earlier one is marked replaced (DEP-57)."""
    frame = cadre()
    regime = frame.catalogue.regimes[before.regime].at(demande.depot_date, frame.position)
    given = droits.Delivrance(regime, before.debut_date, before.fin_date)
    attestation = _new_attestation(demande, usager, given, today, before.numero)
    before.remplacee_par = attestation.numero
    demande.attestations = [*demande.attestations, attestation]
    return attestation, (fact(demande, attestation, NATURES[regime.regime.document][1], automatique=False),)


def pdf(attestation: Attestation) -> bytes:
    """The paper, drawn from its immutable data."""
    return render(Contenu.from_dict(json.loads(attestation.contenu)), attestation.code)


def find(numero_or_reference: str) -> tuple[Demande, Attestation]:
    """The document of this number or short reference, with its demande. Raises Refused."""
    number = numero.parse_reference(numero_or_reference)
    demande: Demande | None = Demande.objects(attestations__numero=number).first()
    if demande is None:
        raise Refused(DOCUMENT_INCONNU)
    return demande, next(a for a in demande.attestations if a.numero == number)


def _replaced(attestations: list[Attestation], given: droits.Delivrance) -> Attestation | None:
    """An ADF takes the place of the provisional document in force; a renewal follows its predecessor, which stays
    valid.
    """
    if given.regime.regime.document is not Document.ADF:
        return None
    live = [a for a in attestations if not a.remplacee_par and proves(a)]
    return max(live, key=lambda a: a.fin_date or date.max) if live else None


def _new_attestation(
    demande: Demande, usager: Usager, given: droits.Delivrance, today: date, replaces: str
) -> Attestation:
    frame = cadre()
    nature, _ = NATURES[given.regime.regime.document]
    # What follows a decision names the card that it grants; what comes before, the one that is asked for (DEP-18).
    decided = given.regime.regime.document is Document.ADF
    titre = frame.catalogue.titre(issues.granted(demande) if decided else demande.titre_code)
    stade = Stade(demande.stade) if Stade(demande.stade) in titre.stades else titre.stades[0]
    named = {"titre_libelle": titre.libelle_imprime, "article": titre.article_imprime or ARTICLE_A_COMPLETER}
    mentions = (*titre.mentions, *ailleurs.mentions(demande, usager))
    travail = titre.travail_at(stade, demande.depot_date, frame.position)
    source = " ; ".join(frame.catalogue.texte(cle).titre for cle in travail.value.textes)
    contenu = Contenu(
        nature=nature,
        **common(demande, usager, today, frame) | named,
        debut_date=given.debut,
        fin_date=given.fin,
        travail_mention=travail.value.mention,
        droits=_lines(given.regime, travail.value.mention, source or str(travail.citation), frame),
        mentions=tuple(dict.fromkeys(mentions)),
        regle=f"{given.regle} ; durée : {under_heading(given.regime.duree.regle)}",
    )
    return signed(contenu, given.regime.regime.code, replaces, frame)


def _lines(applied: RegimeApplique, mention: str, work_source: str, frame: Cadre) -> tuple[Droit, ...]:
    """« Ce document prouve »: stay, work, benefits, each with its text (DEP-51, DEP-59)."""
    rights = applied.droits.value
    texts = " ; ".join(frame.catalogue.texte(cle).titre for cle in rights.textes)
    lines = [Droit("Séjour", rights.phrase, texts)]
    if rights.travail_imprime:
        lines.append(Droit("Travail", mention, work_source))
    lines.append(
        Droit(
            "Prestations",
            "Les organismes peuvent vérifier ce document avec sa référence.",
            str(applied.droits.citation),
        )
    )
    return tuple(lines)


def common(demande: Demande, usager: Usager, today: date, frame: Cadre) -> dict[str, Any]:
    """What every attestation of this demande says; the beneficiary of a demande made for another is its person."""
    titre = frame.catalogue.titre(demande.titre_code) if demande.titre_code else None
    other = demande.beneficiaire or {}
    naissance = read_day(other["naissance_date"]) if other.get("naissance_date") else usager.naissance_date
    return {
        "numero": numero.new(numero.SERVICE_DIGITS["deposit"]),
        "emetteur": "Séjour, dépôt en ligne",
        "emis_date": today,
        "depot_date": demande.depot_date,
        "prefecture": frame.catalogue.departement(demande.prefecture).nom,
        "personne": Personne(
            nom=other.get("nom") or usager.nom,
            prenoms=other.get("prenoms") or usager.prenoms,
            naissance_date=naissance,
            nationalite=other.get("nationalite") or usager.nationalite,
            numero_etranger="" if other else usager.numero_etranger or "",
            nom_origine="" if other else usager.nom_origine or "",
        ),
        "titre_libelle": titre.libelle_imprime if titre else demande.libelle,
        "article": (titre.article_imprime if titre else "") or ARTICLE_A_COMPLETER,
        "verification_url": f"{frame.settings.public_url}/deposit/verifier",
        "extra": {"developpement": not frame.production},
    }


def signed(contenu: Contenu, regime: str, replaces: str, frame: Cadre) -> Attestation:
    assert contenu.debut_date is not None
    return Attestation(
        numero=contenu.numero,
        nature=contenu.nature.value,
        regime=regime,
        emis_date=contenu.emis_date,
        debut_date=contenu.debut_date,
        fin_date=contenu.fin_date,
        contenu=contenu.to_json(),
        code=code2d.sign(contenu, frame.autorite),
        remplace=replaces,
    )


def fact(demande: Demande, attestation: Attestation, nature: int, *, automatique: bool) -> Fact:
    message = events_pb2.AttestationDelivree(
        numero=attestation.numero,
        nature=nature,  # type: ignore[arg-type]
        demande_id=demande.id,
        usager_id=demande.usager_id,
        debut_date=attestation.debut_date.isoformat(),
        fin_date=attestation.fin_date.isoformat() if attestation.fin_date else "",
        remplace_numero=attestation.remplace,
        automatique=automatique,
    )
    return Fact("deposit.attestation.delivree", message, private={"regle": json.loads(attestation.contenu)["regle"]})


def _machine_complete(demande: Demande) -> Fact:
    completude = demande.completude_date.isoformat()
    message = events_pb2.DemandeComplete(demande_id=demande.id, automatique=True, completude_date=completude)
    return Fact("deposit.demande.complete", message, private={"par": "contrôle des pièces par la machine"})


def _notices(demande: Demande, given: Sequence[Attestation], annonce: messages.Notice | None) -> tuple[Fact, ...]:
    """One message for an act and all it gives; documents that no act brings have each their own."""
    if annonce is None:
        return tuple(message_of(demande, attestation) for attestation in given)
    champs = {**annonce.champs, "documents": [_in_words(attestation) for attestation in given]}
    pieces = (*annonce.pieces, *(attestation.attachment for attestation in given))
    papier = annonce.papier or (demande.accompagne and bool(pieces))
    return (messages.fact("deposit", replace(annonce, champs=champs, pieces=pieces, papier=papier)),)


def _in_words(attestation: Attestation) -> str:
    name = Nature(attestation.nature).libelle
    until = f" au {day_in_words(attestation.fin_date)} compris" if attestation.fin_date else ", sans date de fin"
    return f"{name} : du {day_in_words(attestation.debut_date)}{until}"


def message_of(demande: Demande, attestation: Attestation) -> Fact:
    """The message that brings one document, where no act of somebody does."""
    return notice_fact(demande, "attestation_delivree", document_fields(attestation), pieces=(attestation.attachment,))
