"""The commands about a decision log: what they take. What they do stands in the modules `log_...` beside it."""

from __future__ import annotations

import argparse
from pathlib import Path

from legit.cli.common import Subparsers, add_command, add_format
from legit.cli.explain import add_explain_options
from legit.cli.log import asking, keeping
from legit.cli.log import explain as explain_
from legit.cli.log import report as report_
from legit.cli.log import show as show_


def register(commands: Subparsers) -> None:
    """Add the commands of this module."""
    log_parser = commands.add_parser("log", help="read, question, verify and replay a decision log")
    log = log_parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    show = add_command(log, "show", show_.show, "show a decision with its reasons, or any other record")
    _add_log(show)
    _add_number(show)
    add_format(show)
    show.add_argument("--whole", action="store_true", help="show every finding, not only the first ones")
    show.add_argument("--case", action="store_true", help="print only the case, as sentences that `assess -` reads")

    explain = add_command(
        log, "explain", explain_.explain,
        "explain a decision, made again with the knowledge base that the log keeps (or under --kb or --profile)",
    )  # fmt: skip
    _add_log(explain)
    _add_number(explain)
    explain.set_defaults(profile=None)
    add_explain_options(explain)

    query = add_command(log, "query", asking.query, "list the decisions that are asked for")
    _add_log(query)
    _add_filter_options(query)
    _add_table_format(query)

    count = add_command(log, "count", asking.count, "count the decisions that are asked for")
    _add_log(count)
    _add_filter_options(count)
    count.add_argument(
        "--by", action="append", default=[], metavar="PREDICATE", help="also by what is said with a predicate"
    )
    _add_table_format(count)

    replay = add_command(log, "replay", asking.replay, "decide again, and list what comes out otherwise")
    _add_log(replay)
    _add_filter_options(replay)
    replay.set_defaults(profile=None)
    replay.add_argument("--all", action="store_true", help="list what comes out the same as well")
    _add_table_format(replay)

    report = add_command(log, "report", report_.report, "write one HTML page about a period, with plots and tables")
    _add_log(report)
    _add_filter_options(report)
    report.add_argument("--to", type=Path, metavar="FILE", help="where to (default: standard output)")
    report.add_argument(
        "--by", action="append", metavar="PREDICATE",
        help="count by what is said with a predicate (default: what the knowledge base names)",
    )  # fmt: skip
    _add_checkpoints(report)
    report.add_argument(
        "--again", type=int, default=1000, metavar="N",
        help="make at most N decisions of earlier versions again under the latest (default: %(default)s)",
    )  # fmt: skip

    export = add_command(log, "export", asking.export, "write a log in another form")
    _add_log(export)
    _add_filter_options(export)
    export.add_argument(
        "--as", dest="form", choices=("records", "csv", "parquet"), default="records",
        help="`records`: all, as JSON lines that can be verified; else the decisions that are asked for, as a table",
    )  # fmt: skip
    export.add_argument("--to", type=Path, metavar="FILE", help="where to (default: standard output)")

    head = add_command(log, "head", keeping.checkpoint, "print the tree head, to be kept elsewhere")
    _add_log(head)
    head.add_argument("--size", type=int, metavar="N", help="as it was when the log had N records")
    head.add_argument("--to", type=Path, metavar="FILE", help="where to (default: standard output)")
    head.add_argument(
        "--file-digest", action="store_true", help="also of the bytes of the file, until something is added"
    )
    head.add_argument("--sign", type=Path, metavar="KEY", help="signed with the key that `log keygen` wrote")

    keygen = add_command(log, "keygen", keeping.keygen, "make the key that signs the tree heads of a log")
    _add_log(keygen)
    keygen.add_argument(
        "--to", type=Path, required=True, metavar="KEY",
        help="where to; the public key goes beside it, to KEY.pub",
    )  # fmt: skip

    verify = add_command(
        log, "verify", keeping.verify,
        "find what was changed, removed, inserted or reordered; exported records show nothing without --head",
    )  # fmt: skip
    _add_log(verify, "a log, or its records as `log export` writes them")
    _add_checkpoints(verify)
    add_format(verify)

    prove = add_command(log, "prove", keeping.prove, "print the proof that a record is in the log")
    _add_log(prove)
    _add_number(prove)
    prove.add_argument("--size", type=int, metavar="N", help="in the log of its first N records (default: all)")

    check = add_command(log, "check", keeping.check_proof, "check a proof against a tree head; the log is not needed")
    check.add_argument("proof", type=Path, metavar="PROOF", help="what `log prove` printed")
    check.add_argument("--head", type=Path, required=True, metavar="FILE", help="a tree head that was kept elsewhere")
    _add_public_key(check)

    override = add_command(log, "override", keeping.override, "record that somebody decided otherwise")
    _add_log(override)
    _add_number(override)
    override.add_argument("--action", required=True, help="what was done instead")
    _add_author_and_reason(override)

    redact = add_command(log, "redact", keeping.redact, "erase the quoted texts of a decision for good")
    _add_log(redact)
    _add_number(redact)
    redact.add_argument(
        "--text", action="append", default=[], metavar="STAND_IN", help="only this one, as ⟨1text⟩ (default: all)"
    )
    _add_author_and_reason(redact)


def _add_log(parser: argparse.ArgumentParser, help_: str = "the file of the log") -> None:
    parser.add_argument("log", type=Path, metavar="LOG", help=help_)


def _add_checkpoints(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--head", action="append", default=[], type=Path, metavar="FILE", help="a tree head that was kept elsewhere"
    )
    _add_public_key(parser)


def _add_public_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--public-key", type=Path, metavar="KEY.pub", help="demand that this key has signed every head that is given"
    )


def _add_number(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", type=int, metavar="NUMBER", help="the number of the record")


def _add_author_and_reason(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", required=True, metavar="WHO", help="who answers for it")
    parser.add_argument("--why", required=True, metavar="REASON", help="the reason")


def _add_table_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--format", choices=("text", "json", "csv"), default="text", help="how to print (default: %(default)s)"
    )


def _add_filter_options(parser: argparse.ArgumentParser) -> None:
    asked = parser.add_argument_group("which decisions (all of what is given must hold)")
    add = asked.add_argument
    add("--verdict", action="append", default=[], help="with this verdict, or one of these")
    add("--guidance", action="append", default=[], metavar="ACTION", help="with this guidance, or one of these")
    add("--criterion", action="append", default=[], help="to which this criterion applied: its id, or its name")
    add("--family", action="append", default=[], help="to which a criterion of this family applied")
    add("--right", action="append", default=[], help="in which this right is touched: its id, or its name")
    add("--says", action="append", default=[], metavar="SENTENCE", help="in which this was said, by anybody")
    add(
        "--rests-on", default="", metavar="SPEAKER",
        help="whose verdict is not settled without this speaker's word, `inferred` being one (column rests_on)",
    )  # fmt: skip
    add(
        "--only-on", default="", metavar="SPEAKER",
        help="whose verdict rests on this speaker's word alone, whatever was inferred besides (column only_on)",
    )  # fmt: skip
    add("--since", default="", metavar="TIME", help="from this time or day on (UTC)")
    add("--until", default="", metavar="TIME", help="before this time or day (UTC)")
    add("--caller", action="append", default=[], metavar="KEY=VALUE", help="recorded with this entry of the caller")
    add("--overridden", action=argparse.BooleanOptionalAction, default=None, help="that somebody decided otherwise")
