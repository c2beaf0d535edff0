"""Filings made elsewhere: joined to a demande, or recognised when nobody wrote it here (DEP-42)."""

from __future__ import annotations

from services.deposit.acte.actions import DEMANDE_LUE, Acte, Apercu, Champ, Message, Order
from services.deposit.demande.actions import fiches
from services.deposit.demande.actions.demandes import Choix
from services.deposit.dossier.actions.prefectures import departements
from services.deposit.dossier.rules import etats
from services.deposit.dossier.store.usager import Usager
from services.deposit.instruction.actions import pouvoirs
from services.deposit.reprise import inputs
from services.deposit.reprise.actions import anterieurs
from services.deposit.reprise.actions.anterieurs import LIEUX, Anterieur

_CHAMPS = (
    Champ("depot", "Jour du premier dépôt", "jour"),
    Champ("lieu", "Où la demande a été déposée", "choix", choix=lambda d, w: list(LIEUX.items())),
    Champ("numero", "Numéro de ce dépôt", aide="Sur le récépissé, l’accusé ou la convocation.", facultatif=True),
    Champ("document", "Document donné", aide="Par exemple : récépissé, et son numéro.", facultatif=True),
    Champ("document_fin", "Dernier jour de ce document", "jour"),
    Champ("prefecture", "Préfecture de ce dépôt", "choix", facultatif=True, choix=lambda d, w: departements()),
)


def _anterieur(saisi: inputs.DepotAnterieur) -> Anterieur:
    names = ("depot", "lieu", "numero", "prefecture", "document", "document_fin")
    return Anterieur(**{name: getattr(saisi, name) for name in names})


def _recognise(usager_id: str, order: Order) -> object:
    saisi = order.saisi
    choix = Choix(titre_code=saisi.titre_code, prefecture=saisi.prefecture, fin_titre=saisi.fin_titre_date)
    return anterieurs.recognise(usager_id, choix, _anterieur(saisi), order.who, request_id=order.request_id)


def _preview_new(usager: Usager, saisi: inputs.DepotReconnu) -> Apercu:
    champs = {"titre": dict(fiches.titres()).get(saisi.titre_code, saisi.titre_code), "date_retenue": saisi.depot}
    return Apercu((Message("depot_recu", champs, ("AD",)),))


ANTERIEURS: tuple[Acte, ...] = (
    Acte(
        code="rattacher-depot",
        libelle="Rattacher un dépôt antérieur",
        effet="La demande prend la date du premier dépôt, fait ailleurs. La personne ne dépose rien de nouveau.",
        pouvoir=pouvoirs.REMETTRE,
        inputs=inputs.DepotAnterieur,
        plan=lambda d, o: anterieurs.attach(d, o, _anterieur(o.saisi)),
        etats=etats.EN_INSTRUCTION,
        champs=_CHAMPS,
    ),
)

ANTERIEURS_PERSONNE: tuple[Acte, ...] = (
    Acte(
        code="reconnaitre-depot",
        rend=DEMANDE_LUE,
        libelle="Reconnaître un dépôt fait ailleurs",
        effet="La demande est suivie ici à la date du premier dépôt. La personne ne la dépose pas une deuxième fois.",
        pouvoir=pouvoirs.REMETTRE,
        inputs=inputs.DepotReconnu,
        faire=_recognise,
        champs=(
            Champ("titre_code", "Titre demandé", "choix", choix=lambda u, w: fiches.titres()),
            *_CHAMPS,
            Champ("fin_titre_date", "Dernier jour du titre tenu, s’il y en a un", "jour"),
        ),
        apercu=_preview_new,
    ),
)
