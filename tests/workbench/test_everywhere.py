"""Every screen: accessible, on a phone, in the dark, in print; the pages of the base; the folder without a service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from legit.judge import Judge
from legit.site.build import write_site
from legit.workbench.pages import WorkbenchPages
from tests.workbench.conftest import Screen
from tests.workbench.test_case_screen import CASE, shows

PHONE = {"width": 390, "height": 844}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Any, axe: Path) -> list[str]:
    """What axe finds at WCAG 2.2 AA, as the page is; in the dark, whatever bears on colours; and on a phone, on places.

    The script runs apart from the page, whose policy would not load it.
    """
    page.evaluate(axe.read_text(encoding="utf-8"))
    size = page.viewport_size
    found = _found(page, {"type": "tag", "values": WCAG})
    page.emulate_media(color_scheme="dark")
    found += _found(page, {"type": "rule", "values": ["color-contrast", "link-in-text-block"]})
    page.set_viewport_size(PHONE)
    found += _found(page, {"type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable"]})
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size)
    return found


def _found(page: Any, rules: dict[str, Any]) -> list[str]:
    found = page.evaluate("runOnly => axe.run(document, { runOnly })", rules)
    return [f"{item['id']}: {node['html']}" for item in found["violations"] for node in item["nodes"]]


def test_axe_finds_nothing(screen: Screen, axe: Path) -> None:
    page = screen.open()
    screen.write(CASE.replace("treats people", "treets people") + "\nIt is unknown whether the user consented.")
    page.get_by_role("radiogroup").first.get_by_text("out", exact=True).click()
    page.locator("#difference h3").wait_for()
    for name in ("Proof and what would change it", "Compare profiles and packs"):
        page.get_by_text(name).click()
    page.locator("#proof svg").wait_for()
    page.locator("#compare table").wait_for()
    assert violations(page, axe) == []
    page.get_by_role("button", name="Examples").click()
    page.locator(".example").first.wait_for()
    assert violations(page, axe) == []
    for address in ("index.html", "criterion/discrimination.html"):
        assert violations(screen.open(address), axe) == [], address


def test_a_phone_needs_no_sideways_scrolling(browser: Any, service: str) -> None:
    shown = Screen(browser, service, is_mobile=True, has_touch=True)
    shown.page.set_viewport_size(PHONE)
    page = shown.open()
    shown.write(CASE)
    page.get_by_text("Proof and what would change it").click()
    page.locator("#proof svg").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shown.close()


def test_print_has_the_case_and_the_answer_and_no_controls(screen: Screen) -> None:
    page = screen.open()
    screen.write(CASE)
    page.evaluate("window.print = () => window.dispatchEvent(new Event('beforeprint'))")
    page.get_by_role("button", name="Print").click()
    page.emulate_media(media="print")
    assert page.locator("#printed-case").inner_text() == CASE
    assert page.locator("details.sources").count()
    assert page.locator("details.sources:not([open])").count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.sources[open]").count() == 0
    assert page.locator("#verdict").is_visible()
    assert not [item for item in page.locator("button").all() if item.is_visible() and "line" not in item.inner_text()]


def test_printing_by_the_menu_of_the_browser_has_the_case_too(screen: Screen) -> None:
    page = screen.open()
    screen.write(CASE)
    page.pdf()
    assert page.locator("#printed-case").text_content() == CASE


def test_the_text_of_a_drawn_proof_stays_in_its_boxes(screen: Screen) -> None:
    page = screen.open()
    screen.write(CASE)
    page.get_by_text("Proof and what would change it").click()
    page.locator("#proof svg").wait_for()
    wider = """[...document.querySelectorAll("#proof svg g")].filter((box) => box.querySelector("rect")
        && box.querySelector("text").getBBox().width > box.querySelector("rect").getBBox().width - 10).length"""
    assert page.locator("#proof svg g rect").count() > 3
    assert page.evaluate(wider) == 0


def test_every_line_of_a_reason_is_as_high_as_its_text(screen: Screen) -> None:
    """The button that leads to a line keeps the distance of the lines, whatever the style of the base's pages says."""
    page = screen.open()
    screen.write(CASE)
    button = page.locator("#answer button.place").first
    button.wait_for()
    assert button.evaluate("(element) => getComputedStyle(element).marginBlock") == "0px"


def test_the_screens_are_named_at_one_place_on_every_page(screen: Screen) -> None:
    places = [screen.open(address).locator(".places").bounding_box() for address in ("", "index.html", "record.html")]
    assert len({(place["x"], place["y"]) for place in places}) == 1


def test_a_criterion_is_browsed_to_and_its_examples_judged_here(screen: Screen, judge: Judge) -> None:
    page = screen.open()
    page.get_by_role("link", name="Knowledge base").first.click()
    page.get_by_role("searchbox").fill("discrimination suspect ground")
    page.keyboard.press("Enter")
    page.locator("#results a", has_text="Discrimination on a protected ground").first.click()
    cases = page.locator("article.case")
    page.locator(".live").first.wait_for()
    criterion = judge.base.criteria["discrimination"]
    texts = [item.text for item in (*criterion.examples, *criterion.counterexamples)]
    told = [text.splitlines()[0] for text in page.locator(".live").all_inner_texts()]
    assert len(texts) == cases.count() == len(told)
    for text, said in zip(texts, told, strict=True):
        assert f"Judged in this browser: {judge.assess(text).verdict.value.upper()}" in said
    cases.nth(1).get_by_role("link", name="Open as a case").click()
    page.locator("#verdict").wait_for()
    first = texts[1].strip().splitlines()[0]
    assert first in page.locator(".cm-content").inner_text()


@pytest.fixture(scope="module")
def folder(judge: Judge, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a case as a folder, as `kb site` writes them beside those of the base."""
    target = tmp_path_factory.mktemp("folder") / "site"
    pages = WorkbenchPages(judge, service=False)
    names = (
        "case.html",
        "case.js",
        "words.js",
        "style.css",
        "workbench.css",
        "pass-default.js",
        "pass-corroborated.js",
    )
    write_site({"files.txt": "", **{name: str(pages.file(name)) for name in names}}, target)
    return target


def test_a_shared_link_is_judged_without_a_service(screen: Screen, browser: Any, folder: Path, judge: Judge) -> None:
    page = screen.open()
    screen.write(CASE)
    page.get_by_role("button", name="Share").click()
    page.locator("#share-dialog").wait_for()
    fragment = page.locator("#share-link").input_value().partition("#")[2]
    alone = Screen(browser, folder.as_uri(), offline=True)
    page = alone.open(f"/case.html#{fragment}")
    shows(page, "DEFEATED")
    expected = judge.decide(CASE)
    shown = page.locator(".reason .title strong, details.more li").all_inner_texts()
    assert [judge.base.criteria[name].title for name, effect in expected.findings if effect == "defeats"] == shown[
        : sum(effect == "defeats" for _, effect in expected.findings)
    ]
    row = page.get_by_role("radiogroup", name="The rule treats people differently by religion.")
    row.get_by_text("false", exact=True).click()
    page.locator("#difference").filter(has_text="Discrimination on a protected ground").wait_for()
    page.get_by_text("Compare profiles and packs").click()
    assert page.locator("#compare tbody td").first.inner_text() == "DEFEATED"
    alone.close()


def test_the_first_load_is_small(judge: Judge) -> None:
    import gzip

    pages = WorkbenchPages(judge, service=True)
    first = ("case.html", "case.js", "words.js", "style.css", "workbench.css")
    sizes = {name: len(gzip.compress(str(pages.file(name)).encode(), 6)) for name in (*first, "pass-default.js")}
    assert sum(sizes.values()) <= 400_000, json.dumps(sizes)
