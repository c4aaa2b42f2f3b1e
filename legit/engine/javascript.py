"""The compiled pass as a JavaScript function, so that a browser decides a case without a service.

It is written from the plan from which the Python pass is compiled: the same rules, strata and guards, over `BigInt` as
masks. `run` derives the results, `conditions` only the conditions of choices. Each takes the masks of the sources and
the mask of all scenarios, and returns a `Map` from atoms to masks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from legit.engine.bitmask_compiler import PassPlan
from legit.engine.ground_rule import GroundRule
from legit.engine.pass_code import group_by_guard

AT_LEAST = """\
const atLeast = (pairs, lower, M) => {
  const sums = new Map([[0, M]]);
  for (const [mask, weight] of pairs) for (const [total, where] of [...sums]) {
    const both = where & mask;
    if (both) {
      const reached = Math.min(total + weight, lower);
      sums.set(total, sums.get(total) ^ both);
      sums.set(reached, (sums.get(reached) ?? 0n) | both);
    }
  }
  return lower > 0 ? sums.get(lower) ?? 0n : M;
};
"""
"""The function `pass_code.at_least` in JavaScript."""


def pass_source(plan: PassPlan, results: Iterable[int]) -> str:
    """The functions `run` and `conditions` of a plan, as statements of a script. `run` returns the given atoms."""
    wanted = sorted(results)
    conditions = sorted({choice.condition for choice in plan.choices})
    return (
        AT_LEAST
        + _function("run", plan, plan.strata_below(set(wanted)), wanted)
        + _function("conditions", plan, plan.condition_strata(), conditions)
    )


def _function(name: str, plan: PassPlan, strata: Sequence[Sequence[int]], wanted: Sequence[int]) -> str:
    rules: dict[int, list[GroundRule]] = defaultdict(list)
    for rule in plan.rules:
        rules[rule.heads[0]].append(rule)
    derived = {head for part in strata for head in part}
    read = {abs(literal) for head in derived for rule in rules[head] for literal in rule.body} | set(wanted)
    lines = [f"const {name} = (s, M) => {{"]
    given = [f"a{atom}=s[{place}]" for place, atom in enumerate(plan.sources) if atom in read or atom in derived]
    if given:
        lines.append(f"let {','.join(given)};")
    defined = set(plan.sources)
    for part in strata:
        lines += _stratum(part, rules, defined)
        defined.update(part)
    kept = [atom for atom in wanted if atom in defined]
    lines.append(f"const found=new Map();for(const [atom,mask] of [{','.join(f'[{atom},a{atom}]' for atom in kept)}])")
    lines += ["if(mask)found.set(atom,mask);", "return found;", "};", ""]
    return "\n".join(lines)


def _stratum(part: Sequence[int], rules: dict[int, list[GroundRule]], defined: set[int]) -> list[str]:
    """The statements that derive the heads of one stratum."""
    head = part[0]
    if len(part) == 1 and all(head not in rule.body for rule in rules[head]):
        return _assignments(head, rules[head], fresh=head not in defined)
    lines = [f"let a{atom}=0n;" for atom in part if atom not in defined]
    lines.append(f"for(;;){{const {','.join(f'b{atom}=a{atom}' for atom in part)};")
    for atom in part:
        lines += _assignments(atom, rules[atom], fresh=False)
    return [*lines, f"if({'&&'.join(f'b{atom}===a{atom}' for atom in part)})break;}}"]


def _assignments(head: int, rules: list[GroundRule], *, fresh: bool) -> list[str]:
    lines = []
    for guard, guarded in group_by_guard(rules):
        term = "|".join(map(_body, guarded))
        if fresh:
            lines.append(f"let a{head}={f'a{guard}?{term}:0n' if guard else term};")
            fresh = False
        else:
            lines.append(f"{f'if(a{guard})' if guard else ''}a{head}|={term};")
    return lines


def _body(rule: GroundRule) -> str:
    if rule.weights:
        pairs = ",".join(f"[{_literal(item)},{weight}]" for item, weight in zip(rule.body, rule.weights, strict=True))
        return f"atLeast([{pairs}],{rule.lower_bound},M)"
    return "&".join(map(_literal, rule.body)) or "M"


def _literal(literal: int) -> str:
    return f"a{literal}" if literal > 0 else f"(M^a{-literal})"
