"""What a person does on a page, a program does for her: the same models, the same actions, the same refusals."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest

from chassis import clock, event_log, mongo
from services.deposit.compte.actions import recuperation
from tests.deposit.conftest import MOT_DE_PASSE, PDF, Deposit, Personne, a_person, mandatory
from tests.deposit.navigateur import Navigateur, ask, day, stored


@pytest.fixture
def person(deposit: Deposit) -> Personne:
    """A person with an account of her own."""
    return a_person(deposit)


def test_an_impediment_stops_the_delay_until_it_is_over(deposit: Deposit, person: Personne) -> None:
    demande_id = person.file(titre_code="etudiant", fin_titre_date=day(100))["demande_id"]
    path = f"/demandes/{demande_id}/demandes-pieces/{ask(deposit, demande_id, 'domicile')}"

    unknown = person.call("POST", f"/demandes/{demande_id}/demandes-pieces/autre:empecher", json={"texte": "Non"})
    stopped = person.call("POST", f"{path}:empecher", json={"texte": "Je n’ai pas encore de logement"})
    [stop] = stored(demande_id)["arrets"]
    resumed = person.call("POST", f"{path}:reprendre")

    assert [answer.status_code for answer in (unknown, stopped, resumed)] == [404, 200, 200]
    assert (stop["cause"], stop.get("fin_date")) == ("EMPECHEMENT", None)
    assert stored(demande_id)["arrets"][0]["fin_date"] == clock.today().isoformat()


def test_a_message_a_document_sent_and_a_demande_set_aside(person: Personne) -> None:
    filed = person.file(titre_code="etudiant", fin_titre_date=day(100))
    path, numero = f"/demandes/{filed['demande_id']}", filed["documents"][0]["numero"]

    written = person.call("POST", f"{path}/messages", json={"texte": "Bonjour"})
    empty = person.call("POST", f"{path}/messages", json={"texte": " "})
    sent = person.call("POST", f"/documents/{numero}:envoyer")
    aside = person.call("POST", f"{path}:repudier", json={"texte": "Je ne sais pas qui", "preuve": MOT_DE_PASSE})

    assert (written.status_code, empty.status_code) == (201, 422)
    assert (sent.status_code, sent.json) == (200, {"numero": numero, "envoye": True})
    assert aside.json["state"] == "REPUDIEE"


def test_an_answer_outside_the_choices_of_its_question_is_refused_as_on_the_page(
    deposit: Deposit, person: Personne
) -> None:
    lost = person.begin(demarche_code="duplicata")
    agent = deposit.agent("instructeur")
    married = person.begin(demarche_code="changement-de-situation-matrimoniale")["demande_id"]

    def answers(demande_id: str, **said: str) -> int:
        return person.call("PUT", f"/demandes/{demande_id}/reponses", json={"reponses": said}).status_code

    wrong = [{"cause": "Je ne sais pas"}, {"cause_jour": "hier"}, {"prefecture": "Paris"}, {"cause": ""}]
    assert [answers(lost["demande_id"], **said) for said in wrong] == [422] * 4
    assert answers(lost["demande_id"], cause="Il est volé", cause_jour="2026-01-05", titre_numero="T-1") == 200
    assert answers(married, nouvelle_situation="Divorcé") == 422
    assert answers(married, nouvelle_situation="Veuf ou veuve") == 200
    for code in mandatory({"demande_id": married}):
        person.add(married, code)
    assert person.call("POST", f"/demandes/{married}:deposer").json["state"] == "DEPOSEE"
    correction = {"champ": "nouvelle_situation", "valeur": "Divorcé", "motif": "Lu sur l’acte."}
    corrected = deposit.call("POST", f"/demandes/{married}:corriger", agent, json=correction)
    assert (corrected.status_code, corrected.json["champ"]) == (422, "valeur")


def test_what_changes_after_many_facts_is_read_too(deposit: Deposit, person: Personne) -> None:
    demande_id = person.file(titre_code="etudiant", fin_titre_date=day(100))["demande_id"]
    many, store = event_log.PAGE + 20, mongo.database("deposit")
    last = stored(demande_id)["version"]
    said = {"aggregate": demande_id, "subject": "deposit.message.envoye", "by": "systeme", "hash": "", "prive": {}}
    when = {"day": clock.today().isoformat(), "time": clock.now()}
    store["faits"].insert_many(said | when | {"_id": clock.new_id(), "version": last + n + 1} for n in range(many))
    store["demandes"].update_one({"_id": demande_id}, {"$set": {"version": last + many}})

    person.call("PUT", f"/demandes/{demande_id}/reponses", json={"reponses": {"precisions": "Je déménage"}})

    changed = person.call("GET", f"/demandes/{demande_id}/modifications").json["modifications"]
    history = person.call("GET", f"/demandes/{demande_id}/historique").json["faits"]
    assert [gap["apres"] for change in changed for gap in change["ecarts"]] == ["Je déménage"]
    assert len(history) > many


def test_a_change_joins_what_is_open_and_an_address_is_a_text_or_a_list_of_seven_lines(person: Personne) -> None:
    filed = person.file(titre_code="etudiant", fin_titre_date=day(100))
    lines = ["Chez Exemple", "1 rue Neuve", "75001 Paris"]

    told = person.call("POST", "/moi:changement", json={"objet": "ADRESSE", "adresse": "\n".join(lines)})
    as_text = mongo.database("deposit")["usagers"].find_one({"_id": person.usager_id})["adresse"]
    listed = person.call("POST", "/moi:contacts", json={"adresse": lines[1:]})
    as_list = mongo.database("deposit")["usagers"].find_one({"_id": person.usager_id})["adresse"]
    eight = person.call("POST", "/moi:contacts", json={"adresse": [str(number) for number in range(8)]})
    nothing = person.call("POST", "/moi:changement", json={"objet": "ETAT_CIVIL"})

    assert told.json == {"joint_a": [filed["reference"]]}
    assert (as_text, as_list) == (lines, lines[1:])
    assert (listed.status_code, eight.status_code) == (200, 422)
    assert (nothing.status_code, nothing.json["code"]) == (422, "CHANGEMENT_VIDE")


def test_she_protects_her_account_says_a_title_received_and_changes_her_password(
    deposit: Deposit, person: Personne
) -> None:
    protected = person.call("POST", "/moi:proteger", json={})
    received = person.call("POST", "/moi/titres:recu", json={"jour_date": day(-10)})
    short = person.call("POST", "/moi:mot-de-passe", json={"password": "court"})
    new = {"password": "une autre phrase longue"}
    unproved = person.call("POST", "/moi:mot-de-passe", json=new)
    changed = person.call("POST", "/moi:mot-de-passe", json={**new, "preuve": MOT_DE_PASSE})
    body = {"identifiant": person.identifiant, "password": MOT_DE_PASSE}

    assert protected.json == {"protege": True, "canaux_surs": []}
    assert [answer.status_code for answer in (received, short, changed)] == [200, 422, 200]
    assert (unproved.status_code, unproved.json["code"]) == (422, "PREUVE_EXIGEE")
    assert person.call("GET", "/moi").status_code == 401
    assert deposit.call("POST", "/comptes:connexion", json=body).status_code == 401


@pytest.mark.parametrize("password", ["a" * 64, "ééé 日本語 🔒 пароль", "correct horse battery staple " * 6 + "!"])
def test_any_password_that_is_long_enough_is_taken_whole_and_does_not_end(
    deposit: Deposit, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    """Of any signs, up to two hundred; it opens three years later, and neither its beginning nor other letters do."""
    identite = {"nom": "Phrase", "prenoms": "Longue", "naissance_date": "1990-01-01", "prefecture": "75"}
    opened = deposit.call("POST", "/comptes", json=identite | {"password": password})
    later = clock.now() + timedelta(days=3 * 365)
    monkeypatch.setattr(clock, "now", lambda: later)

    def signed_in(typed: str) -> int:
        body = {"identifiant": opened.json["identifiant"], "password": typed}
        return deposit.call("POST", "/comptes:connexion", json=body).status_code

    assert opened.status_code == 201
    assert [signed_in(typed) for typed in (password, password[:-1], password.upper())] == [201, 401, 401]


def test_a_lost_password_is_asked_for_and_chosen_without_a_word_on_who_has_an_account(
    deposit: Deposit, person: Personne
) -> None:
    hers, nobodys = (
        deposit.call("POST", "/comptes:recuperation", json={"identifiant": login})
        for login in (person.identifiant, "S-2222-2222")
    )
    link = recuperation.send(person.usager_id, request_id=clock.new_id())
    chosen, again = (
        deposit.call("POST", f"/recuperations/{link}", json={"password": "une phrase nouvelle"}) for _ in range(2)
    )

    assert (hers.status_code, hers.json) == (nobodys.status_code, nobodys.json) == (200, {"demande": True})
    assert (chosen.status_code, again.status_code) == (200, 422)


def test_an_agent_finds_a_person_records_an_urgency_with_its_proof_and_reads_a_page_again(deposit: Deposit) -> None:
    person = a_person(deposit, nom="Trouvable")
    filed = person.file(titre_code="etudiant", fin_titre_date=day(100))
    clerk, desk = deposit.agent("instructeur"), deposit.agent("bureau_national", agent_id="agent-national")
    proof = {"motif": "travail", "texte": "Lettre", "fichier": (BytesIO(PDF), "lettre.pdf")}

    found = deposit.call("POST", "/agents/recherche", clerk, json={"reference": filed["reference"]})
    flagged = deposit.call("POST", f"/demandes/{filed['demande_id']}:urgence", clerk, data=proof)
    read = deposit.call("POST", "/publications/titre:etudiant:relire", desk, json={"responsable": "Bureau"})
    refused = deposit.call("POST", "/publications/titre:etudiant:relire", desk, json={})

    assert [row["usager_id"] for row in found.json["personnes"]] == [person.usager_id]
    assert flagged.status_code == 200, flagged.json
    assert stored(filed["demande_id"])["urgences"][0]["preuve"]
    assert read.json["relue_date"] == clock.today().isoformat()
    assert (refused.status_code, refused.json["code"]) == (422, "PUBLICATION_SANS_RESPONSABLE")


@pytest.mark.parametrize(
    "password", ["12345678", "PassWord123", "Séjour-2027!", "titre de séjour 93", "awa KOUYATÉ 1990"]
)
def test_a_password_that_everybody_tries_first_is_refused_with_what_to_do(deposit: Deposit, password: str) -> None:
    """Stolen ones, words of the service, her own name: at the opening, and all but her name at each change."""
    identite = {"nom": "Kouyaté", "prenoms": "Awa", "naissance_date": "1990-01-01", "prefecture": "75"}
    opened = deposit.call("POST", "/comptes", json={**identite, "password": password})
    page = Navigateur(deposit).open_account(nom="Kouyaté", prenoms="Awa", password=password)

    assert opened.status_code == 422 and [fault["champ"] for fault in opened.json["champs"]] == ["password"]
    assert page.status == 422 and "plusieurs mots à vous" in page.text


def test_a_stolen_password_is_refused_at_each_later_choice_too(deposit: Deposit, person: Personne) -> None:
    link = recuperation.send(person.usager_id, request_id=clock.new_id())
    changed = person.call("POST", "/moi:mot-de-passe", json={"password": "iloveyou1", "preuve": MOT_DE_PASSE})
    by_link = deposit.call("POST", f"/recuperations/{link}", json={"password": "prefecture93"})
    helper = deposit.call(
        "POST", "/aidants:activation", json={"login": "x", "code": "AAAAA-AAAAA", "password": "1234567890"}
    )

    assert [answer.status_code for answer in (changed, by_link, helper)] == [422, 422, 422]
    assert all("deviner" in answer.json["champs"][0]["message"] for answer in (changed, by_link, helper))
