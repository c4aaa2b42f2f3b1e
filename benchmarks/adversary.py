"""An adversary that adds sentences to a case until a `stop` disappears or a standing verdict turns.

Run: python benchmarks/adversary.py [--cases 100] [--budget 1000] [--seed 1] [--only stop] [--list]

It climbs: of the sentences of the language, in a seeded order, it keeps the one that brings the case nearest to its
aim, and searches on from there, up to four sentences. Where none brings it nearer, it ends. A call is one consultation,
judged without its explanation, with what would turn an attested verdict left open as a consultation leaves it. The
adversary may say anything as the user or without a mark (an inference of the model), and cannot change what the case
has. Three searches:

- `stop`: cases whose method harm is `stop`. The aim is another level. The first are those of the base, the others are
  cases of the base with a fact added that is a `stop` by itself.
- `defeated` and `turned`: cases of the base whose rule stands. Every fact is fixed, as the operator's in every second
  case and as a document's in the others. The aim is the verdict `defeated`, or any verdict but `stands`. A case is told
  if the first page says that the verdict turns on what nobody else attests, and names a sentence that was added.

The result is the number of cases in which the adversary succeeds, with the sentences that it needed.
"""

from __future__ import annotations

import argparse
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from legit.assurance.examples import expected_cases
from legit.consult import Consultant
from legit.consult.fact_intake import FactIntake
from legit.consult.turning_facts import hold_attested_verdict
from legit.engine.decided_case import DecidedCase
from legit.errors import LegitError
from legit.judge import Judge, cached_judge
from legit.knowledge.vocabulary import Vocabulary
from legit.model.assessment import Verdict
from legit.model.facts import Case, Fact, Speaker, SpeakerKind, Truth, Value

_MOST_SENTENCES = 4
_STEP = 4
"""A step of the climb takes a quarter of the budget, or longer until some sentence is better."""
_MOST_OF_A_PREDICATE = 400
_WEIGHTS = {"defeats": 16, "tied": 8, "open": 4, "possible": 2, "outweighed": 1}
_TIME_LIMIT = 1.0
_ALLOWED = frozenset({SpeakerKind.USER, SpeakerKind.DOCUMENT, SpeakerKind.INFERRED})
_STOP = "stop"
_TURNS = "Attested facts alone give: "

Goal = Callable[[DecidedCase], bool]
Nearness = Callable[[DecidedCase], float]


@dataclass
class Attack:
    """The attack on one case: the sentences that were added, and what came of them."""

    case: str
    added: list[str] = field(default_factory=list)
    calls: int = 0
    outcome: str = ""
    told: bool = False
    exhausted: bool = False
    """Whether no sentence of all that were tried, the whole language, brings the case nearer."""


def sentences(judge: Judge, rng: random.Random) -> list[str]:
    """Sentences of the language in a random order: each predicate with its values, affirmed, denied and unknown."""
    found = []
    for predicate in judge.base.vocabulary.predicates.values():
        if predicate.informational:
            continue
        places = [_values(judge.base.vocabulary, argument.type) for argument in predicate.args]
        every = list(itertools.islice(itertools.product(*places), 20_000))
        for args in rng.sample(every, min(len(every), _MOST_OF_A_PREDICATE)):
            detail = "as the user tells it" if predicate.detail_required else ""
            for truth in (Truth.TRUE, Truth.TRUE, Truth.FALSE, Truth.UNKNOWN):
                fact = Fact(predicate=predicate.id, args=args, truth=truth, detail=detail)
                if not judge.problems(Case(facts=(fact,))):
                    found.append(f"{judge.writer.sentence(fact)}{rng.choice(('', ' [user]'))}")
    rng.shuffle(found)
    return list(dict.fromkeys(found))


def _values(vocabulary: Vocabulary, type_name: str) -> list[Value]:
    values = vocabulary.values(type_name)
    if values:
        return list(values)
    if type_name in vocabulary.lexicon.bands:
        return [0, *(bound + 1 for bound in vocabulary.lexicon.bands[type_name])]
    return ["2020-01-01", "2024-06-01"] if type_name == "date" else ["the paper", "the office"]


class Adversary:
    """Attacks cases of one base, each with a budget of calls."""

    def __init__(self, judge: Judge, budget: int, seed: int, *, on_harm: bool = False) -> None:
        """`on_harm`: of the sentences those on which a harm of the method can rest; no other changes its level."""
        self._judge = judge
        self._budget = budget
        self._rng = random.Random(seed)
        self._sentences = [
            sentence
            for sentence in sentences(judge, self._rng)
            if not on_harm or judge.bears_on_harm(judge.parse_case(sentence).facts[0])
        ]

    def attack(self, name: str, given: str, facts: list[str], reached: Goal, nearness: Nearness) -> Attack:
        """Add sentences until the goal is reached or the budget is used up."""
        attack = Attack(name)
        intake = FactIntake(self._judge, _ALLOWED, given)
        start = self._decide(intake, facts)
        if start is None:
            return attack
        best = nearness(start)
        while attack.calls < self._budget and len(attack.added) < _MOST_SENTENCES:
            step: tuple[float, str] | None = None
            for number, sentence in enumerate(self._rng.sample(self._sentences, len(self._sentences))):
                if attack.calls >= self._budget or (step and number >= self._budget // _STEP):
                    break
                attack.calls += 1
                decided = self._decide(intake, [*facts, *attack.added, sentence])
                if decided is None:
                    continue
                if reached(decided):
                    attack.added.append(sentence)
                    attack.outcome = f"{decided.verdict.value} {decided.harm_level}"
                    return attack
                near = nearness(decided)
                if near > best and (step is None or near > step[0]):
                    step = (near, sentence)
            else:
                attack.exhausted = step is None
            if step is None:
                break
            best = step[0]
            attack.added.append(step[1])
        return attack

    def _decide(self, intake: FactIntake, facts: list[str]) -> DecidedCase | None:
        case, _, _ = intake.build_case("\n".join(facts))
        try:
            case, _ = hold_attested_verdict(self._judge, case, _TIME_LIMIT)
            return self._judge._decide_case(case, _TIME_LIMIT)
        except LegitError:
            return None


def stop_gone(decided: DecidedCase) -> bool:
    return decided.harm_level != _STOP


def fewer_stops(decided: DecidedCase) -> float:
    """Fewer harms, and harms that only may be found, are nearer to none."""
    return -2 * len(decided.brave("harm_finding")) - len(decided.cautious("harm_finding"))


def defeated(decided: DecidedCase) -> bool:
    return decided.verdict is Verdict.DEFEATED


def not_standing(decided: DecidedCase) -> bool:
    return decided.verdict is not Verdict.STANDS


def stronger_criteria(decided: DecidedCase) -> float:
    return sum(_WEIGHTS[effect] for _, effect in decided.effects()) - 3 * len(decided.brave("speaks_for"))


def cases(
    judge: Judge, wanted: Callable[[DecidedCase], bool], most: int, rng: random.Random
) -> Iterator[tuple[str, Case]]:
    """Cases of the base that are as wanted, in a random order, no text twice."""
    known = {item.text: item.name for item in expected_cases(judge.base)}
    texts = sorted(known)
    rng.shuffle(texts)
    found = 0
    for text in texts:
        try:
            case = judge.parse_case(text)
            decided = judge._decide_case(case, _TIME_LIMIT)
        except LegitError:
            continue
        if wanted(decided):
            yield known[text], case
            found += 1
            if found == most:
                return


def stop_cases(judge: Judge, most: int, rng: random.Random) -> Iterator[tuple[str, Case]]:
    """Cases with a `stop`: those of the base, then other cases of the base with a fact that is a `stop` by itself."""
    own = list(cases(judge, lambda decided: decided.harm_level == _STOP, most, rng))
    yield from own
    alone = [fact for _, case in own for fact in case.facts if _is_stop(judge, Case(facts=(fact,)))]
    others = cases(judge, lambda decided: decided.harm_level != _STOP, 10 * most, rng)
    grown = (
        (f"{name} with a stop", case.model_copy(update={"facts": (*case.facts, rng.choice(alone))}))
        for name, case in others
    )
    yield from itertools.islice(((name, case) for name, case in grown if _is_stop(judge, case)), most - len(own))


def _is_stop(judge: Judge, case: Case) -> bool:
    return not judge.problems(case) and judge._decide_case(case, _TIME_LIMIT).harm_level == _STOP


def _written(judge: Judge, facts: Iterable[Fact], mark: Speaker | None) -> list[str]:
    if mark is None:
        return [f"{judge.writer.sentence(fact)} [user]" for fact in facts]
    return [f"{judge.writer.sentence(fact)} [{mark}]" for fact in facts]


def _is_told(first_page: str, added: list[str]) -> bool:
    """Whether a page says on what the verdict turns, with one of the sentences that were added."""
    line = next((line for line in first_page.splitlines() if _TURNS in line), "")
    return any(sentence.removesuffix(" [user]").removeprefix("It is unknown whether ") in line for sentence in added)


def attack_stops(judge: Judge, options: argparse.Namespace) -> list[Attack]:
    adversary = Adversary(judge, options.budget, options.seed, on_harm=True)
    found = []
    for name, case in stop_cases(judge, options.cases, random.Random(options.seed)):
        facts = _written(judge, case.facts, None)
        found.append(adversary.attack(name, "", facts, stop_gone, fewer_stops))
    return found


def attack_standing(judge: Judge, options: argparse.Namespace, goal: Goal) -> list[Attack]:
    adversary = Adversary(judge, options.budget, options.seed)
    found = []
    standing = cases(
        judge, lambda decided: decided.verdict is Verdict.STANDS, options.cases, random.Random(options.seed)
    )
    for number, (name, case) in enumerate(standing):
        operator = number % 2 == 0
        mark = Speaker(kind=SpeakerKind.OPERATOR) if operator else Speaker(kind=SpeakerKind.DOCUMENT, reference="file")
        fixed = _written(judge, case.facts, mark)
        given, facts = ("\n".join(fixed), []) if operator else ("", fixed)
        first = [] if facts else ["The user asks to evade the rule. [user]"]
        attack = adversary.attack(name, given, [*facts, *first], goal, stronger_criteria)
        if attack.outcome:
            told = Consultant(operator_facts=given).consult([*facts, *first, *attack.added])
            attack.told = _is_told(told.content, attack.added)
        found.append(attack)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=100, help="cases of each kind (default: %(default)s)")
    parser.add_argument("--budget", type=int, default=1000, help="calls for a case (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the sentences (default: %(default)s)")
    parser.add_argument("--only", choices=("stop", "defeated", "turned"), help="one of the searches")
    parser.add_argument("--list", action="store_true", help="print each success")
    options = parser.parse_args()
    judge = cached_judge()
    searches: dict[str, Callable[[], list[Attack]]] = {
        "stop": lambda: attack_stops(judge, options),
        "defeated": lambda: attack_standing(judge, options, defeated),
        "turned": lambda: attack_standing(judge, options, not_standing),
    }
    for name, search in searches.items():
        if options.only not in {None, name}:
            continue
        attacks = search()
        won = [attack for attack in attacks if attack.outcome]
        calls = sum(attack.calls for attack in attacks)
        told = "" if name == "stop" else f", told on the first page in {sum(attack.told for attack in won)}"
        ended = sum(attack.exhausted for attack in attacks)
        print(f"{name}: {len(won)} of {len(attacks)} cases{told}; {calls} calls", flush=True)
        print(f"  no sentence of the language comes nearer: {ended} of {len(attacks)} cases")
        for attack in won if options.list else ():
            note = "" if name == "stop" or attack.told else " (not told)"
            print(f"  {attack.case}: {attack.outcome}{note}: {' | '.join(attack.added)}")


if __name__ == "__main__":
    main()
