"""A service and one browser for all tests of the workbench: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workbench.node import FRONTEND

TIMEOUT = 120_000
"""How long a test waits for what the page is to show, in milliseconds; it goes on as soon as it is there."""


# One for each module: while it runs, its event loop is that of the process, in which other tests cannot run theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The browser. Skips the test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium is installed")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


class Screen:
    """A page that notes what it must not do: requests to other origins, errors of scripts, messages of the console."""

    def __init__(self, browser: Any, origin: str, **context: Any) -> None:
        self.origin = origin
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, **context)
        self.context.set_default_timeout(TIMEOUT)
        self.wrong: list[str] = []
        self.context.on("request", self._request)
        self.page = self.context.new_page()
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.wrong.append(said.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.wrong.append(f"request to {request.url}")

    def open(self, address: str = "") -> Any:
        self.page.goto(f"{self.origin}{address}")
        return self.page

    def write(self, text: str) -> None:
        """Put a text into the editor as if it were pasted, and wait for its answer."""
        self.page.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        before = self.judged()
        self.page.keyboard.insert_text(text)
        self.page.wait_for_function("before => Number(document.documentElement.dataset.judged) > before", arg=before)

    def judged(self) -> int:
        """How many answers the page has shown."""
        return int(self.page.evaluate("Number(document.documentElement.dataset.judged ?? 0)"))

    def close(self) -> None:
        self.context.close()
        assert self.wrong == []


@pytest.fixture(scope="session")
def service() -> Iterator[str]:
    """The origin of a service without a decision log."""
    with running_service() as origin:
        yield origin


@contextlib.contextmanager
def running_service(log: Path | None = None) -> Iterator[str]:
    """The origin of a service that runs in this process meanwhile. Skips the test where its extra is not installed."""
    uvicorn = pytest.importorskip("uvicorn")
    serve = pytest.importorskip("legit.serve")
    app = serve.create_app(serve.ServiceSettings(log=log))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def screen(browser: Any, service: str) -> Iterator[Screen]:
    """A fresh page of the service; the test fails when it did what no page may do."""
    shown = Screen(browser, service)
    yield shown
    shown.close()


@pytest.fixture(scope="session")
def axe() -> Path:
    """The script of axe-core. Skips the test where `npm ci` has not been run in the folder of the frontend."""
    script = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        pytest.skip("axe-core is not installed: npm ci in legit/workbench/frontend")
    return script
