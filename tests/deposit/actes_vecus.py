"""What happens in a life: her own acts, those of agents, counters and other channels, and outages; the oracle learns
each of them as a jurist would hear it told.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

from blocage.actions import Constat
from chassis.web.who import AGENT, SERVICE, Who
from droit.catalogue import Stade
from droit.decision import Refused
from droit.jours import add_months
from sejour.blocage.v1 import blocage_pb2
from sejour.deposit.v1 import deposit_pb2, events_pb2
from sejour.substitution.v1 import events_pb2 as substitution
from services.deposit.acte.actions import Order, carry_out
from services.deposit.blocage.actions import blocages
from services.deposit.cadre import cadre
from services.deposit.demande.actions import demandes
from services.deposit.demande.inputs import PremierePage
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.demande import Demande, Piece
from services.deposit.dossier.store.panne import Panne
from services.deposit.droits.actions import attestations
from services.deposit.instruction.actions import canaux, effets, instruction, rectifications, remises
from services.deposit.panne.actions import pannes
from services.deposit.reprise.actions import anterieurs
from tests.deposit import oracle
from tests.deposit.oracle import Attendu, Papier, Situation
from tests.deposit.vie import ACCEPTEES, FINIES, VIVANTES, Vie, ordered

EXPLOITANTE = Who(kind=AGENT, id="agent-national", roles=frozenset({"exploitant"}), prefectures=frozenset({"*"}))
GUICHET = Who(kind=SERVICE, id="substitution")
FERMETURE_MOTIVEE = instruction.Fermeture("pièces absentes", "texte appliqué", (), ("recours gracieux",))
ACCORD = instruction.Sens(favorable=True)
REFUS = instruction.Sens(favorable=False, motif="motif", texte="texte appliqué", recours=("recours gracieux",))
ENFANT = {"nom": "Exemple", "prenoms": "Petit", "naissance_date": "2012-06-01"}


def file(vie: Vie, situation: Situation, fin_titre: date | None, *, enfant: bool = False) -> str:
    """A demande filed online with each mandatory piece, for herself or for her child."""
    choix = demandes.Choix(
        titre_code=situation.titre,
        prefecture="69",
        fin_titre=fin_titre,
        situation_reguliere=situation.stade != "regularisation",
        visa=situation.stade == "premiere",
        beneficiaire=ENFANT if enfant else None,
    )
    covered = _covered_today(vie, enfant)
    draft = demandes.begin(vie.usager_id, choix, vie.elle, request_id=vie.key())
    for code in _mandatory(draft, vie.today):
        demandes.add_piece(draft.id, code, vie.fichier, vie.elle, request_id=vie.key())
    filed = demandes.submit(draft.id, vie.elle, request_id=vie.key())
    return _learn(vie, filed, situation, Attendu(filed.id, situation, vie.today, fin_titre, couvert=covered), enfant)


def counter(vie: Vie, situation: Situation, fin_titre: date | None, arrived: date, *, complete: bool) -> str:
    """A demande brought to a counter, or that came by post some days ago; the agent there may find it complete."""
    covered = _covered_today(vie, enfant=False)
    request = deposit_pb2.DeposerDemandeRequest(
        request_id=vie.key(),
        usager_id=vie.usager_id,
        parcours_id=vie.parcours_id,
        identite=deposit_pb2.Identite(nom="Exemple", naissance_date="1990-05-17", numero_etranger="9900000001"),
        titre_code=situation.titre,
        prefecture="69",
        stade=situation.stade,
        voie=events_pb2.VOIE_GUICHET,
        reception_date=arrived.isoformat(),
        complet=complete,
        fin_titre_date=fin_titre.isoformat() if fin_titre else "",
    )
    titre = cadre().catalogue.titre(situation.titre)
    asked = titre.pieces_at(Stade(situation.stade), arrived, cadre().position)
    pieces = [_piece(vie, p.code, arrived) for p in asked if p.obligatoire]
    filed = canaux.file_for(request, pieces, GUICHET)
    known = Attendu(filed.id, situation, arrived, fin_titre, couvert=covered)
    known.verifiee = filed.completude_date
    return _learn(vie, filed, situation, known, enfant=False)


def _learn(vie: Vie, filed: Demande, situation: Situation, known: Attendu, enfant: bool) -> str:
    assert filed.stade == situation.stade
    known.pannes, known.enfant = vie.pannes, enfant
    tried = [day for titre, day in vie.blocages if titre in ("", situation.titre)]
    known.tentatives = [day for day in tried if _still_counts(vie, known, day)]
    vie.demandes[filed.id] = known
    return str(filed.id)


def _still_counts(vie: Vie, known: Attendu, tried: date) -> bool:
    """An attempt belongs to the filing that followed it: one that was decided since has had its date."""
    decided = vie.stored(*ACCEPTEES, *FINIES)
    same = [other for other in decided if other.titre_code == known.situation.titre and other.id != known.id]
    return not any(tried <= other.depot_date < known.depot for other in same)


def _covered_today(vie: Vie, enfant: bool) -> bool:
    others = vie.stored(*VIVANTES, *ACCEPTEES, "CLOSE", "ANNULEE")
    return any(vie.covered(other, vie.today) for other in others if vie.demandes[other.id].enfant == enfant)


def _mandatory(draft: Demande, day: date) -> list[str]:
    asked = attestations.objet_of(draft).pieces(cadre().catalogue, day, cadre().position)
    return [piece.code for piece in asked if piece.obligatoire]


def _piece(vie: Vie, code: str, day: date) -> Piece:
    stored = vie.fichier
    return Piece(
        id=vie.key(),
        code=code,
        nom="piece.pdf",
        cle=stored.key,
        sha256=stored.sha256,
        taille=stored.size_bytes,
        media_type=stored.media_type,
        voie=events_pb2.VOIE_GUICHET,
        reception_date=day,
    )


def answer(vie: Vie, demande_id: str) -> None:
    """She sends every piece that was asked for."""
    for request in vie.read(demande_id).demandes_pieces:
        for code in request.pieces if request.repondue_date is None else ():
            demandes.add_piece(demande_id, code, vie.fichier, vie.elle, request_id=vie.key())


def block(vie: Vie, titre: str, tried: date) -> None:
    """Something stops her today; `tried` is an earlier day that another channel had written down."""
    if tried == vie.today:
        constat = Constat(
            parcours_id=vie.parcours_id,
            symptome=blocage_pb2.SYMPTOME_AUTRE,
            prefecture="69",
            jour=vie.today,
            par=vie.elle.subject,
            usager_id=vie.usager_id,
            titre_code=titre,
        )
        tried = blocages.record(constat, request_id=vie.key()).premiere_tentative_date
    else:
        blocage_id = vie.key()
        event = blocage_pb2.BlocageConstate(
            blocage_id=blocage_id,
            parcours_id=vie.parcours_id,
            usager_id=vie.usager_id,
            titre_code=titre,
            prefecture="69",
            constat_date=vie.today.isoformat(),
            premiere_tentative_date=tried.isoformat(),
        )
        blocages.on_constate(event, vie.meta("ccc.blocage.constate", blocage_id))
    vie.blocages.append((titre, tried))
    for known in vie.demandes.values():
        mine = titre in ("", known.situation.titre) and vie.read(known.id).state in VIVANTES
        if mine and _still_counts(vie, known, tried):
            known.tentatives.append(tried)


def filed_elsewhere(vie: Vie, demande_id: str, before_days: int, receipt_days: int) -> None:
    """An earlier filing at another counter comes to light, with the récépissé that it gave (DEP-42)."""
    demande, known = vie.read(demande_id), vie.demandes[demande_id]
    filed = demande.retenue_date - timedelta(days=before_days)
    last = vie.today + timedelta(days=receipt_days)
    said = anterieurs.Anterieur(filed, "guichet", document="récépissé", document_fin=last)
    ordered(lambda d, o: anterieurs.attach(d, o, said), demande_id, vie.key(), acces.INSTRUIRE)
    known.tentatives.append(filed)
    known.ailleurs.append(Papier(filed, last))


def correct_end(vie: Vie, demande_id: str, fin: date) -> None:
    """She corrects the last day that she had typed on the first page: what is owed follows from the right one."""
    order = Order(vie.elle, PremierePage(fin_titre_date=fin), vie.key(), vie.today)
    carry_out(rectifications.rectify, acces.ACT, demande_id, order)
    vie.demandes[demande_id].fin_titre = fin


def hand_over(vie: Vie, demande_id: str, months: int) -> None:
    """The card is handed over, with its last day: it is among her titles at once."""
    carte = instruction.Carte(vie.key(), add_months(vie.today, months))
    ordered(lambda d, o: instruction.hand_over(d, o, carte), demande_id, vie.key(), acces.REMETTRE)
    effets.apply(demande_id)


def take_back(vie: Vie, demande_id: str) -> None:
    """« Je n’ai pas mon titre »: what was noted by mistake never was."""
    remises.take_back_mine(demande_id, vie.elle, request_id=vie.key())
    effets.apply(demande_id)


def two_agents(vie: Vie, demande_id: str) -> None:
    """Two agents act on one dossier at the same moment: one finds it complete, the other asks for a piece."""
    keys = (vie.key(), vie.key())

    def complete() -> None:
        done = ordered(instruction.complete, demande_id, keys[0])
        known = vie.demandes[demande_id]
        known.verifiee = known.verifiee or done.completude_date

    def ask() -> None:
        ordered(lambda d, o: instruction.ask_pieces(d, o, ("domicile",), ""), demande_id, keys[1])

    with ThreadPoolExecutor(2) as desks:
        for done in [desks.submit(complete), desks.submit(ask)]:
            try:
                done.result()
            except Refused:
                # The other was first, and left nothing for this act to do.
                continue


def outage(vie: Vie, prefectures: Sequence[str] = (), *, told: bool) -> None:
    """An outage begins, everywhere or in some préfectures, declared here or told by substitution."""
    if told:
        panne_id = vie.key()
        event = substitution.PanneDeclaree(
            panne_id=panne_id, debut_date=vie.today.isoformat(), prefectures=list(prefectures)
        )
        pannes.on_declaree(event, vie.meta("substitution.panne.declaree", panne_id))
    else:
        panne_id = pannes.declare(tuple(prefectures), EXPLOITANTE, request_id=vie.key()).id
    vie.pannes_ids.append(panne_id)
    vie.pannes.append(oracle.Panne(vie.today, None, tuple(prefectures)))


def outage_ends(vie: Vie) -> None:
    """It is over, said by who declared it."""
    panne_id = vie.pannes_ids[-1]
    if Panne.objects(id=panne_id).first().origine == pannes.AILLEURS:
        event = substitution.PanneTerminee(panne_id=panne_id, fin_date=vie.today.isoformat())
        pannes.on_terminee(event, vie.meta("substitution.panne.terminee", panne_id, 2))
    else:
        pannes.end(panne_id, EXPLOITANTE, request_id=vie.key())
    vie.pannes[-1] = replace(vie.pannes[-1], fin=vie.today)
