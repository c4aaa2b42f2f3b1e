"""A policy written in Rego and in Cedar, and the input of each."""

from __future__ import annotations

import json
from collections.abc import Iterable

from policies import Body, Policy

_BUCKETS = 8


def to_rego(policy: Policy) -> str:
    """The policy in Rego: a rule for each body of a derived atom, and the set of all criteria and tests that hold.

    Look-ups in regopy are linear in the keys of an object, so that attributes stand in buckets; see `rego_input`.
    """

    def literal(number: int) -> str:
        name = policy.names[abs(number)]
        text = name if abs(number) in policy.rules else f"input.{_bucket(name)}.{name}"
        return text if number > 0 else f"not {text}"

    def every(body: Body) -> str:
        # Attributes first: they are the cheapest to fail.
        ordered = sorted(body, key=lambda number: (abs(number) in policy.rules, number < 0))
        return f"{{ {'; '.join(map(literal, ordered))} }}"

    lines = ["package legit", "import rego.v1"]
    lines += [f"{policy.names[head]} if {every(body)}" for head, bodies in policy.rules.items() for body in bodies]
    lines += [f'held contains "{name}" if {every((atom,))}' for name, atom in policy.criteria.items()]
    lines += [
        f'held contains "{name}" if {every(body)}' for name, bodies in policy.weighing_tests.items() for body in bodies
    ]

    return "\n".join(lines)


def rego_input(attributes: Iterable[str]) -> dict[str, dict[str, bool]]:
    """Attributes in the form that the Rego policy reads."""
    found: dict[str, dict[str, bool]] = {}
    for name in attributes:
        found.setdefault(_bucket(name), {})[name] = True
    return found


def to_cedar(policy: Policy) -> str:
    """The policy in Cedar: one permission for each criterion and each test.

    Cedar derives nothing, so that every condition is written out down to the attributes.
    """

    def condition(atom: int) -> str:
        if atom not in policy.rules:
            return f"context has {policy.names[atom]}"
        return f"({either(policy.rules[atom])})"

    def either(bodies: Iterable[Body]) -> str:
        return " || ".join(_shortest_first(every(body) for body in bodies))

    def every(body: Body) -> str:
        parts = [condition(number) if number > 0 else f"!({condition(-number)})" for number in body]
        return f"({' && '.join(_shortest_first(parts))})"

    texts = {name: condition(atom) for name, atom in policy.criteria.items()}
    texts |= {name: either(bodies) for name, bodies in policy.weighing_tests.items()}
    return "\n".join(
        f'@id("{name}") permit(principal, action, resource) when {{ {text} }};' for name, text in texts.items()
    )


def cedar_input(attributes: Iterable[str]) -> str:
    """Attributes in the form that the Cedar policy reads."""
    return json.dumps(dict.fromkeys(attributes, True))


def _bucket(name: str) -> str:
    return f"bucket{sum(map(ord, name)) % _BUCKETS}"


def _shortest_first(texts: Iterable[str]) -> list[str]:
    """The texts, the shortest first: evaluation stops at the first that settles the whole."""
    return sorted(texts, key=lambda text: (len(text), text))
