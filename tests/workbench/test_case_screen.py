"""The screen of a case in a browser: writing, repairing, asking, switching, sharing; by keyboard alone too."""

from __future__ import annotations

import re
from typing import Any

from legit.judge import Judge, cached_judge
from tests.workbench.conftest import Screen

CASE = """The authority is an employer.
The user is an employee.
The rule forbids "any head covering".
The purpose of the rule is appearance.
The rule treats people differently by religion.
Obeying does serious harm to the conscience of the user.
Breaking the rule harms nobody.
The user asks to assess the rule."""


def heading(page: Any) -> Any:
    return page.locator("#verdict .heading")


def shows(page: Any, verdict: str) -> None:
    heading(page).filter(has_text=verdict).wait_for()


def take(page: Any, offered: str) -> None:
    """Take a completion by keyboard. CodeMirror takes none in the first 75 ms that a list is shown: then once more."""
    options = page.locator(".cm-tooltip-autocomplete li")
    for _ in range(20):
        options.filter(has_text=offered).first.wait_for()
        while offered not in page.locator(".cm-tooltip-autocomplete li[aria-selected]").inner_text():
            page.keyboard.press("ArrowDown")
        page.wait_for_timeout(100)
        page.keyboard.press("Enter")
        if any(line.startswith(offered) for line in page.locator(".cm-line").all_inner_texts()[-2:]):
            return
        page.keyboard.press("Backspace")
        page.keyboard.press("Control+Space")
    raise AssertionError(f"`{offered}` was not taken")


def test_a_case_is_written_by_keyboard_from_empty_to_verdict(screen: Screen) -> None:
    page = screen.open()
    page.locator("#answer-body .note").wait_for()
    for _ in range(20):  # to the editor, past the links and buttons before it
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id === 'editor'"):
            break
    assert page.evaluate("document.activeElement.id") == "editor"
    for typed, offered, values in [
        ("The auth", "The authority is", "an employer"),
        ("The rule treats", "The rule treats people differently by", "religion"),
        ("Obeying cos", "Obeying costs nothing that matters.", ""),
        ("Breaking the rule harms n", "Breaking the rule harms nobody.", ""),
    ]:
        page.keyboard.type(typed)
        take(page, offered)
        if values:
            page.keyboard.type(values)
            page.keyboard.press("Escape")
        page.keyboard.press("ControlOrMeta+End")
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
    lines = page.locator(".cm-line").all_inner_texts()
    assert lines[:4] == [
        "The authority is an employer.", "The rule treats people differently by religion.",
        "Obeying costs nothing that matters.", "Breaking the rule harms nobody.",
    ]  # fmt: skip
    shows(page, "DEFEATED")
    page.keyboard.press("ControlOrMeta+Enter")
    assert page.evaluate("document.activeElement.id") == "answer"
    assert page.get_by_role("link", name="Discrimination on a protected ground").is_visible()


def test_a_misspelt_sentence_is_repaired_by_one_click(screen: Screen) -> None:
    page = screen.open()
    screen.write(CASE.replace("treats people", "treets people"))
    assert "treets is not a known word here" in page.locator("#problems").inner_text()
    assert page.locator("#problems code").all_inner_texts() == ["treets"]
    page.get_by_role("button", name="Take: The rule treats people differently by religion.").click()
    page.locator("#problem-state").filter(has_text="Every sentence is understood.").wait_for()
    assert "treats people differently by religion" in page.locator(".cm-content").inner_text()
    shows(page, "DEFEATED")


def test_a_question_is_answered_by_its_button(screen: Screen) -> None:
    page = screen.open()
    screen.write(
        "The authority is an impostor.\nThe user asks to evade the rule.\nBreaking the rule harms nobody.\n"
        "It is unknown whether the rule treats people differently by religion.\nObeying costs nothing that matters."
    )
    before = heading(page).inner_text()
    assert before == "UNDETERMINED"
    page.get_by_role("button", name=re.compile(r"^Does the rule treat people differently by religion\? Yes$")).click()
    shows(page, "DEFEATED")
    text = page.locator(".cm-content").inner_text()
    assert "The rule treats people differently by religion." in text
    assert "unknown" not in text


def test_a_fact_is_switched_off_and_the_difference_shown(screen: Screen) -> None:
    page = screen.open()
    screen.write(CASE)
    shows(page, "DEFEATED")
    row = page.get_by_role("radiogroup", name="The rule treats people differently by religion.")
    row.get_by_text("out", exact=True).click()
    difference = page.locator("#difference")
    difference.filter(has_text="Discrimination on a protected ground").wait_for()
    assert "defeats the rule → none" in difference.inner_text()
    assert CASE.splitlines()[4] in page.locator(".cm-content").inner_text()  # the case is as it was
    difference.get_by_role("button", name="Write it into the case").click()
    page.locator("#facts:not(:has-text('by religion'))").wait_for()
    assert CASE.splitlines()[4] not in page.locator(".cm-content").inner_text()


def test_reasons_and_sentences_mark_each_other(screen: Screen) -> None:
    page = screen.open()
    screen.write(CASE)
    reason = page.locator(".reason", has_text="Discrimination on a protected ground")
    reason.hover()
    assert page.locator(".cm-marked").all_inner_texts() == ["The rule treats people differently by religion."]
    reason.get_by_role("button", name="line 5").click()
    assert "marked" in str(reason.get_attribute("class"))
    about = page.locator("#about")
    assert "The rule treats people differently by <ground>." in about.inner_text()
    assert "Discrimination on a protected ground" in about.inner_text()


def test_proof_why_not_precedents_and_profiles_are_there_when_asked_for(screen: Screen) -> None:
    page = screen.open()
    screen.write(CASE)
    page.get_by_text("Proof and what would change it").click()
    page.locator("#proof svg").wait_for()
    assert "The rule treats people differently by religion" in page.locator("#proof .outline").inner_text()
    page.get_by_text("Why not another answer").click()
    page.locator("#why-not-target").select_option("stands")
    page.get_by_role("button", name="Why not?").last.click()
    page.locator("#why-not-answer").filter(has_text="The rule is not judged so.").wait_for()
    page.get_by_text("Compare profiles and packs").click()
    table = page.locator("#compare table")
    table.wait_for()
    assert len(table.locator("thead th").all()) == 3
    assert table.locator("tbody tr").first.locator("td").all_inner_texts() == ["DEFEATED", "DEFEATED"]
    page.get_by_label("nordic_public").check()
    page.locator("#compare th", has_text="nordic_public").wait_for()
    assert table.locator("tbody tr").first.locator("td").count() == 3
    assert page.evaluate("document.activeElement.dataset.key") == "nordic_public"
    page.get_by_text("Nearest decided cases").click()
    page.locator("#precedents li").first.wait_for()
    assert "Discrimination on a protected ground" in page.locator("#precedents").inner_text()


def test_a_shared_link_is_followed_in_a_fresh_browser(screen: Screen, browser: Any, service: str) -> None:
    page = screen.open()
    screen.write(CASE)
    page.get_by_role("button", name="Share").click()
    page.locator("#share-dialog").wait_for()
    address = page.locator("#share-link").input_value()
    assert "#case=" in address
    other = Screen(browser, service)
    sent: list[str] = []
    other.context.on("request", lambda request: sent.append(request.url))
    followed = other.open(address.removeprefix(service))
    shows(followed, "DEFEATED")
    assert "The rule treats people differently by religion." in followed.locator(".cm-content").inner_text()
    assert not [url for url in sent if "case=" in url]
    other.close()
    broken = Screen(browser, service)
    broken.open("#case=bm9uc2Vuc2U").locator("#notice").filter(has_text="This link holds no case.").wait_for()
    broken.close()


def test_an_example_is_found_and_opened(screen: Screen) -> None:
    page = screen.open()
    page.get_by_role("button", name="Examples").click()
    page.locator("#examples-filter").fill("brown board education")
    page.locator(".example", has_text="Brown").first.click()
    shows(page, "DEFEATED")


def test_hostile_texts_are_text(screen: Screen) -> None:
    page = screen.open()
    hostile = "</pre><script>document.title = 'x'</script><img src=x onerror=alert(1)>"
    screen.write(f'The rule forbids "{hostile}".\nThe authority is {hostile}.\n{hostile}')
    page.locator("#facts").filter(has_text="onerror").wait_for()
    assert page.title() != "x"
    assert page.locator("main img, main script").count() == 0


def test_nothing_is_asked_twice_for_a_heavy_case(screen: Screen) -> None:
    """An answer that comes late is not shown over one to a later text."""
    page = screen.open()
    screen.write(CASE)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text("Obeying costs nothing that matters.\nBreaking the rule harms nobody.")
    shows(page, "STANDS")


def test_a_text_is_judged_and_completed_in_its_language(screen: Screen, judge: Judge) -> None:
    swedish = judge.in_language("sv")
    page = screen.open()
    screen.write(swedish.writer.case(judge.parse_case(CASE)))
    assert heading(page).inner_text() == phrases_of(swedish, CASE)
    assert page.locator("#answer-body").get_attribute("lang") == "sv"
    assert swedish.base.criteria["discrimination"].title in page.locator("#answer-body").inner_text()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.press("Enter")
    sentence = swedish.writer.case(judge.parse_case("The rule is 12 years old.")).strip()
    page.keyboard.type(sentence[: sentence.index("12")])
    page.locator(".cm-tooltip-autocomplete li", has_text=sentence[: sentence.index("12")]).first.wait_for()


def phrases_of(judge: Judge, text: str) -> str:
    """The heading of the answer to an English case, in the language of a judge."""
    from legit.render.phrases import verdict_heading

    with judge.speaking():
        return verdict_heading(judge.assess(cached_judge().parse_case(text)))
