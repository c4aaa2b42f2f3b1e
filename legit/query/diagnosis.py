"""Diagnoses a query that was not understood: its position, and the nearest queries."""

from __future__ import annotations

from legit._util.suggest import suggest
from legit.errors import Problem
from legit.language.diagnosis import Diagnosis, shorten
from legit.language.parser import ParseFailure
from legit.language.spelling import Speller
from legit.language.tokenizer import Token
from legit.query.grammar import NAME_PREFIX, QueryGrammar
from legit.query.lexicon import query_lexicon
from legit.query.parser import QueryParser
from legit.query.suggestions import QuerySuggestions

_MAX_NEAREST = 3
_MAX_QUERY_SUGGESTIONS = 2
_MIN_CLAUSE_WORDS = 2
_MAX_CHOICES = 12
_MAX_LOOKBACK = 3
_HELP = "see `legit kb query --forms` for what may be asked, `legit vocabulary` for the sentences"


class QueryDiagnosis:
    """Diagnoses queries that one grammar does not parse."""

    def __init__(self, grammar: QueryGrammar, parser: QueryParser) -> None:
        self._grammar = grammar
        self._parser = parser
        self._suggestions = QuerySuggestions(grammar, parser)
        self._speller = Speller(grammar)
        self._diagnosis = Diagnosis(grammar)

    def problem(self, line: str, tokens: list[Token], failure: ParseFailure) -> Problem:
        """The problem (Q102) of a query one of whose tokens did not fit."""
        at = min(failure.index, len(tokens) - 1) if tokens else 0
        ended = failure.index >= len(tokens)
        column = len(line) + 1 if ended or not tokens else tokens[at].start + 1
        rest = "" if ended else line[tokens[at].start :].rstrip(" .?!")
        spelt = self._spelling_suggestions(line, tokens)
        if spelt:
            return Problem("Q102", f"`{rest or line}` is not understood", 1, column, nearest=spelt, help=_HELP)
        message = f"`{shorten(rest)}` is not understood" if rest else "the question stops before its end"
        if 0 < at < len(tokens) and not ended:
            message += f" behind `{shorten(line[: tokens[at - 1].end])}`"
        names = self._similar_names(failure.expected, rest) or (() if ended else self._names_ending_at(tokens, at))
        begin = self._clause_start(tokens, at)
        # After a single word, the list of possible next words depends on that word more than on the meant sentence.
        choices = self._choices(failure.expected) if at - begin >= _MIN_CLAUSE_WORDS else ""
        help_ = self._suggestions.other_command(line) or choices or _HELP
        if not ended and tokens[at].kind == "colon":
            help_ = "leave the detail behind the colon out: a question asks for a sentence whatever its detail"
        offers = () if names else self._suggestions.queries(line, rest, _MAX_QUERY_SUGGESTIONS)
        nearest = (*names, *offers, *self._similar_forms(tokens[begin:]))[:_MAX_NEAREST]
        return Problem("Q102", message, 1, column, nearest=nearest, help=help_)

    def _spelling_suggestions(self, line: str, tokens: list[Token]) -> tuple[str, ...]:
        unknown = self._speller.unknown(tokens)
        found = []
        for spelt in self._speller.respelt(line, unknown):
            tree = self._parser.parse("question", self._parser.tokenize(spelt), spelt)
            if not isinstance(tree, ParseFailure):
                found.append(spelt)
        return tuple(found[:_MAX_NEAREST])

    def _similar_names(self, expected: frozenset[str], rest: str) -> tuple[str, ...]:
        """The names among the expected terminals that are most similar to the rest of the query."""
        known: dict[str, str] = {}
        for terminal in expected:
            if terminal.startswith(NAME_PREFIX):
                known |= {
                    words: self._grammar.display_name(terminal, words) for words in self._grammar.name_ids[terminal]
                }
            elif terminal.startswith("V_"):
                values = self._grammar.vocabulary.values(terminal[2:].lower()).values()
                known |= {text.lower(): value.phrase for value in values for text in (value.phrase, *value.synonyms)}
        words = " ".join(self._grammar.normaliser.normalise(rest)) if rest else ""
        found: dict[str, str] = {}
        for text in suggest(words, known, limit=_MAX_CHOICES, similarity=0.75):
            # Of one source one place is enough.
            found.setdefault(min(self._grammar.source_ids_of(text), default=known[text]), known[text])
        return tuple(found.values())[:_MAX_NEAREST]

    def _names_ending_at(self, tokens: list[Token], at: int) -> tuple[str, ...]:
        """Known names similar to the words up to a token: of `ICCPR 99` only the first word is a known name."""
        for begin in range(max(0, at - _MAX_LOOKBACK), at):
            words = " ".join(token.value for token in tokens[begin : at + 1])
            for terminal, known in self._grammar.name_ids.items():
                if terminal.startswith(NAME_PREFIX) and (
                    close := suggest(words, known, limit=_MAX_NEAREST, similarity=0.8)
                ):
                    return tuple(dict.fromkeys(self._grammar.display_name(terminal, text) for text in close))
        return ()

    def _choices(self, expected: frozenset[str]) -> str:
        """All values that could stand here, if they are one short list."""
        slots = [name for name in expected if name.startswith((NAME_PREFIX, "V_"))]
        if len(slots) != 1 or len(expected) > _MAX_CHOICES:
            return ""
        values = self._grammar.vocabulary.values(slots[0][2:].lower()).values()
        known = self._grammar.name_ids.get(slots[0], {})
        names = [value.phrase for value in values] or sorted({name for ids in known.values() for name in ids})
        more = f", … (all: legit vocabulary --type {slots[0][2:].lower()})" if values else ""
        if len(names) > _MAX_CHOICES and not more:
            return ""
        listed = ", ".join(names[:_MAX_CHOICES]) + (more if len(names) > _MAX_CHOICES else "")
        return f"here may stand {listed}, or a blank <…>"

    def _clause_start(self, tokens: list[Token], at: int) -> int:
        """The index of the first token of the clause in which a token stands."""
        breaks = {word for name in ("and", "or", "that", "cases", "rules") for word in query_lexicon().phrases[name]}
        for index in range(at - 1, -1, -1):
            if tokens[index].kind in {"stop", "colon"} or tokens[index].value in breaks:
                return index + 1
        return 0

    def _similar_forms(self, clause: list[Token]) -> tuple[str, ...]:
        """The forms about decisions and the sentences of the vocabulary that share most with a clause."""
        said = " ".join(token.value for token in clause)
        forms = suggest(said, query_lexicon().forms, limit=1, similarity=0.5)
        sentences = self._diagnosis.suggest(clause)
        # A question asks for a sentence whatever its detail.
        shown = (text.partition(":")[0].rstrip(".").replace("{", "<").replace("}", ">") for text in sentences)
        return (*forms, *shown)
