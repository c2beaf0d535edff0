"""A file that does not go tells why, each of four ways with what to do, and goes on by itself when the line is back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.deposit.conftest import PDF
from tests.pages.conftest import TELEPHONE, World
from tests.pictures import CUT_HEIC

pytestmark = pytest.mark.timeout(300)


@pytest.mark.clause("DEP-30/d")
def test_an_upload_that_stops_says_which_of_four_ways_and_goes_on_where_it_was(world: World, tmp_path: Path) -> None:
    context = world.context("usager", TELEPHONE)
    page = context.new_page()
    page.goto("/deposit/commencer/visiteur")
    page.check("[name=situation][value=aucun]")
    page.select_option("[name=prefecture]", "75")
    page.click("main form button[type=submit] >> nth=0")
    page.click("main a[href$='/pieces'] >> nth=0")
    section = page.locator("main section[id]:has(form.upload) >> nth=0")
    said = section.locator(".upload-state")
    files = {"gros.pdf": 50_000_001, "trois.pdf": 3_000_000}
    for name, size in files.items():
        (tmp_path / name).write_bytes(PDF.ljust(size, b"\0"))
    (tmp_path / "photo.heic").write_bytes(CUT_HEIC)
    parts: list[str] = []

    def choose(name: str) -> None:
        section.locator("[name=fichier]").set_input_files(tmp_path / name)
        section.locator("form.upload button[type=submit]").click()

    def cut(route: Route) -> None:
        """The line dies after the first part."""
        parts.append(route.request.headers.get("upload-offset", ""))
        if len(parts) > 1:
            route.abort()
        else:
            route.continue_()

    choose("gros.pdf")
    said.get_by_text("50 Mo au plus par fichier").wait_for()

    page.clock.install()
    page.route("**/deposit/envois/*", cut)
    choose("trois.pdf")
    said.get_by_text("33 %").or_(said.get_by_text("34 %")).wait_for()
    while "l'envoi repart tout seul" not in said.inner_text():
        page.clock.run_for(40_000)
        page.wait_for_timeout(100)
    page.unroute("**/deposit/envois/*")

    cookies = context.cookies()
    context.clear_cookies()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    said.get_by_text("Vous n'êtes plus connecté").wait_for()
    assert section.locator(".upload-state a").get_attribute("href") == page.url
    context.add_cookies(cookies)  # type: ignore[arg-type]
    sent: list[str] = []
    page.on("request", lambda asked: sent.append(asked.headers.get("upload-offset", "")))
    section.locator("form.upload button[type=submit]").click()
    section.locator("ul a").first.wait_for()
    offsets = [int(offset) for offset in sent if offset]
    assert offsets[0] == 1024 * 1024, "what had arrived is not sent again"

    page.clock.resume()
    section.locator("summary").click()
    choose("photo.heic")
    page.get_by_text("« Le plus compatible »").wait_for()
    assert "refus=PHOTO_HEIC" in page.url and page.locator("#panne").is_visible()

    page.route("**/deposit/envois", lambda route: route.fulfill(status=404, body="{}"))
    section.locator("summary").click()
    choose("trois.pdf")
    said.get_by_text("n'est plus possible sur cette page").wait_for()
    context.close()
