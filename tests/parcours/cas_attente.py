"""Cases 33, 36, 53 and 59, and a year in small: lived together, on the same days of the legal clock (`ensemble`)."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dev.environment import REPOSITORY
from dev.parcours.monde import Acteur, Monde, Refus, file_demande
from dev.parcours.recit import days_without
from droit.catalogue import ROOT, catalogue
from droit.dates import Position
from droit.jours import day_in_words
from tests.parcours.accueil import visited
from tests.parcours.guichet import attach_pieces, file_there
from tests.parcours.messages import letters_of

# Enough for a document of three months to be renewed by itself, P-APILEAD before its end.
TROIS_MOIS = 80
DETENU = "Maison d'arrêt d'exemple"


def case_33(monde: Monde, folder: Path) -> Iterator[int]:
    """Cardholders of the counter, who never had an account: alerted all the same, on paper where only that is known."""
    alerte = max(catalogue().national.numbers("P-ALERT", monde.today, Position.RECOMMANDATION))
    fin = monde.today + timedelta(days=TROIS_MOIS + alerte)
    courriel, telephone = "case33@exemple.test", "+33639983301"
    reach: list[dict[str, Any]] = [
        {"courriel": courriel, "telephone": telephone},
        {"adresse": ["33 rue de l'Exemple", "75012 Paris"]},
    ]
    records = [_record(monde, n, fin, **ways) for n, ways in enumerate(reach, 1)]
    taken = _take_over(monde, folder / "case-33.jsonl", records)
    assert "CREE=2" in taken, taken
    yield TROIS_MOIS
    ouverture, fermeture = fin - timedelta(days=120), fin - timedelta(days=60)
    assert monde.today < ouverture, "before the window opens"
    mail = monde.stack.boites.wait_courriel(courriel, "Étudiant")
    sms = monde.stack.boites.wait_sms(telephone, day_in_words(fin))
    for said in ("L. 422-1", day_in_words(fin), day_in_words(ouverture), day_in_words(fermeture), "guichet", "poste"):
        assert said in mail["text"], said
    assert day_in_words(ouverture) in sms["text"]
    letters = [text for modele, text in _waiting_letters(monde) if modele == "alerte_expiration"]
    assert any(day_in_words(fin) in text and "L. 422-1" in text for text in letters)


def case_36(monde: Monde) -> Iterator[int]:
    """Parent of a French child in régularisation: the attestation of first demande at completeness, then renewed."""
    person = _somebody(monde, "Trente-Six", prefecture="69", situation_reguliere=False)
    filed = file_demande(person, titre_code="parent-d-enfant-francais", prefecture="69", situation_reguliere=False)
    assert _given(filed) == [], "no right is proved before completeness"
    start = monde.today
    monde.agent("deposit", "rhoda").post(f"/demandes/{filed['demande_id']}:complete")
    (first,) = _given(person.get(f"/demandes/{filed['demande_id']}"))
    yield TROIS_MOIS
    documents = _given(person.get(f"/demandes/{filed['demande_id']}"))
    assert [d["nature"] for d in documents] == ["REG", "REG"]
    assert days_without(documents, start, monde.today + timedelta(days=30)) == []
    seen = monde.anybody("deposit").get(f"/verifications/{documents[1]['numero']}")["document"]
    assert "mêmes droits que le récépissé de première demande" in seen["droits"][0]["texte"]
    assert documents[1]["travail"] == first["travail"] != ""


def case_53(monde: Monde) -> Iterator[int]:
    """A detained person files by post through the establishment; paper follows, and no delay runs against him."""
    desk = monde.agent("substitution", "gael")
    voie = desk.post(
        "/bureau/voies", prefecture="75", objet="titre:conjoint-de-francais", nom="Cinquante-Trois",
        prenoms="Exemple", naissance="1980-01-01", origine="DETENTION", moyen="POSTE", etablissement=DETENU,
        adresse=f"{DETENU}\n1 rue de l'Exemple\n75000 Paris",
    )  # fmt: skip
    path, fin = f"/bureau/voies/{voie['voie_id']}", monde.in_days(10)
    desk.post(
        f"{path}/dossier", moyen="POSTE", reception=monde.today.isoformat(), objet="titre:conjoint-de-francais",
        stade="renouvellement", fin_titre=fin,
    )  # fmt: skip
    attach_pieces(monde, f"/substitution{path}/dossier")
    desk.call("POST", f"{path}/depot")
    yield 0
    done = desk.get(path)
    assert done["rendez_vous_time"] == "", "nobody is made to come out"
    assert done["depot_reference"] and done["attestation_numero"] and done["date_protegee"] == monde.today.isoformat()
    agent = monde.agent("deposit", "ines")
    demande_id = next(r["demande_id"] for r in agent.queue() if r["reference"] == done["depot_reference"])
    held = agent.post(f"/demandes/{demande_id}:complete")
    assert [d["nature"] for d in _given(held)] == ["API"]
    agent.post(f"/demandes/{demande_id}:demander-pieces", pieces=["domicile"], texte="Une preuve plus récente.")
    agent.post(f"/demandes/{demande_id}:arreter-horloge", cause="La personne est détenue.")
    yield 0
    told = letters_of(monde, done["depot_reference"])
    assert {"depot_recu", "demande_complete", "pieces_demandees"} <= {letter["modele"] for letter in told}
    _post(monde, next(letter for letter in told if letter["modele"] == "demande_complete"))
    yield TROIS_MOIS
    after = agent.get(f"/demandes/{demande_id}")
    assert (after["state"], after["pieces_demandees"][0]["repondue_date"]) == ("PIECES_DEMANDEES", "")
    told = letters_of(monde, done["depot_reference"])
    assert not {"echeance_depassee", "pieces_rappel"} & {letter["modele"] for letter in told}
    (sent,) = [letter for letter in told if letter["state"] == "REMIS"]
    assert "remis" in sent["dates"] and any("LP-53" in str(proof) for proof in sent["preuves"])


def promises(monde: Monde) -> Iterator[int]:
    """What three channels and a message promise are tasks of the préfecture; those not kept are told to both."""
    courriel, numero = "promesse@exemple.test", "7503006301"
    person = monde.person(
        nom="Soixante-Trois", prenoms="Exemple", naissance_date="1986-06-03", nationalite="MA", prefecture="75",
        numero_etranger=numero, courriel=courriel,
    )  # fmt: skip
    usager_id = person.get("/moi")["usager_id"]
    filed = file_demande(person, titre_code="etudiant", prefecture="75", fin_titre_date=monde.in_days(90))
    chloe, farid, ines = monde.agent("ccc", "chloe"), monde.agent("pan", "farid"), monde.agent("deposit", "ines")

    ticket = chloe.post("/agents/saisines", precis="Rien n'avance.", nom="Soixante-Trois", prefecture="75")
    call = f"/agents/saisines/{ticket['saisine_id']}"
    who = {"nom": "Soixante-Trois", "prenoms": "Exemple", "naissance": "1986-06-03", "repere": filed["reference"]}
    chloe.post(f"{call}:verifier-identite", **who)
    chloe.post(f"{call}:promettre", genre="rappel", jour=monde.in_days(2), texte="Rappel promis par téléphone")
    chloe.post(f"{call}:promettre", genre="retour", jour=monde.in_days(2), texte="Réponse promise et donnée")
    visit_path = visited(monde, who | {"numero_etranger": numero})
    farid.post(f"{visit_path}:rattacher", usager_id=usager_id)
    farid.post(f"{visit_path}:promettre", genre="document", jour=monde.in_days(2), texte="Copie promise au PAN")
    desk = monde.desk("ines")
    act = f"/deposit/agents/demandes/{filed['demande_id']}/actes/ecrire"
    asked = desk.send(desk.read(act), "/actes/ecrire", texte="Nous vous rappellerons au sujet de votre dossier.")
    assert "Ce message semble promettre quelque chose" in asked.text
    ines.post(
        f"/demandes/{filed['demande_id']}:ecrire", texte="Nous vous rappellerons : message du bureau.",
        promesse="rappel", jour=monde.in_days(2),
    )  # fmt: skip
    path, hers = _counter_promise(monde)
    yield 0

    kept = next(p for p in person.get(f"/usagers/{usager_id}/promesses")["promesses"] if p["genre"] == "retour")
    chloe.call("POST", f"{call}/promesses/{kept['promesse_id']}:tenir")
    sam = monde.desk("sam")
    waiting = sam.read("/deposit/agents/promesses/?etat=A_TENIR").text
    made = (
        "Rappel promis par téléphone",
        "Copie promise au PAN",
        "message du bureau",
        "Convocation promise au guichet",
    )
    assert [words for words in made if words not in waiting] == []
    assert "Centre de contact" in waiting and "Point d’accueil" in waiting and "Guichet de substitution" in waiting
    assert monde.agent("substitution", "gael").get(path)["promesses"][0]["state"] == "NOTEE"
    yield 3

    missed = sam.read("/deposit/agents/promesses/?etat=MANQUEE").text
    assert [words for words in made if words not in missed] == [] and "Réponse promise" not in missed
    assert "n’ont pas été tenues à temps" in sam.read("/deposit/agents/").text
    told = " ".join(mail["text"] for mail in monde.stack.boites.courriels(courriel))
    assert [words for words in made[:3] if words not in " ".join(told.split())] == []
    assert "Réponse promise" not in told
    assert "Convocation promise" in monde.stack.boites.wait_courriel(hers, "Convocation promise")["text"]


def _counter_promise(monde: Monde) -> tuple[str, str]:
    """A person received at the counter, to whom a convocation is promised: her route, her mailbox."""
    courriel, gael = "promesse-guichet@exemple.test", monde.agent("substitution", "gael")
    identite = {"nom": "Guichet-Promis", "prenoms": "Exemple", "naissance": "1979-09-09"}
    opened = gael.post(
        "/bureau/voies", prefecture="75", objet="titre:etudiant", courriel=courriel, moyen="GUICHET", **identite
    )
    path = f"/bureau/voies/{opened['voie_id']}"
    file_there(monde, path, identite, objet="titre:etudiant")
    gael.post(f"{path}/promesses", genre="convocation", jour=monde.in_days(2), texte="Convocation promise au guichet")
    return path, courriel


def case_59(monde: Monde) -> Iterator[int]:
    """The préfecture asked for each renewal on another platform: here nobody asks, and such a rule is refused."""
    person = _somebody(monde, "Cinquante-Neuf", prefecture="69", courriel="case59@exemple.test")
    agent, fin = monde.agent("deposit", "rhoda"), monde.today + timedelta(days=2)
    filed = file_demande(person, titre_code="etudiant", prefecture="69", fin_titre_date=fin.isoformat())
    agent.post(f"/demandes/{filed['demande_id']}:complete")
    facts = len(_acts_of(person, filed))
    yield TROIS_MOIS
    documents = _given(person.get(f"/demandes/{filed['demande_id']}"))
    assert [d["nature"] for d in documents] == ["API", "API"]
    assert days_without(documents, fin + timedelta(days=1), monde.today + timedelta(days=60)) == []
    assert len(_acts_of(person, filed)) == facts, "renewed with no act of hers"
    names = [p["name"] for mail in monde.stack.boites.courriels("case59@exemple.test") for p in mail["attachments"]]
    assert f"api-{documents[1]['numero']}.pdf" in names

    # The button stays, as a fallback, with priority to the agent (DEP-49).
    person.post(f"/demandes/{filed['demande_id']}:renouveler")
    line = next(r for r in agent.queue() if r["demande_id"] == filed["demande_id"])
    assert "renouvellement" in {reason["code"] for reason in line["raisons"]}

    # Whom nothing covers next: the agent and the person are warned before (NOT-04).
    reference = _filed_without_pieces(monde)
    yield 0
    row = next(r for r in monde.agent("deposit", "ines").queue() if r["reference"] == reference)
    assert "rupture" in {reason["code"] for reason in row["raisons"]}
    assert monde.stack.boites.wait_courriel("case59-guichet@exemple.test", reference)

    # No préfecture may ask for another platform (SUB-09).
    rules = tomllib.loads((ROOT / "prefectures" / "75.toml").read_text("utf-8"))
    rules["bpi"]["texte"] = "Renouvelez sur Démarches simplifiées."
    body = {"regles": json.loads(json.dumps(rules, default=str)), "depuis": monde.in_days(1)}
    with pytest.raises(Refus) as caught:
        monde.agent("substitution", "gael").call("PUT", "/bureau/prefectures/75", json=body)
    assert caught.value.status == 422 and "autre plateforme" in str(caught.value.problem)


def a_year(monde: Monde) -> Iterator[int]:
    """A year in small: whatever the title, each document follows the one before until the decision (DEP-48)."""
    agent, lives = monde.agent("deposit", "rhoda"), []
    for rank, (code, held) in enumerate((("etudiant", True), ("conjoint-de-francais", True), ("refugie", False))):
        person = _somebody(monde, f"Année {code}", prefecture="69")
        choix = {"fin_titre_date": monde.in_days(5 * rank)} if held else {}
        filed = file_demande(person, titre_code=code, prefecture="69", **choix)
        if rank == 0:
            agent.post(f"/demandes/{filed['demande_id']}:complete")
        lives.append((person, filed, monde.today + timedelta(days=5 * rank + 1 if held else 0)))
    for days in (TROIS_MOIS, 95, 92, 92):
        yield days
        for person, filed, first in lives:
            gaps = days_without(_given(person.get(f"/demandes/{filed['demande_id']}")), first, monde.today)
            assert gaps == [], f"{filed['libelle']}: {len(gaps)} days without document, the first {gaps[0]}"


def _somebody(monde: Monde, nom: str, **identite: Any) -> Acteur:
    return monde.person(nom=nom, prenoms="Exemple", naissance_date="1987-07-07", nationalite="CM", **identite)


def _given(demande: dict[str, Any]) -> list[dict[str, Any]]:
    """The documents that prove a right, in order."""
    return [d for d in demande["documents"] if d["nature"] in ("API", "REG", "ADF")]


def _acts_of(person: Acteur, demande: dict[str, Any]) -> list[dict[str, Any]]:
    """What the person herself did, as the history of her demande says."""
    facts = person.get(f"/demandes/{demande['demande_id']}/historique")["faits"]
    return [fact for fact in facts if str(fact["par"]).startswith("usager")]


def _record(monde: Monde, rank: int, fin: date, **ways: Any) -> dict[str, Any]:
    debut = monde.today - timedelta(days=100)
    person = {
        "nom": f"Trente-Trois {'AB'[rank - 1]}", "prenoms": "Exemple", "naissance_date": "1995-05-05",
        "numero_etranger": f"750300330{rank}", "prefecture": "75", **ways,
    }  # fmt: skip
    titre = {
        "numero": f"T-33-{rank}", "titre_code": "etudiant", "debut_date": debut.isoformat(),
        "fin_date": fin.isoformat(), "remise_date": debut.isoformat(),
    }  # fmt: skip
    head = {"format": 1, "dossier": f"75-33-{rank}", "maj_date": monde.today.isoformat()}
    return head | {"personne": person, "titres": [titre], "demandes": []}


def _take_over(monde: Monde, file: Path, records: list[dict[str, Any]]) -> str:
    """The operator takes the records of the older application over, by the command; what it printed."""
    file.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    command = [sys.executable, "-m", "services.deposit", "reprise", str(file)]
    env = monde.stack.env_for("deposit", "worker")
    done = subprocess.run(command, cwd=REPOSITORY, env=env, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.upper() + done.stderr[-400:]


def _waiting_letters(monde: Monde) -> Iterator[tuple[str, str]]:
    """The letters that a desk has to print: template and words."""
    following = "/notify/courriers"
    while following:
        page = monde.desk("cyril").read(following)
        for article in page.html.find_all("article"):
            title, link = article.find("h2"), article.find("a", href=lambda href: "/messages/" in str(href))
            if title is not None and link is not None:
                message = monde.agent("notify", "cyril").get(f"/messages/{str(link['href']).rsplit('/', 1)[1]}")
                yield message["modele"], message["textes"]["corps"]
        more = page.html.find("a", rel="next")
        following = str(more["href"]) if more is not None else ""


def _post(monde: Monde, letter: dict[str, Any]) -> None:
    """The desk prints a letter and hands it to the post, with its tracking number."""
    desk = monde.agent("notify", "cyril")
    desk.post(f"/courriers/{letter['id']}/imprimer")
    desk.post(f"/courriers/{letter['id']}/poster", poste_date=monde.today.isoformat(), suivi="LP-53")


def _filed_without_pieces(monde: Monde) -> str:
    """Somebody files at the counter, twelve days before her title ends, with no piece at all; her reference."""
    identite = {"nom": "Cinquante-Neuf", "prenoms": "Guichet", "naissance": "1990-09-05"}
    asked = {"prefecture": "75", "objet": "titre:etudiant", "courriel": "case59-guichet@exemple.test"}
    voie = monde.agent("substitution", "gael").post("/bureau/voies", **asked, **identite)
    path, dossier = f"/bureau/voies/{voie['voie_id']}", {"stade": "renouvellement", "fin_titre": monde.in_days(12)}
    return str(file_there(monde, path, identite, objet="titre:etudiant", **dossier)["depot_reference"])
