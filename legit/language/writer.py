"""Writes facts and cases as sentences that the reader parses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from legit.errors import CaseError, Problem
from legit.knowledge.case_validation import is_quotable, unquotable_problem, validate_case
from legit.knowledge.vocabulary import Predicate, Template, Vocabulary
from legit.language.tokenizer import MAX_CHARACTERS, MAX_SENTENCE_CHARACTERS, MAX_SENTENCES
from legit.model.facts import Case, Fact, Speaker, SpeakerKind, Truth, Value


class Writer:
    """Writes facts and cases in the language of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        frame = vocabulary.lexicon
        self._time_phrases = {hours: text for text, hours in reversed(list(frame.vague_times.items()))}
        self._unknown_phrase = frame.phrases["unknown"][0]
        self._opinion_phrase = frame.phrases["opine"][0]
        # An answer says a fact in several places, and the facts of one case come again in the next.
        self._cached_sentence = lru_cache(maxsize=4096)(self._format_sentence)

    def cases(self, cases: Sequence[Case]) -> str:
        """Cases as one text, which is parsed to the same cases. Raises as `case` does."""
        # From the second on a case without a name needs a heading: its sentences would fall to the one before.
        texts = [self.case(case) for case in cases]
        headed = [bool(case.name or not (case.facts or case.opinions)) for case in cases]
        return "\n".join(
            text if number == 0 or has else f"Case.\n{text}"
            for number, (text, has) in enumerate(zip(texts, headed, strict=True))
        )

    def case(self, case: Case) -> str:
        """A case as text, which is parsed to the same case. Raises CaseError with every problem of a case whose text
        could not be parsed to it: facts that do not fit the vocabulary or contradict each other (C1xx, C2xx), and a
        text over the limits of the reader (C106).
        """
        problems = validate_case(self._vocabulary, case)
        if problems:
            raise CaseError(*problems)
        lines = [f"Case {self.quote(case.name)}."] if case.name else []
        lines += [self.fact(fact) for fact in case.facts]
        for opinion in case.opinions:
            sentence = f"{self._capitalise(self._opinion_phrase)} {self.quote(opinion.text)}."
            lines.append(sentence + self._format_speaker(opinion.speaker))
        text = "".join(f"{line}\n" for line in lines or ["Case."])
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
        """A fact as one sentence, without its speaker."""
        return self._cached_sentence(fact.predicate, fact.args, fact.truth, fact.detail)

    def _format_sentence(self, name: str, args: tuple[Value, ...], truth: Truth, detail: str | None) -> str:
        predicate = self._vocabulary.predicates[name]
        if truth is Truth.UNKNOWN:
            affirmed = self._format_template(predicate, predicate.affirmative_forms[0], args)
            body = f"{self._capitalise(self._unknown_phrase)} {affirmed[:1].lower()}{affirmed[1:]}"
        else:
            template = predicate.affirmative_forms[0] if truth is Truth.TRUE else predicate.denial_form
            body = self._format_template(predicate, template, args)
        return f"{body}: {self.quote(detail)}." if detail else f"{body}."

    def question(self, fact: Fact) -> str:
        """The question that the fact answers."""
        predicate = self._vocabulary.predicates[fact.predicate]
        return f"{self._format_template(predicate, predicate.question_form, fact.args)}?"

    def quote(self, text: str) -> str:
        """A text in quotation marks. Raises CaseError (C102) when it holds a line break or a null character."""
        if not is_quotable(text):
            raise CaseError(unquotable_problem(text))
        if '"' not in text:
            return f'"{text}"'
        if "\u201c" in text or "\u201d" in text:
            return '"' + text.replace('"', '""') + '"'
        return f"\u201c{text}\u201d"

    def _format_template(self, predicate: Predicate, template: Template, args: tuple[Value, ...]) -> str:
        phrases = tuple(self.phrase(argument.type, value) for argument, value in zip(predicate.args, args, strict=True))
        return template.format(phrases)

    def phrase(self, type_name: str, value: Value) -> str:
        """A value as words of a sentence."""
        values = self._vocabulary.values(type_name)
        if values:
            return values[str(value)].phrase
        if isinstance(value, str):
            return value if type_name == "date" else self.quote(value)
        if type_name == "years":
            return "1 year" if value == 1 else f"{value} years"
        if type_name == "count":
            return "1 time" if value == 1 else f"{value} times"
        return self._time_phrases.get(value) or f"within {value} hours"

    @staticmethod
    def _capitalise(text: str) -> str:
        return text[:1].upper() + text[1:]

    def _format_speaker(self, speaker: Speaker) -> str:
        if speaker == Speaker(kind=SpeakerKind.USER):
            return ""
        reference = f" {self.quote(speaker.reference)}" if speaker.reference else ""
        return f" [{speaker.kind.value}{reference}]"
