"""The fields of the console of a préfecture: each rule with its words, as its clerk reads them."""

from __future__ import annotations

from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from droit.catalogue.lieu import Genre, Jour, Mission, Vecteur
from droit.catalogue.prefecture import Agenda

Choix = tuple[tuple[str, LazyString | str], ...]


class Champ(NamedTuple):
    """One rule: its path below its table, its words, its help, and what is typed."""

    chemin: str
    libelle: LazyString
    aide: LazyString | str = ""
    # text, libre (which may stay empty), area, flag, day, or boxes and choice among `choix`.
    genre: str = "text"
    choix: Choix = ()


JOURS: Choix = tuple((jour.value, jour.value) for jour in Jour)
VECTEURS: Choix = (
    (Vecteur.TELEPHONE.value, _l("par téléphone")),
    (Vecteur.ACCUEIL.value, _l("sur place")),
    (Vecteur.COURRIER.value, _l("par courrier")),
    (Vecteur.WEB.value, _l("sur internet")),
    (Vecteur.COURRIEL.value, _l("par e-mail")),
)
MISSIONS: Choix = (
    (Mission.AIDE.value, _l("aider à faire la démarche en ligne")),
    (Mission.DEPOT.value, _l("recevoir les dossiers")),
    (Mission.REMISE.value, _l("remettre les titres")),
    (Mission.VICTIMES.value, _l("recevoir les victimes de violences")),
)
GENRES: Choix = ((Genre.PAN.value, _l("Point d'accueil numérique")), (Genre.GUICHET.value, _l("Guichet")))
AGENDAS: Choix = (
    (Agenda.INTEGRE.value, _l("Celui de ce service")),
    (Agenda.ANTS.value, _l("Celui de France Titres (ANTS)")),
    (Agenda.SEJOUR_JSON.value, _l("Le sien, qui répond en JSON")),
    (Agenda.ICS.value, _l("Le sien, qui donne un fichier ICS")),
    (Agenda.CSV.value, _l("Le sien, qui exporte un fichier CSV")),
)
_VECTEURS_AIDE = _l("Au moins deux, dont un sans internet (arrêté du 1er août 2023).")
_ACCES = (
    Champ("accessibilite.sourds", _l("Comment une personne sourde ou malentendante est reçue"), "", "area"),
    Champ("accessibilite.aveugles", _l("Comment une personne aveugle ou malvoyante est reçue"), "", "area"),
    Champ("accessibilite.mobilite", _l("Comment une personne à mobilité réduite est reçue"), "", "area"),
)
_ADRESSE = (
    Champ("adresse", _l("Adresse")),
    Champ("code_postal", _l("Code postal")),
    Champ("ville", _l("Ville")),
)
PREFECTURE = (
    Champ("nom", _l("Nom de la préfecture")),
    Champ("arrete_prefectoral", _l("Arrêté préfectoral"), _l("Son titre, son numéro et sa date, comme il est publié.")),
    *_ADRESSE,
    Champ("api_mois", _l("Durée d'une attestation de prolongation, en mois"), _l("Trois, ou plus.")),
)
RENDEZ_VOUS = (
    Champ("vecteurs", _l("Comment prendre rendez-vous"), _VECTEURS_AIDE, "boxes", VECTEURS),
    Champ("telephone", _l("Téléphone"), _l("Si on prend rendez-vous par téléphone."), "libre"),
    Champ("courriel", _l("Adresse e-mail"), _l("Si on prend rendez-vous par e-mail."), "libre"),
    Champ("web", _l("Adresse internet"), _l("Si on prend rendez-vous sur internet."), "libre"),
    Champ("agenda", _l("Quel système tient les rendez-vous"), "", "choice", AGENDAS),
    Champ("agenda_url", _l("Adresse de ce système"), _l("Seulement s'il n'est pas celui de ce service."), "libre"),
    Champ("convocation_par_pan", _l("Un point d'accueil numérique peut donner une convocation"), "", "flag"),
)
ENVOIS = (
    Champ("courrier.ouverte", _l("Les dossiers sont reçus par la poste"), "", "flag"),
    Champ("courrier.adresse", _l("Adresse où les envoyer"), "", "libre"),
    Champ("courriel_depot.ouverte", _l("Les dossiers sont reçus par e-mail"), "", "flag"),
    Champ("courriel_depot.adresse", _l("Adresse e-mail de dépôt"), "", "libre"),
)
ORIENTATION = (
    Champ("telephone", _l("Téléphone"), _l("Pour qui ne peut ni utiliser internet ni se déplacer.")),
    *_ACCES,
)
BPI = (
    Champ(
        "texte",
        _l("Comment elles sont reçues"),
        _l("Réfugiés, protection subsidiaire, famille, anciens mineurs protégés."),
        "area",
    ),
    Champ("telephone", _l("Téléphone")),
    Champ("courriel", _l("Adresse e-mail")),
)
LIEU = (
    Champ("nom", _l("Nom du lieu")),
    Champ("code", _l("Code du lieu"), _l("Court, et à lui seul : il reste le même quand le nom change.")),
    Champ("genre", _l("Sorte de lieu"), "", "choice", GENRES),
    Champ("service", _l("Code du service auquel il appartient"), _l("Un des services écrits plus haut.")),
    *_ADRESSE,
    Champ("latitude", _l("Latitude"), _l("Pour trouver le lieu le plus proche : 48,9106.")),
    Champ("longitude", _l("Longitude")),
    Champ("telephone", _l("Téléphone"), "", "libre"),
    Champ("courriel", _l("Adresse e-mail"), "", "libre"),
    Champ("web", _l("Adresse internet du rendez-vous"), "", "libre"),
    Champ("missions", _l("Ce qui s'y fait"), "", "boxes", MISSIONS),
    Champ("vecteurs", _l("Comment y prendre rendez-vous"), _VECTEURS_AIDE, "boxes", VECTEURS),
    Champ("sans_rendez_vous", _l("On y est reçu sans rendez-vous"), "", "flag"),
    Champ("guichets", _l("Nombre de guichets")),
    Champ("duree_minutes", _l("Durée d'un rendez-vous, en minutes")),
    Champ("agents_formes", _l("Nombre d'agents formés")),
    Champ("agents_formes_victimes", _l("Nombre d'agents formés à l'accueil des victimes"), "", "libre"),
    Champ("volontaires", _l("Nombre de volontaires"), "", "libre"),
    *_ACCES,
)
HORAIRE = (
    Champ("jours", _l("Jours"), "", "boxes", JOURS),
    Champ("de", _l("Ouvre à"), _l("Par exemple 09:00.")),
    Champ("a", _l("Ferme à"), _l("Par exemple 12:30.")),
)
FERMETURE = (
    Champ("du", _l("Premier jour fermé"), "", "day"),
    Champ("au", _l("Dernier jour fermé"), "", "day"),
    Champ("motif", _l("Pourquoi")),
)
SERVICE = (Champ("code", _l("Code du service")), Champ("nom", _l("Nom du service")))
_TOUS = (*PREFECTURE, *RENDEZ_VOUS, *ENVOIS, *ORIENTATION, *BPI, *LIEU, *HORAIRE, *FERMETURE, *SERVICE)


def label_of(field: str) -> LazyString | str:
    """The words of a field, by its path; empty for what no field of the console bears."""
    return next((champ.libelle for champ in _TOUS if f".{field}".endswith(f".{champ.chemin}")), "")


def rows_of(typed: dict[str, object], table: str) -> list[int]:
    """The rows of a table in which something is typed, in order."""
    written = [name for name, value in typed.items() if name.startswith(f"{table}.") and value]
    inside = {name.removeprefix(f"{table}.").partition(".")[0] for name in written}
    return sorted(int(at) for at in inside if at.isdecimal())
