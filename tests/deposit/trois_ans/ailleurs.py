"""What happened in another office or another application, and comes here late."""

from __future__ import annotations

from hypothesis import strategies as st

from services.deposit.dossier.store.demande import Demande
from tests.deposit import actes_vecus as actes
from tests.deposit import reprises
from tests.deposit.oracle import Situation
from tests.deposit.trois_ans.depots import settled_filing
from tests.deposit.trois_ans.scene import DES_LE_DEPOT, OUVERTES, RENOUVELEES, Scene, acte, on_demande, settled


class Ailleurs(Scene):
    """Filings, documents and decisions of elsewhere."""

    @on_demande(*OUVERTES, si=settled, avant=st.integers(1, 60), reste=st.integers(-5, 200))
    def retrouver_un_depot_anterieur(self, one: Demande, avant: int, reste: int) -> None:
        """She had filed elsewhere, and was given a récépissé there."""
        if not self.vie.demandes[one.id].ailleurs:
            actes.filed_elsewhere(self.vie, one.id, avant, reste)

    @acte(
        settled_filing,
        situation=st.sampled_from(RENOUVELEES),
        avant=st.integers(0, 100),
        fin=st.integers(-20, 120),
        recepisse=st.sampled_from([None, -5, 60, 200]),
    )
    def reconnaitre_un_depot(self, situation: Situation, avant: int, fin: int, recepisse: int | None) -> None:
        """A desk writes here the demande that she had filed elsewhere, with the récépissé given there or without."""
        actes.recognise(self.vie, situation, actes.Ancien(avant, fin, recepisse))

    @acte(
        settled_filing,
        situation=st.sampled_from((*RENOUVELEES, *DES_LE_DEPOT)),
        avant=st.integers(1, 200),
        fin=st.integers(-20, 150),
        recepisse=st.sampled_from([None, (0, 90), (0, 30), (25, 120)]),
        acceptee=st.booleans(),
    )
    def reprendre_un_dossier(
        self, situation: Situation, avant: int, fin: int, recepisse: tuple[int, int] | None, acceptee: bool
    ) -> None:
        """A demande under way, or granted, in the older application is taken over with its date and its document."""
        reprises.take_over(self.vie, situation, reprises.Ancienne(avant, fin, recepisse, acceptee))

    @acte(
        lambda scene: settled(scene) and bool(reprises.followed(scene.vie)),
        etat=st.sampled_from(["FAVORABLE", "REMIS", "CLOS", "DEFAVORABLE"]),
        n=st.integers(0, 2),
    )
    def l_autre_fichier_avance(self, etat: str, n: int) -> None:
        """The older application says what it decided since; a refusal or a closing is never written by the machine."""
        reprises.say(self.vie, n, etat)

    @acte(lambda scene: settled(scene) and len(scene.vie.fantomes) < 2, titre=st.sampled_from(RENOUVELEES))
    def reprendre_un_fantome(self, titre: Situation) -> None:
        """A demande that nobody closed, although its title followed: it bars nothing and gives nothing."""
        reprises.ghost(self.vie, titre.titre)

    @acte(lambda scene: bool(scene.vie.fantomes), n=st.integers(0, 1))
    def fermer_un_fantome(self, n: int) -> None:
        """Any préfecture closes it; closed by error, it is reopened and lives like any other."""
        reprises.close_ghost(self.vie, n)
