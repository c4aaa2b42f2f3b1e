"""The grammar of one vocabulary: the Lark frame plus one alternative for every sentence template (LALR)."""

from __future__ import annotations

from dataclasses import dataclass, field

from lark import Lark, Token
from lark.exceptions import GrammarError
from lark.parsers.lalr_parser_state import ParserState

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.toml_files import shipped_folder
from legit.knowledge.vocabulary import BUILT_IN, Predicate, Template, Vocabulary
from legit.language.lark_tables import STARTS, lark_for
from legit.language.tokenizer import Normaliser

Words = tuple[str, ...]


@dataclass(slots=True)
class Node:
    """A node of the phrase trie: the next words, and the tokens of the terminals whose phrase ends here."""

    next: dict[str, Node] = field(default_factory=dict)
    ends: dict[str, Token] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one alternative of the grammar stands for; `order` maps the slots as written to the arguments."""

    predicate: Predicate
    template: Template
    affirmed: bool
    order: tuple[int, ...]


class Grammar:
    """The parser tables and the phrase trie for one vocabulary.

    Raises KnowledgeBaseError (K301) when two templates of different meaning are written with the same words, and
    (K302) when one phrase stands for two values of one type.
    """

    starts: tuple[str, ...] = STARTS
    """The rules from which the parser may start."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.normaliser = Normaliser(vocabulary.frame)
        self.trie = Node()
        self.sentences: dict[str, Sentence] = {}
        self._problems: list[Problem] = []
        self._chunks: dict[Words, str] = {}
        self._frame_phrases()
        self._values()
        alternatives = self._alternatives()
        more = self._more()
        if self._problems:
            raise KnowledgeBaseError(*self._problems)
        self.lark = self._lark(alternatives, more)
        self._starts = {rule: self.lark.parse_interactive(start=rule).parser_state for rule in self.starts}

    def start(self, rule: str) -> ParserState[int]:
        """A parser at the beginning of `statement` or `heading`, to be fed with tokens."""
        return self._starts[rule].copy(deepcopy_values=False)

    def _more(self) -> str:
        """The rules that a grammar which builds on this one adds; it may enter phrases of its own, too."""
        return ""

    def _enter(self, words: Words, terminal: str, value: str | int) -> None:
        node = self.trie
        for word in words:
            node = node.next.setdefault(word, Node())
        known = node.ends.setdefault(terminal, Token(terminal, str(value)))
        if str(known) != str(value):
            self._problems.append(
                Problem(
                    "K302", f"phrase `{' '.join(words)}` stands for both `{known}` and `{value}`", source="vocabulary"
                )
            )

    def _frame_phrases(self) -> None:
        frame = self.vocabulary.frame
        phrase = self.normaliser.phrase
        for name, texts in frame.phrases.items():
            for text in texts:
                self._enter(phrase(text), name.upper(), "")
        for terminal, table in (("COUNT", frame.counts), ("VAGUE_TIME", frame.vague_times), ("UNIT", frame.units)):
            for text, value in table.items():
                self._enter(phrase(text), terminal, value)
        for text, value in frame.numbers.items():
            self._enter(phrase(text), "NUMBER", value)

    def _values(self) -> None:
        for name, enum in self.vocabulary.types.items():
            for value_id, value in enum.values.items():
                for text in (value.phrase, *value.also):
                    self._enter(self.normaliser.phrase(text), f"V_{name.upper()}", value_id)

    def _alternatives(self) -> list[str]:
        denials = [self.normaliser.phrase(text) for text in self.vocabulary.frame.phrases["deny"]]
        seen: dict[tuple[str, ...], Sentence] = {}
        alternatives = []
        for predicate in self.vocabulary.predicates.values():
            forms = [(template, True) for template in predicate.affirmed] + [(predicate.denied, False)]
            for template, affirmed in forms:
                first = template.segments[0]
                if not affirmed and isinstance(first, str):
                    words = self.normaliser.phrase(first)
                    if any(words[: len(denial)] == denial for denial in denials):
                        continue
                symbols, order = self._symbols(predicate, template)
                sentence = Sentence(predicate, template, affirmed, order)
                known = seen.get(symbols)
                if known:
                    if (known.predicate.id, known.affirmed) != (predicate.id, affirmed):
                        self._problems.append(self._clash(known, sentence))
                    continue
                seen[symbols] = sentence
                alias = f"s_{len(self.sentences)}"
                self.sentences[alias] = sentence
                alternatives.append(f"{' '.join(symbols)} -> {alias}")
        return alternatives

    def _symbols(self, predicate: Predicate, template: Template) -> tuple[tuple[str, ...], tuple[int, ...]]:
        symbols = []
        order = []
        for segment in template.segments:
            if isinstance(segment, int):
                slot = predicate.args[segment].type
                symbols.append(slot if slot in BUILT_IN else f"V_{slot.upper()}")
                order.append(segment)
                continue
            words = self.normaliser.phrase(segment)
            if not words:
                continue
            terminal = self._chunks.get(words)
            if terminal is None:
                terminal = self._chunks[words] = f"W_{len(self._chunks)}"
                self._enter(words, terminal, "")
            symbols.append(terminal)
        return tuple(symbols), tuple(order)

    def _clash(self, one: Sentence, other: Sentence) -> Problem:
        def shown(sentence: Sentence) -> str:
            names = tuple(f"{{{argument.name}}}" for argument in sentence.predicate.args)
            does = "affirms" if sentence.affirmed else "denies"
            return f"`{sentence.template.fill(names)}` ({does} `{sentence.predicate.id}`)"

        return Problem(
            "K301",
            f"{shown(one)} and {shown(other)} are written with the same words",
            source="vocabulary",
            help="reword one of the two templates",
        )

    def _lark(self, alternatives: list[str], more: str) -> Lark:
        frame = (shipped_folder("grammar") / "legit.lark").read_text(encoding="utf-8")
        terminals = [*self._chunks.values(), *(f"V_{name.upper()}" for name in self.vocabulary.types)]
        text = (
            f"{frame}\n%declare {' '.join(terminals)}\n\nsentence: {chr(10).join(f'| {a}' for a in alternatives)[2:]}\n"
            f"{more}"
        )
        try:
            return lark_for(text, self.starts)
        except GrammarError as error:
            raise KnowledgeBaseError(
                Problem(
                    "K301", f"two templates cannot be told apart: {str(error).splitlines()[0]}", source="vocabulary"
                )
            ) from error
