"""Entries for the verdicts: the meaning of each, and the rules that derive it."""

from __future__ import annotations

from collections.abc import Iterator

from legit.catalogue.entry import Entry, citations_of, nonempty_sections
from legit.catalogue.rule_entries import concept_sections
from legit.catalogue.rule_verbalizer import RuleVerbalizer
from legit.knowledge.base import KnowledgeBase
from legit.knowledge.rules.rule_ast import signature
from legit.messages import message
from legit.model.assessment import Verdict

_VERDICT = ("verdict", 1)


def verdict_entries(base: KnowledgeBase) -> Iterator[Entry]:
    """An entry for each verdict.

    No rule derives `undetermined`: the engine gives it where the scenarios of a case lead to different verdicts.
    """
    verbalizer = RuleVerbalizer(base)
    defining = verbalizer.rules_by_head.get(_VERDICT, [])
    sources = {file.path: file.sources for file in base.judgement_files.values()}
    for verdict in Verdict:
        rules = [
            (path, rule)
            for path, rule in defining
            if any(signature(head.atom) == _VERDICT and head.atom.args[0].text == verdict.value for head in rule.heads)
        ]
        derivations = [str(verbalizer.verbalize(rule)) for _, rule in rules]
        path = next((path for path, _ in rules or defining), "")
        phrase = base.phrases[verdict.value]
        yield Entry(
            kind="verdict",
            id=verdict.value,
            title=verdict.value.capitalize(),
            description=f"{phrase[:1].upper()}{phrase[1:]}.",
            details=nonempty_sections(
                {
                    "derivations": derivations or [message("catalogue.no_verdict_rule")],
                    **concept_sections(base, verbalizer, [rule for _, rule in rules]),
                }
            ),
            sources=citations_of(base, sources.get(path, ()) if rules else ()),
            path=path,
        )
