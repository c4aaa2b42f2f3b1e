"""What the tests of evaluations share: labelled cases, and running a scripted system over them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from legit.consult import Consultant
from legit.evals.dataset import LabelledCase
from legit.evals.metrics import EvalReport, compute_metrics
from legit.evals.run_log import ModelAnswer, read_run_log
from legit.evals.runner import run_evaluation
from legit.evals.systems import (
    ChatModelSystem,
    SystemUnderTest,
)
from tests.support.scripted_systems import FunctionModel

CASES = [
    LabelledCase(
        id=f"{family}_{number}",
        defeat_type=family,
        defeat_subtype="obsolete",
        authority_type=("club", "landlord")[number % 2],
        dual_use=("yes", "no")[number % 2],
        user_query=("A stamp of a closed office is asked for" if family != "control" else "Hard hats are asked for")
        + ".",
    )
    for family in ("content_defeat", "application_defeat", "control")
    for number in range(6)
]


def run(
    subject: SystemUnderTest, out: Path, consultant: Consultant, cases: list[LabelledCase] = CASES, **more: Any
) -> list[ModelAnswer]:
    return asyncio.run(run_evaluation(subject, cases, out, consultant=consultant, **more))


def report(subject: SystemUnderTest, out: Path, consultant: Consultant, **more: Any) -> EvalReport:
    run(subject, out, consultant, **more)
    return compute_metrics(*read_run_log(out))


def model(script: Any) -> ChatModelSystem:
    return ChatModelSystem(FunctionModel(script=script), "scripted")
