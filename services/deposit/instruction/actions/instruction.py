"""What agents do with a demande: completeness, requests, decision, closing with reasons, reopening, handing over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chassis import clock, outbox
from chassis.outbox import Entry, Fact
from chassis.web.who import Who
from documents.nature import Nature
from droit.decision import Genre, Motif, Refused
from sejour.deposit.v1 import events_pb2
from services.deposit.acte.actions import Order
from services.deposit.cadre import cadre
from services.deposit.demande.actions import queries
from services.deposit.dossier.actions.acces import access_demande
from services.deposit.dossier.actions.notices import Annonce
from services.deposit.dossier.rules import acces, attentes, etats
from services.deposit.dossier.rules.envois import RENOUVELLEMENT
from services.deposit.dossier.store.demande import Demande, DemandePieces
from services.deposit.dossier.store.usager import Usager
from services.deposit.droits.actions import calendrier, settle
from services.deposit.droits.actions.settle import Change

MOTIF_MANQUANT = Motif(
    "MOTIF_MANQUANT",
    "ddd-2024-12-11",
    "Une fermeture ou un refus dit toujours pourquoi.",
    "Écrivez le motif, les pièces qui manquent et le texte appliqué.",
    Genre.INVALIDE,
)
# As many signs as the history page shows of the hash of a line.
EMPREINTE = 24

INCOMPLETE = Motif(
    "DEMANDE_INCOMPLETE",
    "regle-du-service",
    "Il manque des pièces obligatoires : la demande ne peut pas être dite complète.",
    "Demandez les pièces qui manquent.",
)


PAS_FERMEE = Motif(
    "DEMANDE_PAS_FERMEE",
    "regle-du-service",
    "Seule une demande fermée sans décision se rouvre.",
    "Une décision de refus se conteste : les voies de recours sont écrites dessus.",
)


@dataclass(frozen=True)
class Fermeture:
    """What a closing notice says; without its reason it is refused (DEP-39)."""

    motif: str
    texte: str
    pieces_manquantes: tuple[str, ...]
    recours: tuple[str, ...]


@dataclass(frozen=True)
class Sens:
    """A decision: `motif`, `texte` and `recours` are required when it is not favourable; `accorde` is the code of the
    card granted, where more than one was asked for.
    """

    favorable: bool
    accorde: str = ""
    motif: str = ""
    texte: str = ""
    recours: tuple[str, ...] = ()


@dataclass(frozen=True)
class Carte:
    """What is printed on a card that is handed over."""

    numero: str
    fin_date: date | None
    debut_date: date | None = None

    def stored(self, today: date) -> dict[str, str]:
        """As it is kept on the demande: valid from today, unless it says another day."""
        assert self.fin_date is not None
        debut = self.debut_date or min(today, self.fin_date)
        return {"numero": self.numero, "debut": debut.isoformat(), "fin": self.fin_date.isoformat()}


def complete(demande: Demande, order: Order) -> Change | None:
    """The agent finds all mandatory pieces; the document follows in the same write when it is due (DEP-47)."""
    if demande.state == etats.COMPLETE:
        return None
    settle.become(demande, etats.COMPLETE, order.today)
    who, missing = order.who, settle.missing(demande, demande.depot_date)
    if missing and not demande.anterieurs:
        # What was filed elsewhere is held there: nothing is asked again (DEP-42).
        raise Refused(INCOMPLETE, details={"pieces": [piece.libelle for piece in missing]})
    # Filed whole at a counter, it was complete on that day, and the préfecture has only now checked it.
    demande.agent_id = who.id
    demande.completude_date = demande.completude_date or order.today
    completude = demande.completude_date.isoformat()
    fact = events_pb2.DemandeComplete(demande_id=demande.id, completude_date=completude)
    entries = (Fact("deposit.demande.complete", fact, by=who.subject),)
    return Change(entries, Annonce("demande_complete"))


def ask_pieces(demande: Demande, order: Order, codes: tuple[str, ...], texte: str) -> Change:
    """Asks for pieces with their list and due day, told by the person's own channel too (DEP-35, NOT-05)."""
    settle.become(demande, etats.PIECES_DEMANDEES, order.today)
    if not codes and not texte.strip():
        raise Refused(MOTIF_MANQUANT, champ="pieces")
    who, today = order.who, order.today
    request = DemandePieces(
        id=outbox.id_for(order.request_id, "demande-pieces"),
        pieces=list(codes),
        texte=texte[:4000],
        demande_date=today,
        delai_jours=cadre().number("pieces-delai", today),
        par=who.id,
        fichiers_avant=len(demande.pieces),
    )
    # A file that answered an earlier request does not answer this one: what is asked for again is wanted anew.
    demande.demandes_pieces = [*demande.demandes_pieces, request]
    message = settle.run_request(demande, request, "pieces_demandees")
    last = request.echeance_date
    asked = events_pb2.PiecesDemandees(
        demande_id=demande.id, echange_id=request.id, echeance_date=last.isoformat() if last else ""
    )
    private = {"demande_pieces": request.id, "pieces": list(codes), "texte": texte[:4000]}
    return Change(
        (
            Fact("deposit.pieces.demandees", asked, by=who.subject, private=private),
            message,
        ),
        mots=texte,
    )


def decide(demande: Demande, order: Order, sens: Sens) -> Change:
    """Favourable: the ADF follows in the same write. Against: only with its reason, text and ways of recourse."""
    next_state = etats.FAVORABLE if sens.favorable else etats.DEFAVORABLE
    settle.become(demande, next_state, order.today)
    if not sens.favorable and not (sens.motif.strip() and sens.texte.strip() and sens.recours):
        raise Refused(MOTIF_MANQUANT, champ="motif")
    settle.require_reason(sens.motif)
    who, today = order.who, order.today
    granted = settle.granted(demande, sens.accorde) if sens.favorable else ""
    demande.agent_id, demande.decision_date = who.id, today
    demande.decision = {
        "favorable": sens.favorable,
        "accorde": granted,
        "motif": sens.motif,
        "texte": sens.texte,
        "recours": list(sens.recours),
        "par": who.id,
    }
    decided = events_pb2.DemandeDecidee(
        demande_id=demande.id, favorable=sens.favorable, decision_date=today.isoformat()
    )
    fact = Fact("deposit.demande.decidee", decided, by=who.subject, private=dict(demande.decision))
    if sens.favorable:
        return Change((fact,), settle.favorable(demande, today))
    champs = {"motif": sens.motif, "texte": sens.texte, "recours": list(sens.recours)}
    letter = settle.letter(demande, Nature.DECISION, today, {"sens": "refus", **champs})
    return Change((fact,), Annonce("decision_defavorable", champs, (letter,)))


def announce_title(demande: Demande, order: Order, lieu: str) -> Change:
    """The title is ready: the person is invited by her own channel (DEP-62)."""
    today = order.today
    settle.become(demande, etats.TITRE_PRET, today)
    demande.disponible_date, demande.retrait_lieu = today, lieu
    ready = events_pb2.TitrePret(demande_id=demande.id, disponible_date=today.isoformat())
    fact = Fact("deposit.titre.pret", ready, by=order.who.subject)
    return Change((fact, settle.ready(demande, lieu)))


def hand_over(demande: Demande, order: Order, carte: Carte | None = None) -> Change | None:
    """The title is handed over, recorded in one act with what is printed on it: no ghost title follows (DEP-62)."""
    if demande.state == etats.REMISE:
        return None
    today = order.today
    settle.become(demande, etats.REMISE, today)
    demande.remise_date = today
    if carte is not None and carte.fin_date is not None:
        demande.carte = carte.stored(today)
    handed = events_pb2.TitreRemis(demande_id=demande.id, remise_date=today.isoformat())
    return Change((Fact("deposit.titre.remis", handed, by=order.who.subject),))


def close(demande: Demande, order: Order, fermeture: Fermeture) -> Change:
    """An agent closes, with every reason on the notice; no document is shortened by it (DEP-38, DEP-39, DEP-41)."""
    settle.become(demande, etats.CLOSE, order.today)
    if not (fermeture.motif.strip() and fermeture.texte.strip() and fermeture.recours):
        raise Refused(MOTIF_MANQUANT, champ="motif")
    settle.require_reason(fermeture.motif)
    who, today = order.who, order.today
    names = calendrier.piece_names(demande)
    missing = [names.get(code, code) for code in fermeture.pieces_manquantes]
    reopening = (
        "Appuyez sur « Demander la réouverture » à la page de cette demande dans « Mon espace », ou demandez-la au "
        "guichet, par courrier ou au centre de contact."
    )
    avis = settle.letter(
        demande,
        Nature.CLOTURE,
        today,
        {
            "motif": fermeture.motif,
            "pieces_manquantes": _asked_rows(demande, fermeture, names),
            "texte": fermeture.texte,
            "recours": list(fermeture.recours),
            "reouverture": [reopening],
            "effet_date": today.isoformat(),
        },
    )
    closed = events_pb2.DemandeClose(demande_id=demande.id, cloture_date=today.isoformat())
    details = {
        "motif": fermeture.motif,
        "texte": fermeture.texte,
        "pieces": list(fermeture.pieces_manquantes),
        "par": who.id,
    }
    champs = {
        "motif": fermeture.motif,
        "texte": fermeture.texte,
        "pieces": missing,
        "recours": list(fermeture.recours),
        "reouverture": [reopening],
    }
    demande.cloture = details | {"date": today.isoformat()}
    fact = Fact("deposit.demande.close", closed, by=who.subject, private=details)
    return Change((fact, Annonce("demande_close", champs, (avis,))))


def _asked_rows(demande: Demande, fermeture: Fermeture, names: dict[str, str]) -> list[dict[str, str]]:
    """What is missing by its name, the day of each request for it, and a proof that she finds in her own history."""
    hashes = queries.request_hashes(demande)
    rows = []
    for request in demande.demandes_pieces:
        asked = [names.get(code, code) for code in request.pieces if code in fermeture.pieces_manquantes]
        if not request.pieces and request.repondue_date is None:
            asked = ["Réponse écrite"]
        proof = hashes.get(request.id, "")
        said = f"Historique de {demande.reference}, empreinte {proof[:EMPREINTE]}…" if proof else ""
        rows += [{"libelle": name, "demande_date": request.demande_date.isoformat(), "preuve": said} for name in asked]
    named = {row["libelle"] for row in rows}
    others = [names.get(code, code) for code in fermeture.pieces_manquantes or ("aucune",)]
    return rows + [{"libelle": name, "demande_date": "", "preuve": ""} for name in others if name not in named]


def reopen(demande: Demande, order: Order) -> Change:
    """Gives back the first date of filing, the pieces and the documents, without a missing day (DEP-40)."""
    if demande.state != etats.CLOSE:
        # A decision against is contested, not reopened.
        raise Refused(PAS_FERMEE)
    today = order.today
    settle.become(demande, etats.without_request(demande.completude_date), today)
    demande.attentes = attentes.without(demande.attentes, attentes.REOUVERTURE, attentes.PIECE, attentes.PIECE_A_TEMPS)
    receipt = _living_again(demande, today)
    settle.withdraw(demande, Nature.CLOTURE)
    # Days lived without document while it was closed are put down to the closing.
    demande.cloture = dict(demande.cloture) | {"rouverte": today.isoformat()}
    # A blocage that came while it was closed protects its date too (DEP-25).
    settle.protect(demande)
    reopened = events_pb2.DemandeRouverte(demande_id=demande.id, reouverture_date=today.isoformat())
    fact = Fact("deposit.demande.rouverte", reopened, by=order.who.subject)
    return Change((fact, *receipt, Annonce("demande_rouverte", {"date_retenue": demande.retenue_date.isoformat()})))


def _living_again(demande: Demande, today: date) -> tuple[Entry, ...]:
    """Who reopens a demande closed as forgotten says that it lives: it has its attestation de dépôt like any other."""
    if not demande.origine.get("fantome"):
        return ()
    demande.origine = dict(demande.origine) | {"fantome": False}
    usager: Usager = Usager.objects(id=demande.usager_id).first()
    return settle.file(demande, usager, today)[1]


@outbox.retry_conflicts
def ask_reopening(demande_id: str, who: Who, *, request_id: str) -> Demande:
    """The button of a closed demande: asked once, with its day, and in the queue until an agent answers (DEP-40)."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    if demande.state != etats.CLOSE:
        raise Refused(etats.ETAT_IMPOSSIBLE)
    demande.attentes = attentes.add(demande.attentes, attentes.REOUVERTURE, clock.today())
    asked = events_pb2.DemandeModifiee(demande_id=demande.id, objet="REOUVERTURE_DEMANDEE")
    fact = Fact("deposit.demande.modifiee", asked, by=who.subject, private={"reouverture_demandee": {}})
    return outbox.update(demande, fact, request_id=request_id)


@outbox.retry_conflicts
def ask_renewal(demande_id: str, who: Who, *, request_id: str) -> Demande:
    """The fallback button of the account: the renewal of an attestation, with priority to the agent (DEP-49)."""
    demande = access_demande(demande_id, who, acces.ACT)
    if outbox.already(demande, request_id):
        return demande
    today = clock.today()
    if not demande.renouvellement_demande:
        demande.renouvellement_demande, demande.renouvellement_date = True, today
    asked = events_pb2.DemandeModifiee(demande_id=demande.id, objet="RENOUVELLEMENT_DEMANDE")
    change = Change((Fact("deposit.demande.modifiee", asked, by=who.subject),), envoi=RENOUVELLEMENT)
    return settle.apply(demande, change, request_id=request_id, today=today, by=who.subject)


def reissue(demande: Demande, order: Order, numero_before: str) -> Change:
    """A right document in place of a wrong one, the same day; the wrong one stays in the history as replaced
    (DEP-57).
    """
    attestation, facts = settle.reissue(demande, numero_before, order.today)
    return Change((*facts, settle.delivery(attestation)), settled=False)
