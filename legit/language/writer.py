"""Writes facts and cases as sentences that the reader parses."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from legit.errors import CaseError, Problem
from legit.knowledge.case_validation import is_quotable, unquotable_problem, validate_case
from legit.knowledge.lexicon import HOURS_PER_YEAR
from legit.knowledge.vocabulary import Predicate, Template, Vocabulary
from legit.language.reader import Reader
from legit.language.semantics import ParsedStatement
from legit.language.tokenizer import (
    MAX_CHARACTERS,
    MAX_SENTENCE_CHARACTERS,
    MAX_SENTENCES,
    QUOTATION_PATTERN,
    unquote,
)
from legit.model.facts import Case, Fact, SourceSpan, Speaker, SpeakerKind, Truth, Value


class Writer:
    """Writes facts and cases in the language of one vocabulary.

    With a reader it also writes a fact in the words in which it was read: durations as they were written, and the whole
    sentence beside its form. The words of a fact are those of its position, where they read back as this fact.
    """

    def __init__(self, vocabulary: Vocabulary, reader: Reader | None = None) -> None:
        self._vocabulary = vocabulary
        self._reads_words = reader is not None
        if reader is not None:
            self._read_sentence = lru_cache(maxsize=4096)(reader.read_sentence)
            self._same_words = lru_cache(maxsize=4096)(reader.same_words)
        frame = vocabulary.lexicon
        self._within = tuple(f" {text} " for text in frame.phrases["within"])
        self._vague_times = frozenset(frame.vague_times)
        self._unknown_phrase = frame.phrases["unknown"][0]
        self._opinion_phrase = frame.phrases["opine"][0]
        self._case_word = self._capitalise(frame.phrases["case"][0])
        self._speaker_words = {kind: frame.phrases[f"speaker_{kind.value}"][0] for kind in SpeakerKind}
        # An answer says a fact in several places, and the facts of one case come again in the next.
        self._cached_sentence = lru_cache(maxsize=4096)(self._format_sentence)

    def cases(self, cases: Sequence[Case]) -> str:
        """Cases as one text, which is parsed to the same cases. Raises as `case` does."""
        # From the second on a case without a name needs a heading: its sentences would fall to the one before.
        texts = [self.case(case) for case in cases]
        headed = [bool(case.name or not (case.facts or case.opinions)) for case in cases]
        return "\n".join(
            text if number == 0 or has else f"{self._case_word}.\n{text}"
            for number, (text, has) in enumerate(zip(texts, headed, strict=True))
        )

    def case(self, case: Case, *, as_written: bool = False) -> str:
        """A case as text, which is parsed to the same case. Raises CaseError with every problem of a case whose text
        could not be parsed to it: facts that do not fit the vocabulary or contradict each other (C1xx, C2xx), and a
        text over the limits of the reader (C106).
        """
        problems = validate_case(self._vocabulary, case)
        if problems:
            raise CaseError(*problems)
        lines = [f"{self._case_word} {self.quote(case.name)}."] if case.name else []
        words = (self.written(fact) if as_written else "" for fact in case.facts)
        lines += [
            f"{written or self.sentence(fact)}{self._format_speaker(fact.speaker)}"
            for fact, written in zip(case.facts, words, strict=True)
        ]
        for opinion in case.opinions:
            sentence = f"{self._capitalise(self._opinion_phrase)} {self.quote(opinion.text)}."
            lines.append(sentence + self._format_speaker(opinion.speaker))
        text = "".join(f"{line}\n" for line in lines or [f"{self._case_word}."])
        self._check_size(lines[1:] if case.name else lines, text)
        return text

    @staticmethod
    def _check_size(sentences: list[str], text: str) -> None:
        longest = max(sentences, key=len, default="")
        if len(longest) > MAX_SENTENCE_CHARACTERS:
            what = f"`{longest[:40]}…` is longer than {MAX_SENTENCE_CHARACTERS} characters"
        elif len(sentences) >= MAX_SENTENCES:
            what = f"the case has {MAX_SENTENCES} sentences or more"
        elif len(text) > MAX_CHARACTERS:
            what = f"the case is longer than {MAX_CHARACTERS} characters"
        else:
            return
        raise CaseError(Problem("C106", f"{what}: it could not be read back", help="shorten the quoted texts"))

    def fact(self, fact: Fact) -> str:
        """A fact as one sentence with its detail, and with the mark of its speaker unless that is the user."""
        return f"{self.sentence(fact)}{self._format_speaker(fact.speaker)}"

    def sentence(self, fact: Fact) -> str:
        """A fact as one sentence, without its speaker. A measure has the words in which it was read."""
        return self._cached_sentence(fact.predicate, fact.args, fact.truth, fact.detail, self._measure_words(fact))

    def written(self, fact: Fact) -> str:
        """The sentence in which a fact was read, without its speaker; empty if it has the words of `sentence`.

        It is empty, too, if the position of the fact has no words, or others than this fact has.
        """
        found = self._read(fact)
        if found is None:
            return ""
        says, words = found
        if (says.truth, says.detail) != (fact.truth, fact.detail) or self._same_words(words, self.sentence(fact)):
            return ""
        return requoted(words, lambda text: text)

    def checked(self, case: Case) -> Case:
        """The case without the words of positions that do not read back as the fact."""
        if all(fact.span is None or self._read(fact) for fact in case.facts):
            return case
        facts = tuple(
            fact if fact.span is None or self._read(fact) else fact.model_copy(update={"span": _bare(fact.span)})
            for fact in case.facts
        )
        return case.model_copy(update={"facts": facts})

    def _read(self, fact: Fact) -> tuple[ParsedStatement, str] | None:
        """What the words of the position of a fact say, where they have its predicate and arguments."""
        if not self._reads_words or fact.span is None or not fact.span.text:
            return None
        found = self._read_sentence(fact.span.text)
        return found if found and (found[0].predicate, found[0].args) == fact.atom else None

    def _measure_words(self, fact: Fact) -> tuple[str, ...]:
        if fact.predicate not in self._vocabulary.measured_predicates:
            return ()
        found = self._read(fact)
        return found[0].measure_words if found else ()

    def _format_sentence(
        self, name: str, args: tuple[Value, ...], truth: Truth, detail: str | None, words: tuple[str, ...] = ()
    ) -> str:
        predicate = self._vocabulary.predicates[name]
        if truth is Truth.UNKNOWN and predicate.unknown_form:
            body = self._format_template(predicate, predicate.unknown_form, args, words)
        elif truth is Truth.UNKNOWN:
            affirmed = self._format_template(predicate, predicate.affirmative_forms[0], args, words)
            body = f"{self._capitalise(self._unknown_phrase)} {affirmed[:1].lower()}{affirmed[1:]}"
        else:
            template = predicate.affirmative_forms[0] if truth is Truth.TRUE else predicate.denial_form
            body = self._format_template(predicate, template, args, words)
        return f"{body}: {self.quote(detail)}." if detail else f"{body}."

    def question(self, fact: Fact) -> str:
        """The question that the fact answers."""
        predicate = self._vocabulary.predicates[fact.predicate]
        return f"{self._format_template(predicate, predicate.question_form, fact.args, self._measure_words(fact))}?"

    @staticmethod
    def quote(text: str) -> str:
        """A text in quotation marks. Raises CaseError (C102) when it holds a line break or a null character."""
        if not is_quotable(text):
            raise CaseError(unquotable_problem(text))
        if '"' not in text:
            return f'"{text}"'
        if "\u201c" in text or "\u201d" in text:
            return '"' + text.replace('"', '""') + '"'
        return f"\u201c{text}\u201d"

    def _format_template(
        self, predicate: Predicate, template: Template, args: tuple[Value, ...], words: tuple[str, ...]
    ) -> str:
        forms = template.forms or ("",) * len(args)
        phrases = tuple(
            self.phrase(argument.type, value, form)
            for argument, value, form in zip(predicate.args, args, forms, strict=True)
        )
        if not any(words):
            return template.format(phrases)
        spoken = tuple(word or phrase for word, phrase in zip(words, phrases, strict=True))
        segments = list(template.segments)
        for place, segment in enumerate(segments[1:], 1):
            before = segments[place - 1]
            if isinstance(segment, int) and isinstance(before, str) and self._has_preposition(words[segment]):
                segments[place - 1] = re.sub(f"{self._within[0]}$", " ", before)
        return Template(tuple(segments), template.forms).format(spoken)

    def _has_preposition(self, words: str) -> bool:
        """Whether the words of a measure need none before them: `in 6 days`, `today`."""
        lower = f" {words.lower()} "
        return lower.strip() in self._vague_times or lower.startswith(self._within)

    def phrase(self, type_name: str, value: Value, form: str = "") -> str:
        """A value as words of a sentence, in a form of its phrase where one is named."""
        values = self._vocabulary.values(type_name)
        if values:
            return values[str(value)].form(form)
        if isinstance(value, str):
            return value if type_name == "date" else self.quote(value)
        lexicon = self._vocabulary.lexicon
        if type_name == "count" and lexicon.written_count:
            return lexicon.written_count.text(value, form)
        if lexicon.written_units:
            hours = value * HOURS_PER_YEAR if type_name == "years" else value
            sizes = [size.hours for size in lexicon.written_units if hours % size.hours == 0]
            fitting = [size for size in sizes if size <= max(hours, 1)]
            largest = HOURS_PER_YEAR if type_name == "years" else max(fitting)
            unit = next(unit for unit in lexicon.written_units if unit.hours == largest)
            return unit.text(hours // largest, form)
        if type_name == "years":
            return "1 year" if value == 1 else f"{value} years"
        if type_name == "count":
            return "1 time" if value == 1 else f"{value} times"
        return self._duration(value)

    def _duration(self, hours: int) -> str:
        """A time in the largest unit that divides it."""
        units = [(size, word) for word, size in self._vocabulary.lexicon.units.items() if size and hours % size == 0]
        largest = max((size for size, _ in units if size <= hours), default=1)
        words = [word for size, word in units if size == largest]
        number = hours // largest
        return f"{number} {min(words, key=len) if number == 1 else max(words, key=len)}"

    @staticmethod
    def _capitalise(text: str) -> str:
        return text[:1].upper() + text[1:]

    def _format_speaker(self, speaker: Speaker) -> str:
        if speaker == Speaker(kind=SpeakerKind.USER):
            return ""
        reference = f" {self.quote(speaker.reference)}" if speaker.reference else ""
        return f" [{self._speaker_words[speaker.kind]}{reference}]"


def requoted(sentence: str, change: Callable[[str], str]) -> str:
    """A sentence with each of its quotations changed, and quoted as `Writer.quote` quotes it."""

    def replace(match: re.Match[str]) -> str:
        text = unquote(match[0])
        return Writer.quote(change(text)) if text else match[0]

    return re.sub(QUOTATION_PATTERN, replace, sentence)


def _bare(span: SourceSpan) -> SourceSpan:
    return SourceSpan(line=span.line, column=span.column)
