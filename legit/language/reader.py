"""Reads controlled English: text in, cases out, every problem at once."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple, overload

from legit.errors import LanguageError, Problem
from legit.language.approximation import Approximation
from legit.language.diagnosis import Diagnosis
from legit.language.grammar import Grammar
from legit.language.parser import ParseFailure, SentenceParser, quoted_texts
from legit.language.semantics import InvalidDateError, ParsedStatement, interpret
from legit.language.spelling import Speller
from legit.language.tokenizer import MAX_CHARACTERS, MAX_SENTENCE_CHARACTERS, MAX_SENTENCES, Token, split_lines
from legit.messages import DEFAULT_LANGUAGE, languages, message, using_language
from legit.model.facts import Case, Fact, Opinion, SourceSpan, Truth

MAX_PROBLEMS = 100
_LINE_CACHE_SIZE = 10_000
_MAX_CACHED_LINE = 500
_MOST_TOKENS_OF_PARTS = 60
_MOST_BEFORE_A_PART = 24
_MOST_SHORTENED = 6
"""So many words behind a statement are left out at most, where a sentence is not understood whole."""
_BULLET = re.compile(r"\s*(?:[-*\u2022]|\d{1,3}[.)])\s+")
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


class ParsedText(NamedTuple):
    """The cases of a text and every problem in it, in the order of the text."""

    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]


_NOT_TOLD = Problem("L106", "not understood")
"""Stands for a sentence that is not understood and whose problem nobody will see."""


class _Sentence(NamedTuple):
    """A sentence of a line: its first column from 0, its text, and its content; a `str` is the name of a heading."""

    start: int
    text: str
    parsed: ParsedStatement | Problem | str


@dataclass(slots=True)
class _CaseBuilder:
    """A case that is being read; `heading_line` is the line of its heading from 1, or 0."""

    name: str
    heading_line: int = 0
    facts: list[Fact] = field(default_factory=list)
    opinions: list[Opinion] = field(default_factory=list)

    def build(self) -> Case:
        return Case(name=self.name, facts=tuple(self.facts), opinions=tuple(self.opinions))


class Reader:
    """Reads texts in the language of one grammar. Instances may be shared between threads.

    `language` is the tag of the language in which problems are told.
    """

    def __init__(self, grammar: Grammar, language: str = DEFAULT_LANGUAGE) -> None:
        self._grammar = grammar
        self._language = language if language in languages() else DEFAULT_LANGUAGE
        self._parser = SentenceParser(grammar)
        self._diagnosis = Diagnosis(grammar)
        self._speller = Speller(grammar)
        self.approximation = Approximation(grammar, self._diagnosis)
        self._cached_sentences = lru_cache(maxsize=_LINE_CACHE_SIZE)(lambda line: tuple(self._parse_sentences(line)))

    @overload
    def parse(self, text: str, source: str = "", *, strict: Literal[True] = True) -> tuple[Case, ...]: ...

    @overload
    def parse(
        self, text: str, source: str = "", *, strict: Literal[False], past_problems: bool = False
    ) -> ParsedText: ...

    def parse(
        self, text: str, source: str = "", *, strict: bool = True, past_problems: bool = False
    ) -> tuple[Case, ...] | ParsedText:
        """The cases of a text. `source` names the text in problems.

        A text without a `Case` heading is one case without a name. Raises LanguageError with every problem: L001 too
        long, L002 characters that are no text, L003 too many problems, L004 two cases of one name, L1xx a sentence that
        was not understood. When not `strict`, nothing is raised: the problems are returned beside the cases, which lack
        the sentences that were not understood. With `past_problems` all of the text is read, however many problems or
        sentences it has; after L003 a sentence that is not understood is passed over.
        """
        cases, problems = self._parse_text(text, source, past_problems=past_problems)
        if not strict:
            return ParsedText(cases, problems)
        if problems:
            raise LanguageError(*problems)
        return cases

    def read_sentence(self, text: str) -> tuple[ParsedStatement, str] | None:
        """The statement of one sentence, and its words without the mark of the speaker; None for any other text."""
        if len(text) > MAX_SENTENCE_CHARACTERS or len(split_lines(text)) != 1 or _NOT_TEXT.search(text):
            return None
        found = list(self._parse_line(text))
        if len(found) != 1 or not isinstance(found[0].parsed, ParsedStatement):
            return None
        sentence = found[0]
        tokens = [token for token in self._grammar.normaliser.tokenize(text, sentence.start) if token.kind != "stop"]
        body = next((number for number, token in enumerate(tokens) if token.kind == "open"), len(tokens))
        return found[0].parsed, f"{text[sentence.start : tokens[body - 1].end]}."

    def understands(self, line: str) -> bool:
        """Whether every sentence of a line is understood, headings too. Nothing of the line is kept."""
        return not any(isinstance(item.parsed, Problem) for item in self._parse_sentences(line, lambda: False))

    def opinions(self, line: str) -> Iterator[str]:
        """The words of the opinions of a line, each without what says whose it is."""
        for _, _, says in self._parse_line(line, lambda: False):
            if isinstance(says, ParsedStatement) and says.opinion is not None:
                yield says.opinion

    def facts_of_line(self, line: str) -> Iterator[Fact]:
        """The facts of a line that are understood. What is wrong with the others is not looked for."""
        for start, words, says in self._parse_line(line, lambda: False):
            if isinstance(says, ParsedStatement) and says.opinion is None:
                yield _fact(says, SourceSpan(line=1, column=start + 1, text=words))

    def parts(self, line: str) -> Iterator[Fact]:
        """The facts within the sentences of a line, also of those that are not understood as a whole.

        "The method is a forged document, which the law permits." has one, and so has "Note: the method is a forged
        document". The words around it may take it back, so that it is no more than what the sentence may say. The span
        of a fact is that of its sentence.
        """
        first_words = self._grammar.trie.children
        for tokens in self._split_sentences(line, indent(line)):
            start, end = tokens[0].start, tokens[-1].end
            place = SourceSpan(line=1, column=start + 1, text=line[start : min(end, start + MAX_SENTENCE_CHARACTERS)])
            seen = tokens[:_MOST_TOKENS_OF_PARTS]
            for begin, token in enumerate(seen[:_MOST_BEFORE_A_PART]):
                if token.kind == "word" and token.value in first_words:
                    says = self._beginning(seen[begin:], line)
                    if says is not None and says.opinion is None:
                        yield _fact(says, place)
                        if begin == 0 and says.truth is Truth.FALSE:
                            break  # what is denied is not said by the words that are denied

    def _beginning(self, tokens: list[Token], line: str) -> ParsedStatement | None:
        """The statement of the longest beginning of a sentence that is one; the whole sentence may be too long."""
        tree = self._parser.parse("statement", tokens, line)
        farthest = tree.index if isinstance(tree, ParseFailure) else len(tokens)
        for end in range(farthest, max(farthest - _MOST_SHORTENED, 1), -1):
            tree = self._parser.parse("statement", tokens[:end], line)
            if not isinstance(tree, ParseFailure):
                try:
                    return interpret(self._grammar, tree, line)
                except InvalidDateError:
                    continue
        return None

    def sentences_of_line(self, line: str) -> Iterator[tuple[int, str]]:
        """The sentences and headings of a line, understood or not, each with its first column from 0."""
        return ((sentence.start, sentence.text) for sentence in self._parse_line(line))

    def sentences_by_case(self, text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The name and the sentences of each case of a text, whether they are understood or not.

        Raises LanguageError (L001, L002) for a text that is too long or no text.
        """
        problem = self._text_problem(text, "")
        if problem:
            raise LanguageError(problem)
        name, sentences, opened = "", list[str](), False
        for line in split_lines(text):
            for _, words, says in self._parse_line(line):
                if isinstance(says, str):
                    if opened or sentences:
                        yield name, tuple(sentences)
                    name, sentences, opened = says, [], True
                else:
                    sentences.append(words)
        if opened or sentences:
            yield name, tuple(sentences)

    def same_words(self, one: str, other: str) -> bool:
        """Whether two sentences have the same words, whatever their case, articles, contractions and quotations."""
        normalise = self._grammar.normaliser.normalise
        return normalise(one) == normalise(other)

    def _parse_text(
        self, text: str, source: str, *, past_problems: bool
    ) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
        problem = self._text_problem(text, source)
        if problem:
            return (), (problem,)
        drafts: list[_CaseBuilder] = []
        problems: list[Problem] = []
        count = 0
        for number, line in enumerate(split_lines(text), start=1):
            for start, words, says in self._parse_line(line, lambda: len(problems) < MAX_PROBLEMS):
                count += 1
                if count > MAX_SENTENCES and not past_problems:
                    message = f"more than {MAX_SENTENCES} sentences in one text"
                    return (), (*problems, Problem("L001", message, number, 1, source))
                if isinstance(says, str):
                    drafts.append(_CaseBuilder(says, number))
                    continue
                if not drafts:
                    drafts.append(_CaseBuilder(""))
                if isinstance(says, Problem):
                    if len(problems) < MAX_PROBLEMS:
                        problems.append(dataclasses.replace(says, line=number, source=source))
                    elif len(problems) == MAX_PROBLEMS:
                        what = "further ones are not told" if past_problems else "what follows was not read"
                        problems.append(Problem("L003", f"{MAX_PROBLEMS} problems so far; {what}", number, 1, source))
                        if not past_problems:
                            return (), tuple(problems)
                    continue
                place = SourceSpan(line=number, column=start + 1, text=words)
                if says.opinion is not None:
                    drafts[-1].opinions.append(Opinion(text=says.opinion, speaker=says.speaker, span=place))
                else:
                    drafts[-1].facts.append(_fact(says, place))
        problems += self._duplicate_names(drafts, source)
        return tuple(draft.build() for draft in drafts), tuple(problems)

    @staticmethod
    def _text_problem(text: str, source: str) -> Problem | None:
        if len(text) > MAX_CHARACTERS:
            return Problem("L001", f"text is longer than {MAX_CHARACTERS} characters", source=source)
        odd = _NOT_TEXT.search(text)
        if odd:
            before = split_lines(text[: odd.start()])
            what = "a null character" if odd.group() == "\0" else "half of a surrogate pair"
            message = f"text holds {what}; is it a text file?"
            return Problem("L002", message, len(before), len(before[-1]) + 1, source)
        return None

    @staticmethod
    def _duplicate_names(drafts: list[_CaseBuilder], source: str) -> Iterator[Problem]:
        seen: dict[str, int] = {}
        for draft in drafts:
            if draft.name in seen:
                message = (
                    f"two cases have the name `{draft.name}`, in lines {seen[draft.name]} and {draft.heading_line}"
                )
                yield Problem("L004", message, draft.heading_line, 1, source, help="give each case its own name")
            seen.setdefault(draft.name, draft.heading_line)

    def _parse_line(
        self, line: str, diagnose: Callable[[], bool] = lambda: True
    ) -> Sequence[_Sentence] | Iterator[_Sentence]:
        """The sentences of a line. Long lines are parsed lazily, so that the limits of a text can end the parsing.

        `diagnose` is asked for each sentence that is not understood: to say what is wrong with one takes long.
        """
        if len(line) <= _MAX_CACHED_LINE and diagnose():
            return self._cached_sentences(line)
        return self._parse_sentences(line, diagnose)

    def _parse_sentences(self, line: str, diagnose: Callable[[], bool] = lambda: True) -> Iterator[_Sentence]:
        behind = begin = indent(line)
        for tokens in self._split_sentences(line, begin):
            # Words that the tokenizer leaves out, such as a first article, still belong to the sentence.
            start, behind = behind, tokens[-1].end
            while line[start].isspace():
                start += 1
            heading = self._parse_heading(tokens, line)
            says = heading if heading is not None else self._parse_sentence(line, start, tokens, diagnose)
            yield _Sentence(start, line[start:behind], says)

    def _split_sentences(self, line: str, begin: int) -> Iterator[list[Token]]:
        """Split a line into sentences: a stop ends one, and a mark of a speaker behind the stop still belongs to it."""
        current: list[Token] = []
        closed = inside = False
        empty = True
        for token in self._grammar.normaliser.tokenize(line, begin):
            kind = token.kind
            if closed and not inside and kind != "open" and kind != "stop":
                if not empty:
                    yield current
                current, closed, empty = [], False, True
            if current and token.end - current[0].start > MAX_SENTENCE_CHARACTERS:
                current[-1] = token  # the sentence is refused (L101): its tokens need no room
            else:
                current.append(token)
            if kind == "stop":
                closed = closed or not inside
            else:
                empty = False
                inside = kind == "open" or (inside and kind != "close")
        if not empty:
            yield current

    def _parse_heading(self, tokens: list[Token], line: str) -> str | None:
        if not self._begins_heading(tokens):
            return None
        tree = self._parser.parse("heading", tokens, line)
        if isinstance(tree, ParseFailure):
            return None
        return next(iter(quoted_texts(tree)), "")

    def _begins_heading(self, tokens: list[Token]) -> bool:
        node = self._grammar.trie.children.get(tokens[0].value) if tokens[0].kind == "word" else None
        return node is not None and "CASE" in node.terminals

    def _parse_sentence(
        self, line: str, start: int, tokens: list[Token], diagnose: Callable[[], bool]
    ) -> ParsedStatement | Problem:
        """The content of a sentence, or its problem with the column in the line."""
        end = tokens[-1].end
        if end - start > MAX_SENTENCE_CHARACTERS:
            return Problem("L101", f"sentence is longer than {MAX_SENTENCE_CHARACTERS} characters", 0, start + 1)
        tree = self._parser.parse("statement", tokens, line)
        sentence = line[start:end]
        if isinstance(tree, ParseFailure):
            if not diagnose():
                return _NOT_TOLD
            moved = [token._replace(start=token.start - start, end=token.end - start) for token in tokens]
            with self._speaking():
                problem = self._diagnose(sentence, moved, tree)
        else:
            try:
                says = interpret(self._grammar, tree, line)
            except InvalidDateError as error:
                with self._speaking():
                    words = message("problems.L103", words=error)
                    problem = Problem("L103", words, 0, 1, help=message("problems.L103_help"))
            else:
                found = self._form_problem(says, sentence, tokens)
                if found is None:
                    return says
                problem = found
        return dataclasses.replace(problem, column=start + problem.column)

    def _form_problem(self, says: ParsedStatement, sentence: str, tokens: list[Token]) -> Problem | None:
        """The problem of a sentence that was parsed and is no statement: it lacks its detail, or asks."""
        if self._is_missing_detail(says):
            with self._speaking():
                return self._diagnosis.missing_detail(sentence, says.predicate)
        if says.opinion is None and any(token.kind == "stop" and token.value == "?" for token in tokens):
            with self._speaking():
                return self._diagnosis.question_mark(sentence)
        return None

    def _speaking(self) -> AbstractContextManager[None]:
        """A context in which messages are in the language of the grammar: problems of a sentence are kept."""
        return using_language(self._language)

    def _is_missing_detail(self, statement: ParsedStatement) -> bool:
        if statement.opinion is not None or statement.detail or statement.truth is Truth.UNKNOWN:
            return False
        return self._grammar.vocabulary.predicates[statement.predicate].detail_required

    def _diagnose(self, sentence: str, tokens: list[Token], failure: ParseFailure) -> Problem:
        problem = self._spelling_problem(sentence, tokens) or self._diagnosis.problem(
            sentence, tokens, failure.index, failure.expected
        )
        # A sentence may begin with the same word ("The case arises in Sweden."): it is one where more was understood.
        if failure.index <= 1 and self._begins_heading(tokens):
            return dataclasses.replace(problem, help=message("problems.L106_heading_help"), nearest=())
        return problem

    def _spelling_problem(self, sentence: str, tokens: list[Token]) -> Problem | None:
        """The problem (L108) of a sentence that is understood once its unknown words are replaced by similar ones."""
        unknown = self._speller.unknown(tokens)
        for spelt in self._speller.respelt(sentence, unknown):
            respelt = list(self._grammar.normaliser.tokenize(spelt))
            if not isinstance(self._parser.parse("statement", respelt, spelt), ParseFailure):
                words = ", ".join(f"`{sentence[token.start : token.end]}`" for token in unknown)
                fault = message("problems.L108", words=words)
                return Problem("L108", fault, 0, unknown[0].start + 1, nearest=(spelt,))
        return None


def _fact(says: ParsedStatement, place: SourceSpan) -> Fact:
    return Fact(
        predicate=says.predicate, args=says.args, truth=says.truth, speaker=says.speaker, detail=says.detail, span=place
    )


def indent(line: str) -> int:
    bullet = _BULLET.match(line)
    return bullet.end() if bullet else 0
