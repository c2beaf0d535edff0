"""The attestation de blocage: by an agent, or by the system at P-ATT, always with the ways of the préfecture."""

from __future__ import annotations

from datetime import date

from blocage import actions as shared
from blocage import rules as shared_rules
from chassis import clock, due, outbox
from chassis.mongo import find
from chassis.web.who import Who
from documents import numero as numeros
from documents.contenu import Personne
from documents.nature import Nature
from droit.decision import Genre, Motif, Refused
from papier.actions import Papiers
from papier.store import Papier
from prefecture.modalites import Modalites, rows
from services.ccc.actions import acces, contacts, prefectures
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import etats, reponses
from services.ccc.store import Blocage, Saisine

ATTESTATION_INCONNUE = Motif(
    "ATTESTATION_INCONNUE",
    "regle-du-service",
    "Aucune attestation du centre de contact ne porte ce numéro.",
    "Vérifiez le numéro ou la référence écrits sur le papier.",
    Genre.INTROUVABLE,
)
PAPIERS = Papiers((Saisine,), lambda: cadre().settings, inconnu=ATTESTATION_INCONNUE)
EMETTEUR = "Centre de contact citoyen (il n’est pas la préfecture)"
A_ECRIRE = "À compléter par la personne"


@outbox.retry_conflicts
def attest(saisine_id: str, who: Who, *, request_id: str) -> Saisine:
    """Attests the blockage now; the paper and the préfecture's ways leave in the same message (CCC-06 to 08)."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.ATTESTER)
    if not outbox.already(saisine, request_id):
        reponses.may_attest(blocage=bool(saisine.blocage_id), attested=bool(saisine.papiers)).or_refuse()
        saisine = _issue(saisine, who, automatique=False, request_id=request_id)
    return finish(saisine.id)


@outbox.retry_conflicts
def attest_due(saisine_id: str, due_day: date, today: date) -> None:
    """At P-ATT the system attests what is not lifted, whatever else the ticket waits for (CCC-06, CASE-41)."""
    saisine = acces.access_saisine(saisine_id, acces.SYSTEME, acces_rules.ATTESTER)
    if not saisine.papiers and saisine.blocage_id and not saisine.leve:
        _issue(saisine, acces.SYSTEME, automatique=True, request_id=f"p-att:{due_day.isoformat()}")
    finish(saisine_id)


@outbox.retry_conflicts
def finish(saisine_id: str) -> Saisine:
    """Marks the blocage attested after its paper. The ticket stays due until then, so that a crash is made good."""
    saisine = acces.access_saisine(saisine_id, acces.SYSTEME, acces_rules.ATTESTER)
    if saisine.papiers:
        paper = saisine.papiers[-1]
        try:
            shared.attest(
                Blocage,
                saisine.blocage_id,
                paper.numero,
                automatique=bool(paper.automatique),
                by="systeme",
                request_id=f"attestation:{paper.numero}",
            )
        except Refused as refused:
            # Recorded by another service, or over already: the paper stays true.
            if refused.motif not in (shared_rules.BLOCAGE_INCONNU, shared_rules.BLOCAGE_TERMINE):
                raise
    if any(echeance["kind"] == "attestation" for echeance in saisine.due_dates):
        due.plan(saisine, attestation=None)
        return outbox.update(saisine)
    return saisine


def preview(saisine_id: str, who: Who) -> list[str]:
    """What leaves with the attestation, shown before it is given."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.LIRE)
    return prefectures.modalites(saisine.prefecture, clock.today()).lignes


def _issue(saisine: Saisine, who: Who, *, automatique: bool, request_id: str) -> Saisine:
    today = clock.today()
    ways = prefectures.modalites(saisine.prefecture, today)
    paper = _paper(saisine, ways, today, automatique=automatique)
    entries, _ = contacts.tell(
        saisine,
        "attestation_blocage",
        {"reference": numeros.reference(paper.numero), "voies": ways.lignes},
        pieces=(("attestation-de-blocage.pdf", PAPIERS.path(paper.numero)),),
        by=who.subject,
    )
    saisine.papiers.append(paper)
    # Today, not cleared: `finish` clears it once the blocage knows.
    due.plan(saisine, attestation=today)
    return outbox.update(saisine, *entries, request_id=request_id)


def _paper(saisine: Saisine, ways: Modalites, today: date, *, automatique: bool) -> Papier:
    libelle = cadre().catalogue.libelle_imprime(saisine.titre_code, saisine.demarche_code)
    blocage = find(Blocage, id=saisine.blocage_id)
    attempts = blocage.tentatives if blocage else [saisine.ouverture_date.isoformat()]
    first = saisine.premiere_tentative_date or saisine.ouverture_date
    titre = cadre().catalogue.titre(saisine.titre_code) if saisine.titre_code else None
    paper = PAPIERS.make(
        Nature.BLO,
        Personne(
            nom=saisine.nom or saisine.courriel or saisine.telephone or A_ECRIRE,
            prenoms=saisine.prenoms,
            naissance_date=saisine.naissance_date,
        ),
        {
            "demarche": libelle or "Démarche de séjour en ligne",
            "tentatives": sorted({first.isoformat(), *attempts}),
            "symptome": _symptome(saisine),
            "voies": rows(ways.voies),
        },
        emetteur=EMETTEUR,
        prefecture=ways.nom,
        titre_libelle=libelle if titre else "",
        fondement=titre.fondement_imprime if titre else "",
        regle=cadre().regle("blocage-emetteurs", today),
        paragraphes=(f"Demande au centre de contact : {saisine.reference}. Blocage : {saisine.blocage_reference}.",),
    )
    paper.automatique = automatique
    return paper


def _symptome(saisine: Saisine) -> str:
    symptome = etats.SYMPTOMES.get(saisine.symptome, etats.SYMPTOMES[13])
    return f"{symptome} Ce que dit la personne : « {saisine.precis[:600]} »"
