"""A France services house, or the like, is enrolled as a place of help on the same terms as a PAN (PAN-19, PAN-02)."""

from __future__ import annotations

from typing import Any

from chassis import clock, due, outbox
from chassis.web.who import Who
from droit.catalogue.lieu import Vecteur, vecteurs_fault
from droit.decision import Genre, Motif, Refused
from services.pan import inputs
from services.pan.actions import acces, capacites, creneaux, lieux, signalements
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
REFUS_A_CORRIGER = (
    "« {nom} » n’a pas pu être ajouté, ou changé : on n’y prendrait rendez-vous que par internet. "
    "Ajoutez le téléphone, l’accueil sur place ou le courrier, puis enregistrez-le de nouveau."
)

MAISON = "france-services"
REGLES_DE_LA_PREFECTURE = Motif(
    "REGLES_DE_LA_PREFECTURE",
    "regle-du-service",
    "Ce lieu suit les règles publiées par la préfecture.",
    "Changez-le dans les règles de la préfecture : l’annuaire et l’agenda suivent.",
)


def enrol(maison: inputs.Maison, who: Who, *, request_id: str) -> Lieu:
    """Adds the place to the directory and makes its slots. Raises Refused(VECTEURS_INSUFFISANTS)."""
    acces.require_act(who, ENROLER, maison.prefecture)
    prefecture = cadre().catalogue.departement(maison.prefecture).code
    lieu_id = outbox.id_for(request_id, "lieu")
    lieu = Lieu(
        id=lieu_id,
        parcours_id=lieu_id,
        genre=MAISON,
        prefecture=prefecture,
        fuseau=cadre().catalogue.fuseau(prefecture),
        sans_rendez_vous=True,
        **_values(maison),
    )
    due.plan(lieu, creneaux=clock.today())
    made = outbox.insert(lieu, *lieux.changed(lieu, lieux.AJOUTE, who.subject), request_id=request_id)
    creneaux.generate(made.id, clock.today(), clock.today())
    capacites.count(made.id)
    return made


def of_house(lieu_id: str, who: Who) -> Lieu:
    """A house that this agent may change; a PAN follows the published rules of its préfecture. Raises Refused."""
    lieu = acces.access_lieu(lieu_id, who, ENROLER)
    if lieu.genre != MAISON:
        raise Refused(REGLES_DE_LA_PREFECTURE)
    return lieu


@outbox.retry_conflicts
def change(lieu_id: str, maison: inputs.MaisonModifiee, who: Who, *, request_id: str) -> Lieu:
    """Changes a house as rules change a PAN: its slots follow, closed days give their bookings away (PAN-19)."""
    lieu = of_house(lieu_id, who)
    if outbox.already(lieu, request_id):
        return lieu
    before = lieux.told_of(lieu)
    for name, value in _values(maison).items():
        setattr(lieu, name, value)
    kept = [f for f in lieu.fermetures if f"{f['du']}_{f['au']}" not in maison.retirer]
    if maison.ferme_du and maison.ferme_au:
        days = {"du": maison.ferme_du.isoformat(), "au": maison.ferme_au.isoformat()}
        kept.append({**days, "motif": maison.ferme_motif})
    lieu.fermetures, lieu.a_suivre = kept, True
    due.plan(lieu, transfert=clock.today())
    told = lieux.changed(lieu, lieux.CHANGE, who.subject, before)
    changed = outbox.update(lieu, *told, request_id=request_id)
    creneaux.follow(lieu_id)
    return changed


def _values(maison: inputs.Maison) -> dict[str, Any]:
    """What a house says of itself. Raises Refused(VECTEURS_INSUFFISANTS)."""
    if vecteurs_fault(tuple(Vecteur(v) for v in maison.vecteurs)):
        # Whoever typed it reads the refusal; the préfecture that must mend it finds it on its desk (PAN-02).
        texte = REFUS_A_CORRIGER.format(nom=maison.nom)
        key = f"vecteurs:{maison.prefecture}:{maison.nom}:{clock.today().isoformat()}"
        signalements.report(maison.prefecture, inputs.Signalement(texte=texte), request_id=key)
        raise Refused(VECTEURS_INSUFFISANTS, champ="vecteurs")
    same = ("nom", "code_postal", "ville", "telephone", "guichets", "duree_minutes", "agents_formes")
    more = ("agents_formes_victimes", "latitude", "longitude")
    return {name: getattr(maison, name) for name in (*same, *more)} | {
        "adresse": [maison.adresse, f"{maison.code_postal} {maison.ville}"],
        "missions": ["aide", "victimes"] if maison.agents_formes_victimes else ["aide"],
        "vecteurs": list(dict.fromkeys([*maison.vecteurs, "web"])),
        "horaires": [{"jours": list(maison.jours), "de": maison.de, "a": maison.a}],
    }
