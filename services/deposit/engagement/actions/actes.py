"""Acts that bind the administration: a promise, an automatic closing undone, a case sent to the programme desk."""

from __future__ import annotations

from collections.abc import Callable

from services.deposit.acte.actions import Acte, Apercu, Champ, Message, Order
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.engagement import inputs
from services.deposit.engagement.actions import promesses, remontees
from services.deposit.instruction.actions import clotures, pouvoirs, remises


def _parole(order: Order) -> promesses.Parole:
    return promesses.Parole(order.saisi.genre, order.saisi.jour, order.saisi.texte)


def _problem(order: Order) -> remontees.Probleme:
    return remontees.Probleme(order.saisi.objet, order.saisi.texte, order.saisi.ancienne)


def _promise(make: Callable[..., object]) -> Acte:
    return Acte(
        code="promettre",
        libelle="Noter une promesse",
        effet="La personne la lit dans son espace. Passé le jour, elle est prévenue, et le superviseur aussi.",
        pouvoir=pouvoirs.PROMETTRE,
        inputs=inputs.Promesse,
        faire=lambda i, e: make(i, _parole(e), e.who, request_id=e.request_id),
        reponse=promesses.in_json,
        champs=(
            Champ("genre", "Ce qui est promis", "choix", choix=lambda d, w: list(promesses.GENRES.items())),
            Champ("jour", "Dernier jour", "jour"),
            Champ("texte", "Précisions", aide="La personne les lit.", facultatif=True),
        ),
    )


def _escalate(make: Callable[..., object], pouvoir: str) -> Acte:
    return Acte(
        code="remonter",
        libelle="Transmettre au bureau national",
        effet=(
            "Ce qu’aucune préfecture ne peut lever. Un délai court là-bas, et une autre voie s’ouvre pour la personne."
        ),
        pouvoir=pouvoir,
        inputs=inputs.Remontee,
        faire=lambda i, e: make(i, _problem(e), e.who, request_id=e.request_id),
        reponse=remontees.in_json,
        champs=(
            Champ("objet", "Ce qui bloque", "choix", choix=lambda d, w: list(remontees.OBJETS.items())),
            Champ("texte", "Ce que vous avez essayé", "long"),
            Champ("ancienne", "Référence de l’ancienne demande", facultatif=True),
        ),
        apercu=_preview,
    )


def _preview(demande: Demande, saisi: inputs.Remontee) -> Apercu:
    """What the person will read; reference and last day are given when it leaves."""
    objet = remontees.OBJETS.get(saisi.objet, saisi.objet)
    return Apercu((Message("remontee_ouverte", {"objet": objet}, ()),))


ENGAGEMENTS: tuple[Acte, ...] = (
    _promise(promesses.make),
    Acte(
        code="annuler-fermeture",
        libelle="Annuler la fermeture automatique",
        effet="Tout revient en un geste : état, dates, demande de pièces, attestations, sans jour manquant.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Annulation,
        plan=lambda d, o: clotures.cancel(d, o, o.saisi.motif),
        etats=(etats.CLOSE,),
        champs=(Champ("motif", "Pourquoi", "long"),),
        possible=clotures.automatic,
    ),
    Acte(
        code="annuler-remise",
        libelle="Annuler une remise notée par erreur",
        effet="La remise est effacée. L’attestation de décision favorable vaut de nouveau, et la personne la reçoit.",
        pouvoir=pouvoirs.REMETTRE,
        inputs=inputs.Annulation,
        plan=lambda d, o: remises.take_back(d, o, o.saisi.motif),
        etats=(etats.REMISE,),
        champs=(Champ("motif", "Pourquoi", "long"),),
        possible=remises.can_take_back,
    ),
    _escalate(remontees.escalate, pouvoirs.INSTRUIRE),
)
ENGAGEMENTS_PERSONNE: tuple[Acte, ...] = (
    _promise(promesses.make_to_person),
    _escalate(remontees.escalate_for, pouvoirs.DEBLOQUER),
)
