"""A ticket is opened, qualified, continued by the person, reopened: each time one write, and a dated receipt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from blocage.actions import Constat
from blocage.rules import PRECIS_MAX
from chassis import clock, due, outbox
from chassis.outbox import Fact
from chassis.web.who import Who
from droit.jours import add_days
from personne.joindre import Joignable, publish, read_courriel, read_telephone
from personne.reference import new_reference, read_reference
from sejour.blocage.v1 import blocage_pb2
from sejour.ccc.v1 import events_pb2
from services.ccc import inputs
from services.ccc.actions import acces, anomalies, blocages, contacts, prefectures
from services.ccc.cadre import cadre
from services.ccc.rules import acces as acces_rules
from services.ccc.rules import etats, reponses
from services.ccc.store import PieceJointe, Saisine

DRAWS = 5
# A first attempt told as older than this is a slip of the pen.
OLDEST_ATTEMPT = timedelta(days=3650)


@dataclass(frozen=True)
class Ouverture:
    """What is known when a ticket opens: only `canal` and `precis` are needed."""

    canal: str
    precis: str
    categorie: str = ""
    symptome: int = 0
    etape: str = ""
    navigateur: str = ""
    prefecture: str = ""
    choix: str = ""
    nom: str = ""
    prenoms: str = ""
    naissance: date | None = None
    joignable: Joignable = field(default_factory=Joignable)
    premiere_tentative: date | None = None
    fin_droit: date | None = None
    objection: bool = False
    captures: tuple[PieceJointe, ...] = ()
    parcours_id: str = ""
    usager_id: str = ""
    demande_id: str = ""
    demande_reference: str = ""
    blocage_apporte: str = ""
    blocage_id: str = ""
    niveau: int = 1
    # An agent of another channel stopped beside the person: before all others of its queue.
    premiere: bool = False
    sans_recu: bool = field(default=False)


def opening(
    typed: inputs.NouvelleSaisine, canal: str, *, navigateur: str = "", captures: tuple[PieceJointe, ...] = ()
) -> Ouverture:
    """What was typed, on whichever edge, as what is opened. A département or a first day that cannot be is left out.

    Raises Refused(CONTACT_ILLISIBLE): an answer could not arrive.
    """
    today, first = clock.today(), typed.premiere_tentative
    return Ouverture(
        canal=canal,
        precis=_in_words(typed),
        categorie=typed.categorie,
        symptome=typed.symptome,
        etape=typed.etape,
        navigateur=navigateur[:300],
        prefecture=typed.prefecture if prefectures.is_prefecture(typed.prefecture) else "",
        choix=typed.choix,
        nom=typed.nom,
        prenoms=typed.prenoms,
        joignable=Joignable(
            courriel=read_courriel(typed.courriel), telephone=read_telephone(typed.telephone, typed.prefecture)
        ),
        premiere_tentative=first if first and today - OLDEST_ATTEMPT <= first <= today else None,
        fin_droit=typed.fin_droit,
        objection=typed.objection,
        demande_reference=read_reference(typed.demande, "D") if typed.demande else "",
        blocage_apporte=read_reference(typed.blocage, "B") if typed.blocage else "",
        captures=captures,
    )


def _in_words(typed: inputs.NouvelleSaisine) -> str:
    """Her words, and the reference that she brings from where she was stopped: the agent reads both."""
    if not typed.blocage:
        return typed.precis
    return f"{typed.precis}\nRéférence du blocage : {read_reference(typed.blocage, 'B')}"


def open_saisine(asked: Ouverture, who: Who, *, request_id: str) -> Saisine:
    """Opens a ticket with its number and dated receipt; a blockage is recorded at once (CCC-01, CCC-14, CCC-21).

    Two writes where there is a blockage: first the constat, which protects the date, then the ticket.
    """
    asked = _completed(asked)
    saisine = _new(asked, request_id)
    if saisine.categorie == etats.TELEPROCEDURE:
        if not asked.blocage_id:
            blocage = blocages.record(constat(saisine, who), request_id=f"{request_id}:blocage")
            saisine.blocage_id, saisine.blocage_reference = blocage.id, blocage.reference
        p_att = cadre().number("P-ATT", saisine.ouverture_date)
        due.plan(saisine, attestation=reponses.attestation_day(saisine.ouverture_date, p_att, saisine.ouverture_date))
    # Each day without an answer is an attempt in vain, whatever she asked (CCC-20).
    due.plan(saisine, silence=add_days(saisine.ouverture_date, cadre().number("P-ATTEMPTS", saisine.ouverture_date)))
    saisine = _insert(saisine, who, request_id, receipt=not asked.sans_recu)
    sure = next((piste for piste in anomalies.pistes(saisine.precis, saisine.symptome) if piste.sure), None)
    if sure is not None:
        return anomalies.recognise(saisine.id, sure.code, acces.SYSTEME, request_id=f"anomalie:{request_id}")
    return saisine


@outbox.retry_conflicts
def qualify(saisine_id: str, categorie: str, symptome: int, who: Who, *, request_id: str) -> Saisine:
    """Changes the category; a ticket that becomes a blockage counts as one since it was opened."""
    saisine = acces.access_saisine(saisine_id, who, acces_rules.QUALIFIER)
    if outbox.already(saisine, request_id):
        return saisine
    reponses.may_act(saisine.state).or_refuse()
    saisine.symptome = symptome or saisine.symptome
    saisine.categorie = categorie
    facts = []
    if categorie == etats.TELEPROCEDURE and not saisine.blocage_id:
        blocage = blocages.record(constat(saisine, who), request_id=f"{request_id}:blocage")
        saisine.blocage_id, saisine.blocage_reference = blocage.id, blocage.reference
        p_att, today = cadre().number("P-ATT", saisine.ouverture_date), clock.today()
        due.plan(saisine, attestation=reponses.attestation_day(saisine.ouverture_date, p_att, today))
        facts.append(Fact("ccc.saisine.ouverte", opened(saisine), by=who.subject))
    return outbox.update(saisine, *facts, request_id=request_id)


def close(saisine: Saisine, issue: str, *, by: str, request_id: str, mot: str = "") -> Saisine:
    """Writes the end of a ticket: outcome, figures, and the message to the person, with a word of the agent's.

    A blockage that lasts is still attested at P-ATT (CCC-06).
    """
    today = clock.today()
    ended = events_pb2.SaisineClose(
        saisine_id=saisine.id, issue=issue, demande_id=saisine.demande_id, usager_id=saisine.usager_id
    )
    champs = {"issue": etats.ISSUES[issue], "mot": mot}
    entries, _ = contacts.tell(saisine, "saisine_close", champs, by=by)
    saisine.state, saisine.refus_date = etats.CLOSE, None
    saisine.issue = issue
    saisine.fin_date = today
    saisine.fin_jours = (today - saisine.ouverture_date).days
    if saisine.leve or saisine.papiers:
        due.plan(saisine, attestation=None)
    return outbox.update(saisine, Fact("ccc.saisine.close", ended, by=by), *entries, request_id=request_id)


def opened(saisine: Saisine) -> events_pb2.SaisineOuverte:
    """The fact that a ticket is open."""
    return events_pb2.SaisineOuverte(
        saisine_id=saisine.id,
        reference=saisine.reference,
        usager_id=saisine.usager_id,
        prefecture=saisine.prefecture,
        categorie=saisine.categorie,
        demande_id=saisine.demande_id,
        blocage=saisine.categorie == etats.TELEPROCEDURE,
        blocage_id=saisine.blocage_id,
        copie_prefecture=bool(saisine.prefecture) and not saisine.objection,
        demande_reference=saisine.demande_reference,
        close=saisine.state == etats.CLOSE,
        objection=saisine.objection,
    )


def _completed(asked: Ouverture) -> Ouverture:
    return replace(asked, categorie=asked.categorie or reponses.guess_category(asked.precis))


def _new(asked: Ouverture, request_id: str) -> Saisine:
    titre, demarche = cadre().catalogue.choice(asked.choix)
    parcours_id = asked.parcours_id or outbox.id_for(request_id, "parcours")
    instant = clock.legal_now()
    return Saisine(
        id=outbox.id_for(request_id, "saisine"),
        parcours_id=parcours_id,
        suivi_cle=contacts.new_key(),
        canal=asked.canal,
        categorie=asked.categorie,
        niveau=asked.niveau,
        tri=reponses.queue_key(
            date.min if asked.premiere else asked.fin_droit, f"{instant.isoformat()}|{request_id}", asked.niveau
        ),
        precis=asked.precis[:PRECIS_MAX],
        symptome=asked.symptome,
        etape=asked.etape[:200],
        navigateur=asked.navigateur[:300],
        captures=list(asked.captures),
        prefecture=asked.prefecture,
        titre_code=titre,
        demarche_code=demarche,
        premiere_tentative_date=asked.premiere_tentative,
        fin_droit_date=asked.fin_droit,
        nom=asked.nom[:200],
        prenoms=asked.prenoms[:200],
        naissance_date=asked.naissance,
        courriel=asked.joignable.courriel,
        telephone=asked.joignable.telephone,
        adresse=list(asked.joignable.adresse),
        contact_id=parcours_id if asked.joignable.somehow else asked.usager_id,
        usager_id=asked.usager_id,
        demande_id=asked.demande_id,
        demande_reference=asked.demande_reference,
        objection=asked.objection,
        blocage_apporte=asked.blocage_apporte,
        blocage_id=asked.blocage_id,
        ouverture_date=clock.today(),
        ouverture_time=instant,
    )


def _insert(saisine: Saisine, who: Who, request_id: str, *, receipt: bool) -> Saisine:
    """Draws a reference that nobody has; a repeat finds the first ticket."""
    for _ in range(DRAWS):
        saisine.reference = new_reference("C")
        new = saisine.contact_id == outbox.id_for(request_id, "parcours")
        entries = publish(saisine.contact_id, contacts.joignable(saisine), first=new)
        receipt_entries, _id = (
            contacts.tell(saisine, "saisine_recue", _receipt(saisine), by=who.subject) if receipt else ((), "")
        )
        try:
            fact = Fact("ccc.saisine.ouverte", opened(saisine), by=who.subject)
            return outbox.insert(saisine, fact, *entries, *receipt_entries, request_id=request_id)
        except outbox.Duplicate:
            continue
    raise outbox.Conflict("no reference left to draw")


def _receipt(saisine: Saisine) -> dict[str, object]:
    return {
        "jour": saisine.ouverture_date.isoformat(),
        "blocage": saisine.blocage_reference,
    }


def constat(saisine: Saisine, who: Who) -> Constat:
    return Constat(
        parcours_id=saisine.parcours_id,
        symptome=saisine.symptome or blocage_pb2.SYMPTOME_AUTRE,
        prefecture=saisine.prefecture,
        jour=clock.today(),
        par=who.subject,
        preuves=(blocage_pb2.PREUVE_CAPTURE,) if saisine.captures else (blocage_pb2.PREUVE_DECLARATION,),
        usager_id=saisine.usager_id,
        demande_id=saisine.demande_id,
        titre_code=saisine.titre_code,
        demarche_code=saisine.demarche_code,
        contact_id=saisine.contact_id,
        premiere_tentative=saisine.premiere_tentative_date or saisine.ouverture_date,
        fin_droit=saisine.fin_droit_date,
        page=saisine.etape,
        precis=saisine.precis,
        navigateur=saisine.navigateur,
        capture=saisine.captures[0].cle if saisine.captures else "",
        objection=saisine.objection,
    )
