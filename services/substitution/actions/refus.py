"""A refusal of a route: written, from validated reasons, read by a supervisor; a second one alerts the ministry."""

from __future__ import annotations

from collections.abc import Sequence

from chassis import clock, due, outbox
from chassis.mongo import collection_of
from chassis.outbox import Entry, Fact
from chassis.web.who import Who
from documents.nature import Nature
from droit.decision import Refused
from papier.actions import replace_paper
from papier.store import Papier
from sejour.substitution.v1 import events_pb2
from services.substitution import inputs
from services.substitution.actions import convocations, papiers, situation
from services.substitution.actions.acces import access_counter, access_voie
from services.substitution.actions.convocations import libelle_imprime
from services.substitution.actions.prefectures import modalites
from services.substitution.actions.suites import free_slot
from services.substitution.actions.voies import ask_appointment, deadlines, no_longer_late, tell, tell_ways
from services.substitution.cadre import cadre
from services.substitution.rules import acces
from services.substitution.rules import refus as rules
from services.substitution.rules import voies as voies_rules
from services.substitution.store import Refus, Voie

A_REVOIR, MINISTERE = "A_REVOIR", "MINISTERE"
# What every refusal says of the way back; rights of appeal that the sources do not give are the State's to write.
RECOURS = (
    "Un superviseur de la préfecture relit ce refus sans que vous ayez à le demander : il peut le retirer.",
    "Vous pouvez demander une autre voie, sans condition de délai ; la date déjà protégée est gardée.",
)


def choices() -> list[tuple[str, str]]:
    """The reasons that may be written in this deployment."""
    return [(raison.code, raison.texte) for raison in rules.reasons(cadre().position)]


@outbox.retry_conflicts
def refuse_voie(voie_id: str, refusal: inputs.Refus, who: Who, *, request_id: str) -> Voie:
    """Refuses a route in writing. An identity that could not be established is the only refusal before the check."""
    access = access_voie if refusal.raison == "IDENTITE_NON_ETABLIE" else access_counter
    voie = access(voie_id, who, acces.REFUSER)
    if outbox.already(voie, request_id):
        return voie
    admitted = cadre().texts("substitution-preuves", clock.today())
    rules.may_refuse(refusal.raison, refusal.preuves_vues, admitted, cadre().position).or_refuse()
    if refusal.raison == rules.DEJA_DEPOSEE:
        rules.may_say_filed(filed=_filed_already(voie)).or_refuse()
    voies_rules.may_become(voie.state, voies_rules.REFUSEE).or_refuse()
    repeated = bool(voie.refus) or _refused_before(voie)
    papier = _letter(voie, refusal)
    refus = Refus(
        jour_date=clock.today(),
        raison=refusal.raison,
        preuves_vues=sorted(refusal.preuves_vues),
        par=who.subject,
        numero=papier.numero,
    )
    fact = Fact(
        "substitution.voie.refusee",
        events_pb2.VoieRefusee(voie_id=voie.id, prefecture=voie.prefecture or "", repetee=repeated),
        by=who.subject,
        private={"raison": refusal.raison},
    )
    champs: dict[str, object] = {
        "reference": voie.reference,
        "motif": rules.RAISONS[refusal.raison].texte,
        "recours": list(RECOURS),
    }
    voie.state = voies_rules.REFUSEE
    voie.papiers = replace_paper(voie.papiers, voie.convocation_numero, papier)
    voie.refus.append(refus)
    voie.supervision = MINISTERE if repeated else A_REVOIR
    voie.fin_date = clock.today()
    freed = free_slot(voie)
    no_longer_late(voie)
    due.plan(voie, psub=None, psub_alerte=None, rendez_vous=None, lendemain=None)
    return outbox.update(voie, fact, *freed, *tell(voie, "voie_refusee", champs, papier.numero), request_id=request_id)


@outbox.retry_conflicts
def review(voie_id: str, issue: str, who: Who, *, request_id: str) -> Voie:
    """A supervisor keeps the refusal, or sets it aside: the route is open again on its first date.

    The alert of a repeated refusal stays until the ministry has read it (VU, or either of these).
    """
    voie = access_voie(voie_id, who, acces.SUPERVISER)
    if outbox.already(voie, request_id):
        return voie
    ministry = who.has("bureau_national")
    rules.may_review(issue, refused=voie.state == voies_rules.REFUSEE, alert=bool(voie.supervision)).or_refuse()
    voie.refus[-1].revu, voie.refus[-1].revu_par = issue, who.subject
    changed = events_pb2.VoieModifiee(voie_id=voie.id, objet=f"REFUS_{issue}")
    entries: tuple[Entry, ...] = (Fact("substitution.voie.modifiee", changed, by=who.subject),)
    if ministry or voie.supervision != MINISTERE:
        voie.supervision = ""
    if issue == "ANNULE":
        voie.echeance_date = max(voie.echeance_date, clock.today())
        voie.state, voie.fin_date = voies_rules.OUVERTE, None
        due.plan(voie, **deadlines(voie))
        ways = modalites(voie.prefecture or "")
        papier = convocations.write(voie, ways, None)
        voie.papiers = replace_paper(voie.papiers, voie.refus[-1].numero, papier)
        voie.convocation_numero = papier.numero
        entries += (convocations.fact(voie, papier, None, who.subject), *tell_ways(voie, ways, papier))
        if voies_rules.asks_appointment(voie.origine, voie.prefecture or ""):
            voie.rendez_vous_essais += 1
            entries += (ask_appointment(voie, voie.rendez_vous_essais),)
    return outbox.update(voie, *entries, request_id=request_id)


def _letter(voie: Voie, refusal: inputs.Refus) -> Papier:
    raison = rules.RAISONS[refusal.raison]
    shown: Sequence[str] = [code for code in refusal.preuves_vues if code != rules.RIEN]
    seen = ", ".join(PREUVES_LIBELLES.get(code, code) for code in shown) or "aucune"
    texte = cadre().catalogue.texte(raison.source).titre
    extra = {"sens": "refus", "motif": raison.texte, "texte": texte, "recours": list(RECOURS)}
    said = (
        "La préfecture refuse que votre dossier soit déposé par cette voie."
        + (f" Votre demande : {libelle_imprime(voie)}." if libelle_imprime(voie) else ""),
        f"Preuves que vous avez montrées : {seen}.",
        f"Votre référence : {voie.reference}.",
    )
    prefecture = modalites(voie.prefecture or "").nom
    return papiers.give(voie, Nature.DECISION, prefecture, extra, paragraphes=said, regle=voie.regle)


def _refused_before(voie: Voie) -> bool:
    """Whether another route of the same person was ever refused, also where a supervisor set that refusal aside."""
    keys = {"parcours_id": voie.parcours_id, "usager_id": voie.usager_id, "cle_identite": voie.cle_identite}
    hers = [{name: value} for name, value in keys.items() if value]
    refused = {"$or": hers, "_id": {"$ne": voie.id}, "refus.0": {"$exists": True}}
    return collection_of(Voie).find_one(refused, {"_id": 1}) is not None


def _filed_already(voie: Voie) -> bool:
    """Whether deposit has the same demande of hers under way. Raises Refused: it does not answer, or the route is for
    the rest of that very demande.
    """
    if voie.demande_id:
        raise Refused(rules.REFUS_IMPOSSIBLE, champ="raison")
    asked = convocations.libelle(voie)
    return bool(asked) and situation.has_filed(voie, asked)


PREUVES_LIBELLES = {
    "capture-ecran": "une capture d’écran",
    "document-ccc": "un document du centre de contact",
    "attestation-pan": "une attestation d’un point d’accueil",
    "preuve-de-visite": "une preuve de visite à un point d’accueil",
    "invitation-prefecture": "une invitation de la préfecture",
    "blocage-constate": "un blocage constaté par le système",
    "tentative-vaine": "des essais sans réponse auprès du centre de contact",
    rules.RIEN: "rien n’a été montré",
}
