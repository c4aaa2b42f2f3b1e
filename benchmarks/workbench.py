"""The workbench in a browser: the time from a keystroke to the new verdict, and the size of the first load.

    python benchmarks/workbench.py                  # the figures
    python benchmarks/workbench.py --screens DIR    # the pictures of docs/workbench.md

Needs the extra `serve`, Playwright and Chromium. The service has one worker, on this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

KEYSTROKES = 200
LIMIT_MS, LIMIT_BYTES = 100, 400_000
CASE = """Case "The headscarf at the till".
The authority is an employer.
The user is an employee.
The rule forbids "any head covering at the till".
The purpose of the rule is appearance.  [document "staff handbook, 4.2"]
The rule treats people differently by religion.
The rule burdens the user especially through religion.
Obeying does serious harm to the conscience of the user.
Breaking the rule harms nobody.  [inferred]
Breaking the rule is punished by dismissal.
The user's complaint was ignored.
The user asks to assess the rule.
"""
MORE = """Obeying does minor harm to the livelihood of the user.
The rule is 12 years old.
The user was penalised 2 times.
The official way takes 30 days.
The harm of obeying comes within 6 days.
Obeying does serious harm to the dignity of the user.
Obeying does minor harm to the privacy of the user.
The user was checked or stopped 3 times.
It is unknown whether the user agreed to the rule under pressure.
"""
"""With these the case has twenty sentences."""

MEASURE = """() => {
  globalThis.times = [];
  let pressed = 0;
  document.addEventListener("keydown", () => { pressed = performance.now(); }, true);
  new MutationObserver(() => requestAnimationFrame(() => {
    if (pressed) globalThis.times.push(performance.now() - pressed);
    pressed = 0;
  })).observe(document.documentElement, { attributes: true, attributeFilter: ["data-judged"] });
}"""


@contextlib.contextmanager
def served() -> Iterator[str]:
    """The address of a service that runs meanwhile."""
    command = [sys.executable, "-m", "legit", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                found = re.search(r"http://\S+", line)
                if found:
                    yield found[0]
                    break
        finally:
            process.terminate()


def opened(page: Any, address: str, text: str) -> None:
    """The page with a case in its editor, and its answer."""
    page.goto(address)
    page.locator(".cm-content").click()
    page.keyboard.insert_text(text)
    page.locator("#verdict").wait_for(timeout=60_000)


def measure(browser: Any, address: str) -> int:
    """Print the figures; 1 where one is beyond its limit."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    loaded = []
    page.on("response", lambda response: loaded.append(response.url))
    opened(page, address, CASE + MORE)
    first = sum(size(page, url) for url in dict.fromkeys(loaded) if "/v1/" not in url)
    page.evaluate(MEASURE)
    page.keyboard.insert_text("The rule was made because of ")
    for number in range(KEYSTROKES):
        page.keyboard.press("abcdefgh"[number % 8] if number % 10 else "Space")
        page.wait_for_timeout(60)
    page.wait_for_timeout(500)
    times = sorted(page.evaluate("globalThis.times"))
    p95 = times[int(len(times) * 0.95)]
    print(f"keystroke to verdict: {len(times)} answers, median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms")
    print(f"first load, compressed: {first / 1000:.0f} kB")
    return int(p95 > LIMIT_MS or first > LIMIT_BYTES)


def size(page: Any, url: str) -> int:
    """How large an address is, compressed."""
    import gzip

    return len(gzip.compress(page.request.get(url).body(), 6))


def pictures(browser: Any, address: str, folder: Path) -> None:
    """The four pictures of the documentation."""

    def shot(name: str, wide: int, high: int, scheme: str, at: str = "") -> Any:
        page = browser.new_page(viewport={"width": wide, "height": high}, color_scheme=scheme)
        if at:
            page.goto(address + at, timeout=120_000)
            page.locator(".live").first.wait_for(timeout=120_000)
        else:
            opened(page, address, CASE)
        if name == "workbench-dark":
            row = page.get_by_role("radiogroup", name="The rule treats people differently by religion.")
            row.get_by_text("out", exact=True).click()
            page.locator("#difference h3").wait_for()
        page.wait_for_timeout(400)
        page.screenshot(path=folder / f"{name}.png")

    shot("workbench-case", 1180, 760, "light")
    shot("workbench-dark", 1180, 900, "dark")
    shot("workbench-phone", 390, 844, "light")
    shot("workbench-knowledge", 1000, 760, "light", "criterion/discrimination.html")


def main() -> int:
    """Measure, or take pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screens", type=Path, metavar="DIR", help="take the pictures of the documentation")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright, served() as address:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        if options.screens:
            pictures(browser, address, options.screens)
            return 0
        return measure(browser, address)


if __name__ == "__main__":
    sys.exit(main())
