"""A process of its own that runs one program over facts, within limits; it imports nothing of `legit`.

Standard input holds a line of JSON with the limits and the program, then one for each fact, `[name, arguments]`.
Standard output gets lines of JSON: `["atom", number of the answer set, name, arguments]`, and last
`["done", answer sets]` or `["error", kind, message]`, with kind `program`, `refused`, `memory` or `rows`. If the
last line is missing, a limit has ended the process. Once it has read its limits it opens no file and no connection: the
system refuses both.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from typing import Any

import clingo
from clingo import ast

_ALLOWED_STATEMENTS = frozenset({"Rule", "ShowSignature", "ShowTerm", "Definition", "Comment", "Program"})
_ALLOWED_HEADS = frozenset({"Literal", "Aggregate"})
_MAX_NESTING = 60
_MAX_VALUE_CHARACTERS = 10_000
"""A table of longer values takes minutes to lay out, and nobody reads it: terms within terms double in length."""
_GROUNDER_VARIABLE = re.compile(r"#[A-Z]\w*")  # variables of the grounder's own, as for `_`


class _ForbiddenStatementError(Exception):
    """A statement that is not allowed in a program."""


def _set_limits(cpu: int, memory: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(what, (most, most))


def _to_symbol(value: Any) -> clingo.Symbol:
    """A symbol from JSON: a number, a text as `{"text": …}`, a name, or a list of a name and its arguments."""
    if isinstance(value, int):
        return clingo.Number(value)
    if isinstance(value, dict):
        return clingo.String(value["text"])
    if isinstance(value, list):
        return clingo.Function(value[0], [_to_symbol(item) for item in value[1]])
    return clingo.Function(value, [])


def _from_symbol(symbol: clingo.Symbol) -> int | str:
    if symbol.type == clingo.SymbolType.Number:
        return symbol.number
    return symbol.string if symbol.type == clingo.SymbolType.String else str(symbol)


def _check_statement(node: ast.AST) -> None:
    kind = node.ast_type.name
    if kind not in _ALLOWED_STATEMENTS or (kind == "Program" and (node.name != "base" or node.parameters)):
        raise _ForbiddenStatementError(
            f"`{str(node)[:60]}` at line {node.location.begin.line}: only rules, choices and #show"
        )
    if kind == "Rule" and node.head.ast_type.name not in _ALLOWED_HEADS:
        raise _ForbiddenStatementError(
            f"`{str(node)[:60]}` at line {node.location.begin.line}: a head is an atom or a choice"
        )


def _signature(atom: str) -> tuple[str, int]:
    """The name of an atom, which may hold variables, and the number of its arguments; no name where it is denied."""
    if atom.startswith("("):
        return "", 0
    nodes: list[ast.AST] = []
    ast.parse_string(f"{atom}.", nodes.append)
    symbol = nodes[-1].head.atom.symbol
    return symbol.name, len(symbol.arguments)


def _is_too_deep(text: str) -> bool:
    depth = 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if depth > _MAX_NESTING:
            return True
    return False


class _Program:
    """A user's program: checked statement by statement, grounded over the facts, solved."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._request = request
        self._messages: list[str] = []
        self._undefined_messages: list[str] = []
        options = [f"--models={request['answer_sets']}"]
        self._control = clingo.Control(options, logger=self._log, message_limit=20)
        self._show_statements: set[str] = set()
        self._derives_answer = False

    def _log(self, code: clingo.MessageCode, message: str) -> None:
        if code != clingo.MessageCode.AtomUndefined:
            self._messages.append(message)
        elif "rule head" in message:  # an undefined atom in a body; an undefined atom in `#show` is only empty
            self._undefined_messages.append(message)

    def ground(self) -> None:
        """Read and ground. Raises _RefusedError, and RuntimeError where it is no program."""
        text = self._request["program"]
        if _is_too_deep(text):
            raise _ForbiddenStatementError(f"brackets within brackets, more than {_MAX_NESTING} deep")
        nodes: list[ast.AST] = []
        ast.parse_string(text, nodes.append, logger=self._log)
        with ast.ProgramBuilder(self._control) as builder:
            for node in nodes:
                _check_statement(node)
                self._show_statements.add(node.ast_type.name)
                self._derives_answer = self._derives_answer or (
                    node.ast_type.name == "Rule" and "answer" in str(node.head)
                )
                if node.ast_type.name != "Comment":
                    builder.add(node)
        self._show_statements &= {"ShowSignature", "ShowTerm"}
        if not self._show_statements and not self._derives_answer:
            raise RuntimeError("the program neither derives `answer(…)` nor has a #show")
        with self._control.backend() as backend:
            for line in sys.stdin:
                backend.add_rule([backend.add_atom(_to_symbol(json.loads(line)))])
        self._control.ground([("base", [])])
        for message in self._undefined_messages:
            atom = _GROUNDER_VARIABLE.sub("_", message.rpartition("\n  ")[2].strip())
            name, arity = _signature(atom)
            known = self._request["given"].get(name)
            if known != arity:
                hint = f": `{name}` is given with {known} arguments" if known else ""
                raise RuntimeError(f"nothing defines `{atom}`{hint}")

    def solve(self) -> list[Any]:
        """Write the atoms of the answer sets. Returns the last line."""
        rows = found = 0
        with self._control.solve(yield_=True) as handle:
            for model in handle:
                found += 1
                for symbol in sorted(self._shown_symbols(model)):
                    plain = symbol.type == clingo.SymbolType.Function and symbol.name
                    rows += 1
                    if rows > self._request["most_rows"]:
                        return ["error", "rows", f"more than {self._request['most_rows']} rows"]
                    arguments = [_from_symbol(item) for item in symbol.arguments] if plain else [_from_symbol(symbol)]
                    if any(isinstance(item, str) and len(item) > _MAX_VALUE_CHARACTERS for item in arguments):
                        return ["error", "rows", f"a value of more than {_MAX_VALUE_CHARACTERS} characters"]
                    print(json.dumps(["atom", found, plain or "", arguments]))
        return ["done", found]

    def _shown_symbols(self, model: clingo.Model) -> list[clingo.Symbol]:
        """The atoms to show: those that the program names, otherwise its answers, and never the given facts."""
        if "ShowSignature" in self._show_statements:
            return list(model.symbols(shown=True))
        answers = [symbol for symbol in model.symbols(atoms=True) if symbol.name == "answer" and symbol.positive]
        return [*model.symbols(terms=True), *answers]

    def run(self) -> list[Any]:
        """Ground and solve. Returns the last line."""
        try:
            self.ground()
            return self.solve()
        except _ForbiddenStatementError as error:
            return ["error", "refused", str(error)]
        except RuntimeError as error:
            message = self._messages[0] if self._messages else str(error)
            return ["error", "memory" if "bad_alloc" in f"{error}{message}" else "program", message]


def main() -> None:
    """Run the program on standard input."""
    asked = json.loads(sys.stdin.readline())
    _set_limits(asked["cpu"], asked["memory"])
    try:
        last = _Program(asked).run()
    except MemoryError:
        last = ["error", "memory", ""]
    print(json.dumps(last))


if __name__ == "__main__":
    main()
