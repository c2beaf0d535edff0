"""The counter: who came is checked, the dossier is received on its day of arrival, whatever its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from chassis import clock, due, outbox
from chassis.outbox import Fact
from chassis.web.files import fingerprint
from chassis.web.uploads import Received
from chassis.web.who import Who
from documents.nature import Nature
from documents.texte import in_words
from droit.decision import Refused
from papier.actions import replace_paper
from papier.store import Papier
from personne.reference import read_numero
from sejour.substitution.v1 import events_pb2
from services.substitution import inputs
from services.substitution.actions import papiers
from services.substitution.actions.acces import access_counter, access_voie, by_reference, require_act, require_on
from services.substitution.actions.convocations import libelle_imprime
from services.substitution.actions.prefectures import modalites
from services.substitution.actions.suites import free_slot
from services.substitution.actions.voies import identity_key, no_longer_late, tell
from services.substitution.cadre import cadre
from services.substitution.rules import acces
from services.substitution.rules import guichet as rules
from services.substitution.rules import voies as voies_rules
from services.substitution.store import Dossier, Piece, Voie

FOUND_MAX, TEXTE_MAX = 10, 20_000
# How a dossier came, as papers and messages say it.
MOYENS = {"GUICHET": "au guichet", "POSTE": "par la poste", "COURRIEL": "par e-mail"}


def search(typed: str, nom: str, naissance: date | None, who: Who) -> list[Voie]:
    """Routes by reference, number of a paper or of a parcours, or by name and birth; only those in this agent's scope
    are given.
    """
    require_act(who, acces.LIRE)
    if typed:
        of_parcours = Voie.objects(parcours_id=typed.strip().lower()).order_by("-ouverture_date")
        found = by_reference(typed) or of_parcours.first()
        if found is not None:
            require_on(found, who, acces.LIRE)
        return [found] if found else []
    key = identity_key(nom, naissance)
    if not key:
        return []
    voies = list(Voie.objects(cle_identite=key).order_by("-ouverture_date").limit(FOUND_MAX))
    return [voie for voie in voies if _is_readable(voie, who)]


def _is_readable(voie: Voie, who: Who) -> bool:
    try:
        require_on(voie, who, acces.LIRE)
    except Refused:
        return False
    return True


@outbox.retry_conflicts
def check_identity(voie_id: str, controle: inputs.Controle, who: Who, *, request_id: str) -> Voie:
    """Records the identity check of the person at the counter.

    Raises Refused(MANDAT_ABSENT) for a helper without mandate in force.
    A failed check is recorded too: nothing more is done for this visitor.
    """
    voie = access_voie(voie_id, who, acces.VERIFIER)
    if outbox.already(voie, request_id):
        return voie
    today = clock.today()
    rules.mandate_decision(
        pour_autrui=controle.pour_autrui, vu=controle.mandat_vu, fin=controle.mandat_fin, today=today
    ).or_refuse()
    result = rules.identity_result(
        papier=controle.papier,
        nom=controle.nom_concorde,
        naissance=controle.naissance_concorde,
        visage=controle.visage_concorde,
    )
    voie.identite, voie.identite_par, voie.identite_date = result, who.subject, today
    voie.pour_autrui = controle.pour_autrui
    if result == rules.VERIFIEE:
        _set_identity(voie, controle)
    return outbox.update(voie, _changed(voie, "IDENTITE", who, resultat=result), request_id=request_id)


@dataclass(frozen=True)
class Envoi:
    """A dossier as an e-mail brought it: its day, its words, the files kept, and what of it could not be kept."""

    jour: date
    texte: str
    pieces: tuple[Piece, ...]
    non_gardes: tuple[str, ...] = ()


@outbox.retry_conflicts
def receive(voie_id: str, arrivee: inputs.DossierRecu, who: Who, *, request_id: str) -> Voie:
    """Receives a dossier, dated by its arrival, with a receipt of that day; at the counter the identity comes first."""
    voie = _access(voie_id, arrivee.moyen, who)
    if outbox.already(voie, request_id):
        return voie
    voies_rules.may_become(voie.state, voies_rules.DOSSIER_RECU).or_refuse()
    rules.may_arrive(arrivee.reception, clock.today()).or_refuse()
    titre, demarche = cadre().catalogue.choice(arrivee.objet)
    voie.titre_code = titre or ("" if demarche else voie.titre_code)
    voie.demarche_code = demarche or ("" if titre else voie.demarche_code)
    dossier = Dossier(
        id=outbox.id_for(request_id, "dossier"),
        moyen=arrivee.moyen,
        reception_date=arrivee.reception,
        par=who.subject,
        stade=arrivee.stade,
        fin_titre_date=arrivee.fin_titre,
    )
    return _arrive(voie, dossier, by=who.subject, request_id=request_id)


@outbox.retry_conflicts
def receive_mail(voie_id: str, envoi: Envoi, *, request_id: str) -> Voie:
    """An e-mail to the filing address: a dossier of that day; what follows it joins the dossier that waits."""
    voie: Voie = Voie.objects(id=voie_id).first()
    if outbox.already(voie, request_id):
        return voie
    waiting = next((d for d in voie.dossiers if d.depot in ("", "REFUSE")), None)
    dossier = waiting or Dossier(
        id=outbox.id_for(request_id, "dossier"),
        moyen=voies_rules.COURRIEL,
        reception_date=envoi.jour,
        par="systeme",
    )
    dossier.pieces += envoi.pieces
    dossier.texte = f"{dossier.texte}\n\n{envoi.texte}".strip()[:TEXTE_MAX]
    dossier.non_gardes += envoi.non_gardes
    return _arrive(voie, dossier, by="systeme", request_id=request_id)


def _arrive(voie: Voie, dossier: Dossier, *, by: str, request_id: str) -> Voie:
    """The dossier is there: its receipt, its slot free for somebody else, the person told."""
    day, moyen, today = dossier.reception_date, dossier.moyen, clock.today()
    recu = receipt(voie, moyen, day, tuple(dossier.pieces), tuple(dossier.non_gardes))
    if dossier.recu_numero:
        voie.papiers = replace_paper(voie.papiers, dossier.recu_numero, recu)
    else:
        voie.papiers.append(recu)
        voie.dossiers.append(dossier)
    dossier.recu_numero = recu.numero
    fact = Fact(
        "substitution.dossier.recu",
        events_pb2.DossierRecu(voie_id=voie.id, reception_date=day.isoformat(), moyen=moyen),
        by=by,
    )
    champs: dict[str, object] = {
        "reference": voie.reference,
        "reception_date": day.isoformat(),
        "moyen": MOYENS[moyen],
    }
    voie.state = voies_rules.DOSSIER_RECU
    voie.date_protegee = min(voie.date_protegee, day)
    voie.dossier_date = voie.dossier_date or day
    no_longer_late(voie)
    elsewhere = moyen != voies_rules.GUICHET or (voie.rendez_vous_date and voie.rendez_vous_date > today)
    freed = free_slot(voie) if elsewhere else ()
    due.plan(voie, psub=None, psub_alerte=None, rendez_vous=None)
    told = tell(voie, "dossier_recu", champs, recu.numero)
    return outbox.update(voie, fact, *freed, *told, request_id=request_id)


@outbox.retry_conflicts
def add_piece(voie_id: str, code: str, received: Received, who: Who) -> Voie:
    """One more file of the dossier in hand; several may be of one piece. Refused once the dossier is filed."""
    voie, dossier = dossier_in_hand(voie_id, who)
    if outbox.already(voie, received.request_id):
        return voie
    stored = received.stored
    dossier.pieces.append(
        Piece(
            id=received.request_id,
            code=code,
            **stored.as_fields(),
        )
    )
    return outbox.update(voie, request_id=received.request_id)


@outbox.retry_conflicts
def write_identity(voie_id: str, identite: inputs.IdentiteLue, who: Who, *, request_id: str) -> Voie:
    """Copies the identity from the paper in the dossier in hand. Raises Refused as `dossier_in_hand` does."""
    voie = access_voie(voie_id, who, acces.RECEVOIR)
    if outbox.already(voie, request_id):
        return voie
    voie, _ = dossier_in_hand(voie_id, who)
    _set_identity(voie, identite)
    return outbox.update(voie, _changed(voie, "NOM", who), request_id=request_id)


@outbox.retry_conflicts
def say_object(voie_id: str, said: inputs.Objet, who: Who, *, request_id: str) -> Voie:
    """What the dossier in hand asks for, read by the desk. Raises Refused as `dossier_in_hand` does."""
    voie, dossier = dossier_in_hand(voie_id, who)
    if outbox.already(voie, request_id):
        return voie
    voie.titre_code, voie.demarche_code = cadre().catalogue.choice(said.objet)
    dossier.stade, dossier.fin_titre_date = said.stade, said.fin_titre
    return outbox.update(voie, _changed(voie, "OBJET", who), request_id=request_id)


def dossier_in_hand(voie_id: str, who: Who) -> tuple[Voie, Dossier]:
    """The dossier not yet filed of a route. Raises Refused(DOSSIER_INCONNU, DEJA_TRANSMIS, or the identity's)."""
    voie = access_voie(voie_id, who, acces.RECEVOIR)
    if not voie.dossiers:
        raise Refused(rules.DOSSIER_INCONNU)
    dossier = voie.dossiers[-1]
    if dossier.moyen == voies_rules.GUICHET:
        rules.may_touch_dossier(voie.identite).or_refuse()
    if dossier.depot in ("DEMANDE", "FAIT"):
        raise Refused(rules.DEJA_TRANSMIS)
    return voie, dossier


def receipt(voie: Voie, moyen: str, jour: date, pieces: tuple[Piece, ...], non_gardes: tuple[str, ...] = ()) -> Papier:
    """The proof of deposit: the day of arrival, what came, and each file by its SHA-256."""
    extra: dict[str, object] = {
        "envoi_date": jour.isoformat(),
        "objet": f"Dossier reçu {MOYENS[moyen]}" + (f" : {libelle_imprime(voie)}" if libelle_imprime(voie) else ""),
        "destinataire": modalites(voie.prefecture or "").nom,
        "pieces": [
            {"nom": piece.nom, "taille": f"{piece.taille} octets", "empreinte": fingerprint(piece)} for piece in pieces
        ],
    }
    said = (
        f"Le dossier est arrivé le {in_words(jour)}. La date qui compte est le "
        f"{in_words(min(voie.date_protegee, jour))}.",
        f"Votre référence : {voie.reference}.",
        *((f"N’ont pas pu être gardés, à renvoyer : {' ; '.join(non_gardes)}.",) if non_gardes else ()),
    )
    prefecture = modalites(voie.prefecture or "").nom
    return papiers.give(voie, Nature.PREUVE_ENVOI, prefecture, extra, paragraphes=said, regle=voie.regle)


def _access(voie_id: str, moyen: str, who: Who) -> Voie:
    if moyen == voies_rules.GUICHET:
        return access_counter(voie_id, who, acces.RECEVOIR)
    return access_voie(voie_id, who, acces.RECEVOIR)


def _set_identity(voie: Voie, identite: inputs.IdentiteLue) -> None:
    voie.nom, voie.prenoms, voie.naissance_date = identite.nom, identite.prenoms, identite.naissance
    voie.nationalite, voie.numero_etranger = identite.nationalite, read_numero(identite.numero_etranger)
    voie.cle_identite = identity_key(identite.nom, identite.naissance)


def _changed(voie: Voie, objet: str, who: Who, **prive: Any) -> Fact:
    changed = events_pb2.VoieModifiee(voie_id=voie.id, objet=objet)
    return Fact("substitution.voie.modifiee", changed, by=who.subject, private=prive)
