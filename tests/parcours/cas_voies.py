"""Lives of routes outside the téléservice: paper to the end, slots in time, refusals, a wrong préfecture."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from dev.parcours.monde import Monde, file_demande, hand_over
from tests.documents.lecture import text_of
from tests.parcours.cas_documents import signed_in, somebody
from tests.parcours.guichet import EVERY, file_there, path_of
from tests.parcours.messages import letters_of, messages_of, printed

BOBIGNY = "93"
SEEN_ONCE = {"nom": "Jamais-Depose", "prenoms": "Exemple", "naissance": "1985-09-09"}
ADRESSE = "5 rue de l’Exemple\n75011 Paris"


def on_paper(monde: Monde) -> Iterator[int]:
    """She cannot use internet: filed at the counter, told of every step by letter, until her title is in her hands."""
    desk, ines = monde.desk("gael"), monde.agent("deposit", "ines")
    typed = {
        "prefecture": "75", "nom": "Papier-Jusquau-Bout", "prenoms": "Awa", "naissance-jour": "5",
        "naissance-mois": "4", "naissance-annee": "1961", "objet": "titre:etudiant",
        "origine": "INCAPACITE", "telephone": "0639980144", "courriel": "voisine@exemple.test", "adresse": ADRESSE,
    }  # fmt: skip
    page = desk.send(desk.read("/substitution/ouvrir"), "/ouvrir", **typed)
    path = page.path.removeprefix("/substitution")
    identite = {"nom": "Papier-Jusquau-Bout", "prenoms": "Awa", "naissance": "1961-04-05"}
    dossier = {"objet": "titre:etudiant", "stade": "renouvellement", "fin_titre": monde.in_days(40)}
    done = file_there(monde, path, identite, EVERY, **dossier)
    row = next(row for row in ines.queue() if row["reference"] == done["depot_reference"])
    demande = f"/demandes/{row['demande_id']}"
    ines.post(f"{demande}:demander-pieces", pieces=["domicile"], texte="Le dernier mois, s’il vous plaît.")
    yield 0
    asked = next(one for one in letters_of(monde, done["depot_reference"]) if one["modele"] == "pieces_demandees")
    assert "5 rue de l’Exemple" in printed(monde, asked)
    ines.post(f"{demande}:complete")
    ines.post(f"{demande}:favorable")
    yield 20
    (found,) = ines.post("/agents/recherche", reference=done["depot_reference"])["personnes"]
    answers = identite | {"naissance": "05/04/1961", "numero_etranger": "", "code_postal": "75011"}
    hand_over(ines, row["demande_id"], found["usager_id"], answers)
    yield 0
    assert ines.get(demande)["state"] == "REMISE"
    told = messages_of(monde, done["depot_reference"])
    assert {"compte_ouvert", "depot_recu", "pieces_demandees", "decision_favorable"} <= {m["modele"] for m in told}, (
        told
    )
    by_mail_alone = [m["modele"] for m in told if not {"LETTRE", "APPEL"} & {envoi["canal"] for envoi in m["envois"]}]
    assert by_mail_alone == []


def slots(monde: Monde) -> Iterator[int]:
    """Chosen by e-mail, by letter only, and blocked in the middle of an instruction: each has time to come, the last
    comes first; who missed hers is given a later day; who writes instead gives hers back.
    """
    chosen = {"prefecture": BOBIGNY, "objet": "titre:etudiant", "naissance": "1991-02-03", "prenoms": "Exemple"}
    anybody, first = monde.anybody("substitution"), monde.today
    mail = anybody.post("/voies", **chosen, nom="Creneau-Courriel", courriel="creneau@exemple.test")
    post = anybody.post("/voies", **chosen, nom="Creneau-Lettre", adresse=ADRESSE)
    writes = anybody.post("/voies", **chosen, nom="Creneau-Poste", courriel="poste@exemple.test", moyen="POSTE")
    person = somebody(monde, "creneau-bloquee", prefecture=BOBIGNY)
    demande = file_demande(person, titre_code="etudiant", prefecture=BOBIGNY, fin_titre_date=monde.in_days(200))
    browser = signed_in(monde, person)
    own = browser.read(f"/deposit/demandes/{demande['demande_id']}")
    stuck = browser.read(own.links("/je-n-y-arrive-pas?")[0])
    noted = browser.send(stuck, "/je-n-y-arrive-pas", essai="La page de mon dossier reste blanche.").reference
    yield 0

    desk = monde.agent("substitution", "sonia")
    hers = find_voie(monde, noted, "Exemple creneau-bloquee")
    mailed, posted, written = (find_voie(monde, one["reference"], one_nom) for one, one_nom in (
        (mail, "Creneau-Courriel"), (post, "Creneau-Lettre"), (writes, "Creneau-Poste")))  # fmt: skip
    days = [day_of(voie) for voie in (hers, mailed, posted)]
    # Each on the first open day after her notice: over a week-end two may have the same one.
    assert first + timedelta(days=1) <= days[0] <= days[1] <= days[2], days
    assert first + timedelta(days=3) <= days[1] and first + timedelta(days=8) <= days[2], days
    assert monde.stack.boites.wait_courriel("creneau@exemple.test", "Quand : le")["attachments"]
    told = monde.stack.boites.wait_courriel("poste@exemple.test", "Vos façons de faire")["text"]
    assert "Par la poste : Service des étrangers, 3 rue de l'Exemple, 93000 Bobigny" in told
    hers_too = monde.browser()
    page = hers_too.read(f"/substitution/suivre?reference={writes['reference']}")
    shown = hers_too.send(page, "/suivre", nom="Creneau-Poste").text
    for words in (told, shown):
        proposed = "un rendez-vous individuel au guichet vous est proposé"
        assert proposed in " ".join(words.split()), "whichever way she chose"

    path = path_of(desk, writes["reference"])
    arrived = {"moyen": "POSTE", "reception": monde.today.isoformat(), "objet": "titre:etudiant"}
    desk.post(f"{path}/dossier", **arrived)
    yield 0
    assert find_voie(monde, writes["reference"], "Creneau-Poste")["rendez_vous_time"] == ""

    rest = path_of(desk, hers["reference"])
    brought = {"nom": "Exemple creneau-bloquee", "prenoms": "Exemple", "naissance": "1990-05-17"}
    filed = file_there(monde, rest, brought, "domicile", login="sonia")
    yield 0
    assert filed["depot_reference"] == demande["reference"]
    kept = person.get("/demandes")["demandes"]
    assert [row["reference"] for row in kept] == [demande["reference"]], "nothing is filed a second time"
    assert "domicile.pdf" in browser.read(f"/deposit/demandes/{demande['demande_id']}").text

    missed = day_of(find_voie(monde, mail["reference"], "Creneau-Courriel"))
    assert missed == day_of(written)
    yield (missed - monde.today).days
    expected = monde.desk("sonia").read("/pan/bureau/lieux/93-guichet").text
    assert "Creneau-Courriel" in expected and "Creneau-Poste" not in expected, "her place is for somebody else"
    yield 1
    again = day_of(find_voie(monde, mail["reference"], "Creneau-Courriel"))
    assert again >= monde.today + timedelta(days=8), (missed, again)


def refused_twice(monde: Monde) -> Iterator[int]:
    """Refused at the counter by two voies: a letter each time; the ministry, alerted, alone clears it."""
    desk, hers = monde.agent("substitution", "gael"), {"nom": "Refus-Repete", "naissance": "1985-07-07"}
    paths = []
    for courriel in ("refus-un@exemple.test", "refus-deux@exemple.test"):
        opened = monde.anybody("substitution").post(
            "/voies", prefecture="75", objet="titre:etudiant", **hers, prenoms="Exemple", courriel=courriel
        )
        yield 0
        page = monde.desk("gael").read(f"/substitution{path_of(desk, opened['reference'])}")
        paths.append(page.path)
        monde.desk("gael").send(page, "/refus", raison="IDENTITE_NON_ETABLIE", preuves_vues="capture-ecran")
        yield 0
        mail = monde.stack.boites.wait_courriel(courriel, "La préfecture refuse")
        letter = text_of(monde.stack.boites.attachment(mail))
        assert "L’identité de la personne n’a pas pu être établie" in letter and "une capture d’écran" in letter

    never = monde.anybody("substitution").post("/voies", prefecture="75", objet="titre:etudiant", **SEEN_ONCE)
    seen = dict.fromkeys(("papier", "nom_concorde", "naissance_concorde", "visage_concorde"), "oui")
    desk.post(f"{path_of(desk, never['reference'])}/identite", **seen, **SEEN_ONCE)
    page = monde.desk("gael").read(f"/substitution{path_of(desk, never['reference'])}")
    false = monde.desk("gael").send(page, "/refus", raison="DEJA_DEPOSEE", preuves_vues="rien")
    assert false.status == 422 and "Aucune demande de cette personne" in false.text

    supervisor, ministry = monde.desk("sam"), monde.desk("nadia")
    supervisor.send(supervisor.read(paths[1]), "/revision", issue="CONFIRME")
    listed = ministry.read("/substitution/bureau/refus").text
    assert "Répété : ministère" in listed, "the préfecture's own supervisor does not clear it"
    shown = ministry.read(paths[1])
    assert "le ministère est alerté" in shown.text and "Alerte lue" not in supervisor.read(paths[1]).text
    form = next(f for f in shown.html.find_all("form") if f.find("input", {"name": "issue", "value": "VU"}))
    assert ministry.send(shown, str(form["action"]), issue="VU").status == 200
    assert "le ministère est alerté" not in ministry.read(paths[1]).text


def moved_with_its_dossier(monde: Monde) -> Iterator[int]:
    """Her dossier came to the wrong préfecture: the national desk moves the route on its page, and she is told."""
    boite = "dossier-ailleurs@exemple.test"
    opened = monde.anybody("substitution").post(
        "/voies", prefecture="75", objet="titre:etudiant", nom="Dossier-Ailleurs", prenoms="Exemple",
        naissance="1990-01-02", courriel=boite,
    )  # fmt: skip
    yield 0
    desk, day = monde.agent("substitution", "gael"), monde.today
    path = path_of(desk, opened["reference"])
    desk.post(f"{path}/dossier", moyen="POSTE", reception=day.isoformat(), objet="titre:etudiant")
    yield 0
    ministry = monde.desk("nadia")
    page = ministry.read(f"/substitution{path}")
    assert "Décision de justice enregistrée" not in page.text
    ministry.send(page, "/transfert", prefecture=BOBIGNY)
    yield 0
    mail = monde.stack.boites.wait_courriel(boite, "passée à une autre préfecture")
    assert "Seine-Saint-Denis" in mail["text"] and "vous n’avez rien à renvoyer" in mail["text"]
    assert monde.agent("substitution", "sonia").get(path)["date_protegee"] == opened["date_protegee"]


def find_voie(monde: Monde, reference: str, nom: str) -> dict[str, Any]:
    """A route as its person reads it."""
    found: dict[str, Any] = monde.anybody("substitution").post("/voies:suivre", reference=reference, nom=nom)
    return found


def day_of(voie: dict[str, Any]) -> date:
    """The day of her appointment."""
    assert voie["rendez_vous_time"], voie
    return datetime.fromisoformat(voie["rendez_vous_time"]).date()
