"""Acts on a person at a desk: identity first, then what it allows; each is refused without it, and leaves its trace."""

from __future__ import annotations

from datetime import date

from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.files import Stored
from chassis.web.who import Who
from droit.decision import Genre, Motif, Refused, accept, refuse
from personne.departement import postcodes
from sejour.deposit.v1 import events_pb2
from services.deposit.acte.actions import Order
from services.deposit.compte import rules as controle
from services.deposit.compte.actions import comptes, identites, points_accueil, recuperation, repudiation, usurpation
from services.deposit.demande.actions import pieces
from services.deposit.dossier.actions import structures
from services.deposit.dossier.actions.acces import access_demande, mandat_of
from services.deposit.dossier.rules import acces, etats
from services.deposit.dossier.store.demande import Demande, Piece
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions.settle import Change
from services.deposit.instruction.actions import effets, instruction, reparations
from services.deposit.instruction.actions.instruction import Carte
from services.deposit.instruction.actions.personnes import access_personne
from services.deposit.instruction.inputs import EtatCivil, Releve
from services.deposit.instruction.store import Controle

QUESTIONS, PAPIERS = controle.QUESTIONS, controle.PAPIERS
# What is read on a paper with photograph.
SUR_PAPIER = ("nom", "naissance", "numero_etranger")
# How pieces come to a desk.
VOIES = {
    "guichet": events_pb2.VOIE_GUICHET,
    "poste": events_pb2.VOIE_POSTE,
    "courriel": events_pb2.VOIE_COURRIEL,
    "pan": events_pb2.VOIE_PAN,
}
JOUR_FUTUR = Motif(
    "JOUR_FUTUR",
    "regle-du-service",
    "Ce jour n’est pas encore arrivé.",
    "Écrivez le jour où la pièce, le courrier ou la personne est arrivé.",
    Genre.INVALIDE,
)
CARTE_A_LIRE = Motif(
    "CARTE_A_LIRE",
    "regle-du-service",
    "Il manque ce qui est écrit sur la carte : son numéro et ses dates.",
    "Recopiez le numéro et le dernier jour : les prochaines alertes de la personne en viennent.",
    Genre.INVALIDE,
)
NAISSANCE_A_LIRE = Motif(
    "NAISSANCE_A_LIRE",
    "regle-du-service",
    "Il manque le jour de naissance écrit sur son papier.",
    "Recopiez-le : le compte de la personne s’ouvre avec ce nom et ce jour.",
    Genre.INVALIDE,
)
PAS_FANTOME = Motif(
    "PAS_FANTOME",
    "regle-du-service",
    "Cette demande n’est pas une ancienne demande oubliée.",
    "Une demande en cours se ferme dans son dossier, avec un motif, par la préfecture qui l’a.",
)


def questions_for(usager_id: str, who: Who) -> tuple[str, ...]:
    """The questions to ask this person: never the answers."""
    return controle.questions(_declared(access_personne(usager_id, who)))


def verify_identity(usager_id: str, releve: Releve, who: Who, *, request_id: str) -> Controle:
    """Compares what was said or read and records the outcome; a failed check is recorded too, then refused.

    Raises Refused(MANDAT_ABSENT) for an unmandated helper, Refused(CONTROLE_ECHOUE), or after three failures in a day
    Refused(CONTROLE_IMPOSSIBLE) until a paper with photograph is seen.
    """
    usager = access_personne(usager_id, who)
    today, declared = clock.today(), _declared(usager)
    controle_id = outbox.id_for(request_id, "controle")
    if releve.papier:
        outcome = controle.compare_paper(_on_paper(usager), releve.reponses, releve.papier)
        asked: tuple[str, ...] = ()
    else:
        earlier = Controle.objects(usager_id=usager.id, jour_date=today, reussi=False, id__ne=controle_id).count()
        outcome, asked = controle.compare(declared, releve.reponses, earlier), controle.questions(declared)
    # Who took her number opened the account under a name of his own: no paper of hers will ever agree with it.
    number_alone = not outcome.accepted and usager.gele and _bears_number(usager, releve)
    if number_alone:
        outcome = accept()
    if releve.aidant and not _mandated(usager_id, releve.aidant):
        outcome = refuse(controle.MANDAT_ABSENT)
    checked = Controle(
        id=controle_id,
        parcours_id=usager.parcours_id,
        usager_id=usager.id,
        agent_id=who.id,
        pour=releve.pour,
        questions=list(asked),
        papier=releve.papier if outcome.accepted else "",
        numero_seul=number_alone,
        aidant=releve.aidant,
        reussi=outcome.accepted,
        jour_date=today,
        time=clock.now(),
    )
    objet = "IDENTITE_VERIFIEE" if outcome.accepted else "IDENTITE_NON_VERIFIEE"
    changed = events_pb2.CompteModifie(usager_id=usager.id, objet=objet)
    trace = {"pour": releve.pour, "questions": list(asked), "papier": releve.papier, "aidant": releve.aidant}
    done = outbox.insert(
        checked, Fact("deposit.compte.modifie", changed, by=who.subject, private=trace), request_id=request_id
    )
    outcome.or_refuse()
    return done


def verifiers(usager_id: str) -> set[str]:
    """The agents who verified this person's identity today, herself before them."""
    return {checked.agent_id for checked in _today(usager_id)}


def rebind_email(usager_id: str, courriel: str, who: Who, *, request_id: str) -> Usager:
    """Another e-mail for a person whose identity another agent verified today (DEP-05)."""
    _may_open(usager_id, who, two=True)
    first = min((found.time for found in _today(usager_id) if found.time), default=None)
    return identites.bind_email(usager_id, courriel, by=who.subject, request_id=request_id, asked=first)


def return_account(usager_id: str, telephone: str, who: Who, *, request_id: str) -> str:
    """The address on paper for a holder without e-mail, whose paper another agent saw today (DEP-04, DEP-06)."""
    _may_open(usager_id, who, two=True, en_personne=True)
    first = min((found.time for found in _today(usager_id) if found.time), default=None)
    return identites.give_back(usager_id, telephone, by=who.subject, request_id=request_id, asked=first)


def name_place(usager_id: str, lieu_id: str, who: Who, *, request_id: str) -> Usager:
    """She names at the desk, her identity verified today, the reception point that tells her (DEP-09)."""
    _may_open(usager_id, who, two=False)
    return points_accueil.keep(usager_id, lieu_id, by=who.subject, request_id=request_id)


def unlock(usager_id: str, who: Who, *, request_id: str) -> Usager:
    """Opens an account again, after an identity check of today."""
    _may_open(usager_id, who, two=False)
    return identites.unlock(usager_id, by=who.subject, request_id=request_id)


def drop_factor(usager_id: str, who: Who, *, request_id: str) -> Usager:
    """Takes a lost second factor away, after an identity check of today."""
    _may_open(usager_id, who, two=False)
    return identites.drop_factor(usager_id, by=who.subject, request_id=request_id)


def correct_identity(usager_id: str, said: EtatCivil, who: Who, *, request_id: str) -> Usager:
    """The right name and birth, as a paper says them, after an identity check of today (DEP-57)."""
    _may_open(usager_id, who, two=False)
    if not (said.nom or said.prenoms or said.naissance):
        raise Refused(instruction.MOTIF_MANQUANT, champ="nom")
    etat_civil = effets.EtatCivil(said.nom, said.prenoms, said.naissance)
    return effets.rename(usager_id, etat_civil, by=who.subject, request_id=request_id)


def free(usager_id: str, moyens: tuple[str, str], lue: EtatCivil | None, who: Who, *, request_id: str) -> Usager:
    """An account of her own for a person whose number another took; another agent verified her identity (DEP-06).

    `lue` is what her paper says, where the disputed account bears another name than hers. Raises Refused.
    """
    if lue is None:
        _may_open(usager_id, who, two=True)
        return usurpation.free(usager_id, moyens, by=who.subject, request_id=request_id)
    if lue.naissance is None:
        raise Refused(NAISSANCE_A_LIRE, champ="naissance")
    access_personne(usager_id, who, acces.DEBLOQUER)
    readers = {found.agent_id for found in _passed(usager_id) if found.numero_seul}
    controle.may_change(readers, who.id, two=True).or_refuse()
    holder = comptes.Identite(lue.nom.strip(), lue.naissance, lue.prenoms.strip())
    return usurpation.free(usager_id, moyens, by=who.subject, request_id=request_id, holder=holder)


def freeze(usager_id: str, who: Who, *, request_id: str) -> Usager:
    """The person says at the desk that the account is not hers: her claim is kept and the account frozen (DEP-06)."""
    access_personne(usager_id, who, acces.DEBLOQUER)
    usurpation.claim_for(usager_id, by=who.subject, request_id=request_id)
    return comptes.usager_by_id(usager_id)


def protect(usager_id: str, protege: bool, who: Who, *, request_id: str) -> Usager:
    """Protects an account on the person's word; taking the protection away needs her paper, seen today (DEP-08)."""
    access_personne(usager_id, who, acces.DEBLOQUER)
    if not protege:
        _may_open(usager_id, who, two=False)
    return identites.protect(usager_id, protege, by=who.subject, request_id=request_id)


def set_aside(demande_id: str, texte: str, who: Who, *, request_id: str) -> Demande:
    """She says at the desk, her identity verified today, that this demande is not hers (DEP-07)."""
    demande = access_demande(demande_id, who, acces.INSTRUIRE)
    controle.may_change(verifiers(demande.usager_id), who.id, two=False).or_refuse()
    return repudiation.set_aside(demande_id, texte, by=who.subject, request_id=request_id)


def give_back(demande_id: str, who: Who, *, request_id: str) -> Demande:
    """She says at the desk, her identity verified today, that a demande set aside is hers after all."""
    demande = access_demande(demande_id, who, acces.INSTRUIRE)
    controle.may_change(verifiers(demande.usager_id), who.id, two=False).or_refuse()
    return repudiation.give_back(demande_id, by=who.subject, request_id=request_id)


def attach_number(usager_id: str, numero: str, who: Who, *, request_id: str) -> Usager:
    """Joins a numéro étranger given since to the account, by an agent of the préfecture that holds a demande."""
    access_personne(usager_id, who, acces.REMETTRE)
    return identites.attach_number(usager_id, numero, by=who.subject, request_id=request_id)


def _may_open(usager_id: str, who: Who, *, two: bool, en_personne: bool = False) -> None:
    """`en_personne`: a paper with photograph was seen, whoever she is."""
    usager = access_personne(usager_id, who, acces.DEBLOQUER)
    controle.may_change(verifiers(usager_id), who.id, two=two).or_refuse()
    papier = next((found.papier for found in _today(usager_id) if found.papier), "")
    if en_personne:
        controle.seen_in_person(papier).or_refuse()
    controle.proves_enough(protege=usager.protege, papier=papier).or_refuse()


def _today(usager_id: str) -> list[Controle]:
    """The checks of today that the person of this account passed herself."""
    return [found for found in _passed(usager_id) if not found.numero_seul]


def _passed(usager_id: str) -> list[Controle]:
    return list(Controle.objects(usager_id=usager_id, jour_date=clock.today(), reussi=True, aidant=""))


def _bears_number(usager: Usager, releve: Releve) -> bool:
    return controle.bears_number(usager.numero_etranger or "", releve.reponses, releve.papier)


def _mandated(usager_id: str, login: str) -> bool:
    structure = structures.of_member(login)
    return structure is not None and mandat_of(structure.id, usager_id, clock.today()) is not None


def _on_paper(usager: Usager) -> dict[str, str]:
    return {
        "nom": usager.nom,
        "naissance": usager.naissance_date.strftime("%d/%m/%Y"),
        "numero_etranger": usager.numero_etranger or "",
    }


def send_recovery(usager_id: str, who: Who, *, request_id: str) -> None:
    """A new recovery link by the person's own way."""
    access_personne(usager_id, who, acces.DEBLOQUER)
    recuperation.send(usager_id, request_id=request_id)


def record_remise(usager_id: str, jour: date, motif: str, who: Who, *, request_id: str) -> Usager:
    """A past title was handed over and nobody wrote it (DEP-27)."""
    access_personne(usager_id, who, acces.REMETTRE)
    if jour > clock.today():
        raise Refused(JOUR_FUTUR, champ="jour")
    return reparations.record_remise(usager_id, jour, by=who.subject, motif=motif, request_id=request_id)


def hand_over(demande: Demande, order: Order) -> Change | None:
    """Hands the card over to a person whose identity was verified today, with what is printed on it (DEP-62)."""
    saisi = order.saisi
    if demande.state != etats.REMISE:
        controle.may_change(verifiers(demande.usager_id), order.who.id, two=False).or_refuse()
        if not saisi.numero.strip():
            raise Refused(CARTE_A_LIRE, champ="numero")
        if saisi.fin_date is None:
            raise Refused(CARTE_A_LIRE, champ="fin_date")
        if saisi.debut_date is not None and saisi.debut_date > saisi.fin_date:
            raise Refused(CARTE_A_LIRE, champ="debut_date")
    return instruction.hand_over(demande, order, Carte(saisi.numero.strip(), saisi.fin_date, saisi.debut_date))


def close_ghost(demande_id: str, reference: str, motif: str, who: Who, *, request_id: str) -> Demande:
    """From a demande of ours that flags it, closes a past one forgotten open in any préfecture (DEP-27)."""
    flagging = access_demande(demande_id, who, acces.INSTRUIRE)
    flagged = {flag["objet"] for flag in flagging.incoherences if flag["code"] == "DEMANDE_NON_CLOSE"}
    if reference not in flagged:
        raise Refused(PAS_FANTOME, champ="reference")
    if not motif.strip():
        raise Refused(instruction.MOTIF_MANQUANT, champ="motif")
    ghost = Demande.objects(reference=reference, usager_id=flagging.usager_id).first()
    if ghost is None:
        raise Refused(etats.DEMANDE_INCONNUE)
    closed = reparations.close_ghost(flagging.usager_id, ghost.id, who, motif=motif, request_id=request_id)
    forget_flag(demande_id, reference)
    effets.follow(closed.id)
    return closed


def receive(
    demande_id: str, arrivee: tuple[str, date], code: str, stored: Stored, who: Who, *, request_id: str
) -> Demande:
    """Joins a piece that came by post, counter or e-mail, on its day of arrival: it satisfies the request (DEP-36).

    `arrivee` is the way and the day.
    """
    demande = access_demande(demande_id, who, acces.INSTRUIRE)
    if outbox.already(demande, request_id):
        return demande
    voie, jour = arrivee
    if voie not in VOIES or jour > clock.today():
        raise Refused(JOUR_FUTUR, champ="jour")
    if demande.state == etats.BROUILLON:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    piece = Piece(
        id=outbox.id_for(request_id, "piece"),
        code=code,
        **stored.as_fields(),
        voie=VOIES[voie],
        reception_date=jour,
    )
    return _received(demande_id, piece, who, request_id)


@outbox.retry_conflicts
def _received(demande_id: str, piece: Piece, who: Who, request_id: str) -> Demande:
    demande: Demande = Demande.objects(id=demande_id).first()
    if outbox.already(demande, request_id):
        return demande
    return pieces.receive(demande, [piece], clock.today(), by=who.subject, request_id=request_id)


@outbox.retry_conflicts
def forget_flag(demande_id: str, reference: str) -> None:
    """The past demande is closed: those that flagged it flag it no more."""
    demande: Demande = Demande.objects(id=demande_id).first()
    kept = [flag for flag in demande.incoherences if flag["objet"] != reference]
    if len(kept) != len(demande.incoherences):
        demande.incoherences = kept
        outbox.update(demande)


def _declared(usager: Usager) -> dict[str, str]:
    """What the person declared, as the questions name it; days as people write them."""
    last = (
        Demande.objects(usager_id=usager.id, depot_date__gt="")
        .order_by("-cree_date")
        .only("depot_date", "fin_titre_date")
        .first()
    )
    ends = [t.fin_date for t in usager.titres] + ([last.fin_titre_date] if last and last.fin_titre_date else [])
    return {
        "naissance": usager.naissance_date.strftime("%d/%m/%Y"),
        "prenoms": usager.prenoms,
        "numero_etranger": usager.numero_etranger or "",
        "code_postal": next(reversed(postcodes("\n".join(usager.adresse))), ""),
        "telephone": (usager.telephone or "")[-4:],
        "depot": last.depot_date.strftime("%d/%m/%Y") if last else "",
        "fin_titre": max(ends).strftime("%d/%m/%Y") if ends else "",
        "nationalite": usager.nationalite,
    }
