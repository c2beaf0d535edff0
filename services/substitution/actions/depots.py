"""Filing: the same record, date and rights as online; the paper is given at the counter even when deposit is down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from chassis import clock, outbox
from chassis.commands import Answer, Reply
from chassis.mongo import find
from chassis.outbox import Command
from chassis.web.who import Who
from documents.contenu import Droit
from documents.nature import Nature
from droit.catalogue import may_issue
from droit.catalogue.titre import Piece as PieceDemandee
from droit.catalogue.titre import Stade
from droit.decision import Refused
from droit.jours import add_months
from papier.actions import content, replace_paper
from papier.store import Papier
from sejour.deposit.v1 import deposit_pb2, events_pb2
from services.substitution.actions import guichet, papiers
from services.substitution.actions.acces import access_voie
from services.substitution.actions.convocations import libelle_imprime
from services.substitution.actions.prefectures import modalites
from services.substitution.actions.suites import finish
from services.substitution.actions.voies import tell
from services.substitution.cadre import cadre
from services.substitution.rules import acces
from services.substitution.rules import guichet as rules
from services.substitution.rules import voies as voies_rules
from services.substitution.store import Dossier, Piece, Voie

DEPOSER = "sejour.deposit.v1.DepositService/DeposerDemande"
ATTACHER = "sejour.deposit.v1.DepositService/AttacherPieces"
VOIES = {
    voies_rules.GUICHET: events_pb2.VOIE_GUICHET,
    voies_rules.POSTE: events_pb2.VOIE_POSTE,
    voies_rules.COURRIEL: events_pb2.VOIE_COURRIEL,
}


@outbox.retry_conflicts
def file(voie_id: str, who: Who, *, request_id: str) -> Voie:
    """Files the dossier in hand: a récépissé or a dated proof at once, the order to deposit stored until it answers.

    Missing pieces are named and refuse nothing. Raises Refused: who, what or where is not known yet.
    """
    opened = access_voie(voie_id, who, acces.RECEVOIR)
    if outbox.already(opened, request_id):
        return opened
    voie, dossier = guichet.dossier_in_hand(voie_id, who)
    if not voie.demande_id:
        _check_whole(voie)
    manquantes = missing_pieces(voie, dossier)
    dossier.depot, dossier.manquantes = "DEMANDE", [piece.code for piece in manquantes]
    papier = _paper(voie, dossier, manquantes)
    voie.papiers = replace_paper(voie.papiers, dossier.recu_numero, papier)
    dossier.recu_numero = papier.numero
    champs: dict[str, object] = {
        "reference": voie.reference,
        "reception_date": dossier.reception_date.isoformat(),
        "moyen": guichet.MOYENS[dossier.moyen],
    }
    return outbox.update(
        voie, _order(voie, dossier, who), *tell(voie, "dossier_recu", champs, papier.numero), request_id=request_id
    )


def missing_pieces(voie: Voie, dossier: Dossier) -> Sequence[PieceDemandee]:
    """The mandatory pieces of the catalogue, on the day of arrival, that no file of the dossier is."""
    return rules.missing(pieces_asked(voie, dossier), {piece.code for piece in dossier.pieces})


def pieces_asked(voie: Voie, dossier: Dossier) -> Sequence[PieceDemandee]:
    """Every piece that the catalogue asks for on the day of arrival; none while the demande is not known."""
    catalogue, position, day = cadre().catalogue, cadre().position, dossier.reception_date
    try:
        if voie.titre_code:
            titre = catalogue.titre(voie.titre_code)
            return titre.pieces_at(stade_of(voie, dossier) or titre.stades[0], day, position)
        if voie.demarche_code:
            return catalogue.demarche(voie.demarche_code).pieces.at(day, position).value
    except Refused:
        # No rule yet on that day: nothing can be missing.
        return ()
    return ()


def stade_of(voie: Voie, dossier: Dossier) -> Stade | None:
    """The kind of demande: the one that the agent chose, else a renewal when a title ends, else a first one."""
    if not voie.titre_code:
        return None
    stades = cadre().catalogue.titre(voie.titre_code).stades
    if dossier.stade in {stade.value for stade in stades}:
        return Stade(dossier.stade)
    if dossier.fin_titre_date and Stade.RENOUVELLEMENT in stades:
        return Stade.RENOUVELLEMENT
    return stades[0]


@outbox.retry_conflicts
def on_filed(answer: Answer) -> None:
    """deposit answers: the demande has its reference and attestation; refused, the desk and the person know it."""
    voie = find(Voie, id=answer.aggregate)
    if voie is None or outbox.already(voie, answer.request_id) or voie.state != voies_rules.DOSSIER_RECU:
        return
    dossier = next((d for d in voie.dossiers if d.depot == "DEMANDE"), None)
    if dossier is None:
        return
    if answer.response is None:
        assert answer.motif is not None
        dossier.depot, dossier.depot_motif = "REFUSE", f"{answer.motif.phrase} {answer.motif.suite}"[:500]
        # Refused for good: the desk that sent it must act, and finds it among what is late from today.
        voie.retard_date = voie.retard_date or clock.today().isoformat()
        quoi, received = "le dépôt de votre dossier", dossier.reception_date.isoformat()
        champs: dict[str, object] = {"quoi": quoi, "phrase": answer.motif.phrase, "reception_date": received}
        outbox.update(voie, *tell(voie, "acte_refuse", champs), request_id=answer.request_id)
        return
    response = answer.response
    dossier.depot = "FAIT"
    voie.depot_reference = getattr(response, "reference", "")
    voie.demande_terminee = getattr(response, "terminee", False)
    voie.usager_id = getattr(response, "usager_id", "") or voie.usager_id
    voie.attestation_numero = getattr(response, "attestation_numero", "")
    voie.document_numero = getattr(response, "document_numero", "")
    demande_id = getattr(response, "demande_id", "") or voie.demande_id
    finish(voie, demande_id, by="systeme", request_id=answer.request_id)


def _check_whole(voie: Voie) -> None:
    if not (voie.titre_code or voie.demarche_code):
        raise Refused(rules.DEMANDE_A_DIRE, champ="objet")
    if not voie.nom or voie.naissance_date is None:
        raise Refused(rules.NOM_A_DIRE, champ="nom")


def _paper(voie: Voie, dossier: Dossier, manquantes: Sequence[PieceDemandee]) -> Papier:
    """A récépissé where the law gives one for this demande; otherwise the dated proof of deposit."""
    # Nobody said which demande it is: a régularisation must not leave with a récépissé.
    stade = stade_of(voie, dossier) if dossier.stade or dossier.fin_titre_date else None
    today = clock.today()
    if voie.demande_id or not rules.gives_recepisse(stade, manquantes) or stade is None:
        return guichet.receipt(voie, dossier.moyen, dossier.reception_date, tuple(dossier.pieces))
    titre = cadre().catalogue.titre(voie.titre_code)
    if not may_issue(titre, production=cadre().production).accepted:
        return guichet.receipt(voie, dossier.moyen, dossier.reception_date, tuple(dossier.pieces))
    return _recepisse(voie, stade, today)


def _recepisse(voie: Voie, stade: Stade, today: date) -> Papier:
    frame = cadre()
    titre = frame.catalogue.titre(voie.titre_code)
    applied = frame.catalogue.regimes["REC"].at(today, frame.position)
    travail = titre.travail_at(stade, today, frame.position)
    months = applied.duree.value.mois
    assert months is not None, "P-REC is a number of months"
    lines = (
        Droit("Séjour", applied.droits.value.phrase, str(applied.droits.citation)),
        Droit("Travail", travail.value.mention, str(travail.citation)),
    )
    return papiers.give(
        voie,
        Nature.REC,
        modalites(voie.prefecture or "").nom,
        {},
        depot_date=min(voie.date_protegee, today),
        debut_date=today,
        fin_date=add_months(today, months),
        titre_libelle=libelle_imprime(voie),
        article=titre.article_imprime,
        travail_mention=travail.value.mention,
        droits=lines,
        regle=applied.delivre.regle,
    )


def _order(voie: Voie, dossier: Dossier, who: Who) -> Command:
    files = [_file(piece) for piece in dossier.pieces]
    identifier = f"{voie.id}:depot:{dossier.id}"
    arrival, way = dossier.reception_date.isoformat(), VOIES[dossier.moyen]
    if voie.demande_id:
        joined = deposit_pb2.AttacherPiecesRequest(
            request_id=identifier,
            demande_id=voie.demande_id,
            voie=way,
            reception_date=arrival,
            pieces=files,
            identite=_identity(voie),
            prefecture=voie.prefecture,
            date_protegee=min(voie.date_protegee, dossier.reception_date).isoformat(),
            complet=not dossier.manquantes,
            parcours_id=voie.parcours_id,
            sur_papier=voies_rules.is_on_paper(voie.origine),
        )
        return Command("deposit", ATTACHER, joined, identifier, on_behalf=who.subject)
    recepisse, first, last = _recepisse_given(voie, dossier)
    request = deposit_pb2.DeposerDemandeRequest(
        request_id=identifier,
        parcours_id=voie.parcours_id,
        usager_id=voie.usager_id or "",
        identite=_identity(voie),
        titre_code=voie.titre_code or "",
        demarche_code=voie.demarche_code or "",
        prefecture=voie.prefecture,
        voie=way,
        reception_date=arrival,
        date_protegee=min(voie.date_protegee, dossier.reception_date).isoformat(),
        fin_titre_date=dossier.fin_titre_date.isoformat() if dossier.fin_titre_date else "",
        pieces=files,
        complet=not dossier.manquantes,
        recepisse_numero=recepisse,
        recepisse_debut_date=first,
        recepisse_fin_date=last,
        stade=dossier.stade or "",
        sur_papier=voies_rules.is_on_paper(voie.origine),
    )
    return Command("deposit", DEPOSER, request, identifier, on_behalf=who.subject)


def _recepisse_given(voie: Voie, dossier: Dossier) -> tuple[str, str, str]:
    """Number, first and last day of the récépissé that left with this dossier; empty when a proof of deposit did."""
    for papier in voie.papiers:
        if papier.numero == dossier.recu_numero and papier.nature == Nature.REC.value:
            contenu = content(papier)
            assert contenu.debut_date and contenu.fin_date  # no récépissé exists without them
            return papier.numero, contenu.debut_date.isoformat(), contenu.fin_date.isoformat()
    return "", "", ""


def _identity(voie: Voie) -> deposit_pb2.Identite:
    return deposit_pb2.Identite(
        nom=voie.nom or "",
        prenoms=voie.prenoms or "",
        naissance_date=voie.naissance_date.isoformat() if voie.naissance_date else "",
        nationalite=voie.nationalite or "",
        numero_etranger=voie.numero_etranger or "",
        courriel=voie.courriel or "",
        telephone=voie.telephone or "",
        adresse=voie.adresse,
    )


def _file(piece: Piece) -> deposit_pb2.Fichier:
    return deposit_pb2.Fichier(
        piece_code=piece.code or "",
        nom=piece.nom,
        url=f"/substitution/interne/fichiers/{piece.cle}",
        sha256=piece.sha256,
        sha256_recu=piece.sha256_recu or "",
        taille=piece.taille,
        media_type=piece.media_type,
    )


DEPOSER_REPLY = Reply(deposit_pb2.DeposerDemandeRequest, deposit_pb2.DeposerDemandeResponse, on_filed)
ATTACHER_REPLY = Reply(deposit_pb2.AttacherPiecesRequest, deposit_pb2.AttacherPiecesResponse, on_filed)
