"""What happens in a life: her own acts, those of agents, counters and other channels, and outages; the oracle learns
each of them as a jurist would hear it told.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

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
from services.deposit.compte.actions import titres
from services.deposit.demande.actions import demandes
from services.deposit.demande.inputs import PremierePage
from services.deposit.dossier.rules import acces
from services.deposit.dossier.store.demande import Demande, Piece
from services.deposit.dossier.store.panne import Panne
from services.deposit.droits.actions import attestations
from services.deposit.instruction.actions import canaux, effets, instruction, rectifications, remises
from services.deposit.instruction.inputs import ReponseRemise
from services.deposit.panne.actions import pannes
from services.deposit.reprise.actions import anterieurs
from tests.deposit import oracle
from tests.deposit.jugement import ACCEPTEES, FINIES, VIVANTES
from tests.deposit.oracle import Attendu, Papier, Situation
from tests.deposit.vie import AGENTE, Vie, ordered

EXPLOITANTE = Who(kind=AGENT, id="agent-national", roles=frozenset({"exploitant"}), prefectures=frozenset({"*"}))
GUICHET = Who(kind=SERVICE, id="substitution")
ACCORD = instruction.Sens(favorable=True)
MOTIFS = {"motif": "pièces absentes", "texte": "texte appliqué", "recours": "recours gracieux"}
# What two agents do of one dossier at the same moment, each by his own act.
ENSEMBLE = (
    ("complete", "demander-pieces"),
    ("favorable", "clore"),
    ("favorable", "defavorable"),
    ("complete", "clore"),
)
_CHAMPS: dict[str, dict[str, Any]] = {
    "demander-pieces": {"pieces": ["domicile"]},
    "clore": MOTIFS,
    "defavorable": MOTIFS,
}
ENFANT = {"nom": "Exemple", "prenoms": "Petit", "naissance_date": "2012-06-01"}


@dataclass(frozen=True)
class Visite:
    """A filing at a counter: the day on which it came, whether the agent finds it whole, and for how many days the
    récépissé given there holds (0: none is given).
    """

    arrived: date
    complete: bool
    receipt_days: int = 0


@dataclass(frozen=True)
class Ancien:
    """A filing made elsewhere: how many days ago, in how many days from it the title ends, and how many days from today
    its récépissé lasts (None: none was given).
    """

    before: int
    fin: int
    receipt: int | None


def file(vie: Vie, situation: Situation, fin_titre: date | None, *, enfant: bool = False) -> str:
    """A demande filed online with each mandatory piece, for herself or for her child."""
    regular = was_regular(vie, vie.today, enfant)
    demande_id = _filed_by_api(vie, situation, fin_titre) if vie.par_api and not enfant else ""
    if not demande_id:
        draft = demandes.begin(vie.usager_id, _choix(situation, fin_titre, enfant), vie.elle, request_id=vie.key())
        for code in _mandatory(draft, vie.today):
            demandes.add_piece(draft.id, code, vie.fichier, vie.elle, request_id=vie.key())
        demande_id = demandes.submit(draft.id, vie.elle, request_id=vie.key()).id
    known = Attendu(demande_id, situation, vie.today, fin_titre, enfant=enfant, couvert=regular)
    return follow(vie, known)


def _choix(situation: Situation, fin_titre: date | None, enfant: bool = False) -> demandes.Choix:
    return demandes.Choix(
        titre_code=situation.titre,
        prefecture="69",
        fin_titre=fin_titre,
        situation_reguliere=situation.stade != "regularisation",
        visa=situation.stade == "premiere",
        beneficiaire=ENFANT if enfant else None,
    )


def _filed_by_api(vie: Vie, situation: Situation, fin_titre: date | None) -> str:
    filed = vie.elle_par_api.file(
        titre_code=situation.titre,
        prefecture="69",
        fin_titre_date=fin_titre.isoformat() if fin_titre else None,
        situation_reguliere=situation.stade != "regularisation",
        visa=situation.stade == "premiere",
    )
    return str(filed["demande_id"])


def counter(vie: Vie, situation: Situation, fin_titre: date | None, visit: Visite) -> str:
    """A demande brought to a counter, or that came by post some days ago; the agent there may find it complete."""
    arrived = visit.arrived
    regular = was_regular(vie, arrived, enfant=False)
    receipt = Papier(vie.today, vie.today + timedelta(days=visit.receipt_days)) if visit.receipt_days else None
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
        complet=visit.complete,
        fin_titre_date=fin_titre.isoformat() if fin_titre else "",
        recepisse_numero="R-1" if receipt else "",
        recepisse_debut_date=receipt.debut.isoformat() if receipt else "",
        recepisse_fin_date=receipt.fin.isoformat() if receipt and receipt.fin else "",
    )
    titre = cadre().catalogue.titre(situation.titre)
    asked = titre.pieces_at(Stade(situation.stade), arrived, cadre().position)
    pieces = [_piece(vie, p.code, arrived) for p in asked if p.obligatoire]
    filed = canaux.file_for(request, pieces, GUICHET)
    known = Attendu(filed.id, situation, arrived, fin_titre, couvert=regular)
    known.verifiee = vie.today if visit.complete else None
    known.ailleurs = [receipt] if receipt else []
    return follow(vie, known)


def blocked_draft(vie: Vie, situation: Situation, fin_titre: date | None) -> None:
    """Something stops her on a draft, which she drops: the attempt is of the act, not of the draft (DEP-25)."""
    draft = demandes.begin(vie.usager_id, _choix(situation, fin_titre), vie.elle, request_id=vie.key())
    blocages.record(_constat(vie, situation.titre, draft.id), request_id=vie.key())
    demandes.cancel(draft.id, vie.elle, request_id=vie.key())
    vie.blocages.append((situation.titre, vie.today))
    protect(vie, situation.titre, vie.today)


def follow(vie: Vie, known: Attendu) -> str:
    """The oracle follows this demande from now on."""
    assert vie.read(known.id).stade == known.situation.stade
    known.pannes = vie.pannes
    tried = [day for titre, day in vie.blocages if titre in ("", known.situation.titre)]
    known.tentatives = [*known.tentatives, *(day for day in tried if _still_counts(vie, known, day))]
    vie.demandes[known.id] = known
    return known.id


def _still_counts(vie: Vie, known: Attendu, tried: date) -> bool:
    """An attempt belongs to the filing that followed it: one that was decided since has had its date."""
    decided = vie.stored(*ACCEPTEES, *FINIES)
    same = [other for other in decided if other.titre_code == known.situation.titre and other.id != known.id]
    return not any(tried <= other.depot_date < known.depot for other in same)


def was_regular(vie: Vie, day: date, enfant: bool) -> bool:
    """Whether she was in regular situation that day by something else: a document of another demande, another card."""
    others = vie.stored(*VIVANTES, *ACCEPTEES, "CLOSE", "ANNULEE")
    hers = [other for other in others if vie.demandes[other.id].enfant == enfant]
    cards = [] if enfant else [carte for carte in vie.cartes.values() if carte.in_hand(day)]
    return bool(cards) or any(vie.covered(other, day) for other in hers)


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


def _constat(vie: Vie, titre: str, demande_id: str = "") -> Constat:
    return Constat(
        parcours_id=vie.parcours_id,
        symptome=blocage_pb2.SYMPTOME_AUTRE,
        prefecture="69",
        jour=vie.today,
        par=vie.elle.subject,
        usager_id=vie.usager_id,
        titre_code=titre,
        demande_id=demande_id,
    )


def block(vie: Vie, titre: str, tried: date) -> None:
    """Something stops her today; `tried` is an earlier day that another channel had written down."""
    if tried == vie.today:
        tried = blocages.record(_constat(vie, titre), request_id=vie.key()).premiere_tentative_date
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
    protect(vie, titre, tried)


def protect(vie: Vie, titre: str, tried: date) -> None:
    """The attempt counts for each demande under way that it concerns."""
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


def recognise(vie: Vie, situation: Situation, old: Ancien) -> None:
    """A desk writes here a demande filed elsewhere, unless the same thing is followed here already (DEP-42)."""
    if any(d.titre_code == situation.titre and not d.beneficiaire for d in vie.stored(*VIVANTES)):
        return
    filed = vie.today - timedelta(days=old.before)
    fin, last = filed + timedelta(days=old.fin), vie.today + timedelta(days=old.receipt or 0)
    receipt = Papier(filed, last) if old.receipt is not None and last >= filed else None
    said = anterieurs.Anterieur(
        filed, "guichet", "G-1", "69", "récépissé" if receipt else "", receipt.fin if receipt else None
    )
    regular = was_regular(vie, filed, enfant=False)
    choix = demandes.Choix(titre_code=situation.titre, prefecture="69", fin_titre=fin)
    made = anterieurs.recognise(vie.usager_id, choix, said, AGENTE, request_id=vie.key())
    known = Attendu(made.id, situation, filed, fin, couvert=regular, pieces_ici=False)
    known.ailleurs = [receipt] if receipt else []
    follow(vie, known)


def hand_over(vie: Vie, demande_id: str, months: int) -> None:
    """The card is handed over, with its last day: it is among her titles at once."""
    last = add_months(vie.today, months)
    carte = instruction.Carte(vie.key(), last)
    ordered(lambda d, o: instruction.hand_over(d, o, carte), demande_id, vie.key(), acces.REMETTRE)
    effets.apply(demande_id)
    _in_her_hands(vie, demande_id, vie.today, last)


def say_received(vie: Vie, demande: Demande, before_days: int, months: int) -> None:
    """She had her card some days ago, and says what is printed on it, or nothing (`months` 0)."""
    day = max(vie.today - timedelta(days=before_days), demande.decision_date)
    last = add_months(day, months) if months else None
    said = ReponseRemise(recu=True, jour=day, numero=vie.key()[:40] if last else "", fin_date=last)
    remises.answer(demande.id, said, vie.elle, request_id=vie.key())
    if last is not None:
        _in_her_hands(vie, demande.id, day, last)


def _in_her_hands(vie: Vie, demande_id: str, day: date, last: date) -> None:
    """The new card is in her hands, and the one that it takes the place of was given back."""
    known = vie.demandes[demande_id]
    if known.enfant:
        return
    for key, old in vie.cartes.items():
        if old.fin == known.fin_titre:
            vie.cartes[key] = replace(old, rendue=True)
    vie.cartes[demande_id] = oracle.Carte(day, last, remplace=known.fin_titre)


def take_back(vie: Vie, demande_id: str) -> None:
    """« Je n’ai pas mon titre »: what was noted by mistake never was."""
    remises.take_back_mine(demande_id, vie.elle, request_id=vie.key())
    vie.cartes.pop(demande_id, None)
    given = {carte.remplace for carte in vie.cartes.values()}
    for key, old in vie.cartes.items():
        vie.cartes[key] = replace(old, rendue=old.fin in given)


def declare_card(vie: Vie, titre: str, since_days: int, left_days: int) -> None:
    """A card that she holds already, written in her account by herself."""
    debut, fin = vie.today - timedelta(days=since_days), vie.today + timedelta(days=left_days)
    numero = vie.key()
    titres.add(vie.usager_id, titres.Titre(fin, titre, numero=numero, debut=debut), vie.elle, request_id=vie.key())
    vie.cartes[numero] = oracle.Carte(debut, fin)


def two_agents(vie: Vie, demande_id: str, together: tuple[str, str]) -> None:
    """Two agents act on one dossier at the same moment; who comes second may find that nothing is left to do."""
    keys, by_api = {code: vie.key() for code in together}, vie.par_api
    vie.par_api = False
    with ThreadPoolExecutor(2) as desks:
        acts = {code: desks.submit(vie.act, demande_id, code, keys[code], **_CHAMPS.get(code, {})) for code in together}
    vie.par_api = by_api
    for code, done in acts.items():
        try:
            done.result()
        except Refused:
            # The other was first, and left nothing for this act to do.
            continue
        vie.learn(demande_id, code)


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
