"""Who opens a route: a person on a page, an agent at a desk, another service by an order; the same rule for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chassis import clock, outbox
from chassis.inbox import Meta
from chassis.outbox import Entry, Fact
from chassis.web.inputs import lines_of
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused
from papier.actions import replace_paper
from personne.joindre import Joignable, read_courriel, read_telephone
from sejour.deposit.v1 import events_pb2 as deposit_events
from sejour.substitution.v1 import events_pb2
from sejour.substitution.v1.substitution_pb2 import OuvrirVoieRequest
from services.substitution import inputs
from services.substitution.actions import suites, voies
from services.substitution.actions.acces import access_voie, find_own, require_act
from services.substitution.actions.convocations import fact, write
from services.substitution.actions.prefectures import modalites
from services.substitution.actions.voies import Constate, Identite, Ouverture, identity_key
from services.substitution.cadre import cadre
from services.substitution.rules import acces
from services.substitution.rules import voies as rules
from services.substitution.store import Voie

VOIES_MAX = 20
_ORIGINES = {number: code for code, number in voies.ORIGINES.items()}

ORIGINE_A_DIRE = Motif(
    "ORIGINE_A_DIRE",
    "regle-du-service",
    "La raison de l’ouverture n’est pas dite.",
    "Dites pourquoi la voie s’ouvre : choix, incapacité, détention, démarche hors du téléservice.",
    Genre.INVALIDE,
)


def opening(typed: inputs.OuvertureDeVoie, langue: str = "fr") -> Ouverture:
    """The opening, from what was typed. Raises Refused(TELEPHONE_ILLISIBLE)."""
    titre, demarche = cadre().catalogue.choice(typed.objet)
    return Ouverture(
        origine=typed.origine,
        prefecture=typed.prefecture,
        titre_code=titre,
        demarche_code=demarche,
        identite=Identite(typed.nom, typed.prenoms, typed.naissance),
        joignable=joignable(typed.telephone, typed.courriel, typed.adresse, typed.prefecture, langue),
        preuves=typed.preuves,
        moyen=typed.moyen,
        etablissement=typed.etablissement,
        fin_droit=typed.fin_droit,
    )


def open_by_choice(ouverture: Ouverture, *, request_id: str) -> Voie:
    """Anybody, without account and without condition: the route, its reference and its convocation at once (SUB-01)."""
    return voies.open_voie(_outside(ouverture), by="anonyme", request_id=request_id)


def open_at_desk(ouverture: Ouverture, who: Who, *, request_id: str) -> Voie:
    """An agent opens a route for somebody at the counter or on the telephone."""
    require_act(who, acces.OUVRIR, ouverture.prefecture)
    return voies.open_voie(_outside(ouverture), by=who.subject, request_id=request_id)


def open_for_service(request: OuvrirVoieRequest, service: str, by: str) -> Voie:
    """Another service opens a route for a person it met; with a blocage, the one that its fact opens is the same."""
    origine = _ORIGINES.get(request.origine)
    if origine is None:
        raise Refused(ORIGINE_A_DIRE, champ="origine")
    proof = "document-ccc" if service == "ccc" else "attestation-pan"
    ouverture = Ouverture(
        origine=origine,
        prefecture=request.prefecture,
        titre_code=request.titre_code,
        demarche_code=request.demarche_code,
        preuves=(proof,) if service in ("ccc", "pan") else ("blocage-constate",),
        constate=Constate(request.blocage_id, service) if request.blocage_id else None,
        parcours_id=request.parcours_id,
        usager_id=request.usager_id,
        demande_id=request.demande_id,
        contact_id=request.contact_id,
        date_protegee=date.fromisoformat(request.date_protegee) if request.date_protegee else None,
        service=service,
    )
    return voies.open_voie(_outside(ouverture), by=by, request_id=request.request_id)


@outbox.retry_conflicts
def transfer(voie_id: str, prefecture: str, who: Who, *, request_id: str) -> Voie:
    """A wrong orientation is repaired in one act: the other préfecture has the route, the date is kept (SUB-20)."""
    voie = access_voie(voie_id, who, acces.TRANSFERER)
    if outbox.already(voie, request_id):
        return voie
    return _move(voie, prefecture, by=who.subject, request_id=request_id)


@outbox.retry_conflicts
def take(prise: inputs.Prise, who: Who, *, request_id: str) -> Voie:
    """The counter where the person stands takes her route, whose préfecture nobody had said, on its first date."""
    require_act(who, acces.PRENDRE, prise.prefecture)
    voie = find_own(prise.reference, prise.nom) if prise.reference else _unplaced(prise.nom, prise.naissance)
    if outbox.already(voie, request_id):
        return voie
    rules.may_become(voie.state, rules.ABOUTIE).or_refuse()
    if voie.prefecture:
        raise Refused(rules.DEJA_PLACEE)
    return _move(voie, prise.prefecture, by=who.subject, request_id=request_id)


def _unplaced(nom: str, naissance: date | None) -> Voie:
    """The last open route without préfecture of who has this name and birth. Raises Refused(VOIE_INCONNUE)."""
    key = identity_key(nom, naissance)
    if not key:
        raise Refused(rules.VOIE_INCONNUE, champ="reference")
    hers = Voie.objects(cle_identite=key, prefecture="", state__in=rules.OPEN_STATES)
    found: Voie | None = hers.order_by("-ouverture_date").first()
    if found is None:
        raise Refused(rules.VOIE_INCONNUE, champ="reference")
    return found


def on_demande_transferee(event: deposit_events.DemandeTransferee, meta: Meta) -> None:
    """The demande went to another préfecture: the route of who is blocked on it follows, on its first date (DEP-43).

    What a counter has already received stays there until it is filed.
    """
    waiting = {"demande_id": event.demande_id, "state__in": (rules.OUVERTE, rules.CONVOQUEE)}
    for voie in Voie.objects(**waiting, prefecture__ne=event.prefecture).only("id").limit(VOIES_MAX):
        _follow(voie.id, event.prefecture, meta.event_id)


@outbox.retry_conflicts
def _follow(voie_id: str, prefecture: str, event_id: str) -> None:
    voie: Voie = Voie.objects(id=voie_id).first()
    if not outbox.already(voie, event_id) and voie.state in (rules.OUVERTE, rules.CONVOQUEE):
        _move(voie, prefecture, by="systeme", request_id=event_id)


def _move(voie: Voie, prefecture: str, *, by: str, request_id: str) -> Voie:
    before = voie.prefecture or ""
    cadre().catalogue.departement(prefecture)
    moved = events_pb2.VoieTransferee(voie_id=voie.id, ancienne_prefecture=before, prefecture=prefecture)
    fact_moved = Fact("substitution.voie.transferee", moved, by=by)
    if voie.state == rules.CONVOQUEE and prefecture != before:
        # An appointment elsewhere binds nobody any more: it is given back, and one is asked for where the route is now.
        voie.prefecture, voie.moyens = prefecture, list(modalites(prefecture).moyens)
        entries = (fact_moved, suites.give_back(voie.rendez_vous_id), *_tell_moved(voie))
        return suites.reopen_for_slot(voie, *entries, by=by, request_id=request_id)
    return _place(voie, prefecture, (fact_moved,), by=by, request_id=request_id)


def _tell_moved(voie: Voie) -> tuple[Entry, ...]:
    """Told whatever the state: which préfecture has her route now, and her dossier where it has come (SUB-20)."""
    ways = modalites(voie.prefecture or "")
    champs: dict[str, object] = {
        "reference": voie.reference,
        "prefecture": ways.nom,
        "voies": ways.lignes,
        "date_protegee": voie.date_protegee.isoformat(),
        "reception_date": voie.dossiers[-1].reception_date.isoformat() if voie.dossiers else "",
    }
    return voies.tell(voie, "voie_transferee", champs)


@outbox.retry_conflicts
def complete_own(typed: inputs.Complement, *, request_id: str) -> Voie:
    """The person adds what was not known at the opening: her name on the paper, her département."""
    voie = find_own(typed.reference, typed.nom_donne)
    if outbox.already(voie, request_id):
        return voie
    rules.may_become(voie.state, rules.ABOUTIE).or_refuse()
    if typed.nom and not voie.nom:
        voie.nom, voie.prenoms, voie.naissance_date = typed.nom, typed.prenoms, typed.naissance
    changed = Fact("substitution.voie.modifiee", events_pb2.VoieModifiee(voie_id=voie.id, objet="NOM"), by="anonyme")
    return _place(voie, voie.prefecture or typed.prefecture, (changed,), by="anonyme", request_id=request_id)


def _place(voie: Voie, prefecture: str, entries: tuple[Entry, ...], *, by: str, request_id: str) -> Voie:
    """The route in that préfecture, with a convocation of it; a slot is asked for where none is held there."""
    if prefecture:
        cadre().catalogue.departement(prefecture)
    before = voie.prefecture or ""
    moved = prefecture != before
    voie.prefecture = prefecture
    voie.cle_identite = identity_key(voie.nom or "", voie.naissance_date)
    if voie.state == rules.OUVERTE:
        ways = modalites(prefecture)
        papier = write(voie, ways, None)
        voie.papiers = replace_paper(voie.papiers, voie.convocation_numero, papier)
        voie.convocation_numero, voie.moyens = papier.numero, list(ways.moyens)
        entries = (*entries, fact(voie, papier, None, by))
        if moved and not before:
            # Told now: nobody knows when, or whether, an appointment will come there.
            entries = (*entries, *voies.tell_ways(voie, ways, papier))
        if moved and rules.asks_appointment(voie.origine, prefecture):
            entries = (*entries, voies.ask_appointment(voie, voie.rendez_vous_essais + 1))
            voie.rendez_vous_essais += 1
    if moved and before:
        entries = (*entries, *_tell_moved(voie))
    return outbox.update(voie, *entries, request_id=request_id)


def _outside(ouverture: Ouverture) -> Ouverture:
    """A title outside the téléservice has no other way: its route is open whatever the position of the switch."""
    if ouverture.origine != rules.CHOIX or not ouverture.titre_code:
        return ouverture
    titre = cadre().catalogue.titre(ouverture.titre_code)
    if titre.on_teleservice(clock.today(), cadre().position):
        return ouverture
    return replace(ouverture, origine=rules.HORS_TELESERVICE)


def joignable(telephone: str, courriel: str, adresse: str, departement: str, langue: str) -> Joignable:
    """What was typed in three boxes. Raises Refused(TELEPHONE_ILLISIBLE), Refused(COURRIEL_ILLISIBLE)."""
    return Joignable(
        telephone=read_telephone(telephone, departement),
        courriel=read_courriel(courriel),
        adresse=lines_of(adresse),
        langue=langue,
    )


def asks_proof() -> bool:
    """Whether this deployment keeps the conditions of article 4 today (SUB-01)."""
    return not cadre().flag("substitution-sans-condition", clock.today())
