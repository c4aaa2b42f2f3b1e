"""The rules of a knowledge base as plain data. Clingo's parser reads the text; nothing else of clingo is used.

The supported language is that of knowledge bases: rules with positive and negated atoms, chains of comparisons,
arithmetic, pools and constant intervals, choices with bounds, and `#max`, `#min`, `#sum`, `#count` over atoms that no
case can change. Any other statement raises UnsupportedRuleError, which names the rule.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import clingo
from clingo import ast

Constant = int | str
Atom = tuple[Constant, ...]
"""A ground atom: the name of its predicate, then its arguments. Numbers are whole, everything else is text."""

Signature = tuple[str, int]
"""A predicate: its name and the number of its arguments."""


class UnsupportedRuleError(Exception):
    """A rule uses something of clingo's language that the oracle does not evaluate."""


class Variable(NamedTuple):
    """A variable; `_` has a name of its own each time it is used."""

    name: str


class Operation(NamedTuple):
    """Arithmetic on two terms."""

    operator: str
    left: Any
    right: Any


Term = Constant | Variable | Operation


class Literal(NamedTuple):
    """An atom in a body, plain or negated."""

    name: str
    args: tuple[Term, ...]
    negated: bool = False

    @property
    def signature(self) -> Signature:
        return self.name, len(self.args)


class Comparison(NamedTuple):
    """Two terms compared."""

    left: Term
    operator: str
    right: Term


class Aggregate(NamedTuple):
    """A function over the tuples of terms for which a condition holds, compared with a term."""

    left: Term
    operator: str
    function: str
    elements: tuple[tuple[tuple[Term, ...], tuple[Literal | Comparison, ...]], ...]


BodyElement = Literal | Comparison | Aggregate


class Head(NamedTuple):
    """An atom that a rule gives, for a choice under a condition."""

    literal: Literal
    condition: tuple[Literal | Comparison, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A rule: one head, or the heads of a choice with the least and greatest number of them that may hold."""

    heads: tuple[Head, ...]
    body: tuple[BodyElement, ...]
    choice: bool = False
    lower_bound: int = 0
    upper_bound: int | None = None
    text: str = ""


_COMPARISON_OPERATORS = {0: ">", 1: "<", 2: "<=", 3: ">=", 4: "!=", 5: "="}
_ARITHMETIC_OPERATORS = {3: "+", 4: "-", 5: "*", 6: "/", 7: "\\"}
_AGGREGATES = {0: "count", 1: "sum", 3: "min", 4: "max"}
_NEGATED_OPERATORS = {">": "<=", "<": ">=", "<=": ">", ">=": "<", "!=": "=", "=": "!="}


def parse_rules(text: str) -> list[Rule]:
    """The rules of a program text. Raises UnsupportedRuleError; RuntimeError when it is no program at all."""
    nodes: list[ast.AST] = []
    ast.parse_string(text, nodes.append)
    skipped = {ast.ASTType.Program, ast.ASTType.Comment, ast.ASTType.ShowSignature, ast.ASTType.Defined}
    found = [rule for node in nodes if node.ast_type not in skipped for rule in _RuleParser(node).rules()]
    shorter: dict[Literal, Rule] = {}
    return [_normalise(rule, shorter) for rule in found] + list(shorter.values())


def _normalise(rule: Rule, projections: dict[Literal, Rule]) -> Rule:
    """The rule with nothing but variables and values in its positive literals, and no `_` in its negated ones.

    `p(X+1)` becomes `p(Y), Y = X+1`; `not p(X,_)` says that no p(X,Y) holds, whatever Y: `shorter` gets the rules for
    the predicates that stand in for it.
    """
    body: list[BodyElement] = []
    for part in rule.body:
        if isinstance(part, Literal) and not part.negated:
            for place, term in enumerate(part.args):
                if isinstance(term, Operation):
                    computed = Variable(f"computed {len(body)} {place}")
                    body.append(Comparison(computed, "=", term))
                    part = part._replace(args=(*part.args[:place], computed, *part.args[place + 1 :]))
        elif isinstance(part, Literal):
            kept = [place for place, term in enumerate(part.args) if not _anonymous(term)]
            if len(kept) < len(part.args):
                name = f"{part.name}/{len(part.args)}:{','.join(map(str, kept))}"
                whole = Literal(part.name, tuple(Variable(f"X{place}") for place in range(len(part.args))))
                projected = Literal(name, tuple(whole.args[place] for place in kept))
                projections[projected] = Rule((Head(projected),), (whole,), text=rule.text)
                part = Literal(name, tuple(part.args[place] for place in kept), True)
        body.append(part)
    return replace(rule, body=tuple(body))


def _anonymous(term: Term) -> bool:
    return isinstance(term, Variable) and term.name.startswith("_") and term.name[1:].isdigit()


class _RuleParser:
    """Reads one statement."""

    def __init__(self, node: ast.AST) -> None:
        self._node = node
        self._fresh = itertools.count()

    def _unsupported(self, what: str) -> UnsupportedRuleError:
        return UnsupportedRuleError(f"{what} in `{self._node}`")

    def rules(self) -> Iterator[Rule]:
        if self._node.ast_type is not ast.ASTType.Rule:
            raise self._unsupported(str(self._node.ast_type))
        head = self._node.head
        bodies = [
            tuple(itertools.chain.from_iterable(body))
            for body in self._product(map(self._body_elements, self._node.body))
        ]
        if head.ast_type is ast.ASTType.Aggregate:
            least, most = self._bounds(head)
            heads = tuple(item for element in head.elements for item in self._choice_heads(element))
            for body in bodies:
                yield Rule(heads, body, True, least, most, str(self._node))
            return
        if head.ast_type is not ast.ASTType.Literal or head.sign or head.atom.ast_type is not ast.ASTType.SymbolicAtom:
            raise self._unsupported("a head that is no atom")
        for body in bodies:
            for literal in self._atoms(head.atom.symbol):
                yield Rule((Head(literal),), body, text=str(self._node))

    def _bounds(self, head: ast.AST) -> tuple[int, int | None]:
        """The least and the greatest number of heads. A single guard is given on the left, whatever side it is on."""
        least, most = 0, None
        for guard, on_the_left in ((head.left_guard, True), (head.right_guard, False)):
            if guard is None:
                continue
            (bound,) = self._terms(guard.term)
            operator = _COMPARISON_OPERATORS[guard.comparison]
            if not isinstance(bound, int) or operator not in ("<=", ">="):
                raise self._unsupported("a bound that is no number")
            if on_the_left is (operator == "<="):
                least = bound
            else:
                most = bound
        return least, most

    def _choice_heads(self, element: ast.AST) -> Iterator[Head]:
        conditions = list(self._product(map(self._body_elements, element.condition)))
        for literal in self._atoms(element.literal.atom.symbol):
            for condition in conditions:
                parts = tuple(itertools.chain.from_iterable(condition))
                if any(isinstance(part, Aggregate) for part in parts):
                    raise self._unsupported("an aggregate in a condition")
                yield Head(literal, tuple(part for part in parts if not isinstance(part, Aggregate)))

    @staticmethod
    def _product(options: Iterable[list[tuple[BodyElement, ...]]]) -> Iterator[tuple[tuple[BodyElement, ...], ...]]:
        return itertools.product(*options)

    def _body_elements(self, literal: ast.AST) -> list[tuple[BodyElement, ...]]:
        """The ways to read one literal of a body (more than one for pools), each a conjunction."""
        if literal.ast_type is not ast.ASTType.Literal:
            raise self._unsupported(str(literal.ast_type))
        atom, sign = literal.atom, literal.sign
        if atom.ast_type is ast.ASTType.SymbolicAtom:
            if sign == 2:
                raise self._unsupported("a double negation")
            return [(item._replace(negated=bool(sign)),) for item in self._atoms(atom.symbol)]
        if atom.ast_type is ast.ASTType.Comparison:
            return self._comparison(atom, bool(sign))
        if atom.ast_type is ast.ASTType.BodyAggregate and not sign:
            return [(self._aggregate(atom),)]
        raise self._unsupported("a literal that is no atom, comparison or aggregate of terms")

    def _comparison(self, atom: ast.AST, negated: bool) -> list[tuple[BodyElement, ...]]:
        if negated and len(atom.guards) > 1:
            raise self._unsupported("a negated chain of comparisons")
        found: list[tuple[BodyElement, ...]] = []
        operators = [_COMPARISON_OPERATORS[guard.comparison] for guard in atom.guards]
        for terms in itertools.product(self._terms(atom.term), *(self._terms(guard.term) for guard in atom.guards)):
            signed = [_NEGATED_OPERATORS[operator] if negated else operator for operator in operators]
            pairs = zip(terms, signed, terms[1:], strict=False)
            found.append(tuple(Comparison(left, operator, right) for left, operator, right in pairs))
        return found

    def _aggregate(self, atom: ast.AST) -> Aggregate:
        if atom.right_guard is not None or atom.left_guard is None or atom.function not in _AGGREGATES:
            raise self._unsupported("an aggregate with two bounds")
        elements = []
        for element in atom.elements:
            for condition in self._product(map(self._body_elements, element.condition)):
                for terms in itertools.product(*map(self._terms, element.terms)):
                    parts = tuple(itertools.chain.from_iterable(condition))
                    elements.append((terms, tuple(part for part in parts if not isinstance(part, Aggregate))))
        (left,) = self._terms(atom.left_guard.term)
        return Aggregate(
            left, _COMPARISON_OPERATORS[atom.left_guard.comparison], _AGGREGATES[atom.function], tuple(elements)
        )

    def _atoms(self, symbol: ast.AST) -> list[Literal]:
        if symbol.ast_type is ast.ASTType.Pool:
            return [literal for argument in symbol.arguments for literal in self._atoms(argument)]
        if symbol.ast_type is not ast.ASTType.Function:
            raise self._unsupported("a classical negation")
        return [Literal(symbol.name, args) for args in itertools.product(*map(self._terms, symbol.arguments))]

    def _terms(self, node: ast.AST) -> list[Term]:
        kind = node.ast_type
        if kind is ast.ASTType.SymbolicTerm:
            return [constant(node.symbol)]
        if kind is ast.ASTType.Variable:
            return [Variable(f"_{next(self._fresh)}" if node.name == "_" else node.name)]
        if kind is ast.ASTType.Pool:
            return [term for argument in node.arguments for term in self._terms(argument)]
        if kind is ast.ASTType.Interval:
            ends = list(itertools.product(self._terms(node.left), self._terms(node.right)))
            if any(isinstance(end, (Variable, Operation)) for pair in ends for end in pair):
                raise self._unsupported("an interval with a variable")
            # An interval whose end is no number is empty.
            return [
                number
                for low, high in ends
                if isinstance(low, int) and isinstance(high, int)
                for number in range(low, high + 1)
            ]
        if kind is ast.ASTType.BinaryOperation and node.operator_type in _ARITHMETIC_OPERATORS:
            operator = _ARITHMETIC_OPERATORS[node.operator_type]
            sides = itertools.product(self._terms(node.left), self._terms(node.right))
            return [Operation(operator, left, right) for left, right in sides]
        if kind is ast.ASTType.UnaryOperation and node.operator_type == 0:
            return [Operation("-", 0, term) for term in self._terms(node.argument)]
        raise self._unsupported(f"the term `{node}`")


def constant(symbol: clingo.Symbol) -> Constant:
    """A symbol without arguments as a plain value; strings keep their quotation marks."""
    if symbol.type is clingo.SymbolType.Number:
        return int(symbol.number)
    if symbol.type is clingo.SymbolType.Function and symbol.arguments:
        raise UnsupportedRuleError(f"the compound term `{symbol}`")
    return str(symbol)


def variables(term: Term) -> set[str]:
    """The names of the variables in a term."""
    if isinstance(term, Variable):
        return {term.name}
    if isinstance(term, Operation):
        return variables(term.left) | variables(term.right)
    return set()
