"""A person's documents: the list, one shown large, the PDF; none is given to anyone out of reach."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from chassis import clock, logs
from chassis.web.files import disposition
from chassis.web.forms import Answer
from chassis.web.idempotency import request_id
from chassis.web.identity import current_who, require
from chassis.web.who import AIDANT, USAGER
from services.deposit.blocage.pages import blocage
from services.deposit.blocage.pages.personne import person_id, stuck
from services.deposit.demande.actions import views
from services.deposit.dossier.actions import acces
from services.deposit.droits.actions import attestations
from services.deposit.instruction.actions import reparations

documents = Blueprint("documents", __name__)

NOMS = {
    "AD": _l("Attestation de dépôt"),
    "API": _l("Attestation de prolongation d’instruction"),
    "ADF": _l("Attestation de décision favorable"),
    "REG": _l("Attestation de demande complète"),
    "REC": _l("Récépissé de demande de titre de séjour"),
    "CLOTURE": _l("Avis de clôture de la demande"),
    "DECISION": _l("Décision de la préfecture"),
    "LETTRE": _l("Lettre"),
}


# What a document is worth: its word and how it is shown, the same on every page.
ETATS = {
    "valide": (_l("Valable aujourd’hui"), "ok"),
    "a-venir": (_l("Pas encore valable"), "attente"),
    "remplace": (_l("Remplacé"), "attention"),
    "termine": (_l("Terminé"), "arret"),
    "inconnu": (_l("Inconnu"), "arret"),
    "non-verifie": (_l("N’a pas pu être vérifié"), "attente"),
}


@documents.app_context_processor
def names() -> dict[str, object]:
    """Names of the documents and the words of their states, for the pages that show one."""
    return {"noms_documents": NOMS, "etats_documents": ETATS}


@documents.get("/documents")
@require(USAGER, AIDANT)
def lister() -> str:
    """Every document ever given, the ones in force first; nothing disappears (DEP-44)."""
    acces.access_usager(person_id(), current_who())
    return render_template("espace/documents/liste.html", documents=views.documents_of(person_id()))


@documents.get("/documents/<numero>")
@require()
def montrer(numero: str) -> str:
    """One document, large: its code stays readable without a network once the page is open."""
    found = views.document(numero, current_who())
    return render_template("espace/documents/montrer.html", document=found, code=Markup(found.code_svg))  # noqa: S704


@documents.get("/documents/<numero>.pdf")
@require()
def pdf(numero: str) -> Answer:
    """The paper. When it cannot be drawn, that is a blocage, recorded on the page that says so (DEP-58)."""
    demande, attestation = attestations.find(numero)
    acces.access_demande(demande.id, current_who())
    try:
        content = attestations.pdf(attestation)
    except Exception as error:
        logs.get().error("deposit.document.undrawable", error=type(error).__name__, exc_info=True)
        found = stuck("TELECHARGEMENT", clock.new_id(), demande_id=demande.id)
        page = render_template(
            "espace/documents/impossible.html",
            blocage=found,
            voies=blocage.ways(demande.prefecture),
            jour=clock.today(),
            numero=numero,
        )
        return page, 503
    name = f"{attestation.nature.lower()}-{attestation.numero}.pdf"
    inline = bool(request.args.get("voir"))
    return Response(
        content, mimetype="application/pdf", headers={"Content-Disposition": disposition(name, inline=inline)}
    )


@documents.post("/documents/<numero>/envoyer")
@require(USAGER, AIDANT)
def envoyer(numero: str) -> Answer:
    """« Je n’arrive pas à le télécharger »: it goes by her own way and on paper, and it is recorded (DEP-58)."""
    found = views.document(numero, current_who())
    who = current_who()
    reparations.send_document(found.numero, by=who.subject, request_id=request_id())
    stopped = stuck("TELECHARGEMENT", f"{request_id()}:blocage", demande_id=found.demande_id)
    flash(
        _(
            "Il part par votre moyen habituel et par la poste. Référence de votre blocage : %(ref)s.",
            ref=stopped.reference,
        ),
        "ok",
    )
    return redirect(url_for("documents.montrer", numero=numero), 303)
