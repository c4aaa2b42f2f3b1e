"""How many of the first three sources that an answer shows bind where the case arises.

    python benchmarks/binding_sources.py [--place se] [--shown 3] [--criteria 10]

Every case that the base expects something of (examples, counterexamples, precedents) is judged once for each place, as
if it arose there today: what it says of place and dates is left out. Its sources are those of its findings, in the
order in which an answer shows them. A case that cannot be judged so is left out. The first rows are those of the base
alone, the others those with the shipped packs, and with the cases of these too. The interval is Wilson's, at 95 %, as
if the sources were independent, which those of one case are not. With `--criteria`, the criteria whose sources only
persuade are listed.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from legit.assurance.examples import expected_cases
from legit.errors import LegitError
from legit.evals.intervals import wilson_limits
from legit.judge import Judge, cached_judge
from legit.knowledge.packs import shipped_packs
from legit.model.facts import Case, Fact

PLACES = ("se", "no", "dk", "fi", "de", "gb")
BINDING = "binding"


def cases_of(judge: Judge) -> tuple[Case, ...]:
    """The cases of which the base of a judge, and what it extends, expect something."""
    expected = expected_cases(judge.base, own_only=False)
    return tuple(case for item in expected for case in judge.parse_cases(item.text))


def arising_in(judge: Judge, case: Case, place: str) -> Case:
    """The case as if it arose in a place, without the dates that it states."""
    rules = judge.base.manifest.in_force
    assert rules is not None
    left_out = {rules.place_predicate, rules.date_predicate}
    kept = [fact for fact in case.facts if fact.predicate not in left_out]
    return case.model_copy(update={"facts": (*kept, Fact(predicate=rules.place_predicate, args=(place,)))})


def shown_sources(judge: Judge, cases: Iterable[Case], place: str, shown: int) -> Iterator[tuple[str, str]]:
    """The criterion and the force of each source that is among the first ones shown, over all cases."""
    for case in cases:
        try:
            assessment = judge.assess(arising_in(judge, case, place))
        except LegitError:
            continue
        cited = [(item.criterion, source.force) for item in assessment.findings for source in item.sources]
        yield from cited[:shown]


def report(title: str, judge: Judge, places: Sequence[str], shown: int, criteria: int) -> None:
    """Print the share of each place and of all, and the criteria whose sources most often only persuade."""
    cases = cases_of(judge)
    persuasive: Counter[str] = Counter()
    hits = total = 0
    print(f"{title}: {len(cases)} cases")
    for place in places:
        found = list(shown_sources(judge, cases, place, shown))
        binding = sum(force == BINDING for _, force in found)
        persuasive.update(name for name, force in found if force != BINDING)
        print(row(place, binding, len(found)))
        hits, total = hits + binding, total + len(found)
    print(row("all", hits, total))
    for name, count in persuasive.most_common(criteria):
        print(f"  {name} {count}")


def row(name: str, binding: int, total: int) -> str:
    """A line with a share and its interval."""
    low, high = wilson_limits(binding / total if total else 0.0, total)
    return f"{name:4} {binding:6} of {total:6}  {binding / total if total else 0.0:.1%} ({low:.1%} to {high:.1%})"


def main() -> None:
    """Print the shares of the base alone and of the base with the shipped packs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--place", action="append", help="the id of a place; may be given several times")
    parser.add_argument("--shown", type=int, default=3, help="how many sources of each answer count")
    parser.add_argument("--criteria", type=int, default=0, help="how many criteria that only persuade are listed")
    given = parser.parse_args()
    places = given.place or PLACES
    report("base", cached_judge(), places, given.shown, given.criteria)
    report("with packs", cached_judge(packs=tuple(shipped_packs())), places, given.shown, given.criteria)


if __name__ == "__main__":
    main()
