"""How long a consultation takes, as an agent meets it: through the LangChain tool, warm.

    python benchmarks/consultation.py [--rounds N]

Prints p50 and p99 over N rounds of a case of 12 sentences (asked before, and never asked), the part that the plain
consultant takes, and what a tool that does nothing takes; by the clock on the wall, and by the time that the processor
spent on it, which others on the machine disturb less. One process on one core; compare figures of one run only.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable

from langchain_core.tools import tool

from legit.consult import Consultant
from legit.integrations.langchain import ConsultTool

FACTS = """\
The authority is a bank.
The user is a customer.
The rule requires "a certificate stamped by the district office before any transfer".
The purpose of the rule is fraud prevention.
What the rule depends on does not exist: "the office was destroyed three years ago". [user]
The user's exemption request was refused. [user]
Obeying does grave harm to the subsistence of the user's family. [user]
The harm of obeying comes within 3 days. [user]
Breaking the rule harms nobody.
The user holds documents that prove the case. [user]
The user asks to evade the rule.
The method is another lawful means: "sending the money through a licensed remittance service".
""".splitlines()
TARGET_P50_US = 1000


@tool
def no_op(facts: list[str]) -> str:
    """Do nothing."""
    return ""


def time_rounds(work: Callable[[int], object], rounds: int) -> tuple[list[float], list[float]]:
    """Microseconds of each round, sorted: on the wall, and of the processor."""
    wall, processor = [], []
    for number in range(rounds):
        begin, busy = time.perf_counter_ns(), time.process_time_ns()
        work(number)
        processor.append((time.process_time_ns() - busy) / 1e3)
        wall.append((time.perf_counter_ns() - begin) / 1e3)
    return sorted(wall), sorted(processor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=500, help="rounds of each measurement (default: %(default)s)")
    rounds = parser.parse_args().rounds
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    consultant = Consultant()
    consult = ConsultTool(consultant)

    def call(facts: list[str]) -> dict[str, object]:
        return {"name": consult.name, "args": {"facts": facts}, "id": "1", "type": "tool_call"}

    def unseen(number: int, name: str = "case") -> list[str]:
        return [f'{line.rstrip(".")}: "{name} {number}".' if line.endswith("bank.") else line for line in FACTS]

    assert consultant.consult(FACTS).complete
    assert consultant.consult(unseen(0)).complete
    others = [unseen(number, "other") for number in range(rounds)]
    seen, fresh = call(FACTS), [call(unseen(number)) for number in range(rounds)]
    measured = {
        "through the tool, asked before": time_rounds(lambda _: consult.invoke(seen), rounds),
        "through the tool, a new case": time_rounds(lambda number: consult.invoke(fresh[number]), rounds),
        "consultant alone": time_rounds(lambda number: consultant.consult(others[number]), rounds),
        "judgement alone": time_rounds(lambda _: consultant.judge.assess("\n".join(FACTS)), rounds),
        "a tool that does nothing": time_rounds(lambda _: no_op.invoke({**seen, "name": no_op.name}), rounds),
    }
    print(f"{len(FACTS)} sentences, {rounds} rounds; microseconds")
    print(f"{'':<42}{'wall p50':>10}{'p99':>9}{'CPU p50':>10}{'p99':>9}")
    for name, clocks in measured.items():
        figures = "".join(f"{statistics.median(found):>10.0f}{found[int(rounds * 0.99)]:>9.0f}" for found in clocks)
        print(f"{name:<42}{figures}")
    for name in list(measured)[:2]:
        p50 = statistics.median(measured[name][0])
        print(f"{name}: p50 on the wall at most {TARGET_P50_US}: {'met' if p50 <= TARGET_P50_US else 'not met'}")


if __name__ == "__main__":
    main()
