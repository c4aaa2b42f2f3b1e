"""Paraphrases a query in words that parse to the same query."""

from __future__ import annotations

import re
from collections.abc import Iterable

from legit.language.writer import Writer
from legit.model.facts import Truth, Value
from legit.query import query_ast as ast
from legit.query.grammar import QueryGrammar
from legit.query.lexicon import query_lexicon

_ARTICLE_BEFORE_QUANTIFIER = re.compile(r"\bthe (?=(?:some|no|every) )")
"""An article that a template has before a slot, where the blank brings a word of its own."""
_NAME_KINDS = {
    "one": "criterion", "cites": "source", "touches": "right", "awaits_topic": "question", "sole_source": "speaker",
    "needs_source": "speaker",
}  # fmt: skip
"""The kind of the names that an attribute of a decision takes, if it differs from the name of the attribute."""


class Paraphraser:
    """Paraphrases queries of one grammar."""

    def __init__(self, grammar: QueryGrammar) -> None:
        self._grammar = grammar
        self._writer = Writer(grammar.vocabulary)
        self._lexicon = query_lexicon()

    def paraphrase(self, query: ast.Query) -> str:
        """A query as a sentence."""
        says = self._lexicon.paraphrases
        if query.citation_query:
            return self._citation_query(query.citation_query, query.is_count)
        text = says["counted" if query.is_count else "listed"]
        if query.condition != ast.All(()):
            condition = self._condition(query.condition)
            text = says["other_than" if condition.startswith(_prefix(says["except"])) else "where"].format(
                text, condition
            )
        dimensions = self._lexicon.dimensions
        names = [dimensions[by][0] if by in dimensions else ast.dimension_name(by) for by in query.group_by]
        return text + "".join(map(says["by"].format, names))

    def notes(self, query: ast.Query) -> tuple[str, ...]:
        """Explanations of words of a query that have a special meaning."""
        if query.citation_query:
            return (self._lexicon.notes["unverified"],) if not query.citation_query.pinpoints else ()
        atoms = ast.atoms(query.condition)
        asked = dict.fromkeys(atom.attribute for atom in atoms if isinstance(atom, ast.DecisionAtom))
        return tuple(self._lexicon.notes[name] for name in asked if name in self._lexicon.notes)

    def _citation_query(self, query: ast.CitationQuery, counted: bool) -> str:
        says, words = self._lexicon.paraphrases, self._lexicon
        if not query.entry_kind:
            return says["everything"].format(self._grammar.name_of_pinpoints(query.pinpoints))
        noun = words.citing_kinds[query.entry_kind][0]
        if query.families:
            noun = words.name_forms["families"][0].format(self._name("family", min(query.families)))
        text = (says["count_of"] if counted else "{}").format(noun)
        return (
            says["things"].format(text, self._grammar.name_of_pinpoints(query.pinpoints))
            if query.pinpoints
            else says["unverified"].format(text)
        )

    def _condition(self, condition: ast.Condition) -> str:
        parts = list(_flatten(condition))
        # A full stop binds least: it stands between whole sentences where one of them holds an "or".
        either = any(isinstance(part, ast.AnyOf) for part in parts)
        said = [self._part(part) for part in parts]
        excepted = _prefix(self._lexicon.paraphrases["except"])
        held = [text for text in said if not text.startswith(excepted)]
        join = ". " if either and len(parts) > 1 else " and "
        return " ".join(filter(None, (join.join(held), *(text for text in said if text.startswith(excepted)))))

    def _part(self, part: ast.Condition) -> str:
        if isinstance(part, ast.AnyOf):
            return ", or ".join(self._condition(each) for each in part.parts)
        if isinstance(part, ast.Not):
            return self._negated(part.part)
        return self._condition(part) if isinstance(part, ast.All) else self._atom(part)

    def _negated(self, part: ast.Condition) -> str:
        says = self._lexicon.paraphrases
        if isinstance(part, ast.FactAtom) and part.truths == frozenset(Truth):
            return says["silent"].format(self._sentence(part, Truth.TRUE))
        if isinstance(part, ast.FactAtom) and part.truths != {Truth.UNKNOWN}:
            return says["not_said"].format(self._atom(part))
        return says["except"].format(self._condition(part))

    def _atom(self, atom: ast.Atom) -> str:
        if isinstance(atom, ast.DecisionAtom):
            return self._decision_atom(atom)
        (truth,) = atom.truths
        return self._sentence(atom, truth)

    def _sentence(self, atom: ast.FactAtom, truth: Truth) -> str:
        predicate = self._grammar.vocabulary.predicates[atom.predicate]
        template = predicate.denial_form if truth is Truth.FALSE else predicate.affirmative_forms[0]
        args = zip(predicate.args, atom.args, strict=True)
        text = template.format(tuple(self._argument(argument.type, arg) for argument, arg in args))
        text = _ARTICLE_BEFORE_QUANTIFIER.sub("", text[:1].lower() + text[1:])
        if truth is Truth.UNKNOWN:
            text = self._lexicon.paraphrases["left_open"].format(text)
        return f"{text} [{atom.speaker}]" if atom.speaker else text

    def _decision_atom(self, atom: ast.DecisionAtom) -> str:
        relation, _, of = atom.attribute.partition(" ")
        if relation == "time":
            (bound,) = atom.args
            assert isinstance(bound, ast.Comparison)
            return self._lexicon.paraphrases["since" if bound.operator == ">=" else "before"].format(bound.value)
        kind = _NAME_KINDS.get(of or relation, of or relation)
        if relation == "verdict" and atom.args[0] in self._lexicon.verdict_paraphrases:
            return self._lexicon.verdict_paraphrases[str(atom.args[0])]
        names = [self._argument(kind, arg) for arg in atom.args]
        if relation == "awaits_topic" and not names:
            relation = "awaits_answer"
        return self._lexicon.paraphrases[relation].format(*names)

    def _argument(self, kind: str, arg: ast.ArgumentPattern) -> str:
        """The content of a slot: `kind` is its type in the vocabulary, or the kind of the named thing."""
        if isinstance(arg, ast.Variable):
            letter = arg.name if len(arg.name) == 1 else ""
            label = " ".join(dict.fromkeys(filter(None, (arg.column, letter))))
            return (
                f"<{label}>"
                if arg.quantifier == "listed"
                else f"{self._lexicon.wildcards[arg.quantifier][0]} {arg.column}"
            )
        if isinstance(arg, ast.Comparison):
            sign = self._lexicon.comparisons[arg.operator][0]
            return (
                f"within {sign} {arg.value} hours"
                if kind == "time"
                else f"{sign} {self._writer.phrase(kind, arg.value)}"
            )
        if isinstance(arg, ast.OneOf):
            if kind == "source":
                return self._grammar.name_of_pinpoints({str(value) for value in arg.values})
            # Within a list of names no name stands in quotation marks.
            return " or ".join(dict.fromkeys(sorted(self._name(kind, value).strip('"') for value in arg.values)))
        return self._name(kind, arg)

    def _name(self, kind: str, value: Value) -> str:
        """A name or a value in words."""
        name = str(value)
        if kind == "speaker":
            return self._lexicon.speaker_paraphrases.get(name, name)
        if kind == "criterion":
            known = self._grammar.base.criteria.get(name)
            return f'"{known.title if known else name}"'
        if kind == "right":
            right = self._grammar.base.bibliography.rights.get(name)
            return self._lexicon.name_forms["right"][0].format(right.phrase) if right else f'"{name}"'
        if kind in {"verdict", "guidance", "harm", "family", "source"}:
            return name.replace("_", " ") if kind != "source" else name
        return f'"{name}"' if kind == "question" else self._writer.phrase(kind, value)


def _prefix(form: str) -> str:
    """The words of a form before its blank."""
    return form.partition("{")[0]


def _flatten(condition: ast.Condition) -> Iterable[ast.Condition]:
    if not isinstance(condition, ast.All):
        return (condition,)
    return (inner for part in condition.parts for inner in _flatten(part))
