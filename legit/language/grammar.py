"""The grammar of one vocabulary: `grammar/legit.lark` and one alternative for each sentence template (LALR)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.toml_files import package_data_folder
from legit.knowledge.vocabulary import BUILT_IN_TYPES, Predicate, Template, Vocabulary
from legit.language.lark_adapter import GrammarConflictError, LalrParser, ParserState, TerminalToken
from legit.language.tokenizer import Normaliser
from legit.model.facts import Truth

WordSeq = tuple[str, ...]

_OPEN_BODY = "%extend body: open_sentence detail? -> left_open\n"
"""The rule by which a sentence may leave its fact open, in a language that has such sentences."""

_DOES = {Truth.TRUE: "affirms", Truth.FALSE: "denies", Truth.UNKNOWN: "leaves open"}

START_RULES = ("statement", "heading")
"""The rules from which the parser of cases may start."""


@dataclass(slots=True)
class TrieNode:
    """A node of the phrase trie: the next words, and the tokens of the terminals whose phrase ends here."""

    children: dict[str, TrieNode] = field(default_factory=dict)
    terminals: dict[str, TerminalToken] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SentenceForm:
    """The template of one alternative of the grammar. `slot_order` maps the slots as written to the arguments.

    `truth` is what the sentence says of its fact, where no words around it say otherwise.
    """

    predicate: Predicate
    template: Template
    truth: Truth
    slot_order: tuple[int, ...]

    @property
    def affirmed(self) -> bool:
        """Whether the sentence states its fact."""
        return self.truth is Truth.TRUE


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
        self._open_alternatives: list[str] = []
        alternatives = self._alternatives()
        more = self._extra_rules()
        if self._open_alternatives:
            more += f"\nopen_sentence: {chr(10).join(f'| {a}' for a in self._open_alternatives)[2:]}\n{_OPEN_BODY}"
        if self._problems:
            raise KnowledgeBaseError(*self._problems)
        self._parser = self._build_parser(alternatives, more)

    @cached_property
    def phrase_words(self) -> frozenset[str]:
        """The words of all phrases, in normal form."""
        words: set[str] = set()
        nodes = [self.trie]
        while nodes:
            node = nodes.pop()
            words |= node.children.keys()
            nodes += node.children.values()
        return frozenset(words)

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
            message = f"phrase `{' '.join(words)}` stands for both `{known}` and `{value}`"
            of_type = terminal.removeprefix("V_").lower()
            places = [self.vocabulary.defined_at.get((of_type, name), "") for name in (str(known), str(value))]
            self._problems.append(_clash_problem("K302", message, "give one of the two another phrase", *places))

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
                for text in value.readings:
                    self._add_phrase(self.normaliser.normalise(text), f"V_{name.upper()}", value_id)

    def _alternatives(self) -> list[str]:
        """The alternatives of the sentences that state or deny a fact; `_open_alternatives` gets the others."""
        denials = [self.normaliser.normalise(text) for text in self.vocabulary.lexicon.phrases["deny"]]
        seen: dict[tuple[str, ...], SentenceForm] = {}
        alternatives: list[str] = []
        for predicate in self.vocabulary.predicates.values():
            forms = [(template, Truth.TRUE) for template in predicate.affirmative_forms]
            forms.append((predicate.denial_form, Truth.FALSE))
            if predicate.unknown_form:
                forms.append((predicate.unknown_form, Truth.UNKNOWN))
            affirmed = {self._written_words(form) for form in predicate.affirmative_forms}
            for template, truth in forms:
                if truth is Truth.FALSE:
                    words = self._written_words(template)
                    if any(words[: len(said)] == said and words[len(said) :] in affirmed for said in denials):
                        continue  # the words of the lexicon deny it
                symbols, order = self._symbols(predicate, template)
                sentence = SentenceForm(predicate, template, truth, order)
                known = seen.get(symbols)
                if known:
                    if (known.predicate.id, known.truth) != (predicate.id, truth):
                        self._problems.append(self._conflict_problem(known, sentence))
                    continue
                seen[symbols] = sentence
                alias = f"s_{len(self.sentence_forms)}"
                self.sentence_forms[alias] = sentence
                written = self._open_alternatives if truth is Truth.UNKNOWN else alternatives
                written.append(f"{' '.join(symbols)} -> {alias}")
        return alternatives

    def _written_words(self, template: Template) -> WordSeq:
        """The words of a template in normal form, with the places of its slots as words that nobody writes."""
        words: list[str] = []
        for segment in template.segments:
            words += [f"{{{segment}}}"] if isinstance(segment, int) else self.normaliser.normalise(segment)
        return tuple(words)

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
            does = _DOES[sentence.truth]
            return f"`{sentence.template.format(names)}` ({does} `{sentence.predicate.id}`)"

        message = f"{shown(one)} and {shown(other)} are written with the same words"
        help_ = "reword one of the two templates"
        return _clash_problem("K301", message, help_, one.predicate.path, other.predicate.path)

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


def _clash_problem(code: str, message: str, help_: str, one: str, other: str) -> Problem:
    """The problem of two entries of the vocabulary that cannot both stay, with the files in which they stand."""
    if one and other and one != other:
        return Problem(code, message, source=other, help=f"{help_}; the first stands in {one}")
    return Problem(code, message, source=other or "vocabulary", help=help_)
