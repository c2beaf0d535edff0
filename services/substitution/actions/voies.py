"""Opening a voie, by choice or by itself: the date is protected and a convocation given in the same write."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from chassis import clock, due, messages, outbox
from chassis.mongo import find
from chassis.outbox import Command, Entry, Fact
from droit.decision import Refused
from papier.store import Papier
from personne import joindre, nom
from personne.joindre import Joignable, contact, publish
from personne.reference import new_reference
from sejour.blocage.v1 import service_pb2 as blocage_service
from sejour.contact.v1 import contact_pb2
from sejour.pan.v1 import pan_pb2
from sejour.substitution.v1 import events_pb2
from services.substitution.actions import convocations
from services.substitution.actions.papiers import PAPIERS
from services.substitution.actions.prefectures import Modalites, modalites
from services.substitution.cadre import cadre
from services.substitution.rules import voies as rules
from services.substitution.store import Voie

ATTEMPTS = 5
ORIGINES = {
    rules.CHOIX: events_pb2.ORIGINE_CHOIX,
    rules.BLOCAGE: events_pb2.ORIGINE_BLOCAGE,
    rules.INCAPACITE: events_pb2.ORIGINE_INCAPACITE,
    rules.DETENTION: events_pb2.ORIGINE_DETENTION,
    rules.HORS_TELESERVICE: events_pb2.ORIGINE_HORS_TELESERVICE,
    rules.PANNE: events_pb2.ORIGINE_PANNE,
}
RESERVER = "sejour.pan.v1.PanService/ReserverRendezVous"
OUVRIR_VOIE = "sejour.blocage.v1.BlocageService/OuvrirVoie"


# A route goes on by post: a letter before a call.
_PAR_ECRAN = (
    contact_pb2.CANAL_COURRIEL,
    contact_pb2.CANAL_SMS,
    contact_pb2.CANAL_LETTRE,
    contact_pb2.CANAL_APPEL,
)


@dataclass(frozen=True)
class Identite:
    """Who the person is, as she says or as a paper shows; all of it may be empty at the opening."""

    nom: str = ""
    prenoms: str = ""
    naissance: date | None = None
    nationalite: str = ""
    numero_etranger: str = ""


@dataclass(frozen=True)
class Constate:
    """The blocage by which a route opens: who recorded it, since when the person tries, and when she last met it (now
    unless said).
    """

    id: str
    service: str
    reference: str = ""
    premiere_tentative: date | None = None
    time: datetime = field(default_factory=clock.now)


@dataclass(frozen=True)
class Ouverture:
    """What is known when a route opens; only the origin is needed."""

    origine: str
    prefecture: str = ""
    titre_code: str = ""
    demarche_code: str = ""
    identite: Identite = field(default_factory=Identite)
    joignable: Joignable = field(default_factory=Joignable)
    preuves: tuple[str, ...] = ()
    constate: Constate | None = None
    parcours_id: str = ""
    usager_id: str = ""
    demande_id: str = ""
    contact_id: str = ""
    date_protegee: date | None = None
    fin_droit: date | None = None
    moyen: str = ""
    etablissement: str = ""
    panne_id: str = ""
    par_courrier: bool = False
    # Her dossier is here: no slot is asked for it.
    sans_rendez_vous: bool = False
    # Where she asked, when that is not here.
    service: str = ""


def identity_key(nom_dit: str, naissance: date | None) -> str:
    """The key that finds a person by name and birth without an index of either; empty unless both are known."""
    if not nom_dit.strip() or naissance is None:
        return ""
    return hashlib.sha256(nom.identity_key(nom_dit, naissance).encode()).hexdigest()


def order(*, papier: bool) -> joindre.Ordre:
    """The order of the person's ways: letters and calls first, when she uses nothing else."""
    return joindre.SUR_PAPIER if papier else _PAR_ECRAN


def open_voie(ouverture: Ouverture, *, by: str, request_id: str) -> Voie:
    """Opens a route and gives its convocation; the same blocage, or the same request, always gives the same one.

    Raises Refused: PREUVE_REQUISE (only where article 4 is kept), MOYEN_FERME, or a code that the catalogue lacks.
    """
    key = f"blocage:{ouverture.constate.id}" if ouverture.constate else request_id
    identifier = outbox.id_for(key, "voie")
    existing = find(Voie, id=identifier)
    if existing is not None:
        return existing
    ways = modalites(ouverture.prefecture)
    voie = _decide(ouverture, ways, identifier)
    for _ in range(ATTEMPTS):
        voie.reference = new_reference("V")
        try:
            return outbox.insert(voie, *_opening(voie, ways, by, ouverture), request_id=request_id)
        except outbox.Duplicate:
            # The reference is taken: another one is drawn.
            voie.papiers = []
    raise outbox.Conflict(f"voie {identifier}")


def _decide(ouverture: Ouverture, ways: Modalites, identifier: str) -> Voie:
    """The route as the rules make it; nothing is written yet."""
    today, frame = clock.today(), cadre()
    _check_codes(ouverture)
    free = frame.rule("substitution-sans-condition", today)
    allowed = rules.may_open(ouverture.origine, ouverture.preuves, free, frame.texts("substitution-preuves", today))
    allowed.or_refuse()
    if ouverture.moyen and ouverture.moyen not in ways.moyens:
        raise Refused(rules.MOYEN_FERME, champ="moyen")
    echeance = rules.deadline(today, frame.number("P-SUB", today), ouverture.fin_droit, today)
    priorite = rules.has_priority(ouverture.demande_id, ouverture.fin_droit, today, frame.number("P-FIN-PROCHE", today))
    first = ouverture.constate.premiere_tentative if ouverture.constate else None
    parcours = ouverture.parcours_id or outbox.id_for(identifier, "parcours")
    who, way = ouverture.identite, ouverture.joignable
    voie = Voie(
        id=identifier,
        parcours_id=parcours,
        origine=ouverture.origine,
        prefecture=ouverture.prefecture,
        titre_code=ouverture.titre_code,
        demarche_code=ouverture.demarche_code,
        demande_id=ouverture.demande_id,
        preuves=sorted(set(ouverture.preuves)),
        regle=allowed.regle,
        priorite=priorite,
        rang=rank(priorite, echeance, identifier),
        moyens=list(ways.moyens),
        moyen_choisi=ouverture.moyen,
        ouverture_date=today,
        besoin_time=ouverture.constate.time if ouverture.constate else clock.now(),
        date_protegee=min(filter(None, (ouverture.date_protegee, first, today))),
        premier_blocage_date=first,
        fin_droit_date=ouverture.fin_droit,
        echeance_date=echeance,
        usager_id=ouverture.usager_id,
        contact_id=ouverture.contact_id or (parcours if way.somehow else ""),
        nom=who.nom,
        prenoms=who.prenoms,
        naissance_date=who.naissance,
        nationalite=who.nationalite,
        numero_etranger=who.numero_etranger,
        cle_identite=identity_key(who.nom, who.naissance),
        telephone=way.telephone,
        courriel=way.courriel,
        adresse=list(way.adresse),
        etablissement=ouverture.etablissement,
        par_courrier=ouverture.par_courrier or _by_letter_only(ouverture),
        panne_id=ouverture.panne_id,
        service=ouverture.constate.service if ouverture.constate else ouverture.service or "substitution",
    )
    if ouverture.constate:
        voie.blocage_id, voie.blocage_service = ouverture.constate.id, ouverture.constate.service
        voie.blocage_reference = ouverture.constate.reference
    return voie


def _by_letter_only(ouverture: Ouverture) -> bool:
    """Whether no e-mail, SMS or call is known to reach her: a letter, or nothing but the page that she looks at."""
    way = ouverture.joignable
    if rules.is_on_paper(ouverture.origine):
        return True
    # Her account, or whoever met her, knows how she is reached.
    return not (way.courriel or way.telephone or ouverture.usager_id or ouverture.contact_id)


def contact_of(contact_id: str) -> contact_pb2.Contact | None:
    """The contact as the last route of this person gives it, for notify when it lost hers."""
    # Her account, where she has one, is told by deposit.
    voie = Voie.objects(contact_id=contact_id, usager_id__ne=contact_id).order_by("-ouverture_date").first()
    if voie is None:
        return None
    return contact(contact_id, _joignable(voie), order(papier=rules.is_on_paper(voie.origine)))


def _joignable(voie: Voie) -> Joignable:
    nom = f"{voie.prenoms} {voie.nom}".strip()
    return Joignable(nom=nom, telephone=voie.telephone, courriel=voie.courriel, adresse=tuple(voie.adresse))


def _opening(voie: Voie, ways: Modalites, by: str, ouverture: Ouverture) -> tuple[Entry, ...]:
    """What the opening tells: the fact, the convocation, the person, whoever recorded the blocage, and pan."""
    papier = convocations.write(voie, ways, None)
    voie.papiers, voie.convocation_numero = [papier], papier.numero
    due.plan(voie, **deadlines(voie))
    entries: list[Entry] = [
        Fact("substitution.voie.ouverte", _ouverte(voie), by=by),
        convocations.fact(voie, papier, None, by),
    ]
    if voie.contact_id == voie.parcours_id:
        ways_first = order(papier=rules.is_on_paper(voie.origine))
        entries += publish(voie.contact_id, _joignable(voie), ways_first)
    entries += tell_ways(voie, ways, papier)
    if voie.blocage_id and voie.blocage_service != "substitution":
        entries.append(announce(voie, voie.blocage_service, voie.blocage_id))
    if rules.asks_appointment(voie.origine, voie.prefecture) and not ouverture.sans_rendez_vous:
        entries.append(ask_appointment(voie, 0))
    return tuple(entries)


def tell_ways(voie: Voie, ways: Modalites, papier: Papier) -> tuple[Entry, ...]:
    """The route as the person may take it in its préfecture: the ways, the date kept, the last day, the convocation."""
    champs: dict[str, object] = {
        "reference": voie.reference,
        "voies": ways.lignes,
        "date_protegee": voie.date_protegee.isoformat(),
        "echeance_date": voie.echeance_date.isoformat(),
    }
    return tell(voie, "voie_ouverte", champs, papier.numero)


def deadlines(voie: Voie) -> dict[str, date]:
    """The days on which the system looks at a route that waits for its appointment."""
    jours = cadre().number("P-SUB-ALERTE", clock.today())
    warning = rules.warning_day(voie.echeance_date, voie.ouverture_date, jours)
    return {"psub_alerte": warning, "psub": voie.echeance_date}


def rank(priorite: bool, echeance: date, voie_id: str) -> str:
    """The sort key of a queue: priority first, then the nearest deadline; unique, so that one page follows another."""
    return f"{0 if priorite else 1}:{echeance.isoformat()}:{voie_id}"


def announce(voie: Voie, service: str, blocage_id: str) -> Command:
    """Tells the service that recorded the blocage which route was opened; retried until it answers."""
    request = blocage_service.OuvrirVoieRequest(request_id=f"{blocage_id}:voie", blocage_id=blocage_id, voie_id=voie.id)
    return Command(service, OUVRIR_VOIE, request, request.request_id)


def ask_appointment(voie: Voie, attempt: int, *, missed: bool = False) -> Command:
    """Asks pan for the first free slot that leaves her time to come; pan down, the convocation without slot stands."""
    first = clock.today() + timedelta(days=_notice(voie, missed=missed))
    last = rules.last_day(voie.echeance_date, first)
    request = pan_pb2.ReserverRendezVousRequest(
        request_id=f"{voie.id}:rendez-vous:{attempt}",
        prefecture=voie.prefecture,
        objet="DEPOT",
        parcours_id=voie.parcours_id,
        usager_id=voie.usager_id or "",
        convocation_id=voie.convocation_numero,
        vecteur="COURRIEL" if voie.courriel else "ACCUEIL",
        nom=f"{voie.prenoms or ''} {voie.nom or ''}".strip() or voie.reference,
        au_plus_tot_date=first.isoformat(),
        au_plus_tard_date=last.isoformat() if last else "",
        priorite=bool(voie.priorite),
    )
    return Command("pan", RESERVER, request, request.request_id)


def _notice(voie: Voie, *, missed: bool) -> int:
    """Days before a slot: more for a letter and after one that she missed, fewer for who goes first."""
    if voie.par_courrier or missed:
        name = "P-PREAVIS-COURRIER"
    else:
        name = "P-PREAVIS-PRIORITE" if voie.priorite else "P-PREAVIS"
    return cadre().number(name, clock.today())


def no_longer_late(voie: Voie) -> None:
    """Its appointment or its dossier is there: nothing is near its end or late any more."""
    voie.alerte_date = voie.retard_date = ""


def tell(voie: Voie, modele: str, champs: dict[str, object], *numeros: str) -> tuple[Entry, ...]:
    """The message to the person, with papers attached; none when she left no way to be reached."""
    if not voie.contact_id:
        return ()
    demande = messages.Notice(
        voie.contact_id,
        voie.parcours_id,
        modele,
        champs,
        pieces=tuple(("document.pdf", PAPIERS.path(numero)) for numero in numeros),
        demande_id=voie.demande_id or "",
        papier=rules.is_on_paper(voie.origine),
    )
    return (messages.fact("substitution", demande),)


def _ouverte(voie: Voie) -> events_pb2.VoieOuverte:
    return events_pb2.VoieOuverte(
        voie_id=voie.id,
        parcours_id=voie.parcours_id,
        usager_id=voie.usager_id or "",
        prefecture=voie.prefecture or "",
        origine=ORIGINES[voie.origine],
        blocage_id=voie.blocage_id or "",
        date_protegee=voie.date_protegee.isoformat(),
        echeance_date=voie.echeance_date.isoformat(),
        titre_code=voie.titre_code or "",
        demarche_code=voie.demarche_code or "",
        demande_id=voie.demande_id or "",
        service=voie.service,
    )


def _check_codes(ouverture: Ouverture) -> None:
    catalogue = cadre().catalogue
    if ouverture.prefecture:
        catalogue.departement(ouverture.prefecture)
    if ouverture.titre_code:
        catalogue.titre(ouverture.titre_code)
    if ouverture.demarche_code:
        catalogue.demarche(ouverture.demarche_code)
