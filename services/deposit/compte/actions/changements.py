"""What a person tells of herself while her demandes are open: a change joins each of them, with its acknowledgement."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.inputs import lines_of
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.blocage.actions import blocages
from services.deposit.blocage.inputs import FinArret
from services.deposit.cadre import cadre
from services.deposit.compte import inputs
from services.deposit.compte.actions import confirmation
from services.deposit.demande.actions import views
from services.deposit.dossier.actions import envois
from services.deposit.dossier.actions.acces import access_demande, access_usager
from services.deposit.dossier.actions.notices import notice_fact
from services.deposit.dossier.rules import acces, attentes, etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.dossier.store.echange import Echange
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import settle

ADRESSE, ETAT_CIVIL, SITUATION = "ADRESSE", "ETAT_CIVIL", "SITUATION_MATRIMONIALE"
OBJETS = (ADRESSE, ETAT_CIVIL, SITUATION)
OUVERTES = (*etats.EN_INSTRUCTION, etats.FAVORABLE, etats.TITRE_PRET)


@dataclass(frozen=True)
class Dit:
    """What a person tells of herself: in words, and what changes of how she is reached."""

    objet: str
    texte: str = ""
    avant: dict[str, str] = field(default_factory=dict)
    apres: dict[str, str] = field(default_factory=dict)


CHANGEMENT_VIDE = Motif(
    "CHANGEMENT_VIDE",
    "regle-du-service",
    "Dites ce qui change.",
    "Écrivez-le avec vos mots : la préfecture le lit dans chaque dossier ouvert.",
    Genre.INVALIDE,
)
DEMANDE_PIECES_INCONNUE = Motif(
    "DEMANDE_PIECES_INCONNUE",
    "regle-du-service",
    "Cette demande de pièces n’existe pas à cette adresse.",
    "Ouvrez votre demande : ce que la préfecture vous demande y est écrit, avec le bouton « Répondre ».",
    Genre.INTROUVABLE,
)


def report(usager_id: str, said: inputs.Changement, who: Who, *, request_id: str) -> list[str]:
    """A change of address, civil status or situation; returns the references of the demandes that it joins (DEP-16).

    Each demande is one write that a repeat of the same `request_id` finds done: a stop in the middle loses none.
    """
    usager = access_usager(usager_id, who, acces.ACT)
    dit, asked = Dit(said.objet, said.texte), inputs.Contacts()
    if said.objet == ADRESSE:
        asked = inputs.Contacts(
            telephone=said.telephone,
            adresse=said.adresse,
            prefecture=said.prefecture or None,
            langue=said.langue or None,
        )
        dit = _reach(dit, usager, asked)
    if said.objet not in OBJETS or not (dit.texte or any((*dit.apres.values(), *dit.avant.values()))):
        raise Refused(CHANGEMENT_VIDE, champ="texte")
    if said.objet == ADRESSE:
        confirmation.change_contacts(usager, _values(asked), who, request_id=f"{request_id}:contacts")
    return _join_all(usager.id, dit, who, request_id)


def move(usager_id: str, said: inputs.Contacts, who: Who, *, request_id: str) -> Usager:
    """How she is reached changes, told by a program: her open demandes are joined as when a page tells it (DEP-16)."""
    usager = access_usager(usager_id, who, acces.ACT)
    dit = _reach(Dit(ADRESSE), usager, said)
    changed = confirmation.change_contacts(usager, _values(said), who, request_id=request_id)
    if dit.apres:
        _join_all(usager.id, dit, who, request_id)
    return changed


def _join_all(usager_id: str, dit: Dit, who: Who, request_id: str) -> list[str]:
    if dit.apres.get("prefecture"):
        # A closed demande follows her too: it may be reopened, where she lives now (DEP-43).
        for closed in Demande.objects(usager_id=usager_id, state=etats.CLOSE).only("id").limit(50):
            _move_closed(closed.id, dit.apres["prefecture"], who, f"{request_id}:{closed.id}")
    found = Demande.objects(usager_id=usager_id, state__in=OUVERTES).only("id").limit(50)
    return [_join(demande.id, dit, who, f"{request_id}:{demande.id}").reference for demande in found]


def _values(said: inputs.Contacts) -> dict[str, Any]:
    """What is changed of the account: what was left out stays."""
    values = said.model_dump(exclude_none=True)
    return values if said.adresse is None else values | {"adresse": list(lines_of(said.adresse))}


def _reach(dit: Dit, usager: Usager, said: inputs.Contacts) -> Dit:
    """With address, telephone and département before and after, of those that change."""
    before = {
        "adresse": "\n".join(usager.adresse),
        "telephone": confirmation.told_last(usager),
        "prefecture": usager.prefecture or "",
    }
    given = {name: getattr(said, name) for name in before if getattr(said, name) is not None}
    # What she repeats unchanged is said again: it was not heard the first time.
    after = {name: value for name, value in given.items() if value != before[name]} or given
    return replace(dit, avant={name: before[name] for name in after}, apres=after)


@outbox.retry_conflicts
def _move_closed(demande_id: str, prefecture: str, who: Who, request_id: str) -> None:
    demande: Demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id) or demande.prefecture in ("", prefecture):
        return
    _waits_to_move(demande, prefecture)
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="DEMENAGEMENT")
    fact = Fact("deposit.demande.modifiee", changed, by=who.subject, private={"demenagement": {"vers": prefecture}})
    outbox.update(demande, fact, request_id=request_id)


def _waits_to_move(demande: Demande, prefecture: str) -> None:
    """The préfecture that has the demande must send it on: a reason in its queue, with where to."""
    kept = attentes.without(demande.attentes, attentes.DEMENAGEMENT)
    moved = demande.prefecture not in ("", prefecture)
    demande.attentes = (
        attentes.add(kept, attentes.DEMENAGEMENT, clock.today(), prefecture=prefecture) if moved else kept
    )


@outbox.retry_conflicts
def _join(demande_id: str, dit: Dit, who: Who, request_id: str) -> Demande:
    demande: Demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    code = f"CHANGEMENT_{dit.objet}"
    envois.note(demande, code, clock.today())
    if dit.apres.get("prefecture"):
        _waits_to_move(demande, dit.apres["prefecture"])
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet=code)
    words = "\n".join(filter(None, (*_in_words(dit.apres), dit.texte)))
    receipt = notice_fact(demande, "changement_recu", {"objet": dit.objet, "texte": words})
    private = {"objet": dit.objet, "texte": dit.texte, "avant": dit.avant, "apres": dit.apres}
    fact = Fact("deposit.demande.modifiee", changed, by=who.subject, private=private)
    return outbox.update(demande, fact, receipt, request_id=request_id)


def _in_words(values: dict[str, str]) -> list[str]:
    """What she wrote, her département by its name."""
    catalogue = cadre().catalogue
    return [catalogue.departement(v).nom if name == "prefecture" and v else v for name, v in values.items()]


def write(demande_id: str, texte: str, who: Who, *, request_id: str, objet: str = "") -> Echange:
    """A message of the person in the thread of her demande; it stays there for good (DEP-44)."""
    demande = access_demande(demande_id, who, acces.ACT)
    if not texte.strip():
        raise Refused(CHANGEMENT_VIDE, champ="texte")
    added_id = outbox.id_for(request_id, "echange")
    echange = Echange(
        id=added_id,
        parcours_id=demande.parcours_id,
        demande_id=demande.id,
        usager_id=demande.usager_id,
        administration=False,
        par=who.subject,
        objet=objet[:200],
        texte=texte.strip()[:8000],
        jour_date=clock.today(),
        time=clock.now(),
    )
    added = events_pb2.EchangeAjoute(demande_id=demande.id, echange_id=added_id, administration=False)
    return outbox.insert(echange, Fact("deposit.echange.ajoute", added, by=who.subject), request_id=request_id)


def declare_impediment(
    demande_id: str, demande_pieces_id: str, said: inputs.Empechement, who: Who, *, request_id: str
) -> Demande:
    """« Je ne peux pas l’avoir pour le moment »: the delay stops from today, and the préfecture reads why (DEP-37)."""
    _check_asked(demande_id, demande_pieces_id, who)
    write(demande_id, said.texte, who, request_id=request_id, objet="Empêchement déclaré")
    # Prevented once more after she said that it was over, she stops the delay once more.
    key = f"{stop_key(demande_pieces_id)}/{outbox.id_for(request_id, 'empechement')}"
    blocages.stop_clock(demande_id, key, "EMPECHEMENT", clock.today(), by=who.subject)
    return access_demande(demande_id, who)


@outbox.retry_conflicts
def answer_in_words(
    demande_id: str, demande_pieces_id: str, said: inputs.Message, who: Who, *, request_id: str
) -> Demande:
    """A request made in words alone is answered in words; the préfecture reads them in the thread (DEP-35)."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    asked = views.request_of(demande, demande_pieces_id)
    if asked is None or asked.pieces or asked.repondue_date is not None or demande.state not in etats.EN_INSTRUCTION:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    write(demande_id, said.texte, who, request_id=f"{request_id}:message", objet="Réponse à la préfecture")
    today = clock.today()
    asked.repondue_date = today
    if demande.state == etats.PIECES_DEMANDEES:
        settle.become(demande, etats.without_request(demande.completude_date), today)
    changed = events_pb2.DemandeModifiee(demande_id=demande.id, objet="REPONSE_ECRITE")
    fact = Fact("deposit.demande.modifiee", changed, by=who.subject, private={"reponse_ecrite": {"demande": asked.id}})
    return settle.write(demande, fact, request_id=request_id, today=today, by=who.subject)


def end_stop(demande_id: str, said: FinArret, who: Who) -> Demande:
    """« C’est réglé »: what stopped the delay is over, and it starts again with the days stopped added (DEP-37)."""
    return blocages.end_stop(access_demande(demande_id, who, acces.ACT), said.cle, who)


def end_impediment(demande_id: str, demande_pieces_id: str, who: Who) -> Demande:
    """The delay starts again today, with the days stopped added."""
    _check_asked(demande_id, demande_pieces_id, who)
    blocages.start_clock(demande_id, stop_key(demande_pieces_id), clock.today(), by=who.subject)
    return access_demande(demande_id, who)


def stop_key(demande_pieces_id: str) -> str:
    """The name of the stop that an impediment makes."""
    return f"empechement:{demande_pieces_id}"


def _check_asked(demande_id: str, demande_pieces_id: str, who: Who) -> None:
    demande = access_demande(demande_id, who, acces.ACT)
    if views.request_of(demande, demande_pieces_id) is None:
        raise Refused(DEMANDE_PIECES_INCONNUE)
