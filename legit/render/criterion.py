"""One criterion as a page of text."""

from __future__ import annotations

import textwrap

from legit.knowledge.base import KnowledgeBase
from legit.knowledge.bibliography import verification_note
from legit.knowledge.criteria import Criterion


def render_criterion(base: KnowledgeBase, criterion: Criterion) -> str:
    """The criterion with its statement, sources, rules and examples."""
    lines = [f"{criterion.title}  ({criterion.id})", "", textwrap.fill(criterion.statement, 96), ""]
    facts = {
        "family": criterion.family,
        "subtypes": ", ".join(criterion.subtypes),
        "weighed": criterion.standard_of_review,
        "harm_level": criterion.harm_level,
    }
    lines += [f"{key:<10}{value}" for key, value in facts.items() if value]
    lines += [f"{'file':<10}{criterion.path}", "", "Sources"]
    for ref in criterion.sources:
        doctrine = base.bibliography.doctrines.get(ref)
        if doctrine:
            lines.append(textwrap.fill(f"{doctrine.name}: {doctrine.statement}", 96, initial_indent="  "))
        for citation in base.bibliography.resolve(ref):
            says = f": {citation.summary}" if citation.summary else ""
            kind = citation.kind.replace("_", " ")
            lines.append(f"    {citation.text}{says}  [{kind}]{verification_note(citation.verified, citation.note)}")
    if criterion.undercutters:
        lines += ["", "Does not count when"]
        lines += [f"  {text}" for text in criterion.undercutters.values()]
    lines += ["", "Rules", textwrap.indent(criterion.rule_text.rstrip(), "  ")]
    for title, examples in (("Meets it", criterion.examples), ("Looks alike and does not", criterion.counterexamples)):
        for example in examples:
            lines += [
                "",
                f"{title}{f' ({example.why})' if example.why else ''}",
                textwrap.indent(example.text.strip(), "  "),
            ]
    return "\n".join(lines) + "\n"
