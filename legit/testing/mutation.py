"""Change one thing in the rules of a knowledge base, and see whether its examples and precedents notice.

    python -m legit.testing.mutation [--kb DIR] [--only NAME] [--sample N]

A mutant is the base with one rule left out, or with one literal of one rule left out or negated. It is killed by the
first example or precedent that no longer comes out. Survivors are printed: a literal whose loss nobody notices is
superfluous, or wants an example. What is no valid program, as with a variable left unbound, is no mutant.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from clingo import ast

from legit.audit.examples import checks, outcome
from legit.errors import KnowledgeBaseError
from legit.facts import Case
from legit.judge import Judge
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.criteria import Criterion, RuleFile


class Mutant(NamedTuple):
    """A changed base: the file that was changed, and what was done to which rule."""

    file: str
    change: str
    base: KnowledgeBase


def mutants(base: KnowledgeBase, only: str = "") -> Iterator[Mutant]:
    """The mutants of a base, those of files whose id holds `only`."""
    items: list[RuleFile | Criterion] = [*base.files.values(), *base.criteria.values()]
    for item in items:
        if only not in item.id:
            continue
        nodes: list[ast.AST] = []
        ast.parse_string(item.rules, nodes.append)
        rules = [node for node in nodes if node.ast_type is ast.ASTType.Rule]
        for number, rule in enumerate(rules):
            for change, instead in _changes(rule):
                text = "\n".join(str(node) for node in (*rules[:number], *instead, *rules[number + 1 :]))
                yield Mutant(item.id, change, _with(base, item, text))


def _changes(rule: ast.AST) -> Iterator[tuple[str, list[ast.AST]]]:
    yield f"without `{rule}`", []
    for place, literal in enumerate(rule.body):
        rest = [*rule.body[:place], *rule.body[place + 1 :]]
        yield f"without `{literal}` in `{rule}`", [rule.update(body=rest)]
        if literal.ast_type is ast.ASTType.Literal:
            negated = literal.update(sign=ast.Sign.NoSign if literal.sign else ast.Sign.Negation)
            body = [*rule.body[:place], negated, *rule.body[place + 1 :]]
            yield f"`{literal}` negated in `{rule}`", [rule.update(body=body)]


def _with(base: KnowledgeBase, item: RuleFile | Criterion, rules: str) -> KnowledgeBase:
    digest = f"{base.digest}:{item.id}:{rules}"
    if isinstance(item, Criterion):
        criteria = {**base.criteria, item.id: item.model_copy(update={"rules": rules})}
        return dataclasses.replace(base, criteria=criteria, digest=digest)
    files = {**base.files, item.id: item.model_copy(update={"rules": rules})}
    return dataclasses.replace(base, files=files, digest=digest)


def killer(mutant: Mutant) -> str:
    """The name of the first example or precedent that notices; empty when none does.

    Raises KnowledgeBaseError when the mutant is no valid program.
    """
    judge = Judge(mutant.base)
    judge.decide(Case())  # grounds the program; an example would only fail
    told = list(checks(mutant.base))
    told.sort(key=lambda item: not item.name.startswith(f"{mutant.file} "))  # its own are the likeliest to notice
    for check in told:
        found = outcome(judge, check)
        if not found.passed:
            return found.name
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m legit.testing.mutation")
    parser.add_argument("--kb", type=Path, metavar="DIR", help="a knowledge base other than the shipped one")
    parser.add_argument("--only", default="", metavar="NAME", help="only files whose id holds NAME")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many mutants, chosen by chance")
    parser.add_argument("--seed", type=int, default=0, help="of the sample (default: %(default)s)")
    options = parser.parse_args()
    os.environ["LEGIT_CACHE"] = ""  # thousands of bases that nobody will load again
    found = list(mutants(KnowledgeBase.load(options.kb), options.only))
    if options.sample is not None and options.sample < len(found):
        found = random.Random(options.seed).sample(found, options.sample)
    killed = survived = invalid = 0
    for number, mutant in enumerate(found):
        try:
            by = killer(mutant)
        except KnowledgeBaseError:
            invalid += 1
            continue
        killed += bool(by)
        survived += not by
        if not by:
            print(f"survived: {mutant.file}, {mutant.change}", flush=True)
        if sys.stderr.isatty():
            print(f"\r{number + 1}/{len(found)}", end="", file=sys.stderr, flush=True)
    share = 100 * killed / (killed + survived or 1)
    print(f"{killed} of {killed + survived} mutants killed ({share:.1f} %), {survived} survived; {invalid} not valid")
    return 0


if __name__ == "__main__":
    sys.exit(main())
