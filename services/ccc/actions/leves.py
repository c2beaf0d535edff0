"""The powers that lift a blockage: a stored command to deposit, with the agent it is for, pending until answered."""

from __future__ import annotations

from collections.abc import Mapping

from chassis import clock, due, outbox
from chassis.commands import Answer
from chassis.mongo import find
from chassis.outbox import Command, Entry
from chassis.web.uploads import Sent
from chassis.web.who import AGENT, Who
from droit.decision import Genre, Motif, Refused
from personne.joindre import read_courriel
from personne.protegee import CONTENU_MASQUE
from personne.urgence import MOTIFS as MOTIFS
from personne.urgence import URGENCE_INCONNUE
from sejour.deposit.v1 import deposit_pb2
from services.ccc import inputs
from services.ccc.actions import acces, blocages, contacts, pieces, suites
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import etats
from services.ccc.rules import reponses as rules
from services.ccc.store import Acte, PieceJointe, Saisine

METHOD = "sejour.deposit.v1.DepositService/Debloquer"

# CCC-10: what an agent may do, in words. `leve`: once done, the person can act again.
ACTES: Mapping[int, tuple[str, bool]] = {
    deposit_pb2.ACTE_CLORE_DEMANDE_FANTOME: ("Fermer une ancienne demande restée ouverte", True),
    deposit_pb2.ACTE_ENREGISTRER_REMISE: ("Noter qu’un titre a été remis", True),
    deposit_pb2.ACTE_CHANGER_COURRIEL: ("Changer l’adresse e-mail du compte", True),
    deposit_pb2.ACTE_DEVERROUILLER_COMPTE: ("Ouvrir de nouveau le compte", True),
    deposit_pb2.ACTE_RENVOYER_LIEN: ("Renvoyer le lien de connexion", False),
    deposit_pb2.ACTE_RETABLIR_DEMANDE_PIECES: ("Rendre l’accès à ce que l’agent demande", False),
    deposit_pb2.ACTE_ARRETER_HORLOGE: ("Arrêter un délai", False),
    deposit_pb2.ACTE_ROUVRIR_DEMANDE: ("Rouvrir une demande", True),
    deposit_pb2.ACTE_ENVOYER_ATTESTATION: ("Envoyer une attestation par courriel ou courrier", True),
    deposit_pb2.ACTE_GELER_COMPTE: ("Geler un compte ouvert par quelqu’un d’autre", False),
    deposit_pb2.ACTE_RETIRER_SECOND_FACTEUR: ("Retirer la seconde vérification perdue", True),
    deposit_pb2.ACTE_SIGNALER_URGENCE: ("Signaler une urgence à la préfecture", False),
    deposit_pb2.ACTE_LIBERER_COMPTE: ("Reprendre le numéro d’un compte usurpé", True),
}
URGENCE = int(deposit_pb2.ACTE_SIGNALER_URGENCE)
# The account itself: a helper's mandate never reaches it, and what rebinds it takes two agents.
COMPTE = frozenset(
    {
        deposit_pb2.ACTE_CHANGER_COURRIEL,
        deposit_pb2.ACTE_DEVERROUILLER_COMPTE,
        deposit_pb2.ACTE_RETIRER_SECOND_FACTEUR,
        deposit_pb2.ACTE_LIBERER_COMPTE,
    }
)
DEUX_AGENTS = frozenset({deposit_pb2.ACTE_CHANGER_COURRIEL, deposit_pb2.ACTE_LIBERER_COMPTE})

ACTE_INCONNU = Motif(
    "ACTE_INCONNU", "regle-du-service", "Cet acte n’existe pas.", "Choisissez-en un dans la liste.", Genre.INVALIDE
)
PERSONNE_INCONNUE = Motif(
    "PERSONNE_INCONNUE",
    "regle-du-service",
    "La personne n’est pas encore reliée à un compte : il n’y a rien à changer.",
    "Faites la vérification d’identité avec son numéro étranger, ou attestez le blocage.",
)


def join_proof(saisine_id: str, sent: Sent, who: Who) -> PieceJointe:
    """Keeps the proof of an urgency that this agent joins. Raises Refused."""
    acces.access_dossier(saisine_id, who, acces_rules.LEVER)
    return pieces.join(sent)


@outbox.retry_conflicts
def ask_act(
    saisine_id: str, asked: inputs.Levee, who: Who, joined: PieceJointe | None = None, *, request_id: str
) -> Saisine:
    """Asks deposit for the act, as this agent; kept until answered, shown as pending meanwhile (CCC-10, CASE-43)."""
    saisine = acces.access_dossier(saisine_id, who, acces_rules.LEVER)
    if outbox.already(saisine, request_id):
        return saisine
    rules.may_act(saisine.state).or_refuse()
    if asked.acte not in ACTES:
        raise Refused(ACTE_INCONNU, champ="acte")
    if asked.acte == deposit_pb2.ACTE_SIGNALER_URGENCE and asked.urgence not in MOTIFS:
        raise Refused(URGENCE_INCONNUE, champ="urgence")
    if not saisine.usager_id:
        raise Refused(PERSONNE_INCONNUE)
    acces_rules.mandate_allows(saisine.mandat, saisine.mandat_portee, compte=asked.acte in COMPTE).or_refuse()
    if asked.acte in DEUX_AGENTS:
        acces_rules.may_change_email(saisine.identite_par, who.id).or_refuse()
    proof = _proof(saisine, asked, who, joined)
    request = deposit_pb2.DebloquerRequest(
        request_id=request_id,
        acte=asked.acte,  # type: ignore[arg-type]
        usager_id=saisine.usager_id,
        demande_id=asked.demande_id or saisine.demande_id or saisine.demande_reference,
        blocage_id=saisine.blocage_id,
        motif=asked.motif,
        courriel=read_courriel(asked.courriel),
        identite_verifiee=saisine.identite == etats.VERIFIEE,
        remise_date=asked.remise.isoformat() if asked.remise else "",
        attestation_numero=asked.attestation_numero,
        verificateur_id=saisine.identite_par,
        demande_time=saisine.ouverture_time.isoformat(),
        telephone=saisine.telephone if asked.acte == deposit_pb2.ACTE_LIBERER_COMPTE else "",
        parcours_id=saisine.parcours_id,
        urgence=asked.urgence,
        preuve=pieces.as_proof(saisine.id, proof) if proof else None,
    )
    acte = Acte(
        request_id=request_id,
        acte=asked.acte,
        libelle=ACTES[asked.acte][0],
        par=who.id,
        demande_date=clock.today(),
        piece=joined,
    )
    saisine.actes = [*saisine.actes, acte][-50:]
    return outbox.update(
        saisine, Command("deposit", METHOD, request, request_id, on_behalf=who.subject), request_id=request_id
    )


def _proof(saisine: Saisine, asked: inputs.Levee, who: Who, joined: PieceJointe | None) -> PieceJointe | None:
    """What proves the urgency: joined now, or a file that she sent, where this agent may see it."""
    if joined or not asked.piece or asked.acte != URGENCE:
        return joined
    if pieces.hides(saisine, who):
        raise Refused(CONTENU_MASQUE)
    return pieces.of_ticket(saisine, asked.piece)


@outbox.retry_conflicts
def note_answer(answer: Answer) -> None:
    """Records what deposit did and tells the person in its words; refused, she is told and an agent must act."""
    saisine = find(Saisine, id=answer.aggregate)
    if saisine is None:
        return
    pending = [a for a in saisine.actes if a.request_id == answer.request_id and a.state == etats.EN_ATTENTE]
    if not pending:
        return
    acte = pending[0]
    if answer.motif is not None or not isinstance(answer.response, deposit_pb2.DebloquerResponse):
        acte.state = etats.REFUSE
        acte.phrase = f"{answer.motif.phrase} {answer.motif.suite}" if answer.motif else ""
        _refused(saisine, acte, answer.motif.phrase if answer.motif else "", f"reponse:{answer.request_id}")
        return
    acte.state, acte.phrase = etats.FAIT, answer.response.phrase
    lifts = ACTES[acte.acte][1] and answer.response.fait
    if lifts and saisine.blocage_id:
        blocages.lift(saisine.blocage_id, by=f"agent:{acte.par}", request_id=f"levee:{answer.request_id}")
    entries = _tell(saisine, acte, acte.phrase)
    fact = contacts.answered(saisine, saisine.issue or "AIDE_DEPOT", by=f"agent:{acte.par}")
    if lifts:
        saisine.leve = True
        due.plan(saisine, attestation=None)
    outbox.update(saisine, fact, *entries, request_id=f"reponse:{answer.request_id}")


def _refused(saisine: Saisine, acte: Acte, phrase: str, request_id: str) -> None:
    """The ticket is in the queue from today, with why; what was asked can be asked again, or answered."""
    suite = "Un agent reprend votre demande. Vous n’avez rien à refaire."
    entries = _tell(saisine, acte, f"Ceci n’a pas pu être fait : « {acte.libelle} ». {phrase} {suite}")
    again = () if saisine.state == etats.OUVERTE else (suites.open_again(saisine, by="systeme"),)
    saisine.refus_date = saisine.refus_date or clock.today()
    outbox.update(saisine, *again, *entries, request_id=request_id)


def _tell(saisine: Saisine, acte: Acte, texte: str) -> tuple[Entry, ...]:
    """The words to the person, in the thread of her ticket too."""
    entries, message_id = contacts.tell(saisine, contacts.REPONSE, {"texte": texte}, by=f"agent:{acte.par}")
    by = Who(kind=AGENT, id=acte.par)
    contacts.keep_answer(saisine, texte, message_id, by, request_id=f"reponse:{acte.request_id}")
    return entries
