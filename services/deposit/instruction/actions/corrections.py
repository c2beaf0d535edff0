"""What an agent changes on a dossier beside its decision: an obvious error, a delay, clocks, who has it, a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from chassis import clock, messages, outbox
from chassis.outbox import Entry, Fact
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.acte.actions import Order, carry_out
from services.deposit.blocage.actions import blocages
from services.deposit.demande.actions import fiches, modifications, queries
from services.deposit.demande.inputs import PremierePage
from services.deposit.dossier.actions import formulaire
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.actions.notices import Annonce, notice_fact
from services.deposit.dossier.rules import acces, attentes, etats
from services.deposit.dossier.rules.envois import CONTESTATION
from services.deposit.dossier.store import ALIAS
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.droits.actions import calendrier, settle
from services.deposit.droits.actions.settle import Change
from services.deposit.instruction.actions import rectifications
from services.deposit.instruction.actions.instruction import MOTIF_MANQUANT

PROLONGATION_MAX = 180

CORRECTION_INCONNUE = Motif(
    "CORRECTION_INCONNUE",
    "regle-du-service",
    "Cette correction n’existe pas, ou elle a déjà été contestée.",
    "Ouvrez votre demande : les corrections y sont écrites.",
    Genre.INTROUVABLE,
)
DELAI_INVALIDE = Motif(
    "DELAI_INVALIDE",
    "regle-du-service",
    "Ce nombre de jours n’est pas possible.",
    "Écrivez un nombre entre 1 et 180.",
    Genre.INVALIDE,
)
RIEN_A_CORRIGER = Motif(
    "RIEN_A_CORRIGER",
    "regle-du-service",
    "Cette réponse n’est pas dans le formulaire, ou elle ne change pas.",
    "Choisissez une réponse de la personne et écrivez la bonne.",
    Genre.INVALIDE,
)


def correct(demande: Demande, order: Order, champ: str, valeur: str, motif: str) -> Change:
    """Corrects an obvious error: what was there stays readable, the person is told and may contest (DEP-34)."""
    if demande.state not in etats.EN_INSTRUCTION:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    # What a paper filing left unsaid can be written too.
    asked = {question.code: "" for question in formulaire.questions(demande)}
    avant = demande.reponses.get(champ, asked.get(champ))
    if avant is None or avant == valeur.strip():
        raise Refused(RIEN_A_CORRIGER, champ="champ")
    if not motif.strip():
        raise Refused(MOTIF_MANQUANT, champ="motif")
    try:
        formulaire.check(demande, {champ: valeur.strip()})
    except Refused as refused:
        raise Refused(refused.motif, champ="valeur") from None
    correction = {
        "id": outbox.id_for(order.request_id, "correction"),
        "champ": champ,
        "avant": avant,
        "apres": valeur.strip(),
        "motif": motif,
    }
    demande.reponses = dict(demande.reponses) | {champ: correction["apres"]}
    shown = {name: correction[name] for name in ("champ", "avant", "apres", "motif")}
    fact = _form_changed(demande, "CORRECTION", correction, order.who)
    return Change((fact, Annonce("demande_corrigee", shown)), settled=False)


def correct_first_page(demande: Demande, order: Order, said: PremierePage, motif: str) -> Change:
    """Corrects an obvious error of the first page, with the same trace and the same right to contest (DEP-34)."""
    if not motif.strip():
        raise Refused(MOTIF_MANQUANT, champ="motif")
    before = rectifications.debut_of(demande)
    entries = rectifications.change(demande, rectifications.amend(before, said), order)
    was, now = rectifications.gap(before, rectifications.debut_of(demande))
    if not now:
        raise Refused(RIEN_A_CORRIGER)
    correction = {"id": outbox.id_for(order.request_id, "correction"), "avant": was, "apres": now, "motif": motif}
    shown = {
        "champ": "Première page de la demande",
        "avant": rectifications.in_words(was),
        "apres": rectifications.in_words(now),
        "motif": motif,
    }
    fact = _form_changed(demande, "CORRECTION", correction, order.who)
    return Change((fact, *entries, Annonce("demande_corrigee", shown)))


def contest(demande_id: str, correction_id: str, texte: str, who: Who, *, request_id: str) -> Demande:
    """The person contests a correction: her own answer comes back at once, and the agent reads why (DEP-34)."""
    order = Order(who, texte, request_id, clock.today())
    return carry_out(partial(_give_back, correction_id), acces.ACT, demande_id, order)


def _give_back(correction_id: str, demande: Demande, order: Order) -> Change:
    found = next((c for c in corrections(demande) if c["id"] == correction_id and not c["contestee"]), None)
    if found is None:
        raise Refused(CORRECTION_INCONNUE)
    contested = {"id": correction_id, "avant": found["apres"], "apres": found["avant"], "motif": order.saisi[:2000]}
    entries: tuple[Entry | Annonce, ...] = ()
    if "champ" in found:
        contested["champ"] = found["champ"]
        demande.reponses = dict(demande.reponses) | {found["champ"]: found["avant"]}
    else:
        debut = rectifications.debut_of(demande)
        entries = rectifications.change(demande, rectifications.put_back(debut, found["avant"]), order)
    fact = _form_changed(demande, "CONTESTATION", contested, order.who)
    return Change((fact, *entries), settled="champ" not in found, envoi=CONTESTATION)


def corrections(demande: Demande) -> list[dict[str, Any]]:
    """The corrections of a demande in order, each with its answers before and after and whether it was contested."""
    return of_facts(queries.history(demande))


def of_facts(history: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The same, of a history that was read."""
    facts = [f for f in history if f["subject"] == "deposit.demande.modifiee"]
    contested = {f["prive"]["contestation"]["id"] for f in facts if "contestation" in f["prive"]}
    found = []
    for fact in facts:
        change = modifications.of_fact(fact)
        if change is not None and "correction" in fact["prive"]:
            correction = fact["prive"]["correction"]
            said = {"jour": fact["day"], "par": fact["by"], "ecarts": change.ecarts}
            found.append(correction | said | {"contestee": correction["id"] in contested})
    return found


def extend(demande: Demande, order: Order, jours: int) -> Change:
    """Gives more days to answer the open request; a request past due runs again (DEP-37, DEP-38)."""
    request = calendrier.open_request(demande)
    if request is None:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    if not 1 <= jours <= PROLONGATION_MAX:
        raise Refused(DELAI_INVALIDE, champ="jours")
    # From today when the delay is already past: days added to a past day would help nobody.
    last = calendrier.due_day(demande, request)
    late = max((order.today - last).days, 0) if request.depassee and last else 0
    request.delai_jours, request.depassee = request.delai_jours + jours + late, False
    message = settle.run_request(demande, request, "delai_prolonge")
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="DELAI_PROLONGE")
    private = {"demande_pieces": request.id, "jours": jours}
    fact = Fact("deposit.demande.modifiee", changed, by=order.who.subject, private=private)
    return Change((fact, message))


def stop(demande_id: str, cause: str, who: Who, *, request_id: str) -> Demande:
    """Stops the clocks that run against the person, for a cause that the agent writes (DEP-37)."""
    demande = access_demande(demande_id, who, acces.INSTRUIRE)
    if demande.state not in etats.EN_INSTRUCTION:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    if not cause.strip():
        raise Refused(MOTIF_MANQUANT, champ="motif")
    blocages.stop_clock(demande.id, f"agent:{request_id}", cause.strip()[:100], clock.today(), by=who.subject)
    return demande


def start(demande_id: str, cle: str, who: Who) -> Demande:
    """Starts the clocks again, whatever stopped them (DEP-37)."""
    return blocages.end_stop(access_demande(demande_id, who, acces.INSTRUIRE), cle, who)


def answer_waiting(demande: Demande, order: Order, code: str, texte: str) -> Change:
    """What waited is answered in words and waits no more: the person reads why (DEP-40)."""
    if code == attentes.PERSONNE or attentes.day_of(demande.attentes, code) is None:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    if not texte.strip():
        raise Refused(MOTIF_MANQUANT, champ="texte")
    demande.attentes = attentes.without(demande.attentes, code)
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="ATTENTE_TRAITEE")
    answered = {"attente_traitee": {"code": code, "texte": texte.strip()[:4000]}}
    fact = Fact("deposit.demande.modifiee", changed, by=order.who.subject, private=answered)
    notice = notice_fact(demande, "message_agent", {"texte": texte.strip()[:4000]})
    return Change((fact, notice), settled=False)


def know_blocked(demande: Demande, order: Order, motif: str) -> Change:
    """The préfecture knows that the person was blocked: her lateness costs nothing (DEP-25)."""
    demande.blocage_connu = {"date": order.today.isoformat(), "par": order.who.id, "motif": motif}
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="BLOCAGE_CONNU")
    fact = Fact("deposit.demande.modifiee", changed, by=order.who.subject, private={"blocage_connu": motif})
    return Change((fact,), settled=False)


def say_titre_tenu(demande: Demande, order: Order, titre_tenu: str) -> Change:
    """The kind of card held, as the agent reads it: what it proves after its end follows it (DEP-26)."""
    if titre_tenu not in fiches.cartes():
        raise Refused(RIEN_A_CORRIGER, champ="titre_tenu")
    said = {"avant": demande.titre_tenu, "apres": titre_tenu}
    entries = settle.say_titre_tenu(demande, titre_tenu, order.today)
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="CARTE_TENUE")
    fact = Fact("deposit.demande.modifiee", changed, by=order.who.subject, private={"carte_tenue": said})
    return Change((fact, *entries))


def take_charge(demande: Demande, order: Order) -> Change | None:
    """The agent takes the dossier: her act, written, opens what is hidden of a protected person (DEP-08)."""
    if demande.agent_id == order.who.id:
        return None
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="PRISE_EN_CHARGE")
    demande.agent_id = order.who.id
    return Change((Fact("deposit.demande.modifiee", changed, by=order.who.subject),), settled=False)


def say_read(demande: Demande, order: Order) -> Change | None:
    """The agent has read what the person wrote and sent: it is no reason of the queue any more, and this is written."""
    if not demande.a_lire:
        return None
    codes = [waiting["code"] for waiting in demande.a_lire]
    demande.a_lire = []
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="LU")
    fact = Fact("deposit.demande.modifiee", changed, by=order.who.subject, private={"lu": codes})
    return Change((fact,), settled=False)


def write_message(demande_id: str, texte: str, who: Who, *, request_id: str) -> Echange:
    """A message of the agent joins the thread and goes by the person's own way (DEP-35, DEP-44)."""
    demande = access_demande(demande_id, who, acces.INSTRUIRE)
    if not texte.strip():
        raise Refused(MOTIF_MANQUANT, champ="texte")
    echange = Echange(
        id=outbox.id_for(request_id, "echange"),
        parcours_id=demande.parcours_id,
        demande_id=demande.id,
        usager_id=demande.usager_id,
        administration=True,
        par=who.subject,
        texte=texte.strip()[:8000],
        jour_date=clock.today(),
        time=clock.now(),
    )
    added = events_pb2.EchangeAjoute(demande_id=demande.id, echange_id=echange.id, administration=True)
    notice = messages.fact(
        ALIAS,
        messages.Notice(
            destinataire_id=demande.usager_id,
            parcours_id=demande.parcours_id,
            modele="message_agent",
            champs={"reference": demande.reference, "texte": echange.texte},
            demande_id=demande.id,
            a_lire=demande.accompagne,
        ),
    )
    return outbox.insert(echange, Fact("deposit.echange.ajoute", added, by=who.subject), notice, request_id=request_id)


def _form_changed(demande: Demande, objet: str, change: dict[str, Any], who: Who) -> Fact:
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet=objet)
    return Fact("deposit.demande.modifiee", changed, by=who.subject, private={objet.lower(): change})
