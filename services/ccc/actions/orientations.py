"""From the desk to another way: a reception point, a route of the préfecture, the state of a demande, the lost link.

An agent does it, and the person has nothing to look for (CCC-18, CCC-19).
"""

from __future__ import annotations

from datetime import date

from chassis import clock, outbox
from chassis.commands import Answer
from chassis.mongo import find
from chassis.outbox import Command, Entry
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from droit.jours import day_in_words
from sejour.deposit.v1 import deposit_pb2
from sejour.pan.v1 import pan_pb2
from sejour.substitution.v1 import events_pb2, substitution_pb2
from services.ccc.actions import acces, appels, contacts, dossiers
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import etats
from services.ccc.rules import reponses as rules
from services.ccc.store import Acte, Saisine

VOIE = "sejour.substitution.v1.SubstitutionService/OuvrirVoie"
LIEUX = "sejour.pan.v1.PanService/ListLieux"
# No power of deposit: an act of the desk in the same list.
ACTE_VOIE = 100
OUVRIR_VOIE = "Ouvrir une autre façon de faire"
PLACES_SAID = 3

PREFECTURE_A_SAVOIR = Motif(
    "PREFECTURE_A_SAVOIR",
    "regle-du-service",
    "Personne ne sait encore de quelle préfecture il s’agit.",
    "Demandez son département à la personne, ou vérifiez son identité.",
    Genre.INVALIDE,
)
AUCUN_LIEU = Motif(
    "AUCUN_LIEU",
    "regle-du-service",
    "Aucun point d’accueil n’est ouvert dans ce département.",
    "Ouvrez une autre façon de faire dans sa préfecture.",
)
DEMANDE_A_NOMMER = Motif(
    "DEMANDE_A_NOMMER",
    "regle-du-service",
    "La personne n’a nommé aucune demande que le téléservice connaisse.",
    "Demandez-lui sa référence, ou vérifiez son identité au téléphone.",
)
VOIE_DEJA = Motif(
    "VOIE_DEJA",
    "regle-du-service",
    "Une autre façon de faire est déjà ouverte ou demandée pour elle.",
    "Elle a reçu sa référence ; donnez-la-lui de nouveau si elle l’a perdue.",
)


@outbox.retry_conflicts
def to_pan(saisine_id: str, who: Who, *, request_id: str) -> Saisine:
    """Gives the person the reception points of her département: where, by telephone, when. Raises Refused."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.REPONDRE)
    if outbox.already(saisine, request_id):
        return saisine
    rules.may_act(saisine.state).or_refuse()
    lines = [_place(place) for place in _places(_prefecture(saisine))]
    texte = "\n\n".join(["Quelqu’un vous aide sur place, avec un ordinateur, gratuitement :", *lines])
    return _answer(saisine, texte, who, request_id)


@outbox.retry_conflicts
def open_voie(saisine_id: str, who: Who, *, request_id: str) -> Saisine:
    """Asks substitution for a route in her préfecture, as this agent; kept until answered (CCC-19)."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.LEVER)
    if outbox.already(saisine, request_id):
        return saisine
    rules.may_act(saisine.state).or_refuse()
    if saisine.voie_id or any(a.acte == ACTE_VOIE and a.state == etats.EN_ATTENTE for a in saisine.actes):
        raise Refused(VOIE_DEJA)
    first = saisine.premiere_tentative_date or saisine.ouverture_date
    request = substitution_pb2.OuvrirVoieRequest(
        request_id=request_id,
        parcours_id=saisine.parcours_id,
        usager_id=saisine.usager_id,
        prefecture=_prefecture(saisine),
        origine=events_pb2.ORIGINE_BLOCAGE if saisine.blocage_id else events_pb2.ORIGINE_CHOIX,
        blocage_id=saisine.blocage_id,
        date_protegee=first.isoformat() if saisine.blocage_id else "",
        titre_code=saisine.titre_code,
        demarche_code=saisine.demarche_code,
        demande_id=saisine.demande_id,
        contact_id=saisine.contact_id,
    )
    acte = Acte(request_id=request_id, acte=ACTE_VOIE, libelle=OUVRIR_VOIE, par=who.id, demande_date=clock.today())
    saisine.actes = [*saisine.actes, acte][-50:]
    return outbox.update(
        saisine, Command("substitution", VOIE, request, request_id, on_behalf=who.subject), request_id=request_id
    )


@outbox.retry_conflicts
def note_voie(answer: Answer) -> None:
    """The route is open, and substitution tells the person; refused, an agent reads why."""
    saisine = find(Saisine, id=answer.aggregate)
    pending = [a for a in saisine.actes if a.request_id == answer.request_id] if saisine else []
    if saisine is None or not pending or pending[0].state != etats.EN_ATTENTE:
        return
    acte = pending[0]
    if answer.motif is None and isinstance(answer.response, substitution_pb2.OuvrirVoieResponse):
        acte.state = etats.FAIT
        acte.phrase = f"Référence {answer.response.reference}. La personne reçoit sa convocation."
        saisine.voie_id = answer.response.voie_id
    else:
        acte.state = etats.REFUSE
        acte.phrase = f"{answer.motif.phrase} {answer.motif.suite}" if answer.motif else ""
        saisine.refus_date = saisine.refus_date or clock.today()
    outbox.update(saisine, request_id=f"reponse:{answer.request_id}")


@outbox.retry_conflicts
def send_state(saisine_id: str, who: Who, *, request_id: str) -> Saisine:
    """Sends where the demande is, in the words of her own space, to its holder by her own ways (CCC-18).

    Whoever wrote may be anybody: what leaves goes to the holder alone, and neither the agent nor this ticket shows it.
    """
    saisine = acces.access_saisine(saisine_id, who, acces_rules.REPONDRE)
    if outbox.already(saisine, request_id):
        return saisine
    rules.may_act(saisine.state).or_refuse()
    usager = appels.find_usager(saisine.demande_reference) if saisine.demande_reference else None
    if usager is None:
        raise Refused(DEMANDE_A_NOMMER)
    found = dossiers.ask(usager.usager_id, who).demandes
    demande = next(d for d in found if d.reference == saisine.demande_reference)
    entries, _ = contacts.tell_holder(saisine, usager.usager_id, _state(demande), by=who.subject)
    texte = (
        f"L’état de la demande {demande.reference} vient de partir, par le moyen de contact du compte qui l’a déposée. "
        "Il se lit aussi dans son espace."
    )
    return _answer(saisine, texte, who, request_id, *entries)


@outbox.retry_conflicts
def send_link(saisine_id: str, who: Who, *, request_id: str) -> Saisine:
    """The link of the ticket goes again to the mailbox or telephone that the person gave with it."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.REPONDRE)
    if outbox.already(saisine, request_id):
        return saisine
    texte = "Voici de nouveau le lien de votre demande. Gardez-le : il est à vous seul."
    entries, _ = contacts.tell(saisine, contacts.REPONSE, {"texte": texte}, by=who.subject)
    return outbox.update(saisine, *entries, request_id=request_id)


def _answer(saisine: Saisine, texte: str, who: Who, request_id: str, *more: Entry) -> Saisine:
    entries, message_id = contacts.tell(saisine, contacts.REPONSE, {"texte": texte}, by=who.subject)
    contacts.keep_answer(saisine, texte, message_id, who, request_id=request_id)
    issue = "INFORMATION_SUIVI" if more else "AIDE_DEPOT"
    fact = contacts.answered(saisine, issue, by=who.subject)
    return outbox.update(saisine, fact, *entries, *more, request_id=request_id)


def _prefecture(saisine: Saisine) -> str:
    if not saisine.prefecture:
        raise Refused(PREFECTURE_A_SAVOIR)
    return str(saisine.prefecture)


def _places(prefecture: str) -> list[pan_pb2.Lieu]:
    request = pan_pb2.ListLieuxRequest(prefecture=prefecture)
    found = cadre().client.call("pan", LIEUX, request, pan_pb2.ListLieuxResponse).lieux
    if not found:
        raise Refused(AUCUN_LIEU)
    return list(found)[:PLACES_SAID]


def _place(place: pan_pb2.Lieu) -> str:
    ways = [
        place.nom,
        *place.adresse,
        *([f"Téléphone : {place.telephone}"] if place.telephone else []),
        *place.horaires,
    ]
    if place.sans_rendez_vous:
        ways.append("Sans rendez-vous.")
    page = f"{cadre().settings.public_url}/pan/"
    return "\n".join([*ways, f"Rendez-vous par téléphone, sur place ou ici : {page}"])


def _state(demande: deposit_pb2.DemandeSituation) -> str:
    since = f" Depuis le {day_in_words(date.fromisoformat(demande.depuis_date))}." if demande.depuis_date else ""
    return (
        f"Où en est votre demande « {demande.libelle} » ({demande.reference}) : {demande.phrase}{since} "
        f"Chez : {demande.service}. {demande.attendu} {demande.suite}"
    )
