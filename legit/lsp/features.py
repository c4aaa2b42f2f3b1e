"""What the server says of a document: problems, completions, meanings, places of definitions, verdicts of examples.

Places are characters of the document, from 0. Nothing here knows the protocol.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from legit.catalogue.entries import Entries
from legit.catalogue.entry_text import entry_text
from legit.errors import KnowledgeBaseError, LegitError, Problem
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion
from legit.knowledge.rules.rule_ast import Atom, body_literals
from legit.knowledge.rules.rule_parser import parse_rules
from legit.knowledge.toml_files import parse_toml
from legit.language.completion import Completion
from legit.lsp.documents import (
    CaseText,
    case_texts,
    display_file,
    offset_of,
    rules_start,
    text_at,
)
from legit.messages import message
from legit.model.facts import Fact

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_HEADER_KEY = re.compile(r"(?m)^[a-z_]*\Z")


@dataclass(frozen=True)
class Span:
    """Some characters of a document: the first, and the one behind the last."""

    start: int
    end: int


@dataclass(frozen=True)
class Told:
    """A problem at a place of a document."""

    span: Span
    problem: Problem


@dataclass(frozen=True)
class Place:
    """A place in a file: the line and the character in it, from 0, and the length of the name there."""

    path: Path
    line: int
    character: int
    length: int


@dataclass(frozen=True)
class Lens:
    """A line of a document, from 0, and what is told of the example that begins there."""

    line: int
    title: str


def problems(judge: Judge, text: str, *, rules: bool) -> list[Told]:
    """The problems of a document: sentences that are not understood, contradictions, headers and rules."""
    found = list(_file_problems(text)) if rules else []
    for item in case_texts(text, rules=rules):
        own, read, wrong = judge.reading(item.text)
        with own.speaking():
            cases, unread = own.reader.parse(read, strict=False, past_problems=True)
            told = [*wrong, *unread, *(problem for case in cases for problem in own.problems(case))]
        found += [Told(_span(item, problem), problem) for problem in told]
    return found


def completions(judge: Judge, text: str, offset: int, *, rules: bool) -> list[Completion]:
    """What may be written at a place of a document. In rules: atoms; in a header: its keys; elsewhere: sentences."""
    item = text_at(case_texts(text, rules=rules), offset)
    if item is not None:
        found = judge.reading(item.text)[0].completer.complete(item.text, offset - item.start)
        return [one.model_copy(update={"start": one.start + item.start, "end": one.end + item.start}) for one in found]
    if offset >= rules_start(text):
        return list(_atoms(judge.base, text, offset))
    return list(_header_keys(text, offset))


def nearest(judge: Judge, text: str, span: Span, *, rules: bool) -> list[Completion]:
    """The sentences that are nearest to the one at a place, each in place of the whole of it."""
    item = text_at(case_texts(text, rules=rules), span.start)
    if item is None:
        return []
    begin = text.rfind("\n", 0, span.start) + 1
    sentence = text[begin : _line_end(text, span.start)]
    found = judge.reading(item.text)[0].completer.nearest(sentence)
    return [one.model_copy(update={"start": one.start + begin, "end": one.end + begin}) for one in found]


def hover(judge: Judge, text: str, offset: int, *, rules: bool) -> str:
    """What the form or the name at a place means, and which criteria read it; empty where there is neither."""
    name = name_at(judge, text, offset, rules=rules)
    if not name:
        return ""
    entries = _entries(judge.base).lookup(name)
    return "\n".join(map(entry_text, entries))


def name_at(judge: Judge, text: str, offset: int, *, rules: bool) -> str:
    """The predicate of the sentence at a place, or the name in a rule there; empty where there is neither."""
    item = text_at(case_texts(text, rules=rules), offset)
    if item is not None:
        fact = _fact_at(judge, item, offset)
        return fact.predicate if fact else ""
    span = _name_span(text, offset)
    return text[span.start : span.end] if span else ""


def definitions(judge: Judge, name: str) -> list[Place]:
    """Where a predicate or a name of rules is defined: in the vocabulary, as a criterion, or by rules."""
    base = judge.base
    predicate = base.vocabulary.predicates.get(name)
    if predicate:
        return list(_matches(display_file(base, predicate.path), rf"(?m)^\[({re.escape(name)})\]"))
    criterion = base.criteria.get(name)
    if criterion:
        return list(_matches(display_file(base, criterion.path), rf"(?m)^id[ \t]*=[ \t]*\"({re.escape(name)})\""))
    return [place for place, is_head in _atom_places(base, name) if is_head]


def renames(judge: Judge, name: str, new: str) -> list[Place]:
    """Every place of a name that rules derive, for a new name.

    Raises ValueError, with the reason, for a name that is no name of rules, for one that is taken, for one that the
    vocabulary or the engine knows: sentences and Python would lose it; and for one of a base that this base extends,
    since others may read it.
    """
    base = judge.base
    if not _NAME.fullmatch(new) or new == "not":
        raise ValueError(f"`{new}` cannot name an atom: small letters, digits and _")
    places = list(_atom_places(base, name))
    heads = [place for place, is_head in places if is_head]
    if name in base.vocabulary.predicates or name in base.criteria or not heads or name in _protocol_names():
        raise ValueError(f"`{name}` is not a name that only rules of this base know")
    own = base.layers[-1]
    if any(not place.path.is_relative_to(own.root) for place, _ in places):
        raise ValueError(f"`{name}` stands in a base that `{own.display_name}` extends")
    if (
        new in base.vocabulary.predicates
        or new in base.criteria
        or new in _protocol_names()
        or any(_atom_places(base, new))
    ):
        raise ValueError(f"`{new}` is taken")
    glossed = [
        place
        for file in {place.path for place, _ in places}
        for place in _matches(file, rf"(?m)^[ \t]*\"?({re.escape(name)})(?:\([^)\n]*\))?\"?[ \t]*=", header=True)
    ]
    return [*(place for place, _ in places), *glossed]


def lenses(judge: Judge, text: str, *, rules: bool) -> list[Lens]:
    """The verdict of each example of a criterion, at the line where it begins."""
    found = []
    for item in case_texts(text, rules=rules):
        if item.example_line < 0:
            continue
        try:
            decision = judge.decide(judge.parse_case(item.text))
        except LegitError as error:
            found.append(Lens(item.example_line, message("lsp.example_unread", code=error.problems[0].code)))
            continue
        effects = dict(decision.findings)
        effect = effects.get(_criterion_id(text), "")
        verdict = decision.verdict.value
        title = (
            message("lsp.example_effect", verdict=verdict, effect=effect)
            if effect
            else message("lsp.example", verdict=verdict)
        )
        found.append(Lens(item.example_line, title))
    return found


def base_problems(root: Path) -> list[tuple[Path, Told]]:
    """The problems of a whole base by the files of it, with places in the text of each file."""
    try:
        KnowledgeBase.load(root)
    except KnowledgeBaseError as error:
        found = []
        for problem in error.problems:
            path = root / problem.source.partition("/")[2].partition(":")[0]
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                start = offset_of(text, max(problem.line - 1, 0), max(problem.column - 1, 0))
                found.append((path, Told(Span(start, _line_end(text, start)), problem)))
        return found
    return []


def _span(item: CaseText, problem: Problem) -> Span:
    start = offset_of(item.text, max(problem.line - 1, 0), max(problem.column - 1, 0))
    return Span(item.start + start, item.start + max(_line_end(item.text, start), start))


def _line_end(text: str, start: int) -> int:
    match = re.compile(r"[\r\n]|\Z").search(text, start)
    return match.start() if match else len(text)


def _file_problems(text: str) -> Iterator[Told]:
    """The problems of the header and of the rules of a file, as far as the file alone shows them."""
    start = rules_start(text)
    if not start:
        yield Told(
            Span(0, _line_end(text, 0)), Problem("K104", "file does not begin with a header between `%*` and `*%`")
        )
        return
    found: list[Problem] = []
    try:
        parse_toml(text[text.index("%*") + 3 : start - 2], "", 2)
    except KnowledgeBaseError as error:
        found += error.problems
    _, unread = parse_rules(text[start:], "", text.count("\n", 0, start) + 1)
    for problem in (*found, *unread):
        begin = offset_of(text, max(problem.line - 1, 0), max(problem.column - 1, 0))
        yield Told(Span(begin, _line_end(text, begin)), problem)


def _fact_at(judge: Judge, item: CaseText, offset: int) -> Fact | None:
    """The fact of the sentence at a place of a document."""
    own, read, _ = judge.reading(item.text)
    cases, _ = own.reader.parse(read, strict=False, past_problems=True)
    for case in cases:
        for fact in case.facts:
            if fact.span:
                start = item.start + offset_of(item.text, fact.span.line - 1, fact.span.column - 1)
                if start <= offset <= start + len(fact.span.text):
                    return fact
    return None


def _name_span(text: str, offset: int) -> Span | None:
    start = offset
    while start and re.match(r"[a-z0-9_]", text[start - 1]):
        start -= 1
    match = _NAME.match(text, start)
    return Span(start, match.end()) if match and match.end() >= offset else None


def _atoms(base: KnowledgeBase, text: str, offset: int) -> Iterator[Completion]:
    """The atoms that begin with the letters before a place: of the vocabulary, then those that rules derive."""
    span = _name_span(text, offset)
    start = span.start if span else offset
    written = text[start:offset]
    known: dict[str, tuple[str, ...]] = {
        name: tuple(argument.name.capitalize() for argument in predicate.args)
        for name, predicate in base.vocabulary.predicates.items()
    }
    for _, rules in base.rules:
        for rule in rules:
            for head in rule.heads:
                arguments = tuple(f"X{place + 1}" for place in range(len(head.atom.args)))
                known.setdefault(head.atom.name, arguments)
    for name, arguments in known.items():
        if name.startswith(written) and name != written:
            insert, holes = name, []
            if arguments:
                insert += "("
                for place, argument in enumerate(arguments):
                    insert += "," if place else ""
                    holes.append((len(insert), len(insert) + len(argument)))
                    insert += argument
                insert += ")"
            yield Completion(
                kind="value", start=start, end=offset, insert=insert, placeholders=tuple(holes), predicate=name,
                sentence=insert,
            )  # fmt: skip


def _header_keys(text: str, offset: int) -> Iterator[Completion]:
    """The keys of a header that are not written yet, at the beginning of a line."""
    begin = text.rfind("\n", 0, offset) + 1
    if not _HEADER_KEY.match(text[begin:offset]):
        return
    header = text[: rules_start(text)]
    for name, field in Criterion.model_fields.items():
        taken = re.search(rf"(?m)^[ \t]*\[*{name}[ \t]*[\]=]", header)
        if name in Criterion.loader_fields or taken or not name.startswith(text[begin:offset]):
            continue
        kind = str(field.annotation)
        insert = f"{name} = []" if "tuple" in kind else f"{name} = true" if "bool" in kind else f'{name} = ""'
        if "dict" not in kind:
            yield Completion(kind="value", start=begin, end=offset, insert=insert, sentence=insert)


def _atom_places(base: KnowledgeBase, name: str) -> Iterator[tuple[Place, bool]]:
    """Every place at which an atom of a name stands in the rules of a base, and whether it is derived there."""
    for file, rules in base.rules:
        path = display_file(base, file.path)
        if path is None:
            continue
        for rule in rules:
            atoms: list[tuple[Atom, bool]] = [(head.atom, True) for head in rule.heads]
            atoms += [(literal.atom, False) for literal in body_literals(rule)]
            for atom, is_head in atoms:
                if atom.name == name and atom.line:
                    yield Place(path, atom.line - 1, atom.column - 1, len(name)), is_head


def _matches(path: Path | None, pattern: str, *, header: bool = False) -> Iterator[Place]:
    """The places of the first group of a pattern in a file, or in the header of a file of rules."""
    if path is None or not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    for match in re.finditer(pattern, text[: rules_start(text)] if header else text):
        line = text.count("\n", 0, match.start(1))
        yield Place(path, line, match.start(1) - (text.rfind("\n", 0, match.start(1)) + 1), len(match.group(1)))


def _criterion_id(text: str) -> str:
    match = re.search(r"(?m)^id[ \t]*=[ \t]*\"([a-z0-9_]+)\"", text[: rules_start(text)])
    return match.group(1) if match else ""


@lru_cache(maxsize=1)
def _protocol_names() -> frozenset[str]:
    """The names that the engine knows: rules speak to it by them."""
    from legit.knowledge import protocol

    return frozenset(
        str(item.name)
        for value in vars(protocol).values()
        if isinstance(value, (tuple, list))
        for item in value
        if hasattr(item, "name")
    )


@lru_cache(maxsize=4)
def _entries_of(key: str, holder: _Holder) -> Entries:
    return Entries(holder.base)


class _Holder:
    """A base as the key of a cache: two are the same where their digests are."""

    def __init__(self, base: KnowledgeBase) -> None:
        self.base = base

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Holder) and other.base.digest == self.base.digest

    def __hash__(self) -> int:
        return hash(self.base.digest)


def _entries(base: KnowledgeBase) -> Entries:
    return _entries_of(base.digest, _Holder(base))
