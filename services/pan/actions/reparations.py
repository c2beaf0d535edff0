"""The online account of a person who is here, her paper seen: the acts of any desk (DEP-05, DEP-06).

Asked by a stored command, as this agent; shown as pending until deposit answers. What rebinds takes two agents.
"""

from __future__ import annotations

from collections.abc import Mapping

from chassis import clock, outbox
from chassis.commands import Answer
from chassis.mongo import find
from chassis.outbox import Command, Entry
from chassis.web import refusals, uploads
from chassis.web.files import Stored
from chassis.web.uploads import Sent
from chassis.web.who import Who
from droit.decision import Refused
from personne.joindre import read_courriel, read_telephone
from sejour.deposit.v1 import deposit_pb2
from services.pan import inputs
from services.pan.actions import acces, personnes
from services.pan.cadre import cadre
from services.pan.rules import acces as rules
from services.pan.store import Visite

METHOD = "sejour.deposit.v1.DepositService/Debloquer"
EN_ATTENTE, FAIT, REFUSE = "EN_ATTENTE", "FAIT", "REFUSE"
KEPT = 20
TYPES = ("application/pdf", "image/jpeg", "image/png")

# What an agent may ask for, in words.
ACTES: Mapping[int, str] = {
    deposit_pb2.ACTE_CHANGER_COURRIEL: "Changer l’adresse e-mail du compte",
    deposit_pb2.ACTE_RENDRE_SANS_COURRIEL: "Rendre le compte sans e-mail : une adresse sur papier",
    deposit_pb2.ACTE_LIBERER_COMPTE: "Reprendre son numéro : compte ouvert par quelqu’un d’autre",
    deposit_pb2.ACTE_DEVERROUILLER_COMPTE: "Ouvrir de nouveau le compte",
    deposit_pb2.ACTE_RETIRER_SECOND_FACTEUR: "Retirer la seconde vérification perdue",
    deposit_pb2.ACTE_RENVOYER_LIEN: "Renvoyer un lien de mot de passe",
    deposit_pb2.ACTE_GELER_COMPTE: "Geler le compte : il n’est pas d’elle",
    deposit_pb2.ACTE_NOMMER_POINT_ACCUEIL: "Lui dire ici ce qui lui est envoyé",
    deposit_pb2.ACTE_SIGNALER_URGENCE: "Signaler une urgence à la préfecture",
}
URGENCE = int(deposit_pb2.ACTE_SIGNALER_URGENCE)
DEUX_AGENTS = frozenset(
    {
        deposit_pb2.ACTE_CHANGER_COURRIEL,
        deposit_pb2.ACTE_RENDRE_SANS_COURRIEL,
        deposit_pb2.ACTE_LIBERER_COMPTE,
    }
)
# Also where no account of hers is known: on the one that somebody else opened with her number.
SUR_SON_NUMERO = (int(deposit_pb2.ACTE_GELER_COMPTE), int(deposit_pb2.ACTE_LIBERER_COMPTE))


def number_on_paper(visite: Visite) -> bool:
    """Whether the paper seen here bears a numéro étranger, and no account is joined to the visit."""
    return not visite.usager_id and visite.identite == rules.VERIFIEE and bool(visite.numero_etranger)


def _on_paper(visite: Visite) -> deposit_pb2.Identite:
    born = visite.naissance_date.isoformat() if visite.naissance_date else ""
    return deposit_pb2.Identite(
        nom=visite.nom, prenoms=visite.prenoms, naissance_date=born, numero_etranger=visite.numero_etranger
    )


def join_proof(visite_id: str, sent: Sent, who: Who) -> Stored:
    """Keeps the proof of an urgency that this agent joins. Raises Refused."""
    acces.access_visite(visite_id, who, rules.REPARER)
    return uploads.take(cadre().files, sent, max_bytes=uploads.FORM_BYTES, types=TYPES)


def proof_of(visite_id: str, cle: str) -> Mapping[str, str]:
    """The proof joined at a visit, for deposit, which was told of it. Raises Refused."""
    visite = find(Visite, id=visite_id)
    for asked in visite.reparations if visite else ():
        if asked.get("preuve", {}).get("cle") == cle:
            return asked["preuve"]  # type: ignore[no-any-return]
    raise Refused(refusals.INTROUVABLE)


def _as_proof(visite: Visite, joined: Stored) -> deposit_pb2.Fichier:
    return deposit_pb2.Fichier(
        nom=joined.name,
        url=f"/pan/interne/preuves/{visite.id}/{joined.key}",
        sha256=joined.sha256,
        taille=joined.size_bytes,
        media_type=joined.media_type,
        sha256_recu=joined.sent_sha256,
    )


@outbox.retry_conflicts
def ask(visite_id: str, asked: inputs.Reparation, who: Who, joined: Stored | None = None, *, request_id: str) -> Visite:
    """Asks deposit for the act. Raises Refused for who came for somebody else, or when a second agent is needed."""
    visite = acces.access_visite(visite_id, who, rules.REPARER)
    if outbox.already(visite, request_id):
        return visite
    rules.may_repair(
        # An urgency touches no account: who came for her may tell it.
        pour_autrui=visite.pour_autrui and asked.acte != URGENCE,
        relie=bool(visite.usager_id),
        connu=asked.acte in ACTES,
        numero=asked.acte in SUR_SON_NUMERO and number_on_paper(visite),
    ).or_refuse()
    if asked.acte == URGENCE:
        rules.may_flag(urgence=asked.urgence, texte=asked.texte).or_refuse()
    if asked.acte in DEUX_AGENTS and visite.identite_par == who.id:
        raise Refused(rules.DEUX_AGENTS)
    request = deposit_pb2.DebloquerRequest(
        request_id=request_id,
        acte=asked.acte,  # type: ignore[arg-type]
        usager_id=visite.usager_id,
        motif=asked.texte or f"Visite du {visite.visite_date.isoformat()}",
        urgence=asked.urgence,
        courriel=read_courriel(asked.courriel).lower(),
        telephone=read_telephone(asked.telephone, visite.prefecture),
        identite_verifiee=visite.identite == rules.VERIFIEE,
        identite_papier=visite.identite_papier,
        verificateur_id=visite.identite_par,
        demande_time=visite.arrivee_time.isoformat(),
        parcours_id=visite.parcours_id,
        lieu_id=visite.lieu_id,
        identite=None if visite.usager_id else _on_paper(visite),
        preuve=_as_proof(visite, joined) if joined else None,
    )
    kept = {
        "request_id": request_id,
        "acte": asked.acte,
        "par": who.id,
        "state": EN_ATTENTE,
        "jour": clock.today().isoformat(),
        "phrase": "",
    } | ({"preuve": joined.as_fields()} if joined else {})
    visite.reparations = [*visite.reparations, kept][-KEPT:]
    return outbox.update(
        visite, Command("deposit", METHOD, request, request_id, on_behalf=who.subject), request_id=request_id
    )


@outbox.retry_conflicts
def note_answer(answer: Answer) -> None:
    """Keeps the words of deposit, to tell the person before she leaves; refused for good, she is told, then called."""
    visite = find(Visite, id=answer.aggregate)
    pending = [r for r in visite.reparations if r["request_id"] == answer.request_id] if visite else []
    if visite is None or not pending or pending[0]["state"] != EN_ATTENTE:
        return
    entries: tuple[Entry, ...] = ()
    if isinstance(answer.response, deposit_pb2.DebloquerResponse) and answer.motif is None:
        outcome = {"state": FAIT, "phrase": answer.response.phrase}
    else:
        phrase, suite = (answer.motif.phrase, answer.motif.suite) if answer.motif else ("", "")
        outcome = {"state": REFUSE, "phrase": f"{phrase} {suite}"}
        entries = personnes.tell_refused(visite, ACTES[pending[0]["acte"]], phrase)
    kept = [r | outcome if r["request_id"] == answer.request_id else r for r in visite.reparations]
    visite.reparations = kept
    outbox.update(visite, *entries, request_id=f"reponse:{answer.request_id}")
