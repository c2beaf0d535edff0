"""What people and agents type on the pages: one model per form."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chassis.web.inputs import Corps, JourCivil

Origine = Literal["CHOIX", "INCAPACITE", "DETENTION"]
Moyen = Literal["GUICHET", "POSTE", "COURRIEL"]
Oui = Literal["oui", "non"]


class OuvrirVoie(Corps):
    """What opens a route: where, for what, who; how to reach the person is hers to give."""

    prefecture: str = Field(min_length=2, max_length=3)
    objet: str = Field(default="", max_length=100)
    nom: str = Field(min_length=1, max_length=200)
    prenoms: str = Field(default="", max_length=200)
    naissance: JourCivil | None = None
    origine: Origine = "CHOIX"
    moyen: Moyen = "GUICHET"
    preuves: list[str] = Field(default_factory=list, max_length=10)
    telephone: str = Field(default="", max_length=40)
    courriel: str = Field(default="", max_length=200)
    adresse: str = Field(default="", max_length=800)
    etablissement: str = Field(default="", max_length=300)
    fin_droit: JourCivil | None = None


class SuivreVoie(Corps):
    """Reference and name, as on the convocation."""

    reference: str = Field(min_length=4, max_length=40)
    nom: str = Field(default="", max_length=200)


class CompleterVoie(Corps):
    """What was not known at the opening."""

    nom: str = Field(default="", max_length=200)
    prenoms: str = Field(default="", max_length=200)
    naissance: JourCivil | None = None
    prefecture: str = Field(default="", max_length=3)


class Reference(Corps):
    """The number or reference of a paper."""

    reference: str = Field(min_length=4, max_length=40)


class DireSituation(Corps):
    """The five questions of the channel adviser."""

    prefecture: str = Field(default="", max_length=3)
    outils: Oui
    courriel: Oui
    comprend: Oui
    se_deplace: Oui
    urgent: Oui
    retenu: Oui = "non"


class Chercher(Corps):
    """A reference, or a name with a date of birth."""

    reference: str = Field(default="", max_length=40)
    nom: str = Field(default="", max_length=200)
    naissance: JourCivil | None = None


class Verifier(Corps):
    """The four answers of the fixed protocol, the mandate, and the identity as the paper shows it."""

    papier: Oui
    nom_concorde: Oui
    naissance_concorde: Oui
    visage_concorde: Oui
    pour_autrui: Oui = "non"
    mandat_vu: Oui = "non"
    mandat_fin: JourCivil | None = None
    nom: str = Field(min_length=1, max_length=200)
    prenoms: str = Field(default="", max_length=200)
    naissance: JourCivil
    nationalite: str = Field(default="", max_length=60)
    numero_etranger: str = Field(default="", max_length=20)


class EcrireIdentite(Corps):
    """The identity read on a paper that came by post or e-mail."""

    nom: str = Field(min_length=1, max_length=200)
    prenoms: str = Field(default="", max_length=200)
    naissance: JourCivil
    nationalite: str = Field(default="", max_length=60)
    numero_etranger: str = Field(default="", max_length=20)


class Recevoir(Corps):
    """A dossier that arrived."""

    moyen: Moyen
    reception: JourCivil
    objet: str = Field(default="", max_length=100)
    stade: Literal["", "premiere", "renouvellement", "regularisation"] = ""
    fin_titre: JourCivil | None = None


class Refuser(Corps):
    """A reason of the list and the evidence seen."""

    raison: str = Field(min_length=1, max_length=60)
    preuves_vues: list[str] = Field(default_factory=list, max_length=10)


class Revoir(Corps):
    """What the supervisor makes of a refusal."""

    issue: Literal["ANNULE", "CONFIRME"]


class Transferer(Corps):
    """The préfecture that has the route from now on."""

    prefecture: str = Field(min_length=2, max_length=3)


class Ordonner(Corps):
    """What a court asked."""

    juridiction: str = Field(min_length=2, max_length=200)
    numero: str = Field(default="", max_length=60)
    jour: JourCivil
    echeance: JourCivil


class Regler(Corps):
    """The rules of a préfecture, in the form of its file, and their first day."""

    regles: str = Field(min_length=2, max_length=60_000)
    depuis: JourCivil


class DeclarerPanne(Corps):
    """An outage; no préfecture means all."""

    prefectures: list[str] = Field(default_factory=list, max_length=110)
