"""What a run needs before its start: a store of national size, people signed in, drafts begun, dossiers chosen."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import date

from dev.seed import sign_agent_in
from dev.stack import Stack
from droit.catalogue import Stade, catalogue
from droit.dates import Position
from loadtests import accounts, models, shapes
from loadtests.fill import Filler
from loadtests.mix import driven
from loadtests.models import Api, Modeles
from loadtests.shapes import Span
from loadtests.world import Draft, Plan, Session

QUIET_SECONDS = 300.0
# Four pieces a title, as the mix counts them.
PIECES = 4
TITRES = 3
# To begin with; more when what makes them is not driven (some operations alone).
SESSIONS, BEGUN, COMPLETE = 40, 20, 20
SAVES = 8
# Reads the state from which each act of an agent starts.
STATES = {"complete": "DEPOSEE", "favorable": "COMPLETE", "titre-pret": "FAVORABLE"}


@dataclass(frozen=True)
class Asked:
    """What the command line asks for. `factor` is the peak factor times the number of peaks."""

    factor: float
    seconds: float
    warm_up: float
    demandes: int
    only: tuple[str, ...] = ()
    shape: str = "palier"

    @property
    def rates(self) -> dict[str, float]:
        """Arrivals a second of each operation that the generator sends, before a phase multiplies them."""
        return {part.operation: part.rate(self.factor) for part in driven(self.only)}

    @property
    def spans(self) -> tuple[Span, ...]:
        """The phases of the run, in seconds."""
        return shapes.spans(self.shape, self.warm_up, self.seconds)

    def total(self, operation: str) -> float:
        """How many of an operation the whole run sends, warm-up included."""
        rate = self.rates.get(operation, 0.0)
        return sum(span.phase.rate(operation, rate) * (span.end - span.start) for span in self.spans)

    def count(self, operation: str, spare: float = 1.1) -> int:
        """How many of an operation the whole run needs, with something to spare."""
        return math.ceil(self.total(operation) * spare) + 10

    def alone(self, operation: str, maker: str) -> int:
        """How many that `maker` would have made `operation` needs beforehand, when it is driven without it."""
        return 0 if maker in self.rates or operation not in self.rates else self.count(operation)


@dataclass(frozen=True)
class Ready:
    """A stack that is up and filled, with what runs on it share."""

    api: Api
    agent_token: str
    filler: Filler


def ready(stack: Stack, wanted: int) -> Ready:
    """Brings the store to `wanted` demandes; what earlier runs made is kept."""
    agent_token, api = sign_agent_in(stack.url, "deposit", accounts.AGENT)["jeton"], Api(stack.url)
    today = stack.clock.today()
    filler = Filler(stack.mongodb_uri, stack.data, today)
    path = stack.data / "modeles.json"
    modeles = Modeles.read(path)
    if modeles is None:
        modeles = models.make(stack, api, agent_token, titres(today))
        stack.clock.wait_quiet(QUIET_SECONDS)
        modeles.write(path)
    added = filler.fill(modeles, wanted)
    print(f"Base : {filler.count()} demandes ({added} ajoutées).", flush=True)
    return Ready(api, agent_token, filler)


def plan(stack: Stack, ready: Ready, asked: Asked) -> Plan:
    """People signed in and drafts begun, through the API; nothing of it counts in what is measured. No start yet."""
    api, filler, wanted = ready.api, ready.filler, titres(stack.clock.today())
    sessions = SESSIONS + asked.alone("brouillon", "connexion") // SAVES
    begun, complete = BEGUN + asked.alone("piece", "brouillon") // PIECES, COMPLETE + asked.alone("depot", "piece")
    numbers = random.sample(range(filler.done), min(filler.done, asked.count("connexion") + sessions))
    early, later = numbers[:sessions], numbers[sessions:]
    opened = [Session(api.sign_in(accounts.identifiant(n)), accounts.demande_id(n)) for n in early]
    drafts = [
        _draft(api, opened[rank % sessions].token, wanted, rank, complete=rank < complete)
        for rank in range(begun + complete)
    ]
    acts = asked.count("statut") // len(STATES) + 10
    return Plan(
        url=stack.url,
        schedules=shapes.schedules(asked.spans, asked.rates),
        seconds=asked.seconds,
        start=0.0,
        agent_token=ready.agent_token,
        titres=wanted,
        accounts=later,
        sessions=opened,
        drafts=drafts,
        to_advance={act: filler.dossiers(state, acts) for act, state in STATES.items()},
    )


def titres(day: date) -> dict[str, list[str]]:
    """Some titles of the téléservice that ask for four mandatory pieces, with their codes."""
    position = Position.RECOMMANDATION
    found: dict[str, list[str]] = {}
    for titre in catalogue().titres():
        if not titre.on_teleservice(day, position) or Stade.PREMIERE not in titre.stades:
            continue
        codes = [piece.code for piece in titre.pieces_at(Stade.PREMIERE, day, position) if piece.obligatoire]
        if len(codes) == PIECES:
            found[titre.code] = codes
    return dict(list(found.items())[:TITRES])


def _draft(api: Api, token: str, wanted: dict[str, list[str]], rank: int, *, complete: bool) -> Draft:
    code = list(wanted)[rank % len(wanted)]
    demande = api.begin(token, code)
    pieces = list(wanted[code])
    if complete:
        for piece in pieces:
            api.add(token, demande, piece)
        pieces = []
    return Draft(token, demande, pieces)
