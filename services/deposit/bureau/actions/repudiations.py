"""Acts on a demande that the person says not to be hers: read what she says, or do it with her at the desk (DEP-07)."""

from __future__ import annotations

from services.deposit.acte.actions import Acte, Apercu, Champ, Message
from services.deposit.bureau import inputs
from services.deposit.compte.actions import repudiation
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.demande import Demande
from services.deposit.instruction.actions import guichet, pouvoirs


def _tells(demande: Demande, saisi: object) -> Apercu:
    champs = {"reference": demande.reference, "libelle": demande.libelle}
    return Apercu((Message("demande_repudiee", champs, ()),), etats.PHRASES[etats.REPUDIEE].phrase)


REPUDIATIONS: tuple[Acte, ...] = (
    Acte(
        code="mise-de-cote-examinee",
        libelle="Dire ce que vous avez fait de cette mise de côté",
        effet="Elle quitte la file. Ce que dit la personne et ce que vous écrivez restent dans l’historique.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Texte,
        faire=lambda i, e: repudiation.examine(i, e.saisi.texte, e.who, request_id=e.request_id),
        etats=(etats.REPUDIEE,),
        champs=(Champ("texte", "Ce que vous avez vérifié et fait", "long"),),
        possible=lambda d: bool(d.repudiation) and not d.repudiation.get("examinee"),
    ),
    Acte(
        code="pas-d-elle",
        libelle="Mettre de côté : la personne n’a pas déposé cette demande",
        effet="Après la vérification de son identité aujourd’hui. Ce n’est pas un refus : rien ne compte contre elle.",
        pouvoir=pouvoirs.INSTRUIRE,
        inputs=inputs.Texte,
        faire=lambda i, e: guichet.set_aside(i, e.saisi.texte, e.who, request_id=e.request_id),
        etats=tuple(state for state, following in etats.FOLLOWING.items() if etats.REPUDIEE in following),
        champs=(Champ("texte", "Ce que dit la personne", "long"),),
        apercu=_tells,
    ),
    Acte(
        code="c-est-elle",
        libelle="Reprendre : la personne dit que cette demande est bien d’elle",
        effet="Après la vérification de son identité aujourd’hui. La demande continue là où elle en était.",
        pouvoir=pouvoirs.INSTRUIRE,
        faire=lambda i, e: guichet.give_back(i, e.who, request_id=e.request_id),
        etats=(etats.REPUDIEE,),
        possible=lambda d: bool(d.repudiation),
    ),
)
