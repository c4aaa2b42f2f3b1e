"""The decisions of many cases as columns: what `Judge.decide` says of each, read from blocks of results.

The verdict and what belongs to it depend on few results, so that many cases share one *outcome*: a `Decision` without
findings. It is made by the same code as for a single case. The effect of each criterion is a column of small numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from legit._util.optional import import_optional
from legit.engine.case_encoder import EncodedCase
from legit.engine.columnar import ResultBlock
from legit.engine.decided_case import EFFECT_ORDER, DecidedCase
from legit.engine.engine import Engine
from legit.engine.scenarios import Consequences
from legit.knowledge.base import KnowledgeBase
from legit.model.assessment import Decision, Effect, Verdict
from legit.model.facts import Case

if TYPE_CHECKING:
    from legit.engine.columnar import Booleans, Bytes, Integers

OUTCOME_RESULTS = ("verdict", "defeat_scope", "consequence", "stance", "guidance", "method_harm_level")
"""The results on which an outcome depends."""

FINDING_RESULTS = ("defeats", "tied", "outweighed", "applies")
"""The results on which the findings depend."""


_RESULTS_OF_FIELD = {
    "verdict": ("verdict", 0),
    "scope": ("defeat_scope", 0),
    "consequence": ("consequence", 0),
    "stance": ("stance", 0),
    "action": ("guidance", 1),
    "method_harm": ("method_harm_level", 0),
}
"""The result from which each field of an outcome is read, and the place of its argument."""

OUTCOME_FIELDS = tuple(_RESULTS_OF_FIELD)
"""The fields of a decision without its findings."""


class DecisionBlock(NamedTuple):
    """The decisions of some cases: their numbers, the number of the outcome of each, and the effects of criteria.

    `effects` has a row for each case and a column for each criterion: 0 for no finding, otherwise 1 more than the place
    in `EFFECT_ORDER`. It is None if no findings were asked for.
    """

    cases: Integers
    outcomes: Integers
    effects: Bytes | None


class DecisionTable:
    """Reads decisions from the result blocks of one engine. Instances may be shared between threads.

    `outcomes` are the distinct outcomes met so far. `criteria` are the criteria by their column.
    """

    def __init__(self, base: KnowledgeBase, engine: Engine) -> None:
        self._np: Any = import_optional("numpy", "batch", "deciding many cases at once")
        self._base = base
        self._engine = engine
        self.outcomes: list[Decision] = []
        self._outcome_numbers: dict[Decision, int] = {}
        self._by_results: dict[tuple[frozenset[int], frozenset[int]], int] = {}
        self._findings: dict[bytes, tuple[tuple[str, Effect], ...]] = {}
        self.criteria: tuple[str, ...] = tuple(sorted(base.criterion_index, key=base.criterion_index.__getitem__))

    def words(self, field: str) -> tuple[str, ...]:
        """Every word that a field of an outcome can have, sorted."""
        results, argument = _RESULTS_OF_FIELD[field]
        found = {args[argument] for args in self._engine.index.result_arguments(results)}
        found.update(self._base.caution_order.get("out_of_time", ()) if field == "action" else ())
        return tuple(sorted({*found, *(verdict.value for verdict in Verdict)} if field == "verdict" else {"", *found}))

    @cached_property
    def _columns(self) -> dict[str, int]:
        return {criterion: number for number, criterion in enumerate(self.criteria)}

    @cached_property
    def _outcome_atoms(self) -> list[int]:
        results = self._engine.index.result_of_atom
        return [atom for atom, result in results.items() if result.name in OUTCOME_RESULTS]

    @cached_property
    def _corroboration_atoms(self) -> list[int]:
        """The results that demand a witness more, or another one: with them, a decision depends on who said what."""
        results = self._engine.index.result_of_atom
        return [
            atom
            for atom, (name, args) in results.items()
            if (name == "requires_witnesses" and int(args[0]) > 1) or name == "requires_attestation"
        ]

    @staticmethod
    def predicates(*, findings: bool = True) -> tuple[str, ...]:
        """The results that `read` needs."""
        return (*OUTCOME_RESULTS, "requires_witnesses", "requires_attestation", *(FINDING_RESULTS if findings else ()))

    def read(self, block: ResultBlock, *, findings: bool = True) -> DecisionBlock:
        """The decisions of a block. Cases whose decision depends on who said what are left out."""
        np = self._np
        kept = np.ones(len(block.cases), dtype=bool)
        for atom in self._corroboration_atoms:
            if atom in self._engine.program.fact_atoms:
                kept[:] = False
            elif atom in block.brave:
                kept &= ~block.brave[atom]
        outcomes = self._outcome_column(block)
        effects = self._effects(block) if findings else None
        if not kept.all():
            effects = effects[kept] if effects is not None else None
            return DecisionBlock(block.cases[kept], outcomes[kept], effects)
        return DecisionBlock(block.cases, outcomes, effects)

    def _outcome_column(self, block: ResultBlock) -> Integers:
        """The number of the outcome of each case."""
        np = self._np
        atoms = [atom for atom in self._outcome_atoms if atom in block.brave]
        if not atoms:
            nothing: Integers = np.full(len(block.cases), self._outcome(frozenset(), frozenset()))
            return nothing
        columns = [block.brave[atom] for atom in atoms]
        columns += [block.cautious[atom] for atom in atoms if block.cautious[atom] is not block.brave[atom]]
        first, belongs = distinct_rows(np, columns)
        cautious, brave = (np.array([kind[atom][first] for atom in atoms]) for kind in (block.cautious, block.brave))
        named = np.array(atoms)
        numbers = [
            self._outcome(frozenset(named[cautious[:, row]].tolist()), frozenset(named[brave[:, row]].tolist()))
            for row in range(len(first))
        ]
        found: Integers = np.array(numbers)[belongs]
        return found

    def _outcome(self, cautious: frozenset[int], brave: frozenset[int]) -> int:
        found = self._by_results.get((cautious, brave))
        if found is None:
            group = self._engine.index.group_results
            consequences = Consequences(group(sorted(cautious)), group(sorted(brave)), cautious, brave)
            decided = DecidedCase(self._base, self._engine, Case(facts=()), EncodedCase(), consequences)
            outcome = decided.decision(decided.cautious_verdict, ())
            found = self._outcome_numbers.setdefault(outcome, len(self.outcomes))
            if found == len(self.outcomes):
                self.outcomes.append(outcome)
            self._by_results[cautious, brave] = found
        return found

    def _effects(self, block: ResultBlock) -> Bytes:
        """The effect of each criterion in each case; see `DecidedCase.effects`."""
        np = self._np
        effects: Bytes = np.zeros((len(block.cases), len(self.criteria)), dtype=np.uint8, order="F")
        settled: tuple[Effect, ...] = ("defeats", "tied", "outweighed")
        for effect in settled:
            for column, holds in self._by_criterion(effect, block.cautious):
                effects[holds, column] = 1 + EFFECT_ORDER.index(effect)
        sure = dict(self._by_criterion("applies", block.cautious))
        for column, holds in self._by_criterion("applies", block.brave):
            if self._base.criteria[self.criteria[column]].standard_of_review:
                holds = holds & (effects[:, column] == 0)
                effects[holds, column] = 1 + EFFECT_ORDER.index("possible")
                if column in sure:
                    effects[holds & sure[column], column] = 1 + EFFECT_ORDER.index("open")
        return effects

    def _by_criterion(self, predicate: str, results: dict[int, Booleans]) -> Iterable[tuple[int, Booleans]]:
        """In which cases a result holds, with the column of its criterion."""
        for atom, criterion in self._engine.index.result_atoms(predicate):
            if atom in self._engine.program.fact_atoms:
                yield self._columns[criterion], self._np.ones(len(next(iter(results.values()))), dtype=bool)
            elif atom in results:
                yield self._columns[criterion], results[atom]

    def findings(self, effects: Bytes) -> tuple[tuple[str, Effect], ...]:
        """The findings of one row of effects, as `Decision.findings` has them."""
        key = effects.tobytes()
        found = self._findings.get(key)
        if found is None:
            places = sorted(((code, column) for column, code in enumerate(effects.tolist()) if code))
            found = tuple((self.criteria[column], EFFECT_ORDER[code - 1]) for code, column in places)
            if len(self._findings) < _MAX_KEPT_FINDINGS:
                self._findings[key] = found
        return found


def distinct_rows(np: Any, columns: Sequence[Booleans]) -> tuple[Integers, Integers]:
    """The distinct rows of a table of truth values: a place where each stands, and for each row which one it is."""
    belongs = np.zeros(len(columns[0]), dtype=np.int64)
    first = np.zeros(1, dtype=np.int64)
    for start in range(0, len(columns), _COLUMNS_AT_ONCE):
        for number, column in enumerate(columns[start : start + _COLUMNS_AT_ONCE]):
            belongs |= column.astype(np.int64) << (_COLUMN_BITS + number)
        _, first, belongs = np.unique(belongs, return_index=True, return_inverse=True)
    return first, belongs


_COLUMN_BITS = 24
"""The bits for the number of a distinct row of the columns so far: a block has at most as many cases."""
_COLUMNS_AT_ONCE = 62 - _COLUMN_BITS

_MAX_KEPT_FINDINGS = 1 << 16
"""The largest number of distinct findings that are kept."""
