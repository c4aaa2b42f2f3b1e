"""The grammar of one vocabulary: `grammar/legit.lark` and one alternative for each sentence template (LALR)."""

from __future__ import annotations

from dataclasses import dataclass, field

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.toml_files import package_data_folder
from legit.knowledge.vocabulary import BUILT_IN_TYPES, Predicate, Template, Vocabulary
from legit.language.lark_adapter import GrammarConflictError, LalrParser, ParserState, TerminalToken
from legit.language.tokenizer import Normaliser

WordSeq = tuple[str, ...]

START_RULES = ("statement", "heading")
"""The rules from which the parser of cases may start."""


@dataclass(slots=True)
class TrieNode:
    """A node of the phrase trie: the next words, and the tokens of the terminals whose phrase ends here."""

    children: dict[str, TrieNode] = field(default_factory=dict)
    terminals: dict[str, TerminalToken] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SentenceForm:
    """The template of one alternative of the grammar. `slot_order` maps the slots as written to the arguments."""

    predicate: Predicate
    template: Template
    affirmed: bool
    slot_order: tuple[int, ...]


class Grammar:
    """The parser tables and the phrase trie for one vocabulary.

    Raises KnowledgeBaseError (K301) when two templates of different meaning are written with the same words, and
    (K302) when one phrase stands for two values of one type.
    """

    start_rules: tuple[str, ...] = START_RULES
    """The rules from which the parser may start."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.normaliser = Normaliser(vocabulary.lexicon)
        self.trie = TrieNode()
        self.sentence_forms: dict[str, SentenceForm] = {}
        self._problems: list[Problem] = []
        self._phrase_terminals: dict[WordSeq, str] = {}
        self._add_lexicon_phrases()
        self._add_values()
        alternatives = self._alternatives()
        more = self._extra_rules()
        if self._problems:
            raise KnowledgeBaseError(*self._problems)
        self._parser = self._build_parser(alternatives, more)

    def parser_state(self, start_rule: str) -> ParserState:
        """A parser at the beginning of one of `start_rules`, to be fed with tokens."""
        return self._parser.start(start_rule)

    def _extra_rules(self) -> str:
        """The rules that a subclass adds to the grammar; it may add phrases to the trie, too."""
        return ""

    def _add_phrase(self, words: WordSeq, terminal: str, value: str | int) -> None:
        node = self.trie
        for word in words:
            node = node.children.setdefault(word, TrieNode())
        known = node.terminals.setdefault(terminal, TerminalToken(terminal, str(value)))
        if str(known) != str(value):
            self._problems.append(
                Problem(
                    "K302", f"phrase `{' '.join(words)}` stands for both `{known}` and `{value}`", source="vocabulary"
                )
            )

    def _add_lexicon_phrases(self) -> None:
        frame = self.vocabulary.lexicon
        phrase = self.normaliser.normalise
        for name, texts in frame.phrases.items():
            for text in texts:
                self._add_phrase(phrase(text), name.upper(), "")
        for terminal, table in (("COUNT", frame.counts), ("VAGUE_TIME", frame.vague_times), ("UNIT", frame.units)):
            for text, value in table.items():
                self._add_phrase(phrase(text), terminal, value)
        for text, value in frame.numbers.items():
            self._add_phrase(phrase(text), "NUMBER", value)

    def _add_values(self) -> None:
        for name, enum in self.vocabulary.types.items():
            for value_id, value in enum.values.items():
                for text in (value.phrase, *value.synonyms):
                    self._add_phrase(self.normaliser.normalise(text), f"V_{name.upper()}", value_id)

    def _alternatives(self) -> list[str]:
        denials = [self.normaliser.normalise(text) for text in self.vocabulary.lexicon.phrases["deny"]]
        seen: dict[tuple[str, ...], SentenceForm] = {}
        alternatives = []
        for predicate in self.vocabulary.predicates.values():
            forms = [(template, True) for template in predicate.affirmative_forms] + [(predicate.denial_form, False)]
            for template, affirmed in forms:
                first = template.segments[0]
                if not affirmed and isinstance(first, str):
                    words = self.normaliser.normalise(first)
                    if any(words[: len(denial)] == denial for denial in denials):
                        continue
                symbols, order = self._symbols(predicate, template)
                sentence = SentenceForm(predicate, template, affirmed, order)
                known = seen.get(symbols)
                if known:
                    if (known.predicate.id, known.affirmed) != (predicate.id, affirmed):
                        self._problems.append(self._conflict_problem(known, sentence))
                    continue
                seen[symbols] = sentence
                alias = f"s_{len(self.sentence_forms)}"
                self.sentence_forms[alias] = sentence
                alternatives.append(f"{' '.join(symbols)} -> {alias}")
        return alternatives

    def _symbols(self, predicate: Predicate, template: Template) -> tuple[tuple[str, ...], tuple[int, ...]]:
        symbols = []
        order = []
        for segment in template.segments:
            if isinstance(segment, int):
                slot = predicate.args[segment].type
                symbols.append(slot if slot in BUILT_IN_TYPES else f"V_{slot.upper()}")
                order.append(segment)
                continue
            words = self.normaliser.normalise(segment)
            if not words:
                continue
            terminal = self._phrase_terminals.get(words)
            if terminal is None:
                terminal = self._phrase_terminals[words] = f"W_{len(self._phrase_terminals)}"
                self._add_phrase(words, terminal, "")
            symbols.append(terminal)
        return tuple(symbols), tuple(order)

    def _conflict_problem(self, one: SentenceForm, other: SentenceForm) -> Problem:
        def shown(sentence: SentenceForm) -> str:
            names = tuple(f"{{{argument.name}}}" for argument in sentence.predicate.args)
            does = "affirms" if sentence.affirmed else "denies"
            return f"`{sentence.template.format(names)}` ({does} `{sentence.predicate.id}`)"

        return Problem(
            "K301",
            f"{shown(one)} and {shown(other)} are written with the same words",
            source="vocabulary",
            help="reword one of the two templates",
        )

    def _build_parser(self, alternatives: list[str], extra_rules: str) -> LalrParser:
        frame = (package_data_folder("grammar") / "legit.lark").read_text(encoding="utf-8")
        terminals = [*self._phrase_terminals.values(), *(f"V_{name.upper()}" for name in self.vocabulary.types)]
        text = (
            f"{frame}\n%declare {' '.join(terminals)}\n\nsentence: {chr(10).join(f'| {a}' for a in alternatives)[2:]}\n"
            f"{extra_rules}"
        )
        try:
            return LalrParser(text, self.start_rules)
        except GrammarConflictError as error:
            raise KnowledgeBaseError(
                Problem("K301", f"two templates cannot be told apart: {error}", source="vocabulary")
            ) from error
