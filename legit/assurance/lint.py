"""Everything that is wrong with a knowledge base, in one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import clingo

from legit._util.lookalikes import lookalikes
from legit.assurance.examples import ExpectedCase, criterion_cases, judgement_file_cases, run_case
from legit.assurance.extension_regressions import extension_regressions
from legit.assurance.language_checks import language_notes, language_problems
from legit.assurance.round_trip import round_trip_problems
from legit.assurance.value_effects import value_notes
from legit.catalogue.citations import overstated_verifications
from legit.catalogue.precedents import load_precedents
from legit.engine.ground_rule import Bounds
from legit.engine.program import Program
from legit.engine.scenarios import parse_atom
from legit.engine.solver import Solver
from legit.errors import KnowledgeBaseError, Problem
from legit.explain.citation_cache import condition_atoms
from legit.judge import Judge
from legit.knowledge.base import DEFAULT_PROFILE, KnowledgeBase
from legit.knowledge.criteria import Criterion
from legit.knowledge.properties import load_properties
from legit.knowledge.rule_sources import SourceMark
from legit.knowledge.rules.rule_ast import body_literals, signature
from legit.render.vocabulary import VocabularyPages

MIN_EXAMPLES = 2
"""How many examples a criterion needs of each sort."""

_SHOWN_PROMPT_FORMS = 5


def check_base(
    folder: Path | None = None,
    profile: str = DEFAULT_PROFILE,
    step: Callable[[int, int], None] | None = None,
    packs: Sequence[str | Path] = (),
) -> list[Problem]:
    """The problems of a knowledge base with packs, empty when there are none.

    Beyond what loading finds (K1xx to K5xx), also in precedents and in properties: K303 a sentence that
    does not read back, K304 a vocabulary for agents that is longer than the bound of the base, K403 a place marked as
    seen that a note says is from memory, K405 a source under a condition that no case can meet, K601 too few
    examples, K602 an example that does not come out, K603 a criterion that no case can meet, K604 an undercutter that
    no rule derives, K606 an example or precedent of an extended base with a different result.
    """
    try:
        base = KnowledgeBase.load(folder, profile, packs)
        load_precedents(base.layers)
        judge = Judge(base)
        judge.reader  # noqa: B018  (building the grammar finds clashing templates)
        program = Program(base, Bounds.for_case(1, 1))
        load_properties(base)
    except KnowledgeBaseError as error:
        return list(error.problems)
    problems = [
        *overstated_verifications(judge.base),
        *round_trip_problems(judge),
        *_prompt_length_problems(judge.base),
        *_undercutter_problems(judge.base, program),
        *_further_condition_problems(judge.base, program),
        *language_problems(judge),
    ]
    problems += [
        problem
        for file in judge.base.judgement_files.values()
        if base.owns_path(file.path)
        for problem in _example_problems(judge, judgement_file_cases(file))
    ]
    reachable = _reachable_criteria(program)
    own = [criterion for criterion in judge.base.criteria.values() if base.owns_path(criterion.path)]
    total = len(own)
    for number, criterion in enumerate(own, start=1):
        if step:
            step(number, total)
        for sort, examples in (("example", criterion.examples), ("counterexample", criterion.counterexamples)):
            if len(examples) < MIN_EXAMPLES:
                message = f"`{criterion.id}` has {len(examples)} examples under `{sort}s`"
                help_ = f"give at least {MIN_EXAMPLES}"
                problems.append(Problem("K601", message, source=criterion.path, help=help_))
        problems += _example_problems(judge, criterion_cases(criterion))
        problems += _condition_problems(criterion, program)
        if criterion.id not in reachable:
            problems.append(Problem("K603", f"no case can meet `{criterion.id}`", source=criterion.path))
    return [*problems, *extension_regressions(judge)]


def _prompt_length_problems(base: KnowledgeBase) -> Iterator[Problem]:
    """K304 where the vocabulary for agents takes more tokens than `base.toml` allows."""
    bound = base.manifest.prompt_tokens_at_most
    pages = VocabularyPages(base.vocabulary, base.prompt_guide)
    exact, tokens = pages.prompt_tokens()
    if bound and tokens > bound:
        figure = f"{tokens}" if exact else f"about {tokens}"
        message = f"the vocabulary for agents has {figure} tokens, and `prompt_tokens_at_most` allows {bound}"
        longest = ", ".join(f"`{name}` ({length})" for name, length in pages.longest_prompt_forms(_SHOWN_PROMPT_FORMS))
        help_ = f"give a sentence a shorter `prompt_form`, or `in_prompt = false`; the longest are {longest}"
        yield Problem("K304", message, source=f"{base.layers[-1].display_name}/base.toml", help=help_)


def _further_condition_problems(base: KnowledgeBase, program: Program) -> Iterator[Problem]:
    """K405 for each condition of further sources, of this base or its packs, that no case can meet."""
    for place, extension in base.manifest.extensions.items():
        for added in extension.further_sources if base.owns_path(place) else ():
            mark = SourceMark(rule=1, sources=added.sources, condition=added.condition)
            if mark.condition and not any(atom for atom, _ in condition_atoms(program, mark)):
                message = f"no case can meet `{mark.condition}`, under which `{added.criterion}` cites further sources"
                yield Problem("K405", message, source=place)


def _condition_problems(criterion: Criterion, program: Program) -> Iterator[Problem]:
    """K405 for each condition of a source that no case can meet."""
    for mark in criterion.source_marks:
        if mark.condition and not any(atom for atom, _ in condition_atoms(program, mark)):
            message = f"no case can meet `{mark.condition}`, under which a source is cited"
            yield Problem("K405", message, mark.line, 1, criterion.path)


def _example_problems(judge: Judge, cases: Iterable[ExpectedCase]) -> Iterator[Problem]:
    """K602 for each example with another result than expected; the sentences that were not understood are its help."""
    for case in cases:
        result = run_case(judge, case)
        if not result.passed:
            message, *more = result.message.splitlines()
            help_ = "; ".join(line.strip().removeprefix("help: ") for line in more)
            column = 1 if case.line else 0
            yield Problem("K602", f"{case.name}: {message}", case.line, column, case.path, help=help_)


def _lookalike_notes(base: KnowledgeBase) -> Iterator[Problem]:
    """K705 for each two phrases of the vocabulary that look alike and are read as different values."""
    values = (value for enum in base.vocabulary.types.values() for value in enum.values.values())
    phrases = (text.casefold() for value in values for text in (value.phrase, *value.synonyms))
    for one, other in lookalikes(phrases):
        message = f"`{one}` and `{other}` look alike and are different phrases"
        yield Problem("K705", message, source=f"{base.display_name}/vocabulary", help="write both in one alphabet")


def lint_warnings(base: KnowledgeBase) -> list[Problem]:
    """Notes about the base itself, not about an extended base. They are no errors.

    K701 a predicate that no rule reads, K702 an attribute that none reads, K703 what an extension
    decides differently from the base that it extends, K704 a value that no result depends on, K705 two phrases that
    look alike, K706 a language that is not complete.
    """
    read = {signature(test.atom) for _, rules in base.rules for rule in rules for test in body_literals(rule)}
    found = [
        Problem("K701", f'no rule reads `{item.id}`: "{item.placeholder_sentence()}"', source=item.path)
        for item in base.vocabulary.predicates.values()
        if base.owns_path(item.path) and not item.informational and (item.id, item.arity) not in read
    ]
    names = {name for name, _ in read}
    if base.manifest.in_force:  # read where the law of a place is sought
        names.add(base.manifest.in_force.branch_attribute)
    found += [
        Problem("K702", f'no rule reads the attribute `{name}`: "{item.gloss}"', source=place)
        for name, item in base.manifest.attributes.items()
        for place in [base.manifest.defined_at["attributes", name]]
        if base.owns_path(place) and name not in names
    ]
    found += value_notes(base)
    found += _lookalike_notes(base)
    found += language_notes(Judge(base))
    for place, extension in base.manifest.extensions.items():
        found += [
            Problem("K703", f"`{criterion}` is undercut here where {ground.gloss}: {ground.why}", source=place)
            for criterion, grounds in extension.undercuts.items()
            for ground in grounds.values()
        ]
        found += [
            Problem("K703", f"`{name}` has a different result here: {why}", source=place)
            for name, why in extension.accepted_regressions.items()
        ]
    return found


def _reachable_criteria(program: Program) -> set[str]:
    """The criteria that some case meets without undercutting them: all inputs are left free."""
    control, externals = Solver(program).unfolded_control()
    control.configuration.solve.models = 1  # type: ignore[union-attr]
    for literal in externals.values():
        control.assign_external(literal, None)
    undercut: dict[str, list[int]] = {}
    for atom, text in program.ground_atoms("undercut"):
        undercut.setdefault(parse_atom(text).args[0], []).append(atom)
    found = set()
    for atom, text in program.ground_atoms("meets"):
        (name,) = parse_atom(text).args
        if program.fact_atoms.intersection(undercut.get(name, ())):
            continue
        literals = [(clingo.Function(f"a{atom}"), True)]
        literals += [(clingo.Function(f"a{other}"), False) for other in undercut.get(name, ())]
        if control.solve(assumptions=literals).satisfiable:
            found.add(name)
    return found


def _undercutter_problems(base: KnowledgeBase, program: Program) -> list[Problem]:
    problems = []
    used: dict[str, set[str]] = {}
    for _, text in program.ground_atoms("undercut"):
        name, why = parse_atom(text).args
        used.setdefault(name, set()).add(why)
    for criterion in base.criteria.values():
        named = set(criterion.undercutters)
        derived = used.get(criterion.id, set())
        problems += [
            Problem("K604", f"undercutter `{name}` of `{criterion.id}` has no phrase", source=criterion.path)
            for name in sorted(derived - named)
        ]
        problems += [
            Problem(
                "K604",
                f"`{criterion.id}` names undercutter `{name}`, which no rule derives",
                source=base.manifest.undercut_declared_at(criterion.id, name) or criterion.path,
            )
            for name in sorted(named - derived)
        ]
    return problems
