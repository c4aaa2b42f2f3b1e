"""The language server over pygls: the protocol on one side, `legit.lsp.features` on the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import TextDocument

from legit._version import __version__
from legit.judge import Judge
from legit.language.completion import Completion
from legit.lsp import features
from legit.lsp.documents import is_rules, judge_of, line_starts, offset_of, place_of, root_of
from legit.lsp.features import Place, Span, Told

_KINDS = {
    "sentence": lsp.CompletionItemKind.Class,
    "value": lsp.CompletionItemKind.Value,
    "correction": lsp.CompletionItemKind.Text,
    "source": lsp.CompletionItemKind.Reference,
    "detail": lsp.CompletionItemKind.Snippet,
    "heading": lsp.CompletionItemKind.Keyword,
}
_TRIGGERS = [" ", "[", ":"]


def make_server() -> LanguageServer:
    """The server, ready to be started: `make_server().start_io()`."""
    server = LanguageServer("legit", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental)
    _add_problems(server)
    _add_completion(server)
    _add_names(server)
    _add_actions(server)
    return server


class _Document:
    """An open document, with the judge of its base."""

    def __init__(self, server: LanguageServer, uri: str) -> None:
        self.document: TextDocument = server.workspace.get_text_document(uri)
        self.codec = server.workspace.position_codec
        self.uri = uri
        self.text = self.document.source
        self.rules = is_rules(uri)

    @property
    def path(self) -> Path | None:
        """The file of the document, None for one that has none yet."""
        name = to_fs_path(self.uri)
        return Path(name) if name else None

    @property
    def judge(self) -> Judge:
        """The judge of the base that the document is of."""
        return judge_of(self.path)

    def offset(self, position: lsp.Position) -> int:
        """The character of the text at a position of the client."""
        lines = self.document.lines
        if position.line >= len(lines):
            return len(self.text)
        own = self.codec.position_from_client_units(lines, position)
        return offset_of(self.text, own.line, own.character)

    def range(self, start: int, end: int) -> lsp.Range:
        """Some characters of the text as a range of the client."""
        (first, a), (last, b) = place_of(self.text, start), place_of(self.text, end)
        own = lsp.Range(lsp.Position(first, a), lsp.Position(last, b))
        return self.codec.range_to_client_units(self.document.lines, own)


def _add_problems(server: LanguageServer) -> None:
    def publish(uri: str, more: tuple[Told, ...] = ()) -> None:
        document = _Document(server, uri)
        told = features.problems(document.judge, document.text, rules=document.rules)
        known = {(item.span.start, item.problem.code) for item in told}
        told += [item for item in more if (item.span.start, item.problem.code) not in known]
        found = [_diagnostic(document, item) for item in told]
        server.text_document_publish_diagnostics(
            lsp.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=document.document.version)
        )

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        publish(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        document = _Document(server, params.text_document.uri)
        root = root_of(document.path)
        told = features.base_problems(root) if root and document.rules else []
        publish(document.uri, tuple(item for path, item in told if path == document.path))

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(params.text_document.uri, []))


def _add_completion(server: LanguageServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions(trigger_characters=_TRIGGERS))
    def complete(params: lsp.CompletionParams) -> lsp.CompletionList:
        document = _Document(server, params.text_document.uri)
        offset = document.offset(params.position)
        found = features.completions(document.judge, document.text, offset, rules=document.rules)
        items = [_item(document, place, item) for place, item in enumerate(found)]
        return lsp.CompletionList(is_incomplete=True, items=items)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        document = _Document(server, params.text_document.uri)
        text = features.hover(document.judge, document.text, document.offset(params.position), rules=document.rules)
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.PlainText, text)) if text else None


def _add_names(server: LanguageServer) -> None:
    def named(params: Any) -> tuple[_Document, str]:
        document = _Document(server, params.text_document.uri)
        offset = document.offset(params.position)
        return document, features.name_at(document.judge, document.text, offset, rules=document.rules)

    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        document, name = named(params)
        return [_location(place) for place in features.definitions(document.judge, name)] if name else []

    @server.feature(lsp.TEXT_DOCUMENT_RENAME)
    def rename(params: lsp.RenameParams) -> lsp.WorkspaceEdit | None:
        document, name = named(params)
        try:
            places = features.renames(document.judge, name, params.new_name) if name and document.rules else []
        except ValueError as error:
            server.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Error, str(error)))
            return None
        edits: dict[str, list[lsp.TextEdit]] = {}
        for place in places:
            location = _location(place)
            edits.setdefault(location.uri, []).append(lsp.TextEdit(location.range, params.new_name))
        return lsp.WorkspaceEdit(changes=edits)


def _add_actions(server: LanguageServer) -> None:
    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def actions(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        document = _Document(server, params.text_document.uri)
        found = []
        for diagnostic in params.context.diagnostics:
            span = Span(document.offset(diagnostic.range.start), document.offset(diagnostic.range.end))
            for place, item in enumerate(features.nearest(document.judge, document.text, span, rules=document.rules)):
                edit = lsp.TextEdit(document.range(item.start, item.end), item.insert)
                found.append(
                    lsp.CodeAction(
                        item.insert,
                        kind=lsp.CodeActionKind.QuickFix,
                        diagnostics=[diagnostic],
                        edit=lsp.WorkspaceEdit(changes={document.uri: [edit]}),
                        is_preferred=place == 0,
                    )
                )
        return found

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    def lenses(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        document = _Document(server, params.text_document.uri)
        starts = line_starts(document.text)
        return [
            lsp.CodeLens(document.range(starts[lens.line], starts[lens.line]), lsp.Command(lens.title, ""))
            for lens in features.lenses(document.judge, document.text, rules=document.rules)
        ]


def _diagnostic(document: _Document, told: Told) -> lsp.Diagnostic:
    problem = told.problem
    text = f"{problem.message}\n{problem.help}" if problem.help else problem.message
    return lsp.Diagnostic(
        document.range(told.span.start, told.span.end), text, severity=lsp.DiagnosticSeverity.Error,
        code=problem.code, source="legit",
    )  # fmt: skip


def _item(document: _Document, place: int, item: Completion) -> lsp.CompletionItem:
    """A completion as the client takes it: a snippet where something is still to be chosen."""
    return lsp.CompletionItem(
        label=item.insert.strip(),
        kind=_KINDS[item.kind],
        sort_text=f"{place:04}",
        # What is typed already, so that no client hides what the server found to fit.
        filter_text=document.text[item.start : item.end],
        text_edit=lsp.TextEdit(document.range(item.start, item.end), _snippet(item)),
        insert_text_format=lsp.InsertTextFormat.Snippet,
    )


def _snippet(item: Completion) -> str:
    """The text of a completion with its placeholders as tab stops."""
    text, behind = "", 0
    for number, (start, end) in enumerate(item.placeholders, start=1):
        text += _escaped(item.insert[behind:start]) + f"${{{number}:{_escaped(item.insert[start:end])}}}"
        behind = end
    return text + _escaped(item.insert[behind:])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}")


def _location(place: Place) -> lsp.Location:
    start = lsp.Position(place.line, place.character)
    end = lsp.Position(place.line, place.character + place.length)
    return lsp.Location(from_fs_path(str(place.path)) or "", lsp.Range(start, end))
