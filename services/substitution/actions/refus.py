"""A refusal of a route: written, from validated reasons, read by a supervisor; a second one alerts the ministry."""

from __future__ import annotations

from collections.abc import Sequence

from chassis import clock, due, outbox
from chassis.outbox import Entry, Fact
from chassis.web.who import Who
from documents.nature import Nature
from droit.decision import Refused
from papier.actions import replace_paper
from papier.store import Papier
from sejour.substitution.v1 import events_pb2
from services.substitution import inputs
from services.substitution.actions import papiers
from services.substitution.actions.acces import access_counter, access_voie
from services.substitution.actions.convocations import libelle_imprime
from services.substitution.actions.prefectures import modalites
from services.substitution.actions.voies import deadlines, tell
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
    due.plan(voie, psub=None, psub_alerte=None, rendez_vous=None, lendemain=None)
    return outbox.update(voie, fact, *tell(voie, "voie_refusee", champs, papier.numero), request_id=request_id)


@outbox.retry_conflicts
def review(voie_id: str, issue: str, who: Who, *, request_id: str) -> Voie:
    """A supervisor keeps the refusal, or sets it aside: the route is open again on its first date."""
    voie = access_voie(voie_id, who, acces.SUPERVISER)
    if outbox.already(voie, request_id):
        return voie
    if not voie.refus or voie.state != voies_rules.REFUSEE:
        raise Refused(rules.REFUS_ABSENT)
    voie.refus[-1].revu, voie.refus[-1].revu_par = issue, who.subject
    changed = events_pb2.VoieModifiee(voie_id=voie.id, objet=f"REFUS_{issue}")
    fact = Fact("substitution.voie.modifiee", changed, by=who.subject)
    voie.supervision = ""
    entries: tuple[Entry, ...] = (fact,)
    if issue == "ANNULE":
        today = clock.today()
        voie.echeance_date = max(voie.echeance_date, today)
        voie.state, voie.fin_date = voies_rules.OUVERTE, None
        due.plan(voie, **deadlines(voie))
        champs: dict[str, object] = {
            "reference": voie.reference,
            "voies": modalites(voie.prefecture or "").lignes,
            "date_protegee": voie.date_protegee.isoformat(),
            "echeance_date": voie.echeance_date.isoformat(),
        }
        entries += tell(voie, "voie_ouverte", champs)
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
    """Whether another route of the same person was refused."""
    others = Voie.objects(parcours_id=voie.parcours_id, state=voies_rules.REFUSEE).limit(5)
    return any(other.id != voie.id for other in others)


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
