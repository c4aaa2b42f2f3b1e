"""Compare the languages of a base with English: `python -m legit.testing.languages --cases N --described FILE ...`.

Four properties, for each language: a generated case reads back from what is written of it; a case of the files is the
same case in the language, decided the same; every sentence with every value of every slot reads back, also by way of
every other language; reading takes no longer than in English by more than a bound. What fails is printed, and the exit
status is 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice, permutations
from pathlib import Path

from legit.judge import Judge, cached_judge
from legit.knowledge.languages import language_heads
from legit.knowledge.vocabulary import Predicate, Vocabulary
from legit.language.reader import Reader
from legit.model.facts import Case, Fact, Truth, Value
from legit.testing.seeded_cases import SeededCases

MEASURES: dict[str, tuple[Value, ...]] = {
    "name": ("Ann",),
    "text": ("a text",),
    "date": ("2024-05-31",),
    "years": (1, 3),
    "count": (1, 3),
    "time": (1, 24, 72, 168, 730, 17520),
}
"""The values of the built-in types that stand for all of them: one, more than one, and each unit of time."""

_SHOWN = 5
_ROUNDS = 5


def every_fact(vocabulary: Vocabulary) -> Iterator[Fact]:
    """Each sentence, affirmed, denied and open, with every value of each slot beside the first of the others."""
    for predicate in vocabulary.predicates.values():
        for args in _argument_sets(vocabulary, predicate):
            for truth in Truth:
                detail = "as it is" if predicate.detail_required else None
                yield Fact(predicate=predicate.id, args=args, truth=truth, detail=detail)


def _argument_sets(vocabulary: Vocabulary, predicate: Predicate) -> Iterator[tuple[Value, ...]]:
    choices = [MEASURES.get(item.type) or tuple(vocabulary.values(item.type)) for item in predicate.args]
    first = tuple(options[0] for options in choices)
    yield first
    for place, options in enumerate(choices):
        for value in options[1:]:
            yield (*first[:place], value, *first[place + 1 :])


def unread_cases(judge: Judge, cases: Sequence[Case]) -> list[str]:
    """What is written of the cases that are not the same when it is read again, in the language of the judge."""
    wrong = []
    for case in cases:
        text = judge.writer.case(case)
        found, problems = judge.reader.parse(text, strict=False)
        if problems or found != (case,):
            wrong.append(text)
    return wrong


def unread_facts(one: Judge, other: Judge, facts: Sequence[Fact]) -> list[str]:
    """The sentences in which facts get lost: written and read in one language, and what was read so in the other."""
    wrong = []
    for fact in facts:
        sentence = one.writer.sentence(fact)
        found = one.reader.parse(sentence, strict=False).cases
        told = other.writer.sentence(found[0].facts[0]) if found and found[0].facts else ""
        again = other.reader.parse(told, strict=False).cases
        if not again or again[0].facts != (fact,):
            wrong.append(f"{sentence} -> {told}")
    return wrong


def decided_otherwise(english: Judge, judge: Judge, case: Case) -> str:
    """What of a decision is another one where the case is written in a language; empty when all is the same.

    The provenance holds the digests of the base and the profile, so that an equal one is the same decision.
    """
    found, problems = judge.reader.parse(judge.writer.case(case), strict=False)
    if problems or found != (case,):
        return "the case"
    here, there = english.assess(case), judge.assess(found[0])
    if here.provenance != there.provenance:
        return "the provenance"
    if [item.criterion for item in here.findings] != [item.criterion for item in there.findings]:
        return "the findings"
    same = (here.verdict, here.scope, here.consequence, here.guidance.action, here.method_harm.level) == (
        there.verdict, there.scope, there.consequence, there.guidance.action, there.method_harm.level,
    )  # fmt: skip
    return "" if same else "the decision"


def reading_ratio(english: Judge, judge: Judge, cases: Sequence[Case]) -> float:
    """How much longer the cases take to be read in the language of the judge than in English: the least of rounds.

    Each case is one long line: such a line is not remembered, so that every round reads it anew.
    """
    texts = [[" ".join(item.writer.case(case).split("\n")) for case in cases] for item in (english, judge)]
    spent = [
        min(_time_to_read(item.reader, text) for _ in range(_ROUNDS))
        for item, text in zip((english, judge), texts, strict=True)
    ]
    return spent[1] / spent[0]


def _time_to_read(reader: Reader, texts: Sequence[str]) -> float:
    """Seconds of processor time."""
    begin = time.process_time()
    for text in texts:
        reader.parse(text, strict=False)
    return time.process_time() - begin


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m legit.testing.languages", description=(__doc__ or "")[:60])
    parser.add_argument("--cases", type=int, default=1_000, metavar="N", help="generated cases (default: %(default)s)")
    parser.add_argument("--described", type=Path, nargs="*", default=[], metavar="FILE", help="files of cases")
    parser.add_argument("--language", action="append", default=[], metavar="TAG", help="this one; may be repeated")
    parser.add_argument("--pack", action="append", default=[], metavar="NAME", help="add a pack; may be repeated")
    parser.add_argument("--pairs", action="store_true", help="every sentence by way of every pair of languages")
    options = parser.parse_args()
    english = cached_judge(packs=options.pack)
    tags = options.language or [tag for tag in language_heads(english.base.layers) if tag != english.language]
    judges = {tag: english.in_language(tag) for tag in tags}
    described = [case for path in options.described for case in english.parse_cases(path.read_text(encoding="utf-8"))]
    facts = list(every_fact(english.base.vocabulary))
    source = SeededCases(english)
    failed = 0
    for tag, judge in judges.items():
        failed += _told(f"{tag}: {len(facts)} sentences", unread_facts(judge, english, facts))
        wrong = (text for seed in range(options.cases) for text in unread_cases(judge, [source.case(seed)]))
        failed += _told(f"{tag}: {options.cases} generated cases", list(islice(wrong, _SHOWN)))
        others = [f"{case.name}: {what}" for case in described if (what := decided_otherwise(english, judge, case))]
        failed += _told(f"{tag}: {len(described)} described cases", others)
        if described:
            print(f"{tag}: reading takes {reading_ratio(english, judge, described):.2f} times as long as in English")
    if options.pairs:
        everyone = {english.language: english, **judges}
        for one, other in permutations(everyone, 2):
            lost = unread_facts(everyone[one], everyone[other], facts)
            failed += _told(f"{one} -> {other}: {len(facts)} sentences", lost)
    return min(failed, 1)


def _told(what: str, wrong: Sequence[str]) -> int:
    print(f"{what}, {len(wrong)} wrong", flush=True)
    for text in wrong[:_SHOWN]:
        print(f"    {text}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
