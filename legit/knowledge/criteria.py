"""Files of rules: a header that says what the rules mean, and the rules themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from legit.errors import Problem
from legit.knowledge.files import parse_toml, read_text

_HEADER = re.compile(r"\A\s*%\*\n(.*?)\*%", re.DOTALL)
_FORBIDDEN = re.compile(r"^\s*#(?!show\b)\w+", re.MULTILINE)


class Example(BaseModel):
    """A case in controlled English; `why` says why a near-miss is none, or what an example shows.

    `verdict`, `guidance`, `harm` and `advice` say what comes of the whole case (`advice` all of it);
    what is left out is not checked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    why: str = ""
    verdict: str = ""
    guidance: str = ""
    harm: str = ""
    advice: tuple[str, ...] | None = None


class Headed(BaseModel):
    """What every file of rules has: a header and the rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    statement: str
    sources: tuple[str, ...]
    rules: str = ""
    path: str = ""


Shape = TypeVar("Shape", bound=Headed)


class RuleFile(Headed):
    """A file of rules that is no criterion: shared concepts, weighing, the verdict, guidance.

    `careful` orders the values of a result from the most careful: where what is unknown leaves several possible, the
    first counts. `examples` are cases that show what the rules do.
    """

    careful: dict[str, tuple[str, ...]] = {}
    phrases: dict[str, str] = {}
    questions: dict[str, str] = {}
    examples: tuple[Example, ...] = ()


class Criterion(Headed):
    """A criterion: what it says, on which sources, which premises meet it, and examples for and against.

    `family` groups criteria; `weighing` names how the rule's protection is weighed against it; `level` is the level
    of a harm. Their values belong to the knowledge base.
    """

    family: str
    subtypes: tuple[str, ...] = ()
    weighing: str = ""
    level: str = ""
    undercutters: dict[str, str] = {}
    meets: tuple[Example, ...] = ()
    misses: tuple[Example, ...] = ()


def load_rule_file(path: Path, shown: str, model: type[Shape]) -> Shape | list[Problem]:
    """Read one `.lp` file with its header.

    Problems: K101-K103 unreadable, K104 no header, K105 a directive that a knowledge base may not use,
    K201 wrong shape, K206 a file named otherwise than its id.
    """
    text = read_text(path, shown)
    match = _HEADER.match(text)
    if not match:
        return [Problem("K104", "file does not begin with a header between `%*` and `*%`", 1, 1, shown)]
    rules = text[match.end() :]
    forbidden = _FORBIDDEN.search(rules)
    if forbidden:
        line = text[: match.end()].count("\n") + rules[: forbidden.start()].count("\n") + 1
        word = forbidden.group().strip()
        return [Problem("K105", f"`{word}` may not stand in a knowledge base", line, 1, shown, help="use rules only")]
    header = parse_toml(match.group(1), shown, first_line=2)
    try:
        return model.model_validate({**header, "rules": rules.strip() + "\n", "path": shown})
    except ValidationError as error:
        return [
            Problem("K201", f"{'.'.join(map(str, item['loc']))}: {item['msg'].lower()}", source=shown)
            for item in error.errors()
        ]
