"""What every service that records blocages publishes of them: how many, to how many a route was offered, and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from google.protobuf.message import Message

from pilotage.actions.tableau import Fait, days, first
from pilotage.rules import Genre, Indicateur, Mesure
from sejour.blocage.v1 import blocage_pb2

BLOCAGES, PART, JOURS = "blocages", "blocages-avec-voie", "jours-blocage-voie"
INDICATEURS = (
    Indicateur(BLOCAGES, "Blocages constatés", "Blocages enregistrés par ce service, comptés le jour du constat."),
    Indicateur(
        PART,
        "Blocages suivis d’une autre façon de faire",
        "Part des blocages pour lesquels une voie sans internet a été ouverte, parmi ceux dont la suite est connue : "
        "voie ouverte, ou blocage fini sans voie. Compté le jour où la suite est connue.",
        Genre.PART,
        "%",
        publie="5 % des travailleurs sociaux interrogés par la FAS disent que la préfecture propose toujours une "
        "solution de substitution",
    ),
    Indicateur(
        JOURS,
        "Jours du blocage à la proposition",
        "Jours, en moyenne, entre le premier essai bloqué et le jour où une voie sans internet est ouverte.",
        Genre.MOYENNE,
        "jours",
    ),
)


def read(service: str) -> Mapping[str, type[Message]]:
    """The facts of blocages that this service publishes."""
    kinds = {
        "constate": blocage_pb2.BlocageConstate,
        "leve": blocage_pb2.BlocageLeve,
        "voie_ouverte": blocage_pb2.BlocageVoieOuverte,
        "resolu": blocage_pb2.BlocageResolu,
    }
    return {f"{service}.blocage.{verb}": kind for verb, kind in kinds.items()}


def counted(service: str) -> Mapping[str, Callable[[Fait, Sequence[Fait]], Iterable[Mesure]]]:
    """What each of them adds."""
    opened = f"{service}.blocage.voie_ouverte"
    constate = f"{service}.blocage.constate"

    def on_constate(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
        # The same constat is told again once its person is known.
        return () if first(before, constate) else (Mesure(BLOCAGES),)

    def on_voie(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
        if first(before, opened):
            return ()
        return Mesure(PART), *(Mesure(JOURS, passed) for passed in days(first(before, constate), fait))

    def on_end(fait: Fait, before: Sequence[Fait]) -> Iterable[Mesure]:
        ended = any(first(before, f"{service}.blocage.{verb}") for verb in ("leve", "resolu", "voie_ouverte"))
        return () if ended else (Mesure(PART, 0),)

    return {
        constate: on_constate,
        opened: on_voie,
        f"{service}.blocage.leve": on_end,
        f"{service}.blocage.resolu": on_end,
    }
