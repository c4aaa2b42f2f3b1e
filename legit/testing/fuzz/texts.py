"""The parser of controlled English: any text is understood or refused with a code and a place, and an understood text
is written and parsed to the same case."""

from __future__ import annotations

import re
from collections.abc import Iterator

from legit.errors import CaseError, LegitError
from legit.judge import Judge
from legit.language.tokenizer import split_lines
from legit.testing.document_generator import corrupt_text, render_document
from legit.testing.fuzz.mutators import mutate_letter, mutate_pieces
from legit.testing.fuzz.target import expect
from legit.testing.generate import CaseGenerator, Choices, RandomChoices

_SENTENCE = re.compile(r"(?<=[.\n])")
_SEEDS = 60


class TextTarget:
    """Sentences, by the words of a judge's base."""

    name = "text"

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        vocabulary = judge.base.vocabulary
        self._generator = CaseGenerator(vocabulary)
        self._words = sorted(
            {
                *(phrase for phrases in vocabulary.lexicon.phrases.values() for phrase in phrases),
                *(value.phrase for enum in vocabulary.types.values() for value in enum.values.values()),
                *vocabulary.lexicon.contractions, *vocabulary.lexicon.spelling, *vocabulary.lexicon.vague_times,
                *vocabulary.lexicon.numbers, *vocabulary.lexicon.units, *vocabulary.lexicon.counts,
            }
        )  # fmt: skip

    def seeds(self) -> Iterator[bytes]:
        for seed in range(_SEEDS):
            yield self._document(RandomChoices(seed)).encode()

    def mutate(self, choices: Choices, data: bytes) -> bytes:
        text = data.decode("utf-8", "surrogatepass" if choices.integer(0, 1) else "replace") if _is_text(data) else ""
        how = choices.integer(0, 5)
        if how == 0:
            text = "".join(mutate_pieces(choices, _SENTENCE.split(text), self._document(choices).splitlines(True)))
        elif how == 1:
            text = " ".join(mutate_pieces(choices, text.split(" "), self._words))
        elif how == 2:
            text = corrupt_text(choices, text)
        elif how == 3:
            text += self._document(choices)
        else:
            text = mutate_letter(choices, text)
        return text.encode("utf-8", "surrogatepass")

    def check(self, data: bytes) -> None:
        text = data.decode("utf-8", "surrogatepass") if _is_text(data) else data.decode("utf-8", "replace")
        judge = self._judge
        understood, problems = judge.reader.parse(text, strict=False)
        height = len(split_lines(text))
        for problem in problems:
            expect(bool(re.fullmatch(r"L\d{3}", problem.code) and problem.message), f"no code or message: {problem!r}")
            expect(0 <= problem.line <= height, f"a line that the text does not have: {problem!r}")
            str(problem).encode()
        try:
            cases = judge.parse_cases(text)
        except LegitError as error:
            expect(bool(error.problems), "refused without a reason")
        else:
            expect(cases == understood, "read in two ways")
            written = judge.writer.cases(cases)
            again = judge.parse_cases(written)
            expect(again == cases, f"reads back as another case: {written!r}")
            expect(judge.writer.cases(again) == written, f"is written in another way: {written!r}")
        for case in understood:  # without the parts that were not understood
            try:
                written = judge.writer.case(case)
            except CaseError:
                continue
            expect(judge.parse_case(written) == case, f"what is left reads back as another case: {written!r}")

    def _document(self, choices: Choices) -> str:
        case = self._generator.case(RandomChoices(choices.integer(0, 1_000_000)), 5)
        return render_document(choices, self._judge.base.vocabulary, case).text


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
