"""Search over all cases of a space at once: the ground program with its inputs left free, in one copy or in two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import clingo

from legit.assurance.case_space import CaseSpace
from legit.engine.grounding import add_rule
from legit.engine.solver import next_model
from legit.errors import KnowledgeBaseError, Problem
from legit.knowledge.protocol import PROPERTY_PREDICATES, RELATIONS, WITNESSED, defined_directives

FOUND = "found"
_COPIES = ("before", "after")

# How the second case follows from the first: the facts that a question allows to differ.
_LINKING_RULES = f"""
{defined_directives(PROPERTY_PREDICATES)}
becomes_something(X) :- becomes(X,_).
after(X) :- input(X), before(X), not may_remove(X), not becomes_something(X).
after(Y) :- becomes(X,Y), before(X).
{{ after(X) }} :- input(X), before(X), may_remove(X).
{{ after(X) }} :- input(X), may_add(X).
"""
# Both assume the same where both leave the same question open.
_SAME_ASSUMPTIONS = """
:- before(assumed(T,V)), after(unanswered(T)), not after(assumed(T,V)).
"""


@dataclass(frozen=True, slots=True)
class CaseModel:
    """A case that was found: for each copy the inputs that are true, and the results; `instances` are the arguments of
    `found`. The results include the answers that a copy assumes for unanswered mandatory topics, `ordering` how the
    stated values compare."""

    inputs: tuple[frozenset[str], ...]
    instances: frozenset[str]
    results: tuple[frozenset[str], ...]
    ordering: tuple[frozenset[str], ...] = ()


class CaseSearch:
    """Looks for cases in which rules derive `found` or `found(X)`.

    With one space the rules read one case: the predicates of the knowledge base, and `stated(F)` for its facts. With
    two spaces the rules read `before(...)` and `after(...)`, and the plain predicates for atoms that both programs fix.
    `changes` links the inputs of the second case to those of the first. `input(F)` holds for every fact that the first
    case can state.
    """

    def __init__(
        self,
        spaces: Sequence[CaseSpace],
        rules: str,
        path: str = "",
        *,
        shared_inputs_only: bool = False,
        linking_rules: str = _LINKING_RULES,
    ) -> None:
        self._spaces = spaces
        self._programs = programs = [space.program for space in spaces]
        self._path = path
        # The facts that the cases can state: with `common`, only the facts that both programs know.
        common_inputs = set.intersection(*(set(space.symbols.values()) for space in spaces))
        self._allowed_inputs = [
            common_inputs if shared_inputs_only else set(space.symbols.values()) for space in spaces
        ]
        self._control = clingo.Control(["--warn=all", "--models=1", "--seed=1"], logger=self._log)
        self._messages: list[tuple[clingo.MessageCode, str]] = []
        names = _COPIES if len(programs) > 1 else ("",)
        # What the backend names by itself is not seen by all rules that are grounded later (clingo 5.8): every name is
        # declared in a first step, and gets its rules in a second.
        self._control.add("base", [], self._declarations(names))
        self._control.ground([("base", [])])
        known = {str(item.symbol): item.literal for item in self._control.symbolic_atoms}
        self._literals: list[dict[str, int]] = []
        with self._control.backend() as backend:
            for space, name in zip(spaces, names, strict=True):
                literals = {text: known[_in_copy(text, name)] for text in space.program.atoms}
                self._literals.append(literals)
                self._add_program(backend, space, literals)
                _add_consistency_constraints(backend, space, literals)
            if len(programs) == 1:
                for symbol in spaces[0].symbols.values():
                    backend.add_rule([known[f"stated({symbol})"]], [self._literals[0][symbol]])
        self._control.add("question", [], rules + (linking_rules + _SAME_ASSUMPTIONS if len(programs) > 1 else ""))
        try:
            self._control.ground([("question", [])])
        except RuntimeError as error:
            said = self._messages[0][1] if self._messages else str(error)
            raise self._problem("K501", "the rules are no valid program", said) from error
        undefined = [text for code, text in self._messages if code == clingo.MessageCode.AtomUndefined]
        if undefined:
            raise self._problem("K502", "the rules use what nothing defines", undefined[0])
        self._instance_literals = self._derivable_literals(FOUND)
        self.instances = frozenset(self._instance_literals)

    def derivable_arguments(self, name: str) -> set[str]:
        """The arguments, as text, of the ground atoms of a predicate that the rules may derive."""
        return set(self._derivable_literals(name))

    def _derivable_literals(self, name: str) -> dict[str, int]:
        atoms = self._control.symbolic_atoms
        arities = [arity for found, arity, positive in atoms.signatures if found == name and positive]
        return {
            _arguments_text(item.symbol): item.literal for arity in arities for item in atoms.by_signature(name, arity)
        }

    def find_case(self, instance: str, deadline: float) -> CaseModel | None:
        """A case in which `found` holds for an instance, None if there is none within the bounds.

        It states no more than it must, and leaves no mandatory topic open unless all such cases do. Raises
        OutOfTimeError at the deadline, in seconds of the monotonic clock.
        """
        if instance not in self._instance_literals:
            return None
        target = [(self._instance_literals[instance], True)]
        answered = [*target, *((literal, False) for literal in self._open_literals)]
        model = self._solve(answered, deadline)
        if model is not None:
            return self._minimise(model, answered, deadline)
        model = self._solve(target, deadline)
        return None if model is None else self._minimise(model, target, deadline)

    def reachable_instances(self, instances: Iterable[str], deadline: float) -> set[str]:
        """The instances for which some case is found. Raises OutOfTimeError at the deadline."""
        left = sorted(instances)
        reached: set[str] = set()
        for instance in left:
            if instance not in reached and instance in self._instance_literals:
                model = self._solve([(self._instance_literals[instance], True)], deadline)
                if model is not None:
                    reached |= model.instances
        return reached & set(left)

    def _minimise(self, model: CaseModel, target: list[tuple[int, bool]], deadline: float) -> CaseModel:
        """A case with the same finding that states nothing that could be left out."""
        for copy in range(len(self._programs)):
            size = max(len(model.inputs[copy]) // 2, 1)
            while True:
                stated = sorted(model.inputs[copy])
                for start in range(0, len(stated), size):
                    drop = set(stated[start : start + size])
                    if drop <= model.inputs[copy]:
                        smaller = self._solve([*target, *self._subset_assumptions(model, copy, drop)], deadline)
                        model = smaller or model
                if size == 1:
                    break
                size //= 2
        return model

    def _subset_assumptions(self, model: CaseModel, copy: int, drop: set[str]) -> list[tuple[int, bool]]:
        """The constraint that the copies state only facts of a model, and one of them not `drop`."""
        return [
            (literal, False)
            for number, stated in enumerate(model.inputs)
            for symbol, literal in self._input_literals[number].items()
            if symbol not in stated or (number == copy and symbol in drop)
        ]

    def _solve(self, assumptions: Sequence[tuple[int, bool]], deadline: float) -> CaseModel | None:
        literals = [literal if holds else -literal for literal, holds in assumptions]
        with self._control.solve(assumptions=literals, yield_=True, async_=True) as handle:
            model = next_model(handle, deadline)
            return None if model is None else self._to_case_model(model)

    def _to_case_model(self, model: clingo.Model) -> CaseModel:
        stated = tuple(
            frozenset(symbol for symbol, literal in inputs.items() if model.is_true(literal))
            for inputs in self._input_literals
        )
        return CaseModel(
            inputs=stated,
            ordering=tuple(
                space.orders.bearing(own, (text for text, literal in literals.items() if model.is_true(literal)))
                for space, own, literals in zip(self._spaces, stated, self._relation_literals, strict=True)
            ),
            instances=frozenset(text for text, literal in self._instance_literals.items() if model.is_true(literal)),
            results=tuple(
                frozenset(text for text, literal in results.items() if model.is_true(literal))
                for results in self._result_literals
            ),
        )

    @cached_property
    def _input_literals(self) -> list[dict[str, int]]:
        return [
            {symbol: literals[symbol] for symbol in space.symbols.values()}
            for space, literals in zip(self._spaces, self._literals, strict=True)
        ]

    @cached_property
    def _relation_literals(self) -> list[dict[str, int]]:
        return [self._literals_of(number, *RELATIONS) for number in range(len(self._programs))]

    @cached_property
    def _result_literals(self) -> list[dict[str, int]]:
        return [self._literals_of(number, *WITNESSED) for number in range(len(self._programs))]

    @cached_property
    def _open_literals(self) -> list[int]:
        return [
            literal
            for number in range(len(self._programs))
            for literal in self._literals_of(number, "unanswered").values()
        ]

    def _literals_of(self, copy: int, *predicates: str) -> dict[str, int]:
        return {text: self._literals[copy][text] for _, text in self._programs[copy].ground_atoms(*predicates)}

    def _declarations(self, names: Sequence[str]) -> str:
        """Declare every atom that rules may read: as a fact if it is the same in every case, otherwise as an
        external."""
        shared = set.intersection(
            *({p.atom_texts[atom] for atom in p.fact_atoms if atom in p.atom_texts} for p in self._programs)
        )
        lines = [f"{text}." for text in sorted(shared)]
        lines += [f"input({symbol})." for symbol in self._allowed_inputs[0]]
        for program, name in zip(self._programs, names, strict=True):
            lines += [f"#external {_in_copy(text, name)}." for text in program.atoms if name or text not in shared]
        if len(self._programs) == 1:
            lines += [f"#external stated({symbol})." for symbol in self._spaces[0].symbols.values()]
        return "\n".join(lines)

    def _add_program(self, backend: clingo.Backend, space: CaseSpace, literals: dict[str, int]) -> None:
        """Add the rules of a program. Its inputs are free, unless an earlier copy decides them."""
        program = space.program
        own = {atom: literals[text] for text, atom in program.atoms.items()}

        def literal(atom: int) -> int:
            if atom not in own:
                own[atom] = backend.add_atom()
            return own[atom]

        copy = len(self._literals) - 1
        if copy == 0:
            space.orders.add_rules(backend, literals)
        else:  # the values of both copies are the same
            for atom in sorted(program.relation_atoms):
                first = self._literals[0].get(program.atom_texts[atom])
                backend.add_rule([literal(atom)], [first] if first is not None else [], choice=first is None)
        for atom in sorted(program.input_atoms - program.relation_atoms):
            decided = copy > 0 and program.atom_texts[atom] in self._literals[0]
            if program.atom_texts[atom] in self._allowed_inputs[copy] and not decided:
                backend.add_rule([literal(atom)], [], choice=True)
        for rule in program.rules:
            add_rule(backend, rule, literal)

    def _log(self, code: clingo.MessageCode, text: str) -> None:
        self._messages.append((code, text))

    def _problem(self, code: str, message: str, detail: str) -> KnowledgeBaseError:
        return KnowledgeBaseError(Problem(code, message, source=self._path, help=" ".join(detail.split())))


def _add_consistency_constraints(backend: clingo.Backend, space: CaseSpace, literals: dict[str, int]) -> None:
    """Rule out the cases that contradict themselves."""
    for group in space.at_most_one_groups:
        helper = backend.add_atom()
        backend.add_weight_rule([helper], 2, [(literals[space.symbols[atom]], 1) for atom in group])
        backend.add_rule([], [helper])
    for pair in space.exclusive_pairs:
        helpers = []
        for group in pair:
            helpers.append(backend.add_atom())
            for atom in group:
                backend.add_rule([helpers[-1]], [literals[space.symbols[atom]]])
        backend.add_rule([], helpers)


def _in_copy(text: str, copy: str) -> str:
    return f"{copy}({text})" if copy else text


def _arguments_text(symbol: clingo.Symbol) -> str:
    """The arguments of an atom as text."""
    return ",".join(str(argument) for argument in symbol.arguments)
