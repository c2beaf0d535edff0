"""A France services house, or the like, is enrolled as a place of help on the same terms as a PAN (PAN-19, PAN-02)."""

from __future__ import annotations

from chassis import clock, due, outbox
from chassis.web.who import Who
from droit.catalogue.lieu import Vecteur, vecteurs_fault
from droit.decision import Genre, Motif, Refused
from services.pan import inputs
from services.pan.actions import acces, capacites, creneaux
from services.pan.cadre import cadre
from services.pan.rules.acces import ENROLER
from services.pan.store import Lieu

VECTEURS_INSUFFISANTS = Motif(
    "VECTEURS_INSUFFISANTS",
    "arrete-2023-08-01",
    "Un lieu d’accueil se réserve par au moins deux moyens, dont un sans internet.",
    "Ajoutez le téléphone, l’accueil sur place ou le courrier.",
    Genre.INVALIDE,
)


def enrol(maison: inputs.Maison, who: Who, *, request_id: str) -> Lieu:
    """Adds the place to the directory and makes its slots. Raises Refused(VECTEURS_INSUFFISANTS)."""
    acces.require_act(who, ENROLER, maison.prefecture)
    prefecture = cadre().catalogue.departement(maison.prefecture).code
    if vecteurs_fault(tuple(Vecteur(v) for v in maison.vecteurs)):
        raise Refused(VECTEURS_INSUFFISANTS, champ="vecteurs")
    lieu_id = outbox.id_for(request_id, "lieu")
    lieu = Lieu(
        id=lieu_id,
        parcours_id=lieu_id,
        genre="france-services",
        prefecture=prefecture,
        nom=maison.nom,
        adresse=[maison.adresse, f"{maison.code_postal} {maison.ville}"],
        code_postal=maison.code_postal,
        ville=maison.ville,
        fuseau=cadre().catalogue.fuseau(prefecture),
        telephone=maison.telephone,
        missions=["aide"],
        vecteurs=list(dict.fromkeys([*maison.vecteurs, "web"])),
        sans_rendez_vous=True,
        guichets=maison.guichets,
        duree_minutes=maison.duree_minutes,
        agents_formes=maison.agents_formes,
        horaires=[{"jours": list(maison.jours), "de": maison.de, "a": maison.a}],
    )
    due.plan(lieu, creneaux=clock.today())
    made = outbox.insert(lieu, request_id=request_id)
    creneaux.generate(made.id, clock.today(), clock.today())
    capacites.count(made.id)
    return made
