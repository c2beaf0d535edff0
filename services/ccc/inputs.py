"""What people, agents and machines send to ccc: one model per command, read by its page and by its API route."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from chassis import clock
from chassis.web.inputs import Body, CivilDay, possible_instant
from personne.departement import CodeDepartement
from personne.ecriture import NomLatin
from personne.naissance import JourDeNaissance
from personne.titre import FinDeTitre
from promesse.inputs import Parole as Parole

YEAR = timedelta(days=366)
Categorie = Literal["TELEPROCEDURE", "INFORMATION", "SUIVI", "AUTRE"]


class NouvelleSaisine(Body):
    """A ticket, by form, by API or by telephone: only `precis` is needed, the category is guessed from it."""

    precis: str = Field(title="Que se passe-t-il ?", min_length=1, max_length=4000)
    categorie: Categorie | Literal[""] = Field(title="De quoi s’agit-il ?", default="")
    symptome: int = Field(default=0, ge=0, le=13)
    etape: str = Field(default="", max_length=200)
    prefecture: CodeDepartement = Field(default="", max_length=3)
    choix: str = Field(default="", max_length=100)
    nom: NomLatin = Field(default="", max_length=200)
    prenoms: NomLatin = Field(default="", max_length=200)
    courriel: str = Field(default="", max_length=254)
    telephone: str = Field(default="", max_length=40)
    premiere_tentative: CivilDay | None = None
    fin_droit: FinDeTitre | None = None
    objection: bool = False
    demande: str = Field(title="Référence de la demande", default="", max_length=20)
    blocage: str = Field(title="Référence du blocage", default="", max_length=20)


class Ajout(Body):
    """What the person adds to her ticket."""

    texte: str = Field(title="Votre message", min_length=1, max_length=10000)


class Tentatives(Body):
    """Vain attempts to reach the centre today, as the person tells them."""

    joignable: str = Field(title="Votre téléphone ou votre adresse e-mail", min_length=3, max_length=200)
    prefecture: CodeDepartement = Field(default="", max_length=3)
    fois: int = Field(title="Combien de fois ?", ge=1, le=30)


class Recherche(Body):
    """Words."""

    q: str = Field(min_length=1, max_length=200)


class Periode(Body):
    """Which days to count, both included: a year at most, the last thirty unless said."""

    du: CivilDay | None = None
    au: CivilDay | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        until = self.au or clock.today()
        if self.du and not timedelta() <= until - self.du <= YEAR:
            raise ValueError("Choisissez un premier jour au plus un an avant le dernier.")
        return self


class Envoi(Body):
    """What an agent sends, and which words or screenshot of the person it takes up."""

    citation: str = Field(title="La phrase de la personne que vous reprenez", default="", max_length=1000)
    capture_vue: str = Field(title="Ce que montre sa capture", default="", max_length=1000)


class Reponse(Envoi):
    """An agent's answer; `issue` is the duty that it fulfils."""

    texte: str = Field(title="La réponse", min_length=1, max_length=8000)
    issue: str = Field(title="Ce que cette réponse fait", max_length=30)
    fiche: str = Field(title="Fiche", default="", max_length=80)


class Question(Envoi):
    """What the person is asked to say again."""

    question: str = Field(title="Votre question", min_length=1, max_length=2000)


class Qualification(Body):
    """What the ticket is about."""

    categorie: Categorie = Field(title="Sujet")
    symptome: int = Field(default=0, ge=0, le=13)


class AnomalieReconnue(Body):
    """The fault of the register that a ticket comes from."""

    code: str = Field(title="Code de l’anomalie", min_length=1, max_length=40)


class Levee(Body):
    """One of the powers of CCC-10, asked of deposit. What it needs beside depends on the act."""

    acte: int = Field(title="Acte", ge=1, le=20)
    motif: str = Field(title="Pourquoi", min_length=1, max_length=1000)
    demande_id: str = Field(default="", max_length=60)
    courriel: str = Field(default="", max_length=254)
    remise: CivilDay | None = None
    attestation_numero: str = Field(default="", max_length=19)
    urgence: str = Field(title="Urgence", default="", max_length=40)
    piece: str = Field(title="Preuve, parmi ses fichiers", default="", max_length=32)


class Cloture(Body):
    """How a ticket ends."""

    issue: str = Field(title="Ce qui a été fait", max_length=30)
    mot: str = Field(title="Un mot pour la personne", default="", max_length=1000)


class Questionnaire(Body):
    """What the person on the line answers, as she says it. `repere` is a numéro étranger or a reference of a demande.

    `aidant` is the identifier of the helper who calls for her, empty when it is the person herself.
    """

    repere: str = Field(title="Numéro étranger, de demande ou de parcours", min_length=3, max_length=40)
    nom: str = Field(title="Nom", min_length=1, max_length=200)
    prenoms: str = Field(title="Prénoms", default="", max_length=200)
    naissance: JourDeNaissance = Field(title="Date de naissance")
    pour_autrui: bool = False
    aidant: str = Field(title="Identifiant d’aidant", default="", max_length=200)


class Rattachement(Body):
    """Which of her demandes a ticket is about, by its reference."""

    demande: str = Field(title="Sa demande", min_length=8, max_length=20)


class Appel(Body):
    """A call that begins, from the person or to her."""

    sens: Literal["ENTRANT", "SORTANT"]


class FinAppel(Body):
    """How a call ended."""

    resultat: Literal["TRAITE", "SANS_REPONSE"]


class AppelAbandonne(Body):
    """A call that nobody answered, told by the telephone system."""

    telephone: str = Field(min_length=3, max_length=40)
    attente_secondes: int = Field(default=0, ge=0, le=86400)


class EvenementTelephonique(Body):
    """What the telephone system tells of a call; `agent` is the login of who answers."""

    appel: str = Field(min_length=1, max_length=100)
    evenement: Literal["SONNE", "DECROCHE", "TRANSFERE", "ABANDONNE", "TERMINE"]
    instant: Annotated[AwareDatetime, AfterValidator(possible_instant)]
    numero: str = Field(min_length=3, max_length=40)
    agent: str = Field(default="", max_length=200)


class Description(Body):
    """A fault as an agent signals it."""

    titre: str = Field(title="Nom court", min_length=3, max_length=200)
    description: str = Field(title="Ce qui se passe", min_length=3, max_length=4000)
    symptome: int = Field(title="Ce que la personne rencontre", ge=1, le=13)
    depuis: CivilDay = Field(title="Depuis quand")
    mots: str = Field(default="", max_length=500)
    objet: str = Field(title="Démarche touchée", default="", max_length=100)


class Evolution(Body):
    """What changes of a fault."""

    state: Literal["OUVERTE", "CONTOURNEE", "RESOLUE"] = Field(title="État")
    contournement: str = Field(default="", max_length=2000)
    plan: str = Field(default="", max_length=2000)
    soutien: str = Field(default="", max_length=1000)
    visite: str = Field(default="", max_length=300)
    solution: str = Field(default="", max_length=2000)


class Redaction(Body):
    """A card of general information as it is written; its source is compulsory."""

    titre: str = Field(title="Titre", min_length=3, max_length=200)
    texte: str = Field(title="Réponse", min_length=3, max_length=8000)
    source: str = Field(title="Source", min_length=3, max_length=300)
    limites: str = Field(default="", max_length=2000)
    mots: str = Field(default="", max_length=500)


class Boite(Body):
    """A mailbox of a desk, to which the bulletins go."""

    cible: Literal["CCC", "PREFECTURE", "PAN"] = Field(title="Bureau")
    prefecture: CodeDepartement = Field(default="", max_length=3)
    nom: str = Field(title="Nom", default="", max_length=200)
    courriel: str = Field(title="Adresse électronique", min_length=3, max_length=254)


class BoiteActive(Body):
    """Whether a mailbox is written to."""

    actif: bool
