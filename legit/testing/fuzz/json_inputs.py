"""Input as JSON: cases, and the arguments of a model's call. Input of the right shape is judged or refused, and
survives a round trip. For other input the answer says so."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic import ValidationError

from legit.consult.consultant import Consultant
from legit.consult.tools import CONSULT_TOOL, VOCABULARY_TOOL, consult_arguments, handle_tool_call
from legit.errors import CaseError
from legit.judge import Judge
from legit.model.assessment import Assessment
from legit.model.facts import Case
from legit.testing.fuzz.mutators import mutate_as_json, mutate_json, mutate_letter
from legit.testing.fuzz.target import expect
from legit.testing.generate import CaseGenerator, Choices, RandomChoices
from legit.testing.seeded_cases import SeededCases

_SEEDS = 40
_TIME_LIMIT = 0.5


class CaseTarget:
    """A case as JSON."""

    name = "case"

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._seeded_cases = SeededCases(judge)
        vocabulary = judge.base.vocabulary
        self._words = [
            *vocabulary.predicates, *(value for enum in vocabulary.types.values() for value in enum.values),
            "unknown", "false", "document", "record", "inferred", "2024-05", "2024-02-30",
        ]  # fmt: skip

    def seeds(self) -> Iterator[bytes]:
        for number in range(_SEEDS):
            yield self._seeded_cases.case(number).model_dump_json(exclude_defaults=bool(number % 4)).encode()

    def mutate(self, choices: Choices, data: bytes) -> bytes:
        if choices.integer(0, 7) == 7:
            return mutate_letter(choices, data.decode("utf-8", "replace")).encode()
        return mutate_as_json(lambda value: mutate_json(choices, value, self._words), data)

    def check(self, data: bytes) -> None:
        try:
            case = Case.model_validate_json(data)
        except ValidationError:
            return
        judge = self._judge
        expect(Case.model_validate_json(case.model_dump_json()) == case, "is another case after JSON")
        problems = judge.problems(case)
        for problem in problems:
            str(problem).encode()
        try:
            assessment = judge.assess(case, time_limit=_TIME_LIMIT)
        except CaseError as error:
            expect(not problems or error.problems == tuple(problems), "refused for another reason")
        else:
            expect(not problems, f"judged in spite of {problems}")
            again = Assessment.model_validate_json(assessment.model_dump_json())
            expect(again == assessment, "is another assessment after JSON")
        try:
            written = judge.writer.case(case)
        except CaseError:
            return
        expect(judge.parse_case(written) == case, f"reads back as another case: {written!r}")


class CallTarget:
    """The arguments of a model's call, as JSON."""

    name = "call"

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._consultant = Consultant(base=judge.base, time_limit=_TIME_LIMIT)
        self._generator = CaseGenerator(judge.base.vocabulary)

    def seeds(self) -> Iterator[bytes]:
        for number in range(_SEEDS):
            case = self._generator.case(RandomChoices(number), 6)
            facts = self._judge.writer.case(case)
            given = {"facts": facts.splitlines() if number % 2 else facts, "rule": "no dogs", "page": number % 4}
            yield json.dumps(given).encode()
        yield json.dumps({"topics": list(self._judge.base.vocabulary.topics)}).encode()

    def mutate(self, choices: Choices, data: bytes) -> bytes:
        if choices.integer(0, 5) == 5:
            return mutate_letter(choices, data.decode("utf-8", "replace")).encode()
        topics = list(self._judge.base.vocabulary.topics)
        return mutate_as_json(lambda value: mutate_json(choices, value, topics), data)

    def check(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        for name in (CONSULT_TOOL, VOCABULARY_TOOL, text[:30]):
            told = handle_tool_call(self._consultant, name, text)
            expect(bool(told.strip()), f"{name} is answered with nothing")
            told.encode()
        try:
            facts = consult_arguments("").model_validate_json(text).model_dump()["facts"]
        except ValidationError:
            return
        first = self._consultant.consult(facts)
        first.model_dump_json()
        if not first.accepted_facts or sum(map(len, first.accepted_facts)) > 15_000:
            return
        # Understood sentences, given again, are understood in the same way. The answer is the same if none was left
        # out.
        second = self._consultant.consult(first.accepted_facts)
        expect(
            second.accepted_facts == first.accepted_facts,
            f"understood otherwise the second time: {first.accepted_facts}",
        )
        if first.complete and second.complete:
            expect(second.action == first.action, "has a different result the second time")
