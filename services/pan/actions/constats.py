"""A blockage met here: recorded without asking anyone, attested at once, with a way out that needs no computer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blocage import actions as blocages
from blocage import rules as blocage_rules
from blocage.actions import Constat
from blocage.inputs import Signalement
from chassis import clock, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from documents.contenu import Personne
from documents.nature import Nature
from documents.texte import moment_of
from droit.decision import Refused
from papier.store import Papier
from personne.joindre import Joignable, read_telephone
from prefecture.modalites import Voie, rows
from sejour.blocage.v1 import blocage_pb2
from services.pan import inputs
from services.pan.actions import acces, agenda, personnes, referrals
from services.pan.actions.agenda import Reservation
from services.pan.actions.papiers import PAPIERS
from services.pan.cadre import cadre
from services.pan.rules import acces as acces_rules
from services.pan.rules import agenda as agenda_rules
from services.pan.rules import depots as depot_rules
from services.pan.store import Blocage, RendezVous, Visite

SYMPTOMES: dict[int, str] = {
    blocage_pb2.SYMPTOME_COMPTE_IMPOSSIBLE: "Le compte ne peut pas être ouvert.",
    blocage_pb2.SYMPTOME_COMPTE_EXISTANT: "Le téléservice dit qu’un compte existe déjà.",
    blocage_pb2.SYMPTOME_CONNEXION: "La connexion ou le lien de récupération ne marche pas.",
    blocage_pb2.SYMPTOME_DEMARCHE_GRISEE: "La démarche est affichée mais ne peut pas être choisie.",
    blocage_pb2.SYMPTOME_DEMANDE_FANTOME: "Une ancienne demande est dite en cours.",
    blocage_pb2.SYMPTOME_TITRE_NON_REMIS: "Un titre est dit en attente de remise.",
    blocage_pb2.SYMPTOME_ENVOI_PIECE: "Une pièce ne peut pas être envoyée.",
    blocage_pb2.SYMPTOME_DEMANDE_ILLISIBLE: "Une demande de l’agent ne peut pas être ouverte.",
    blocage_pb2.SYMPTOME_TELECHARGEMENT: "Un document ne peut pas être téléchargé.",
    blocage_pb2.SYMPTOME_MESSAGE_NON_RECU: "Un message nécessaire n’est jamais arrivé.",
    blocage_pb2.SYMPTOME_PANNE: "Le téléservice est en panne ou la page échoue.",
    blocage_pb2.SYMPTOME_CENTRE_INJOIGNABLE: "Le centre de contact ne répond pas.",
    blocage_pb2.SYMPTOME_AUTRE: "Un autre blocage, décrit par l’agent.",
}


def record(visite_id: str, seen: inputs.Observation, who: Who, *, request_id: str) -> Blocage:
    """Records the blockage of a visit and gives the attestation at once (PAN-06, 07).

    Only during help, once the identity is checked. Two acts, each one write: the constat, then its paper.
    """
    visite = acces.access_visite(visite_id, who, acces_rules.CONSTATER)
    titre, demarche = depot_rules.split_choice(seen.choix) if seen.choix else ("", "")
    # What no catalogue knows is refused now: a constat that nobody could attest would stay behind.
    cadre().catalogue.libelle_imprime(titre, demarche)
    constat = Constat(
        parcours_id=visite.parcours_id,
        symptome=seen.symptome,
        prefecture=visite.prefecture,
        jour=clock.today(),
        par=who.subject,
        preuves=(blocage_pb2.PREUVE_POINT_ACCUEIL,),
        usager_id=visite.usager_id,
        titre_code=titre,
        demarche_code=demarche,
        contact_id=visite.contact_id,
        premiere_tentative=seen.premiere_tentative,
        fin_droit=seen.fin_droit,
        page="pan",
        precis=seen.precis,
    )
    blocage = blocages.record(Blocage, constat, request_id=request_id)
    attested = _attest(blocage.id, visite, who, request_id=f"{request_id}:attestation")
    _bind(visite_id, attested.id, request_id=f"{request_id}:visite")
    return attested


@outbox.retry_conflicts
def _attest(blocage_id: str, visite: Visite, who: Who, *, request_id: str) -> Blocage:
    blocage = blocages.access(Blocage, blocage_id)
    if outbox.already(blocage, request_id) or blocage.attestation_numero:
        return blocage
    blocage_rules.may_become(blocage.state, blocage_rules.ATTESTE).or_refuse()
    ways = referrals.modalites(visite.prefecture)
    lieu = acces.find_lieu(visite.lieu_id)
    label = cadre().catalogue.libelle_imprime(blocage.titre_code, blocage.demarche_code)
    days = sorted({blocage.premiere_tentative_date.isoformat(), *blocage.tentatives})
    extra = {
        "demarche": label or "Démarche de titre de séjour en ligne",
        "tentatives": days,
        "symptome": SYMPTOMES[blocage.symptome],
        "voies": rows(ways.voies),
    }
    papier = PAPIERS.make(
        Nature.BLO,
        Personne(
            nom=visite.nom,
            prenoms=visite.prenoms,
            naissance_date=visite.naissance_date,
            numero_etranger=visite.numero_etranger,
        ),
        extra,
        emetteur=lieu.nom,
        prefecture=ways.nom,
        titre_libelle=label if blocage.titre_code else "",
        regle=cadre().regle("blocage-emetteurs", clock.today()),
        paragraphes=(blocage.precis,) if blocage.precis else (),
    )
    message = blocage_pb2.BlocageAtteste(
        blocage_id=blocage.id,
        attestation_numero=papier.numero,
        attestation_date=clock.today().isoformat(),
        automatique=False,
    )
    champs = {"reference": blocage.reference, "voies": ways.lignes}
    attached = ((f"attestation-de-blocage-{papier.numero}.pdf", PAPIERS.path(papier.numero)),)
    entries = personnes.tell(
        (blocage.contact_id, blocage.parcours_id), "attestation_blocage", champs, pieces=attached, by=who.subject
    )
    blocage.state = blocage_rules.ATTESTE
    blocage.attestation_numero = papier.numero
    blocage.lieu_id = visite.lieu_id
    blocage.visite_id = visite.id
    blocage.papiers.append(papier)
    return outbox.update(blocage, Fact("pan.blocage.atteste", message, by=who.subject), *entries, request_id=request_id)


@outbox.retry_conflicts
def _bind(visite_id: str, blocage_id: str, *, request_id: str) -> None:
    visite: Visite = Visite.objects(id=visite_id).first()
    if not outbox.already(visite, request_id):
        visite.blocage_id = blocage_id
        outbox.update(visite, request_id=request_id)


@dataclass(frozen=True)
class Issue:
    """What the person leaves with after a blockage: a convocation, an appointment, or the ways in full words."""

    rendez_vous: RendezVous | None = None
    convocation_numero: str = ""
    voies: tuple[Voie, ...] = ()


def convoke(visite_id: str, who: Who, *, creneau_id: str = "", request_id: str) -> Issue:
    """Gives a counter appointment, with its written convocation where the préfecture lets a PAN give one (PAN-07).

    Failing a free slot: a convocation without a date where that is allowed, else the precise ways. Never nothing.
    """
    visite = acces.access_visite(visite_id, who, acces_rules.CONSTATER)
    ways = referrals.modalites(visite.prefecture)
    live = agenda.live_of(visite.parcours_id, agenda_rules.DEPOT)
    if live is not None:
        return Issue(live, live.papiers[0].numero if live.papiers else "", ways.voies)
    slot = _slot(visite.prefecture, creneau_id)
    paper = _invitation(visite, ways.nom, slot) if ways.convocation_par_pan else None
    asked = Reservation(
        objet=agenda_rules.DEPOT,
        vecteur=agenda_rules.ACCUEIL,
        personne=personnes.of_visit(visite),
        creneau_id=slot["_id"] if slot else "",
        prefecture=visite.prefecture,
        parcours_id=visite.parcours_id,
        usager_id=visite.usager_id,
        papiers=(paper,) if paper else (),
    )
    if slot is not None:
        booked = agenda.book(asked, by=who.subject, request_id=request_id)
        return Issue(booked, booked.papiers[0].numero if booked.papiers else "", ways.voies)
    if paper is not None:
        kept = _keep_paper(visite_id, paper, request_id=request_id)
        return Issue(None, kept, ways.voies)
    return Issue(None, "", ways.voies)


def _slot(prefecture: str, creneau_id: str) -> dict[str, Any] | None:
    found, _ = agenda.list_creneaux(prefecture, agenda_rules.DEPOT, vecteur=agenda_rules.ACCUEIL)
    if creneau_id and creneau_id not in {s["_id"] for s in found}:
        raise Refused(agenda_rules.CRENEAU_PRIS)
    return next((s for s in found if not creneau_id or s["_id"] == creneau_id), None)


def _invitation(visite: Visite, prefecture_nom: str, slot: dict[str, Any] | None) -> Papier:
    lieu = acces.find_lieu(slot["lieu_id"]) if slot else None
    extra: dict[str, Any] = {
        "lieu": f"{lieu.nom}, {', '.join(lieu.adresse)}" if lieu else f"Guichet de la préfecture : {prefecture_nom}",
        "motif": "déposer votre demande",
    }
    if slot and lieu:
        extra["date"] = moment_of(slot["debut_time"], lieu.fuseau)
    emetteur = acces.find_lieu(visite.lieu_id).nom
    personne = Personne(nom=visite.nom, prenoms=visite.prenoms, naissance_date=visite.naissance_date)
    rule = cadre().regle("substitution-rendez-vous", clock.today())
    return PAPIERS.make(Nature.CONVOCATION, personne, extra, emetteur=emetteur, prefecture=prefecture_nom, regle=rule)


@outbox.retry_conflicts
def _keep_paper(visite_id: str, paper: Papier, *, request_id: str) -> str:
    visite: Visite = Visite.objects(id=visite_id).first()
    if outbox.already(visite, request_id):
        return str(next(p.numero for p in reversed(visite.papiers) if p.nature == Nature.CONVOCATION.value))
    visite.papiers.append(paper)
    outbox.update(visite, request_id=request_id)
    return str(paper.numero)


def report(said: Signalement, route: str, *, by: str, request_id: str) -> Blocage:
    """« Je n'y arrive pas » on a page of pan: a dated constat by declaration, with its reference at once."""
    titre, demarche = cadre().catalogue.choice(said.demarche)
    constat = Constat(
        parcours_id=outbox.id_for(request_id, "parcours"),
        symptome=blocage_pb2.SYMPTOME_AUTRE,
        prefecture=said.prefecture,
        jour=clock.today(),
        par=by,
        preuves=(blocage_pb2.PREUVE_DECLARATION, blocage_pb2.PREUVE_SYSTEME),
        titre_code=titre,
        demarche_code=demarche,
        page=route,
        precis=said.precis,
        joignable=said.joignable,
        voies=referrals.modalites(said.prefecture).lignes if said.prefecture else [],
    )
    return blocages.record(Blocage, constat, request_id=request_id)


def lead_away(lieu_id: str, told: inputs.Autonome, who: Who, *, request_id: str) -> Blocage:
    """Who can do it alone and is only blocked is led to a route: her words are kept, no visit is counted (PAN-06)."""
    lieu = acces.access_lieu(lieu_id, who, acces_rules.ACCUEILLIR)
    titre, demarche = depot_rules.split_choice(told.choix) if told.choix else ("", "")
    cadre().catalogue.libelle_imprime(titre, demarche)
    constat = Constat(
        parcours_id=outbox.id_for(request_id, "parcours"),
        symptome=blocage_pb2.SYMPTOME_AUTRE,
        prefecture=lieu.prefecture,
        jour=clock.today(),
        par=who.subject,
        preuves=(blocage_pb2.PREUVE_DECLARATION,),
        titre_code=titre,
        demarche_code=demarche,
        page="pan",
        precis=told.precis,
        joignable=Joignable(telephone=read_telephone(told.telephone, lieu.prefecture)),
        voies=referrals.modalites(lieu.prefecture).lignes,
    )
    return blocages.record(Blocage, constat, request_id=request_id)


def recorded() -> type[Blocage]:
    """The class of the blockages recorded here, for the servicer that the four services share."""
    return Blocage
