"""The command line. Results go to standard output, errors to standard error; see `EXIT` for the statuses."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from legit._version import __version__
from legit.errors import DatasetError, KnowledgeBaseError, LegitError

DONE, NOT_UNDERSTOOD, USAGE, BASE_INVALID, OUT_OF_TIME = 0, 1, 2, 3, 4
VERDICT_STATUS = {"stands": 0, "defeated": 10, "contested": 11, "undetermined": 12}
EXIT = """exit status:
  0 done, whatever the verdict      3 the knowledge base is invalid
  1 the input was not understood    4 not decided in time
  2 wrong usage
  with `assess --exit-status`: 0 stands, 10 defeated, 11 contested, 12 undetermined"""
MAX_BYTES = 20_000_000


class UsageError(Exception):
    """The command was called with something that is not there."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    with contextlib.suppress(AttributeError, ValueError):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    parser = _parser()
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else USAGE
    if not hasattr(options, "run"):
        parser.print_help()
        return USAGE
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except UsageError as error:
        return _fail(str(error), USAGE)
    except KnowledgeBaseError as error:
        wrong_name = all(problem.code in {"K100", "K107"} for problem in error.problems)
        return _problems(error, USAGE if wrong_name else BASE_INVALID)
    except DatasetError as error:
        return _problems(error, NOT_UNDERSTOOD)
    except LegitError as error:
        return _problems(error, NOT_UNDERSTOOD)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return _fail("stopped", 130)
    return status


def _fail(message: str, status: int) -> int:
    print(f"legit: {message}", file=sys.stderr)
    return status


def _problems(error: LegitError, status: int) -> int:
    for problem in error.problems:
        print(problem, file=sys.stderr)
    count = len(error.problems)
    print(f"legit: {count} problem{'s' if count != 1 else ''}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="legit",
        description="Judge whether a rule has a claim to compliance, with reasons and sources.",
        epilog=EXIT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"legit {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], help_: str, parent: Any = commands
    ) -> argparse.ArgumentParser:
        added: argparse.ArgumentParser = parent.add_parser(
            name, help=help_, description=f"{help_[0].upper()}{help_[1:]}.", epilog=EXIT,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        added.set_defaults(run=run)
        added.add_argument("--kb", type=Path, metavar="DIR", help="a knowledge base other than the shipped one")
        added.add_argument(
            "--profile", default="default", metavar="NAME", help="the profile of weights (default: %(default)s)"
        )
        return added

    assess = command("assess", _assess, "judge the cases of a file")
    assess.add_argument("file", metavar="FILE", help="a file of sentences, or - for standard input")
    assess.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print (default: %(default)s)"
    )
    assess.add_argument("--whole", action="store_true", help="show every finding, not only the first ones")
    assess.add_argument(
        "--exit-status", action="store_true", help="tell the verdict of the last case by the exit status"
    )
    assess.add_argument(
        "--time-limit", type=float, default=5.0, metavar="SECONDS", help="for each case (default: %(default)s)"
    )

    assess.add_argument(
        "--assume", action="append", default=[], metavar="SENTENCE", help="show what this would change, if it were so"
    )
    assess.add_argument(
        "--without", action="append", default=[], metavar="SENTENCE", help="show what leaving this out would change"
    )

    parse = command("parse", _parse, "show the facts that the sentences of a file state")
    parse.add_argument("file", metavar="FILE", help="a file of sentences, or - for standard input")
    parse.add_argument("--format", choices=("text", "json"), default="text", help="sentences as written back, or JSON")

    vocabulary = command("vocabulary", _vocabulary, "print the sentences that are understood")
    vocabulary.add_argument(
        "--for-agents", action="store_true", help="the shortest form from which a language model can write"
    )
    vocabulary.add_argument(
        "--list", default="", metavar="TYPE", help="only the values of one kind of slot (purpose, ...)"
    )
    vocabulary.add_argument("--topic", default="", help="only this topic (authority, content, ...)")
    vocabulary.add_argument(
        "--stats", action="store_true", help="print counts, with the number of tokens of the agents' form"
    )

    kb_parser = commands.add_parser("kb", help="look at the knowledge base and check it")
    kb = kb_parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    command("check", _kb_check, "find what is wrong with a knowledge base", kb)
    test = command("test", _kb_test, "run the examples and precedents of a knowledge base", kb)
    test.add_argument("--only", default="", metavar="TEXT", help="only checks whose name holds TEXT")
    listing = command("list", _kb_list, "list the criteria", kb)
    listing.add_argument("--family", default="", help="only this family")
    show = command("show", _kb_show, "show one criterion with its rules, sources and examples", kb)
    show.add_argument("name", metavar="CRITERION")

    bench = commands.add_parser("bench", help="measure").add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    dataset = command("dataset", _bench_dataset, "score descriptions of labelled cases", bench)
    dataset.add_argument("--cases", type=Path, required=True, metavar="FILE_OR_DIR", help="the labelled cases (JSON)")
    dataset.add_argument(
        "--encodings", type=Path, required=True, metavar="FILE_OR_DIR", help="their descriptions (.legit)"
    )
    dataset.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print (default: %(default)s)"
    )
    return parser


def _judge(options: argparse.Namespace) -> Any:
    from legit.judge import judge_for

    return judge_for(options.kb, options.profile)


def _read(name: str) -> tuple[str, str]:
    """The text of a file or of standard input, and the name under which to speak of it."""
    from legit.errors import LanguageError, Problem

    shown = "standard input" if name == "-" else name
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read `{shown}`: {(error.strerror or 'no such file').lower()}") from error
    if len(data) > MAX_BYTES:
        raise LanguageError(Problem("L001", f"more than {MAX_BYTES} bytes", source=shown))
    try:
        return data.decode("utf-8-sig"), shown
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise LanguageError(
            Problem("L002", "not a text in UTF-8", line, 1, shown, help="save the file as UTF-8 text")
        ) from error


def _assess(options: argparse.Namespace) -> int:
    from legit.errors import LanguageError, Problem
    from legit.explain.text import TextStyle, render, render_difference

    if not options.time_limit > 0:
        raise UsageError("the time limit must be more than 0 seconds")
    judge = _judge(options)
    text, shown = _read(options.file)
    cases = judge.read(text, shown)
    if not cases:
        raise LanguageError(Problem("L005", "there is no sentence in it", source=shown, help="see `legit vocabulary`"))
    style = TextStyle(_colour(), min(120, shutil.get_terminal_size((100, 24)).columns), options.whole)
    found = []
    status = DONE
    for number, case in enumerate(cases):
        if options.assume or options.without:
            assume, without = "\n".join(options.assume), "\n".join(options.without)
            assessment, changes = judge.what_if(case, assume, without, time_limit=options.time_limit)
            name = style.paint(case.name, "bold") + "\n" if case.name else ""
            shown = name + render_difference(changes, style)
            data = changes.model_dump(mode="json")
        else:
            assessment = judge.assess(case, time_limit=options.time_limit)
            shown = render(assessment, style)
            data = assessment.model_dump(mode="json")
        if options.format == "json":
            found.append(data)
        else:
            print(("\n" if number else "") + shown, end="")
        if assessment.reason == "time":
            status = OUT_OF_TIME
        elif options.exit_status:
            status = VERDICT_STATUS[assessment.verdict.value]
    if options.format == "json":
        print(json.dumps(found[0] if len(found) == 1 else found, indent=2, ensure_ascii=False))
    return status


def _parse(options: argparse.Namespace) -> int:
    judge = _judge(options)
    cases = judge.read(*_read(options.file))
    if options.format == "json":
        print(json.dumps([case.model_dump(mode="json") for case in cases], indent=2, ensure_ascii=False))
    else:
        print("\n".join(judge.writer.case(case) for case in cases), end="")
    return DONE


def _vocabulary(options: argparse.Namespace) -> int:
    from legit.knowledge.base import KnowledgeBase
    from legit.language.page import VocabularyPages

    base = KnowledgeBase.load(options.kb, options.profile)
    if options.topic and options.topic not in base.vocabulary.topics:
        raise UsageError(f"there is no topic `{options.topic}`; topics: {', '.join(base.vocabulary.topics)}")
    if options.list and options.list not in base.vocabulary.types:
        raise UsageError(f"there is no kind of slot `{options.list}`; kinds: {', '.join(base.vocabulary.types)}")
    pages = VocabularyPages(base.vocabulary, base.guide)
    if options.stats:
        for name, value in pages.stats().items():
            print(f"{name:<28}{value}")
    elif options.list:
        for item in base.vocabulary.types[options.list].values.values():
            also = f"  (also: {', '.join(item.also)})" if item.also else ""
            print(f"{item.phrase}{also}")
    elif options.for_agents:
        print(pages.for_agents(), end="")
    else:
        print(pages.for_people(options.topic), end="")
    return DONE


def _kb_check(options: argparse.Namespace) -> int:
    from legit.audit.check import check

    with _progress("checking") as step:
        problems = check(options.kb, options.profile, step)
    if problems:
        raise KnowledgeBaseError(*problems)
    print("the knowledge base holds together")
    return DONE


def _kb_test(options: argparse.Namespace) -> int:
    from legit.audit.examples import outcomes

    judge = _judge(options)
    passed = failed = deviating = 0
    with _progress("testing") as step:
        for outcome in outcomes(judge):
            if options.only not in outcome.name:
                continue
            passed += outcome.passed
            failed += not outcome.passed
            deviating += outcome.passed and bool(outcome.message)
            step(passed + failed, 0)
            if not outcome.passed:
                print(f"FAILED {outcome.kind} {outcome.name}: {outcome.message}")
    print(f"{passed} passed, {failed} failed" + (f" ({deviating} deviate as argued)" if deviating else ""))
    return BASE_INVALID if failed else DONE


def _kb_list(options: argparse.Namespace) -> int:
    from legit.knowledge.base import KnowledgeBase

    base = KnowledgeBase.load(options.kb, options.profile)
    families = sorted({item.family for item in base.criteria.values()})
    if options.family and options.family not in families:
        raise UsageError(f"there is no family `{options.family}`; families: {', '.join(families)}")
    for item in base.criteria.values():
        if options.family in ("", item.family):
            print(f"{item.id:<34}{item.family:<26}{item.title}")
    return DONE


def _kb_show(options: argparse.Namespace) -> int:
    import difflib

    from legit.explain.criterion import page
    from legit.knowledge.base import KnowledgeBase

    base = KnowledgeBase.load(options.kb, options.profile)
    criterion = base.criteria.get(options.name)
    if criterion is None:
        close = difflib.get_close_matches(options.name, base.criteria, n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(close)}?" if close else "; see `legit kb list`"
        raise UsageError(f"there is no criterion `{options.name}`{hint}")
    print(page(base, criterion), end="")
    return DONE


def _bench_dataset(options: argparse.Namespace) -> int:
    from legit.bench.dataset import load_cases, score, summary
    from legit.bench.table import table

    for path in (options.cases, options.encodings):
        if not path.exists():
            raise UsageError(f"`{path}` does not exist")
    cases = load_cases(options.cases)
    with _progress("scoring") as step:
        figures = summary(score(_judge(options), cases, options.encodings, step))
    print(
        json.dumps(figures, indent=2) if options.format == "json" else table(figures),
        end="\n" if options.format == "json" else "",
    )
    return DONE


def _colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def _progress(what: str) -> Any:
    """A counter on standard error while something long runs, only on a terminal."""
    shown = sys.stderr.isatty()

    def step(done: int, total: int) -> None:
        if shown and done % 10 == 0:
            print(f"\r{what} {done}{f'/{total}' if total else ''}", end="", file=sys.stderr, flush=True)

    try:
        yield step
    finally:
        if shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
