"""What people, agents and machines send to substitution: one model per command, read by its page and its API route."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from blocage.inputs import Obstacle
from chassis.web.inputs import Body, CivilDay
from personne.adresse import Adresse
from personne.departement import CodeDepartement
from personne.ecriture import NomLatin
from personne.naissance import JourDeNaissance
from personne.reference import NumeroEtranger
from personne.titre import FinDeTitre
from promesse.inputs import Parole as Parole
from services.substitution.rules import reglages

Origine = Literal["CHOIX", "INCAPACITE", "DETENTION"]
Moyen = Literal["GUICHET", "POSTE", "COURRIEL"]


def _yes_or_no(value: Any) -> bool:
    if value not in ("oui", "non"):
        raise ValueError("Répondez par oui ou par non.")
    return bool(value == "oui")


# A question answered by `oui` or `non`: an answer left out is a fault, never a no.
Oui = Annotated[bool, BeforeValidator(_yes_or_no), WithJsonSchema({"type": "string", "enum": ["oui", "non"]})]


class OuvertureDeVoie(Body):
    """What opens a route: where, for what, who; the person chooses whether to say how to reach her."""

    prefecture: CodeDepartement = Field(min_length=2, max_length=3)
    objet: str = Field(default="", max_length=100)
    nom: NomLatin = Field(min_length=1, max_length=200)
    prenoms: NomLatin = Field(default="", max_length=200)
    naissance: JourDeNaissance | None = None
    origine: Origine = "CHOIX"
    moyen: Moyen = "GUICHET"
    preuves: tuple[str, ...] = Field(default=(), max_length=10)
    telephone: str = Field(default="", max_length=40)
    courriel: str = Field(default="", max_length=254)
    adresse: Adresse = ""
    etablissement: str = Field(default="", max_length=300)
    fin_droit: FinDeTitre | None = None


class MaVoie(Body):
    """Reference and name, as on the convocation."""

    reference: str = Field(min_length=4, max_length=40)
    nom: str = Field(default="", max_length=200)


class Complement(Body):
    """What was not known at the opening. The route is found by its reference and the name given then, if any."""

    reference: str = Field(min_length=4, max_length=40)
    nom_donne: str = Field(default="", max_length=200)
    nom: NomLatin = Field(default="", max_length=200)
    prenoms: NomLatin = Field(default="", max_length=200)
    naissance: JourDeNaissance | None = None
    prefecture: CodeDepartement = Field(default="", max_length=3)


class Signalement(Obstacle):
    """What a blocked person says, and for which title or démarche."""

    objet: str = Field(default="", max_length=100)


class Reference(Body):
    """The number or reference of a paper."""

    reference: str = Field(min_length=4, max_length=40)


class Situation(Body):
    """The five questions of the channel adviser."""

    prefecture: CodeDepartement = Field(default="", max_length=3)
    outils: Oui
    courriel: Oui
    comprend: Oui
    se_deplace: Oui
    urgent: Oui
    retenu: Oui = False


class Recherche(Body):
    """A reference, or a name with a date of birth."""

    reference: str = Field(default="", max_length=40)
    nom: str = Field(default="", max_length=200)
    naissance: JourDeNaissance | None = None


class Prise(Body):
    """What the person at the counter shows of a route that no préfecture has, and which préfecture takes it.

    Her reference with the name that she gave; without it, the name and the day of birth on her paper.
    """

    reference: str = Field(default="", max_length=40)
    nom: str = Field(default="", max_length=200)
    naissance: JourDeNaissance | None = None
    prefecture: str = Field(min_length=2, max_length=3)


class IdentiteLue(Body):
    """The identity as a paper shows it: at the counter, or in a dossier that came by post or e-mail."""

    nom: NomLatin = Field(min_length=1, max_length=200)
    prenoms: NomLatin = Field(default="", max_length=200)
    naissance: JourDeNaissance
    nationalite: str = Field(default="", max_length=60)
    numero_etranger: NumeroEtranger = Field(default="", max_length=20)


class Controle(IdentiteLue):
    """The four answers of the fixed protocol, and the mandate of a person who comes for another."""

    papier: Oui
    nom_concorde: Oui
    naissance_concorde: Oui
    visage_concorde: Oui
    pour_autrui: Oui = False
    mandat_vu: Oui = False
    mandat_fin: CivilDay | None = None


class Visite(Body):
    """The day of a visit in an establishment."""

    jour: CivilDay


class Constat(Body):
    """What an agent observed with the person; « autre chose » unless said."""

    symptome: int = Field(default=13, ge=1, le=13)


class DossierRecu(Body):
    """A dossier that arrived."""

    moyen: Moyen
    reception: CivilDay
    objet: str = Field(default="", max_length=100)
    stade: Literal["", "premiere", "renouvellement", "regularisation"] = ""
    fin_titre: FinDeTitre | None = None


class Objet(Body):
    """What the person asks for, as the desk reads it in a dossier that came by itself."""

    objet: str = Field(min_length=1, max_length=100)
    stade: Literal["", "premiere", "renouvellement", "regularisation"] = ""
    fin_titre: FinDeTitre | None = None


class Refus(Body):
    """A reason of the list and the evidence seen."""

    raison: str = Field(min_length=1, max_length=60)
    preuves_vues: tuple[str, ...] = Field(default=(), max_length=10)


class Revision(Body):
    """What the supervisor decides about a refusal."""

    issue: Literal["ANNULE", "CONFIRME", "VU"]


class Transfert(Body):
    """The préfecture that has the route from now on."""

    prefecture: CodeDepartement = Field(min_length=2, max_length=3)


class DecisionDeJustice(Body):
    """What a court asked."""

    juridiction: str = Field(min_length=2, max_length=200)
    numero: str = Field(default="", max_length=60)
    jour: CivilDay
    echeance: CivilDay


def _as_text(value: Any) -> Any:
    """A program sends the rules as an object, the console as the text of one."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


class Regles(Body):
    """The rules of a préfecture and their first day; a program sends its file, a page one field for each rule."""

    regles: Annotated[
        str,
        BeforeValidator(_as_text),
        Field(min_length=2, max_length=60_000),
        WithJsonSchema({"type": "object"}),
    ]
    depuis: CivilDay
    # Reads and shows what people would read, and publishes nothing.
    apercu: Literal["", "oui"] = ""

    @model_validator(mode="before")
    @classmethod
    def _of_fields(cls, sent: Any) -> Any:
        """Whatever is no field of this model is a rule, named by its path in the file."""
        if not isinstance(sent, dict) or "regles" in sent:
            return sent
        own = {name: value for name, value in sent.items() if name in cls.model_fields}
        return own | {"regles": reglages.to_rules({name: sent[name] for name in sent.keys() - own.keys()})}


class RouteLocale(Body):
    """How the préfecture receives one title or démarche outside the téléservice; without words, that is taken away."""

    demarche: str = Field(min_length=1, max_length=100)
    texte: str = Field(default="", max_length=600)


class NouvellePanne(Body):
    """An outage; no préfecture means all."""

    prefectures: list[str] = Field(default_factory=list, max_length=110)
