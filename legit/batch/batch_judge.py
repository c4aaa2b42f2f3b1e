"""Decides many cases, given as rows of sentence numbers: the decisions of `Judge.decide`, many at a time.

Most rows state only sentences that mean the same in every case: their columns are gathered from the table of sentences.
The others are looked at one by one before they are decided: rows with names or dates, rows that may contradict
themselves, rows that state two values to be compared. A row that the columns cannot decide goes to the judge itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from legit._util.optional import import_optional
from legit.batch.sentence_table import BAD, FALSE, NOTHING, PARTICULAR, TRUE, UNKNOWN, SentenceTable
from legit.engine.case_encoder import EncodedCase
from legit.engine.case_pairs import packed_columns
from legit.engine.columnar import ColumnarDecider, InputColumns
from legit.engine.decided_case import EFFECT_ORDER, DecidedCase
from legit.engine.decision_table import DecisionTable
from legit.engine.engine import Engine
from legit.engine.ground_rule import Bounds
from legit.errors import CaseError, Problem
from legit.judge import TIME_LIMIT, Judge
from legit.language.tokenizer import MAX_SENTENCES
from legit.model.assessment import Decision
from legit.model.facts import Case

if TYPE_CHECKING:
    from legit.engine.columnar import Booleans, Bytes, Integers

ROWS_AT_ONCE = 1 << 16
"""The rows that are best given at once: the masks of so many cases stay in the cache of a core."""

_PARTICULAR_AT_ONCE = 1 << 12
"""The rows read as a whole that are held at once: a row as a case takes kilobytes."""

_MAX_KNOWN_ROWS = 1 << 14
"""The rows read as a whole whose decisions are kept from one batch to the next."""

_MAX_KNOWN_BYTES = 1 << 10

FEW_CASES = 12
"""Up to so many cases are sooner decided one at a time than in columns."""


class BatchDecisions(NamedTuple):
    """The decisions of the rows of a batch.

    `outcomes` has for each row the number of its outcome in `BatchJudge.outcomes`, or -1 for a row that was rejected.
    `effects` has for each row and each criterion of `BatchJudge.criteria` 0, or 1 more than the place of its effect in
    `EFFECT_ORDER`; None if no findings were asked for. `rejected` has the problems of the rejected rows.
    """

    outcomes: Integers
    effects: Bytes | None
    rejected: dict[int, tuple[Problem, ...]]


class BatchJudge:
    """Decides batches under one judge. An instance keeps what it has read; it serves one thread.

    `sentences` is the table of the sentences met so far, `outcomes` the distinct outcomes. `time_limit` is in seconds
    for each case that needs a search. Raises MissingExtraError (X001) when numpy is not installed.
    """

    def __init__(self, judge: Judge, *, findings: bool = True, time_limit: float = TIME_LIMIT) -> None:
        self._np: Any = import_optional("numpy", "batch", "deciding many cases at once")
        self.judge = judge
        self._findings = findings
        self._time_limit = time_limit
        self._deciders: dict[int, tuple[ColumnarDecider, DecisionTable]] = {}
        self._smallest = judge.engines.within(Bounds())
        decider, self._smallest_table = self._decider(self._smallest)
        self._number_symbol = decider.symbol_number
        self.sentences = SentenceTable(judge, self._number_symbol)
        self.criteria = self._smallest_table.criteria
        self._decisions: dict[tuple[int, bytes], Decision] = {}
        self.outcomes: list[Decision] = []
        self._outcome_numbers: dict[Decision, int] = {}
        self._columns = {criterion: number for number, criterion in enumerate(self.criteria)}
        self._all_particular = self._smallest.has_open_defaults
        self._known: dict[bytes, tuple[int, bytes]] = {}

    def forget_beyond(self, most: int) -> None:
        """Begin a new table of sentences if the present one holds more than `most`."""
        if len(self.sentences) > most:
            self.sentences = SentenceTable(self.judge, self._number_symbol)
            self._known.clear()

    def decide(self, starts: Integers, numbers: Integers) -> BatchDecisions:
        """Decide rows: row `i` has the sentences `numbers[starts[i]:starts[i + 1]]` of the table."""
        np, count = self._np, len(starts) - 1
        lengths = np.diff(starts)
        rows = np.repeat(np.arange(count), lengths)
        kinds = self.sentences.kinds[numbers] if len(numbers) else numbers
        found = self._nothing_decided(count)
        refused = self._refuse(found, starts, numbers, rows, kinds, lengths)
        if count <= FEW_CASES:
            self._decide_alone(found, np.flatnonzero(~refused), starts, numbers, numbers)
            return found
        symbols = self.sentences.symbols[numbers] if len(numbers) else numbers
        columns = {
            kind: {
                symbol: int.from_bytes(bits, "little")
                for symbol, bits in packed_columns(np, count, rows[kinds == kind], symbols[kinds == kind])
            }
            for kind in (TRUE, FALSE, UNKNOWN)
        }
        repeated = self.sentences.rivals.repeated(count, rows, numbers)
        suspect = np.bincount(rows[repeated], minlength=count) > 0
        plain = ~(refused | suspect | self._particular(count, rows, kinds, columns))
        # What is no input decides nothing, unless it can contradict another sentence: rows that differ in it are alike.
        marks = np.where((kinds == NOTHING) & ~repeated, -1, numbers)
        true, unknown = kinds == TRUE, kinds == UNKNOWN
        inputs = InputColumns(
            count, rows[true], symbols[true], rows[unknown], symbols[unknown], plain, dict(columns[TRUE])
        )
        self._decide_columns(found, self._smallest, np.arange(count), inputs)
        self._decide_particular(found, np.flatnonzero(~plain & ~refused), starts, numbers, marks)
        self._decide_alone(found, np.flatnonzero(found.outcomes < 0), starts, numbers, marks)
        return found

    def _nothing_decided(self, count: int) -> BatchDecisions:
        np = self._np
        effects = np.zeros((count, len(self.criteria)), dtype=np.uint8) if self._findings else None
        return BatchDecisions(np.full(count, -1, dtype=np.int64), effects, {})

    def _refuse(
        self,
        found: BatchDecisions,
        starts: Integers,
        numbers: Integers,
        rows: Integers,
        kinds: Integers,
        lengths: Integers,
    ) -> Booleans:
        """The rows that cannot be judged: a sentence was not understood, there is none, or there are too many."""
        np, count = self._np, len(lengths)
        bad = np.bincount(rows[kinds == BAD], minlength=count) > 0
        refused: Booleans = bad | (lengths == 0) | (lengths > MAX_SENTENCES)
        for row in np.flatnonzero(refused).tolist():
            if not lengths[row]:
                problems = [Problem("L005", "no sentence where a case is expected")]
            elif lengths[row] > MAX_SENTENCES:
                problems = [Problem("L001", f"more than {MAX_SENTENCES} sentences in one case", MAX_SENTENCES + 1, 1)]
            else:
                problems = list(self.sentences.problems(numbers[starts[row] : starts[row + 1]].tolist()))
            found.rejected[row] = tuple(problems)
        return refused

    def _particular(self, count: int, rows: Integers, kinds: Integers, columns: dict[int, dict[int, int]]) -> Booleans:
        """The rows that must be looked at as a whole before they are decided."""
        np = self._np
        if self._all_particular:
            everyone: Booleans = np.ones(count, dtype=bool)
            return everyone
        suspect = np.bincount(rows[kinds == PARTICULAR], minlength=count) > 0
        mask = self.sentences.rivals.contradictory(columns)
        if mask:
            data = np.frombuffer(mask.to_bytes((count + 7) // 8, "little"), dtype=np.uint8)
            suspect |= np.unpackbits(data, count=count, bitorder="little").view(bool)
        is_particular: Booleans = suspect
        return is_particular

    def _decide_particular(
        self, found: BatchDecisions, wanted: Integers, starts: Integers, numbers: Integers, marks: Integers
    ) -> None:
        """Decide rows whose inputs depend on the whole case; rows that are alike are encoded once.

        What was decided before is remembered by the marks of the row.
        """
        alike = _alike(wanted, starts, marks)
        rest = ((key, same) for key, same in alike.items() if not self._recall(found, key, same))
        while group := dict(itertools.islice(rest, _PARTICULAR_AT_ONCE)):
            self._decide_alike(found, group, starts, numbers)

    def _remember(self, found: BatchDecisions, key: bytes, row: int) -> None:
        """Keep what was decided for a row by its marks."""
        if len(self._known) < _MAX_KNOWN_ROWS and len(key) <= _MAX_KNOWN_BYTES:
            effects = found.effects[row].tobytes() if found.effects is not None else b""
            self._known[key] = int(found.outcomes[row]), effects

    def _recall(self, found: BatchDecisions, key: bytes, same: list[int]) -> bool:
        """Note what was decided for rows with these marks before; whether it was."""
        known = self._known.get(key)
        if known is None:
            return False
        outcome, effects = known
        found.outcomes[same] = outcome
        if found.effects is not None:
            found.effects[same] = self._np.frombuffer(effects, dtype=self._np.uint8)
        return True

    def _decide_alike(
        self, found: BatchDecisions, alike: Mapping[bytes, list[int]], starts: Integers, numbers: Integers
    ) -> None:
        """Decide rows whose inputs depend on the whole case, given as lists of rows with the same marks."""
        encoded: list[tuple[int, EncodedCase]] = []
        for same in alike.values():
            case = self.sentences.case(numbers[starts[same[0]] : starts[same[0] + 1]].tolist())
            problems = tuple(self.judge.problems(case))
            inputs = EncodedCase() if problems else self.judge.encoder.encode(case)
            if inputs.exceeds_limits:
                problems = (self.judge.encoder.excess_problem(case),)
            if problems:
                found.rejected.update(dict.fromkeys(same, problems))
            else:
                encoded.append((same[0], inputs))
        self._decide_encoded(found, encoded)
        for key, (first, *others) in alike.items():
            if found.outcomes[first] >= 0:
                self._remember(found, key, first)
                self._copy(found, first, others)

    def decide_cases(self, cases: Sequence[Case]) -> list[Decision]:
        """The decisions of checked cases, in order. Raises CaseError (C104) as `Judge.decide` does."""
        found = self._nothing_decided(len(cases))
        encoded = [(number, self.judge.encoder.encode(case)) for number, case in enumerate(cases)]
        for number, inputs in encoded:
            if inputs.exceeds_limits:
                raise CaseError(self.judge.encoder.excess_problem(cases[number]))
        self._decide_encoded(found, encoded)
        decisions = []
        for number, outcome in enumerate(found.outcomes.tolist()):
            if outcome < 0:
                decisions.append(self.judge.decide(cases[number], time_limit=self._time_limit))
            else:
                decisions.append(self.decision(outcome, found.effects[number] if found.effects is not None else None))
        return decisions

    def words(self, field: str) -> tuple[str, ...]:
        """Every word that a field of an outcome can have, sorted."""
        return self._smallest_table.words(field)

    def decision(self, outcome: int, effects: Bytes | None) -> Decision:
        """The decision with an outcome and a row of effects."""
        key = outcome, effects.tobytes() if effects is not None else b""
        made = self._decisions.get(key)
        if made is None:
            findings = self._smallest_table.findings(effects) if effects is not None else ()
            made = self.outcomes[outcome].model_copy(update={"findings": findings})
            if len(self._decisions) < _MAX_KEPT_DECISIONS:
                self._decisions[key] = made
        return made

    def _decide_encoded(self, found: BatchDecisions, encoded: Sequence[tuple[int, EncodedCase]]) -> None:
        """Decide encoded cases, each with its row, by the columns of the engine that each of them needs."""
        np = self._np
        groups: dict[int, tuple[Engine, list[tuple[int, EncodedCase]]]] = {}
        for row, inputs in encoded:
            engine = self.judge.engines.for_case(inputs)
            groups.setdefault(id(engine), (engine, []))[1].append((row, inputs))
        for engine, members in groups.values():
            if len(members) <= FEW_CASES:
                continue  # they are decided alone
            number = self._decider(engine)[0].symbol_number
            pairs: tuple[list[int], list[int], list[int], list[int]] = ([], [], [], [])
            for place, (_, inputs) in enumerate(members):
                for symbol in inputs.true_inputs:
                    pairs[0].append(place)
                    pairs[1].append(number(symbol))
                for symbol in engine.undecided_inputs(inputs):
                    pairs[2].append(place)
                    pairs[3].append(number(symbol))
            true_cases, true_symbols, open_cases, open_symbols = (np.array(pair, dtype=np.int64) for pair in pairs)
            everyone = np.ones(len(members), dtype=bool)
            columns = InputColumns(len(members), true_cases, true_symbols, open_cases, open_symbols, everyone)
            self._decide_columns(found, engine, np.array([row for row, _ in members]), columns)

    def _decide_columns(self, found: BatchDecisions, engine: Engine, wanted: Integers, inputs: InputColumns) -> None:
        """Decide cases by columns and note the decisions; `wanted` are their rows in the batch."""
        np = self._np
        decider, table = self._decider(engine)
        for results in decider.decide(inputs, table.predicates(findings=self._findings)):
            block = table.read(results, findings=self._findings)
            renumbered = np.array([self._outcome_number(outcome) for outcome in table.outcomes])
            found.outcomes[wanted[block.cases]] = renumbered[block.outcomes]
            if found.effects is not None and block.effects is not None:
                found.effects[wanted[block.cases]] = block.effects

    def _decide_alone(
        self, found: BatchDecisions, wanted: Integers, starts: Integers, numbers: Integers, marks: Integers
    ) -> None:
        """Decide the rows that are left one at a time, and of rows that are alike one."""
        for key, same in _alike(wanted, starts, marks).items():
            first, *others = same
            if first in found.rejected or self._recall(found, key, same):
                continue
            case = self.sentences.case(numbers[starts[first] : starts[first + 1]].tolist())
            try:
                decided = self.judge._decide_case(self.judge._validated(case), self._time_limit)
            except CaseError as error:
                found.rejected[first] = error.problems
            else:
                self._note(found, first, decided)
                if decided.undetermined_reason != "time":  # another time the search may end
                    self._remember(found, key, first)
            self._copy(found, first, others)

    def _note(self, found: BatchDecisions, row: int, decided: DecidedCase) -> None:
        found.outcomes[row] = self._outcome_number(decided.decision(decided.verdict, ()))
        if found.effects is not None:
            for criterion, effect in decided.effects():
                found.effects[row, self._columns[criterion]] = 1 + EFFECT_ORDER.index(effect)

    @staticmethod
    def _copy(found: BatchDecisions, row: int, others: Sequence[int]) -> None:
        for other in others:
            if row in found.rejected:
                found.rejected[other] = found.rejected[row]
            found.outcomes[other] = found.outcomes[row]
            if found.effects is not None:
                found.effects[other] = found.effects[row]

    def _outcome_number(self, outcome: Decision) -> int:
        number = self._outcome_numbers.setdefault(outcome, len(self.outcomes))
        if number == len(self.outcomes):
            self.outcomes.append(outcome)
        return number

    def _decider(self, engine: Engine) -> tuple[ColumnarDecider, DecisionTable]:
        made = self._deciders.get(id(engine))
        if made is None:
            made = self._deciders[id(engine)] = (ColumnarDecider(engine), DecisionTable(self.judge.base, engine))
        return made


def _alike(wanted: Integers, starts: Integers, marks: Integers) -> dict[bytes, list[int]]:
    """Some rows, in lists of those whose sentences have the same marks, by these."""
    found: dict[bytes, list[int]] = {}
    for row in wanted.tolist():
        found.setdefault(marks[starts[row] : starts[row + 1]].tobytes(), []).append(row)
    return found


_MAX_KEPT_DECISIONS = 1 << 13
"""The largest number of distinct decisions that are kept."""
