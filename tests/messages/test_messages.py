"""The message catalogue and the code agree: no key without a message, no message without a use, no missing value."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from fnmatch import fnmatchcase
from importlib.resources import files
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

from legit import messages
from legit.messages import DEFAULT_LANGUAGE, Message, catalogue, languages, message, using_language
from tests.conftest import ROOT

SOURCES = sorted([*(ROOT / "legit").rglob("*.py"), *(ROOT / "integrations").rglob("*.py")])


def all_messages(tag: str) -> dict[str, Message]:
    """Every message of a language by its key."""
    names = sorted(item.name for item in files(messages).joinpath(tag).iterdir() if item.name.endswith(".toml"))
    found: dict[str, Message] = {}
    for name in names:
        file = name.removesuffix(".toml")
        found |= {f"{file}.{key}": text for key, text in catalogue(tag, file).items()}
    return found


def placeholders(text: Message) -> set[str]:
    """The names in braces of a message, in all its plural forms."""
    texts = [text] if isinstance(text, str) else text.values()
    return {name for item in texts for _, name, _, _ in string.Formatter().parse(item) if name}


def uses() -> Iterator[tuple[Path, int, str, set[str] | None]]:
    """Each call of `message`: where, its key (`*` for a part that is computed), and the values that it passes."""
    yield from _uses_in_templates()
    yield from _uses_in_scripts()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message":
                yield path, node.lineno, _key(node.args[0]), _values(node)


def _uses_in_templates() -> Iterator[tuple[Path, int, str, set[str] | None]]:
    environment = jinja2.Environment()
    for path in sorted((ROOT / "legit").rglob("templates/*.html")):
        for call in environment.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "message":
                key = call.args[0]
                parts = key.nodes if isinstance(key, nodes.Concat) else [key]
                texts = [part.value if isinstance(part, nodes.Const) else "*" for part in parts]
                yield path, call.lineno, "".join(texts), {keyword.key for keyword in call.kwargs}


_WORD = re.compile(r"""\bword\((?:"(\w+)"|`([^`]+)`)(?:, (\{.*?\})\))?""")


def _uses_in_scripts() -> Iterator[tuple[Path, int, str, set[str] | None]]:
    """The calls of `word` in the scripts of the workbench, whose messages stand in `workbench.toml`."""
    for path in sorted((ROOT / "legit/workbench/frontend/src").rglob("*.js")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for plain, computed, values in _WORD.findall(line):
                key = plain or re.sub(r"\$\{[^}]*\}", "*", computed)
                yield path, number, f"workbench.{key}", set(re.findall(r"(\w+)(?=\s*[:,}])", values))


def _key(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
    raise AssertionError(f"line {node.lineno}: a key is a text, or a text with computed parts")


def _values(call: ast.Call) -> set[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else {name for name in names if name}


USES = list(uses())
ENGLISH = all_messages(DEFAULT_LANGUAGE)


def test_every_key_that_is_used_has_a_message() -> None:
    missing = [f"{path.name}:{line} {key}" for path, line, key, _ in USES if not _matching(key)]
    assert not missing


def test_every_message_is_used() -> None:
    used = {name for _, _, key, _ in USES for name in _matching(key)}
    assert sorted(ENGLISH.keys() - used) == []


def test_every_placeholder_has_a_value() -> None:
    wrong = []
    for path, line, key, given in USES:
        for name in _matching(key):
            wanted = placeholders(ENGLISH[name]) | (set() if isinstance(ENGLISH[name], str) else {"count"})
            if given is not None and not wanted <= given:
                wrong.append(f"{path.name}:{line} {name} lacks {sorted(wanted - given)}")
    assert not wrong


@pytest.mark.parametrize("tag", languages())
def test_every_language_says_the_same(tag: str) -> None:
    translated = all_messages(tag)
    assert translated.keys() <= ENGLISH.keys()
    assert {key: placeholders(text) for key, text in translated.items()} == {
        key: placeholders(ENGLISH[key]) for key in translated
    }


def test_titles_keep_their_capitals_within_a_sentence_where_nouns_have_capitals() -> None:
    assert messages.title_within_sentence("Dead letter") == "dead letter"
    with using_language("de"):
        assert messages.title_within_sentence("Toter Buchstabe") == "Toter Buchstabe"


def test_a_language_without_a_catalogue_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no messages for language `xx`; there are: .*\ben\b"), using_language("xx"):
        pass


def test_a_missing_message_is_an_error() -> None:
    with pytest.raises(KeyError):
        message("assessment.no_such_message")


def _matching(key: str) -> list[str]:
    return [name for name in ENGLISH if fnmatchcase(name, key)]


def explanation_users(key: str) -> set[str]:
    """The files of `legit/render/` that use a message of explanations."""
    name = key.removeprefix("heading_")
    use = re.compile(rf"""explanation\.{key}\b|_(?:section|label)\("{name}\"""")
    paths = [path for path in (ROOT / "legit" / "render").rglob("*") if path.suffix in (".py", ".html")]
    return {path.name for path in paths if use.search(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize(
    ("medium", "users"),
    [("page", {"explanation.html", "explanation_html.py"}), ("text", {"explanation_text.py"})],
)
def test_the_messages_of_explanations_that_only_one_medium_uses_are_listed_at_their_head(
    medium: str, users: set[str]
) -> None:
    head = (ROOT / "legit/messages/en/explanation.toml").read_text(encoding="utf-8").replace("\n# ", " ")
    listed = re.search(rf"Only the {medium}: ([\w, ]+)\.", head)
    assert listed
    using = {key: explanation_users(key) for key in catalogue(DEFAULT_LANGUAGE, "explanation")}
    assert set(listed[1].split(", ")) == {key for key, files_ in using.items() if files_ and files_ <= users}
