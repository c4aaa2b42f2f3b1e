"""What the turn of an agent reads from a consultation is named in the knowledge base, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from legit.consult import Consultant, ConsultationResult
from legit.errors import KnowledgeBaseError
from legit.knowledge.base import KnowledgeBase
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, LAWFUL, STANDS, UNDETERMINED

RULES = Path(__file__).parents[2] / "rules_kb"


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[str, str], Path]:
    """A copy of the base in which one text of `base.toml` is another."""

    def made(old: str, new: str) -> Path:
        folder = tmp_path / "rules_kb"
        shutil.copytree(RULES, folder)
        manifest = folder / "base.toml"
        assert manifest.read_text().count(old) == 1
        manifest.write_text(manifest.read_text().replace(old, new))
        return folder

    return made


@pytest.mark.parametrize(
    ("facts", "declines", "about_enforcing"),
    [
        (DEFEATED, False, False),
        (STANDS, True, False),
        (UNDETERMINED, False, False),
        (ENFORCEMENT, True, True),
        (LAWFUL, False, True),
    ],
    ids=["help", "decline", "ask", "decline to enforce", "enforce"],
)
def test_the_shipped_base(facts: list[str], declines: bool, about_enforcing: bool) -> None:
    found = Consultant().consult(facts)
    assert (found.declines, found.about_enforcing) == (declines, about_enforcing)
    for outcome in (found, found.model_dump(mode="json")):
        result = ConsultationResult.of(outcome)
        assert (result.status, result.declines, result.about_enforcing) == ("answered", declines, about_enforcing)


def test_a_base_with_other_roles_is_read_by_them(changed: Callable[[str, str], Path]) -> None:
    folder = changed('declining_actions = ["decline"]', 'declining_actions = ["ask", "help"]')
    consultant = Consultant(base=folder)
    assert [consultant.consult(facts).declines for facts in (DEFEATED, STANDS, UNDETERMINED)] == [True, False, True]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('declining_actions = ["decline"]', 'declining_actions = ["declyne"]', "no action of the guidance `declyne`"),
        ('enforcing_acts = ["enforce"]', 'enforcing_acts = ["enforse"]', "no requested act `enforse`"),
        ('override_action = "help"', 'override_action = "halp"', "no action of the guidance `halp`"),
    ],
)
def test_a_role_that_does_not_exist_is_named(
    changed: Callable[[str, str], Path], old: str, new: str, said: str
) -> None:
    with pytest.raises(KnowledgeBaseError) as caught:
        KnowledgeBase.load(changed(old, new))
    (problem,) = caught.value.problems
    assert (problem.code, problem.source) == ("K207", "rules_kb/base.toml")
    assert said in problem.message
    assert problem.nearest


def test_data_that_does_not_say_whether_it_declines_has_failed() -> None:
    data = Consultant().consult(STANDS).model_dump(mode="json")
    del data["declines"]
    assert ConsultationResult.of(data).status == "failed"
