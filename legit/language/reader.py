"""Reading controlled English: text in, cases out, all problems at once."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from lark import Token as LarkToken
from lark import Tree
from lark.exceptions import UnexpectedInput
from lark.parsers.lalr_interactive_parser import InteractiveParser

from legit.dates import is_date
from legit.errors import LanguageError, Problem
from legit.facts import Case, Fact, Opinion, Place, Speaker, SpeakerKind, Truth, Value
from legit.language.diagnosis import Diagnosis
from legit.language.grammar import Grammar
from legit.language.spelling import Speller
from legit.language.words import Token

MAX_CHARACTERS = 5_000_000
MAX_SENTENCES = 20_000
MAX_SENTENCE_CHARACTERS = 2_000
MAX_PROBLEMS = 100
_TRIES = 400
_BULLET = re.compile(r"\s*(?:[-*\u2022]|\d{1,3}[.)])\s+")
_HOURS_A_YEAR = 8760


_USER = Speaker()


@dataclass(frozen=True, slots=True)
class _Failure:
    """How far a sentence was understood: the first token that did not fit, and what could have stood there."""

    index: int
    expected: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Statement:
    """A sentence understood, before it has a place."""

    predicate: str = ""
    args: tuple[Value, ...] = ()
    truth: Truth = Truth.TRUE
    speaker: Speaker = _USER
    detail: str | None = None
    opinion: str | None = None


class Reader:
    """Reads texts in the language of one grammar. Instances may be shared between threads."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._normaliser = grammar.normaliser
        self._diagnosis = Diagnosis(grammar)
        self._speller = Speller(grammar)
        self._sentence = lru_cache(maxsize=20_000)(self._read_sentence)

    def read(self, text: str, source: str = "") -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
        """The cases of a text, and every problem in it.

        A text without a `Case` heading is one case without a name. Sentences that were not understood are left out of
        the cases and named in the problems (L001 too long, L002 characters that are no text, L1xx not understood).
        """
        problem = self._refuse(text, source)
        if problem:
            return (), (problem,)
        names: list[str] = []
        bodies: list[tuple[list[Fact], list[Opinion]]] = []
        problems: list[Problem] = []
        sentences = 0
        for number, line in enumerate(text.splitlines(), start=1):
            bullet = _BULLET.match(line)
            offset = bullet.end() if bullet else 0
            behind = offset
            for tokens in self._split(line, offset):
                sentences += 1
                if sentences > MAX_SENTENCES:
                    problems.append(
                        Problem("L001", f"more than {MAX_SENTENCES} sentences in one text", number, 1, source)
                    )
                    return (), tuple(problems)
                # Words that the reader passes over, as a first article, still belong to the sentence.
                start, end = behind, tokens[-1].end
                while line[start].isspace():
                    start += 1
                behind = end
                heading = self._heading(tokens)
                if heading is not None:
                    names.append(heading)
                    bodies.append(([], []))
                    continue
                if not bodies:
                    names.append("")
                    bodies.append(([], []))
                result = self._understand(line[start:end], source, number, start)
                if isinstance(result, Problem):
                    if self._begins_heading(tokens):
                        result = dataclasses.replace(result, help='a case is headed: Case "name".', nearest=())
                    problems.append(result)
                    if len(problems) == MAX_PROBLEMS:
                        message = f"{MAX_PROBLEMS} problems so far; what follows was not read"
                        return (), (*problems, Problem("L003", message, number, 1, source))
                elif result.opinion is not None:
                    place = Place(line=number, column=start + 1, text=line[start:end])
                    bodies[-1][1].append(Opinion(text=result.opinion, speaker=result.speaker, place=place))
                else:
                    bodies[-1][0].append(
                        Fact(
                            predicate=result.predicate,
                            args=result.args,
                            truth=result.truth,
                            speaker=result.speaker,
                            detail=result.detail,
                            place=Place(line=number, column=start + 1, text=line[start:end]),
                        )
                    )
        problems += self._repeated(names, source)
        cases = tuple(
            Case(name=name, facts=tuple(facts), opinions=tuple(opinions))
            for name, (facts, opinions) in zip(names, bodies, strict=True)
        )
        return cases, tuple(problems)

    def parse(self, text: str, source: str = "") -> tuple[Case, ...]:
        """The cases of a text. Raises LanguageError with every problem when anything was not understood."""
        cases, problems = self.read(text, source)
        if problems:
            raise LanguageError(*problems)
        return cases

    @staticmethod
    def _refuse(text: str, source: str) -> Problem | None:
        if len(text) > MAX_CHARACTERS:
            return Problem("L001", f"text is longer than {MAX_CHARACTERS} characters", source=source)
        if "\0" in text:
            line = text[: text.index("\0")].count("\n") + 1
            return Problem("L002", "text holds a null character; is it a text file?", line, 1, source)
        return None

    @staticmethod
    def _repeated(names: list[str], source: str) -> list[Problem]:
        seen: set[str] = set()
        problems = []
        for name in names:
            if name in seen:
                problems.append(
                    Problem(
                        "L004", f"two cases have the name `{name}`", source=source, help="give each case its own name"
                    )
                )
            seen.add(name)
        return problems

    def _split(self, line: str, offset: int) -> list[list[Token]]:
        """Cut a line into sentences: a stop ends one, and a speaker behind the stop still belongs to it."""
        tokens = self._normaliser.tokens(line[offset:])
        groups: list[list[Token]] = []
        current: list[Token] = []
        closed = False
        inside = False
        for token in tokens:
            if closed and not inside and token.kind not in {"open", "stop"}:
                groups.append(current)
                current, closed = [], False
            inside = token.kind == "open" or (inside and token.kind != "close")
            current.append(token._replace(start=token.start + offset, end=token.end + offset))
            closed = closed or (token.kind == "stop" and not inside)
        if current:
            groups.append(current)
        return [group for group in groups if any(token.kind != "stop" for token in group)]

    def _heading(self, tokens: list[Token]) -> str | None:
        if not self._begins_heading(tokens):
            return None
        result = self._run("heading", tokens, "")
        if isinstance(result, _Failure):
            return None
        texts = [str(child) for child in result.children if isinstance(child, LarkToken) and child.type == "TEXT"]
        return texts[0] if texts else ""

    def _begins_heading(self, tokens: list[Token]) -> bool:
        node = self._grammar.trie.next.get(tokens[0].value) if tokens[0].kind == "word" else None
        return node is not None and "CASE" in node.ends

    def _understand(self, sentence: str, source: str, line: int, column: int) -> _Statement | Problem:
        if len(sentence) > MAX_SENTENCE_CHARACTERS:
            return Problem(
                "L101", f"sentence is longer than {MAX_SENTENCE_CHARACTERS} characters", line, column + 1, source
            )
        result = self._sentence(sentence)
        if isinstance(result, Problem):
            return Problem(
                result.code, result.message, line, column + result.column, source, result.help, result.nearest
            )
        return result

    def _read_sentence(self, sentence: str) -> _Statement | Problem:
        tokens = self._normaliser.tokens(sentence)
        result = self._run("statement", tokens, sentence)
        if isinstance(result, _Failure):
            return self._misspelt(sentence, tokens) or self._diagnosis.problem(
                sentence, tokens, result.index, result.expected
            )
        return self._statement(result, sentence)

    def _misspelt(self, sentence: str, tokens: list[Token]) -> Problem | None:
        """The problem with a sentence that would be understood with unknown words spelt as the nearest known ones."""
        unknown = self._speller.unknown(tokens)
        for spelt in self._speller.respelt(sentence, unknown):
            if not isinstance(self._run("statement", self._normaliser.tokens(spelt), spelt), _Failure):
                words = ", ".join(f"`{sentence[token.start : token.end]}`" for token in unknown)
                return Problem("L108", f"{words} is not a known word here", 0, unknown[0].start + 1, nearest=(spelt,))
        return None

    def _run(self, rule: str, tokens: list[Token], line: str) -> Tree[LarkToken] | _Failure:
        """Feed the tokens to the parser, longest phrase first, going back where a shorter one is needed."""
        far = _Failure(0, frozenset())
        stack: list[tuple[InteractiveParser, int]] = [(self._grammar.start(rule), 0)]
        for _ in range(_TRIES):
            if not stack:
                break
            parser, index = stack.pop()
            while True:
                row = parser.parser_state.parse_conf.states[parser.parser_state.position]
                if index == len(tokens):
                    if "$END" in row:
                        try:
                            tree: Tree[LarkToken] = parser.feed_eof()  # type: ignore[no-untyped-call]
                        except UnexpectedInput:
                            break
                        return tree
                    candidates = []
                else:
                    candidates = self._candidates(row, tokens, index, line)
                if not candidates:
                    if index >= far.index:
                        expected = frozenset(row) if index > far.index else far.expected | frozenset(row)
                        far = _Failure(index, expected)
                    break
                for terminal, value, after in reversed(candidates[1:]):
                    other = parser.copy(deepcopy_values=False)  # type: ignore[no-untyped-call]
                    if self._feed(other, terminal, value):
                        stack.append((other, after))
                terminal, value, index_after = candidates[0]
                if not self._feed(parser, terminal, value):
                    break
                index = index_after
        return far

    @staticmethod
    def _feed(parser: InteractiveParser, terminal: str, value: str) -> bool:
        try:
            parser.feed_token(LarkToken(terminal, value))
        except UnexpectedInput:
            return False
        return True

    def _candidates(
        self, row: Mapping[str, object], tokens: list[Token], index: int, line: str
    ) -> list[tuple[str, str, int]]:
        """The terminals that could stand here, the longest phrase first: (terminal, value, index behind it)."""
        token = tokens[index]
        if token.kind == "text":
            return [("TEXT", token.value[1:-1].strip(), index + 1)] if "TEXT" in row else []
        if "WORDS" in row:
            end = index
            while end < len(tokens) and tokens[end].kind not in {"stop", "open"}:
                end += 1
            # From behind the token before, so that an article that the reader passes over stays in the quotation.
            begin = tokens[index - 1].end if index else 0
            words = " ".join(line[begin : tokens[end - 1].end].split()) if end > index else ""
            return [("WORDS", words, end)] if words else []
        simple = {"stop": "STOP", "colon": "COLON", "open": "OPEN", "close": "CLOSE", "date": "DATE"}.get(token.kind)
        if simple:
            return [(simple, token.value, index + 1)] if simple in row else []
        if token.kind == "number":
            if "DATE" in row:
                return [("DATE", token.value, index + 1)]
            return [("NUMBER", token.value.replace(",", ""), index + 1)] if "NUMBER" in row else []
        found: list[tuple[str, str, int]] = []
        node = self._grammar.trie
        position = index
        while position < len(tokens) and tokens[position].kind in {"word", "number"}:
            next_node = node.next.get(tokens[position].value)
            if next_node is None:
                break
            node = next_node
            position += 1
            for terminal, value in node.ends.items():
                if terminal in row:
                    found.append((terminal, str(value), position))
        found.sort(key=lambda item: -item[2])
        return found

    def _statement(self, tree: Tree[LarkToken], sentence: str) -> _Statement | Problem:
        body, *rest = [child for child in tree.children if isinstance(child, Tree)]
        speaker = self._speaker(rest[0]) if rest else Speaker()
        children = [child for child in body.children if isinstance(child, Tree)]
        if body.data == "opinion":
            return _Statement(opinion=str(children[0].children[0]), speaker=speaker)
        meaning = self._grammar.sentences[str(children[0].data)]
        slots = [child for child in children[0].children if isinstance(child, Tree) or child.type.startswith("V_")]
        args: list[Value] = [""] * meaning.predicate.arity
        for position, slot in zip(meaning.order, slots, strict=True):
            value = self._value(slot)
            if value is None:
                words = str(slot.children[0]) if isinstance(slot, Tree) else str(slot)
                return Problem(
                    "L103", f"`{words}` is not a date of the calendar", 0, 1, help="write dates as 2024-05-31"
                )
            args[position] = value
        detail = str(children[1].children[1]) if len(children) > 1 else None
        if meaning.predicate.detail_required and not detail and body.data != "left_open":
            example = self._diagnosis.example(meaning.predicate)
            return Problem(
                "L102",
                f"`{sentence.rstrip(' .')}` needs the concrete detail that shows it",
                0,
                1,
                help="add what shows it, in quotation marks, behind a colon; without it the sentence is an opinion",
                nearest=(example,),
            )
        truth = Truth.UNKNOWN if body.data == "left_open" else Truth.TRUE
        if truth is Truth.TRUE and meaning.affirmed == (body.data == "denied"):
            truth = Truth.FALSE
        return _Statement(meaning.predicate.id, tuple(args), truth, speaker, detail or None)

    @staticmethod
    def _speaker(tree: Tree[LarkToken]) -> Speaker:
        texts = [str(child) for child in tree.children if isinstance(child, LarkToken) and child.type == "TEXT"]
        return Speaker(kind=SpeakerKind(str(tree.data)), reference=texts[0] if texts else None)

    @staticmethod
    def _value(slot: Tree[LarkToken] | LarkToken) -> Value | None:
        if isinstance(slot, LarkToken):
            return str(slot)
        tokens = {child.type: str(child) for child in slot.children if isinstance(child, LarkToken)}
        if slot.data in {"name", "text"}:
            return tokens["TEXT"]
        if slot.data == "date":
            return tokens["DATE"] if is_date(tokens["DATE"]) else None
        if slot.data == "count":
            return int(tokens.get("NUMBER") or tokens["COUNT"])
        hours = int(tokens["NUMBER"]) * int(tokens["UNIT"]) if "NUMBER" in tokens else int(tokens["VAGUE_TIME"])
        return hours // _HOURS_A_YEAR if slot.data == "years" else hours
