"""The language server as an editor meets it: the time from a change of a large file to its diagnostics, and whether
every completion is understood.

Run: python benchmarks/lsp.py [--sentences 2000] [--changes 200] [--completions 200]

A client speaks JSON-RPC to `legit lsp` in a process of its own. Exit status 1: beyond a limit, or a completion that is
not understood.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from typing import Any

from legit.judge import Judge, cached_judge
from legit.language.completion import ELLIPSIS

LIMIT_MS = 100
URI = "file:///benchmark/case.legit"
SENTENCES_OF_A_CASE = 20


class Client:
    """An editor."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "legit", "lsp"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._asked = 0
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})

    def tell(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any) -> Any:
        self._asked += 1
        self._send({"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params})
        while (found := self._receive()).get("id") != self._asked:
            pass
        return found["result"]

    def diagnostics(self) -> list[Any]:
        while (found := self._receive()).get("method") != "textDocument/publishDiagnostics":
            pass
        return list(found["params"]["diagnostics"])

    def change(self, version: int, text: str) -> list[Any]:
        document = {"uri": URI, "version": version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
        return self.diagnostics()

    def end(self) -> None:
        self.ask("shutdown", None)
        self.tell("exit", None)
        self._process.wait(60)

    def _send(self, message: Any) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> Any:
        assert self._process.stdout
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self._process.stdout.read(length))


def sentences(judge: Judge, count: int) -> list[str]:
    """Sentences of the examples of the base, in one line each."""
    texts = [example.text for criterion in judge.base.criteria.values() for example in criterion.examples]
    lines = [line for text in texts for line in text.splitlines() if line.strip() and not line.startswith("Case")]
    return (lines * (count // len(lines) + 1))[:count]


def document(lines: list[str]) -> str:
    """Cases of twenty sentences."""
    parts = []
    for first in range(0, len(lines), SENTENCES_OF_A_CASE):
        parts += [f'Case "{first}".', *lines[first : first + SENTENCES_OF_A_CASE]]
    return "\n".join(parts) + "\n"


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--completions", type=int, default=200)
    options = parser.parse_args()
    judge, choose = cached_judge(), random.Random(0)
    lines = sentences(judge, options.sentences)
    client = Client()
    opened = {"uri": URI, "languageId": "legit", "version": 1, "text": document(lines)}
    client.tell("textDocument/didOpen", {"textDocument": opened})
    client.diagnostics()
    times = []
    for number in range(options.changes):
        place = choose.randrange(len(lines))
        changed = [*lines]
        changed[place] = changed[place][: choose.randrange(3, len(changed[place]))]
        text = document(changed)
        begun = time.perf_counter()
        client.change(number + 2, text)
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    p95 = times[int(len(times) * 0.95)]
    print(f"change to diagnostics, {len(lines)} sentences: median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms")
    offered, wrong = completions(client, judge, choose.sample(lines, options.completions), options.changes + 2)
    client.end()
    print(f"completions: {offered}, not understood: {wrong}")
    return int(p95 > LIMIT_MS or wrong > 0)


def completions(client: Client, judge: Judge, lines: list[str], version: int) -> tuple[int, int]:
    """How many completions are offered in the midst of sentences, and how many of them are not understood."""
    offered = wrong = 0
    for number, line in enumerate(lines):
        begun = line[: max(3, len(line) * (number % 9 + 1) // 10)]
        client.change(version + number, begun)
        place = {"line": 0, "character": len(begun.encode("utf-16-le")) // 2}
        found = client.ask("textDocument/completion", {"textDocument": {"uri": URI}, "position": place})["items"]
        for item in found:
            start = item["textEdit"]["range"]["start"]["character"]
            taken = begun.encode("utf-16-le")[: start * 2].decode("utf-16-le") + plain(item["textEdit"]["newText"])
            offered += 1
            if not judge.reader.understands(taken if taken.rstrip().endswith((".", "]")) else f"{taken}."):
                wrong += 1
                print("not understood:", taken)
    return offered, wrong


def plain(snippet: str) -> str:
    """The text of a snippet, with what its tab stops propose."""
    text, place = "", 0
    while place < len(snippet):
        if snippet[place] == "\\":
            text += snippet[place + 1]
            place += 2
        elif snippet.startswith("${", place):
            place = snippet.index(":", place) + 1
        elif snippet[place] == "}":
            place += 1
        else:
            text += snippet[place]
            place += 1
    return text.replace(ELLIPSIS, "x")


if __name__ == "__main__":
    sys.exit(main())
