"""What people, agents and machines send to pan: one model per command, read by its page and by its API route."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, ValidationInfo, field_validator

from chassis import clock
from chassis.lists import CURSOR_MAX
from chassis.web.inputs import Body, CivilDay, Instant, lines_of, possible_instant
from personne.adresse import Adresse
from personne.departement import CodeDepartement
from personne.ecriture import Nom, NomLatin
from personne.naissance import JourDeNaissance
from personne.reference import NumeroEtranger
from personne.titre import FinDeTitre
from promesse.inputs import Parole as Parole

# How far the clock of another system may be ahead of ours.
AHEAD = timedelta(minutes=5)

Objet = Literal["AIDE", "DEPOT", "REMISE", "VICTIME"]


def _page_start(text: str) -> str:
    if text:
        moment, _, last = text.rpartition("~")
        if not last or possible_instant(datetime.fromisoformat(moment)).tzinfo is None:
            raise ValueError
    return text


# Where a page of slots begins, as the page before gave it.
Suite = Annotated[str, Field(max_length=CURSOR_MAX), AfterValidator(_page_start)]


class Jours(Body):
    """From which day slots are asked for, or from where the page before ended."""

    du: CivilDay | None = Field(title="À partir du", default=None)
    apres: Suite = ""


class Recherche(Jours):
    """Which slots to look for."""

    prefecture: CodeDepartement = Field(min_length=2, max_length=3)
    objet: Objet = "AIDE"
    au: CivilDay | None = None


class PriseDeRendezVous(Body):
    """A booking by the person: a name and, if she wishes, a number to call back. Nothing else exists here (PAN-04)."""

    creneau_id: str = Field(min_length=1, max_length=200)
    objet: Objet = "AIDE"
    nom: Nom = Field(min_length=1, max_length=200)
    telephone: str = Field(default="", max_length=40)
    blocage: str = Field(title="Référence du blocage", default="", max_length=20)
    sans_danger: bool = False


class PriseAuBureau(PriseDeRendezVous):
    """A booking by an agent for somebody, on the telephone or at the desk."""

    vecteur: Literal["TELEPHONE", "ACCUEIL", "COURRIEL", "COURRIER"] = "ACCUEIL"
    parcours_id: str = Field(default="", max_length=80)


class Inscription(Body):
    """A name on the waiting list."""

    prefecture: CodeDepartement = Field(min_length=2, max_length=3)
    objet: Objet = "AIDE"
    nom: Nom = Field(min_length=1, max_length=200)
    telephone: str = Field(default="", max_length=40)
    sans_danger: bool = False


class MonRendezVous(Body):
    """An appointment, by what is written on its paper."""

    reference: str = Field(min_length=8, max_length=20)
    nom: str = Field(min_length=1, max_length=200)


class NouveauCreneau(Body):
    """Another slot for an appointment."""

    creneau_id: str = Field(min_length=1, max_length=200)


class Deplacement(MonRendezVous, NouveauCreneau):
    """Another slot for an appointment of one's own."""


class Arrivee(Body):
    """Who comes to the desk: by her appointment, or without one. Nothing but a name is needed then."""

    rendez_vous_id: str = Field(default="", max_length=80)
    nom: str = Field(default="", max_length=200, validate_default=True)
    objet: Objet = "AIDE"
    telephone: str = Field(default="", max_length=40)

    @field_validator("nom")
    @classmethod
    def _called_by(cls, nom: str, info: ValidationInfo) -> str:
        if not nom and not info.data.get("rendez_vous_id"):
            raise ValueError("Écrivez un nom pour appeler la personne.")
        return nom


class Verification(Body):
    """The fixed protocol as the agent did it: the paper shown, what was compared, and for whom the person comes."""

    papier: Literal["PASSEPORT", "TITRE_DE_SEJOUR", "CARTE_D_IDENTITE", "PERMIS", "CONSULAIRE", "AUCUN"]
    nom_conforme: bool = False
    naissance_conforme: bool = False
    photo_conforme: bool = False
    nom: NomLatin = Field(min_length=1, max_length=200)
    prenoms: NomLatin = Field(default="", max_length=200)
    naissance_date: JourDeNaissance
    nationalite: str = Field(default="", max_length=80)
    numero_etranger: NumeroEtranger = Field(default="", max_length=20)
    adresse: Adresse = ""
    telephone: str = Field(default="", max_length=40)
    # Of a victim: these ways may be used without danger for her.
    sans_danger: bool = False
    # She says that she asked the contact centre, or shows the ticket.
    ccc_deja: bool = False
    ticket: str = Field(title="Numéro de sa demande au centre de contact", default="", max_length=20)
    pour_autrui: bool = False
    mandat_vu: bool = False
    mandat_fin_date: CivilDay | None = None

    @property
    def lignes(self) -> tuple[str, ...]:
        """The address, line by line."""
        return lines_of(self.adresse)


class Bilan(Body):
    """How a visit ends. `suite` is the written next step."""

    services: tuple[Literal["ORDINATEUR", "NUMERISATION", "INFORMATION", "QUALIFIER", "CONSTITUER"], ...] = Field(
        min_length=1
    )
    resultat: Literal["ABOUTI", "A_POURSUIVRE", "BLOQUE", "ORIENTE"]
    difficulte: str = Field(default="", max_length=2000)
    suite: str = Field(default="", max_length=2000)
    orientation: Literal["", "GUICHET", "SUBSTITUTION", "PAN", "CCC", "ASSOCIATION"] = ""
    naturalisation: bool = False
    # It was about a démarche of the téléservice.
    teleservice: bool = False
    # She says that she already asked the contact centre, whatever is known of it.
    ccc_deja: bool = False


class Observation(Body):
    """A blockage met during help. `choix` is a title or a démarche of the catalogue, or empty."""

    symptome: int = Field(ge=1, le=13)
    precis: str = Field(min_length=1, max_length=4000)
    choix: str = Field(default="", max_length=120)
    premiere_tentative: CivilDay | None = None
    fin_droit: FinDeTitre | None = None


class Convocation(Body):
    """A counter appointment, the first free one unless named."""

    creneau_id: str = Field(default="", max_length=200)


class Saisine(Body):
    """What the contact centre must do, in words, and the demande that it is about."""

    precis: str = Field(min_length=1, max_length=4000)
    demande: str = Field(title="Référence de la demande", default="", max_length=20)


class Rattachement(Body):
    """The person whom deposit knows."""

    usager_id: str = Field(min_length=1, max_length=80)


class Reparation(Body):
    """An act on the person's account; the e-mail and the telephone are her own, for the acts that bind them."""

    acte: int = Field(title="Ce qu’il faut faire", ge=1, le=99)
    courriel: str = Field(title="Son adresse e-mail", default="", max_length=254)
    telephone: str = Field(title="Son téléphone", default="", max_length=40)
    urgence: str = Field(title="Urgence", default="", max_length=40)
    texte: str = Field(title="Ce qui se passe, et la preuve vue", default="", max_length=1000)


class Choix(Body):
    """What is asked for: `choix` is `titre:<code>` or `demarche:<code>`."""

    choix: str = Field(min_length=1, max_length=120)
    stade: str = Field(default="", max_length=40)
    fin_titre: FinDeTitre | None = None
    accompagne: bool = True


class Periode(Body):
    """Which visits to count: a département or all, the current year unless said."""

    departement: CodeDepartement = Field(default="", max_length=3)
    du: CivilDay | None = None
    au: CivilDay | None = None


class Maison(Body):
    """A France services house, or the like; `jours` 0 for Monday, hours as HH:MM of the place."""

    prefecture: CodeDepartement = Field(min_length=2, max_length=3)
    nom: str = Field(min_length=3, max_length=200)
    adresse: str = Field(min_length=3, max_length=200)
    code_postal: str = Field(pattern=r"^[0-9]{5}$")
    ville: str = Field(min_length=1, max_length=100)
    telephone: str = Field(default="", max_length=40)
    vecteurs: tuple[Literal["telephone", "accueil", "courrier", "web", "courriel"], ...] = Field(min_length=1)
    jours: tuple[int, ...] = Field(min_length=1, max_length=7)
    de: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    a: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")
    guichets: int = Field(default=1, ge=1, le=50)
    duree_minutes: int = Field(default=30, ge=5, le=240)
    agents_formes: int = Field(default=0, ge=0, le=500)
    # Trained to receive victims; with none, the house has no slots for them.
    agents_formes_victimes: int = Field(default=0, ge=0, le=50)
    latitude: float = Field(default=0.0, ge=-90, le=90)
    longitude: float = Field(default=0.0, ge=-180, le=180)


class MaisonModifiee(Maison):
    """The same house later, with the days on which it will be closed; `retirer` names closures that end, du_au."""

    ferme_du: CivilDay | None = Field(title="Fermée du", default=None)
    ferme_au: CivilDay | None = Field(title="au", default=None)
    ferme_motif: str = Field(title="Raison", default="", max_length=300, validate_default=True)
    retirer: tuple[str, ...] = Field(default=(), max_length=50)

    @field_validator("ferme_motif")
    @classmethod
    def _whole(cls, motif: str, info: ValidationInfo) -> str:
        first, last = info.data.get("ferme_du"), info.data.get("ferme_au")
        if not (first or last or motif):
            return motif
        if not (first and last and motif) or last < first:
            raise ValueError("Donnez le premier jour, le dernier jour et la raison de la fermeture.")
        return motif


class Interlocuteur(Body):
    """How the agent knows to whom he tells a message: a paper seen here, or what she answers by telephone."""

    papier: Literal["", "PASSEPORT", "TITRE_DE_SEJOUR", "CARTE_D_IDENTITE", "PERMIS", "CONSULAIRE"] = Field(
        title="Papier avec photo, vu ici", default=""
    )
    nom: str = Field(title="Son nom, qu’elle vous dit au téléphone", default="", max_length=200)
    reponse: str = Field(title="La référence de son dossier, ou son code postal", default="", max_length=60)


class Dit(Body):
    """How the telling ended."""

    issue: Literal["dit", "pas_joignable"] = Field(title="Ce qui s’est passé")


class Signalement(Body):
    """What is missing or wrong in the directory."""

    lieu_id: str = Field(title="Le lieu", default="", max_length=80)
    texte: str = Field(title="Ce qui manque ou ce qui est faux", min_length=3, max_length=1000)


class SuiteDonnee(Body):
    """What was done about it."""

    suite: str = Field(title="Ce qui a été fait", min_length=3, max_length=300)


class Autonome(Body):
    """Somebody at the desk who can do it alone, and whom the site stops. Neither name nor paper is needed."""

    precis: str = Field(title="Ce que le site dit ou fait", min_length=1, max_length=2000)
    choix: str = Field(title="Démarche empêchée", default="", max_length=120)
    telephone: str = Field(title="Son téléphone", default="", max_length=40)


class Retenue(Body):
    """A slot that a préfecture's own desk holds before it gives it: their identifier of it, and for how long."""

    creneau: str = Field(min_length=1, max_length=200)
    secondes: int = Field(default=90, ge=1, le=900)


class Changement(Body):
    """What an appointment system did to one of our bookings there, and when: what is older changes nothing."""

    reservation: str = Field(min_length=1, max_length=120)
    state: Literal["ANNULE", "DEPLACE"]
    fait_time: AwareDatetime
    debut_time: Instant | None = Field(default=None, validate_default=True)
    duree_minutes: int = Field(default=0, ge=0, le=1440)

    @field_validator("debut_time")
    @classmethod
    def _moved_to(cls, debut: datetime | None, info: ValidationInfo) -> datetime | None:
        if debut is None and info.data.get("state") == "DEPLACE":
            raise ValueError("Dites à quelle heure le rendez-vous est déplacé.")
        return debut

    @field_validator("fait_time")
    @classmethod
    def _has_been(cls, fait: datetime) -> datetime:
        """A clock that is wrong by more would silence every notice after it."""
        if possible_instant(fait) > clock.now() + AHEAD:
            raise ValueError("Cette heure est à venir.")
        # As the store keeps it, or the same notice would look younger than itself.
        return fait.replace(microsecond=fait.microsecond // 1000 * 1000)


class Fermeture(Body):
    """Why a place closes; people read it."""

    motif: str = Field(min_length=1, max_length=300)
