"""The refusal test: reads a reply by the patterns of its language, the fields of its message and its structure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TypeVar

from legit._util.suggest import suggest
from legit.errors import Problem, RefusalPatternError
from legit.refusals.decision import decide
from legit.refusals.drafts import own_sentences
from legit.refusals.language_files import LanguagePatterns, shipped_languages
from legit.refusals.languages_of import LanguageRecogniser
from legit.refusals.reading import UNDETERMINED_LANGUAGE, Cue, ReplyReading, Strictness
from legit.refusals.replies import Reply, reply_of, signals, structured_signs
from legit.refusals.sentence_cues import ListedCue, sentence_cues
from legit.refusals.support import with_support
from legit.refusals.text import sentences_of

Item = TypeVar("Item")


class PatternReader:
    """Reads replies by patterns. It is a `ReplyReader`, and safe to share between threads.

    `language` is the language of the replies (a BCP 47 tag); None means that it is recognised, sentence by sentence.
    `strictness` says how much counts. `languages` are the languages that are known: `load_languages` reads those of a
    folder.

    Raises RefusalPatternError (T003) when `language` is none of them.
    """

    def __init__(
        self,
        *,
        language: str | None = None,
        strictness: Strictness = "balanced",
        languages: Sequence[LanguagePatterns] | None = None,
    ) -> None:
        known = tuple(shipped_languages() if languages is None else languages)
        self.strictness: Strictness = strictness
        self._known = known if language is None else (_named(known, language),)
        self._recogniser = LanguageRecogniser(self._known)

    def __call__(self, reply: Reply) -> ReplyReading:
        """What is read of a reply."""
        signal = _signal(reply)
        cues: list[Cue] = []
        languages: list[str] = []
        if reply.data is None:
            cues += self._read_text(reply.text, languages)
        else:
            for sign in structured_signs(reply.data):
                if sign.kind == "text":
                    cues += [_in_field(cue, sign.field) for cue in self._read_text(sign.value, languages)]
                else:
                    cues.append(Cue(sign.kind, f"{sign.field}: {sign.value}", place=sign.field))
        if signal and reply.refusal:
            cues += [_in_field(cue, "refusal") for cue in self._read_text(reply.refusal, languages)]
        told = [tag for tag in languages if tag != UNDETERMINED_LANGUAGE]
        language = max(dict.fromkeys(told), key=told.count) if told else UNDETERMINED_LANGUAGE
        return decide(cues, language, signal, self.strictness, len(languages))

    def _read_text(self, text: str, languages: list[str]) -> list[Cue]:
        """The cues of a text. The language of each sentence is added to the languages."""
        sentences = list(sentences_of(text))
        found: list[list[ListedCue]] = []
        likely = self._recogniser.of_sentences(sentences)
        for sentence, candidates in own_sentences(sentences, likely):
            cues: list[ListedCue] | None = None
            for language in candidates:
                cues = sentence_cues(sentence, language, text)
                if cues is not None:
                    break
            found.append(cues or [])
            known = bool(cues) or self._recogniser.sure(sentence)
            languages.append((cues[0].cue.language if cues else candidates[0].tag) if known else UNDETERMINED_LANGUAGE)
        return list(with_support(found))


def read_reply(message: object, *, language: str | None = None, strictness: Strictness = "balanced") -> ReplyReading:
    """Whether a reply refuses, deflects, enforces or complies, and on which words that rests.

    `message` is a text, a `Reply`, a message of a provider or framework, or a structured answer (see `reply_of`).
    `language` is its language as a BCP 47 tag; None means that it is recognised. `strictness` says how much counts.

    Raises RefusalPatternError (T003) when `language` is not known.
    """
    return _shared_reader(language, strictness)(reply_of(message))


@cache
def _shared_reader(language: str | None, strictness: Strictness) -> PatternReader:
    return PatternReader(language=language, strictness=strictness)


def _named(known: Iterable[LanguagePatterns], tag: str) -> LanguagePatterns:
    languages = {name: language for language in known for name in (language.tag, *language.also)}
    found = languages.get(tag.replace("_", "-").split("-")[0].casefold())
    if found is None:
        raise RefusalPatternError(
            Problem(
                "T003",
                f"no patterns of refusals for the language `{tag}`",
                help=f"known are: {', '.join(sorted({item.tag for item in languages.values()}))}",
                nearest=suggest(tag, languages),
            )
        )
    return found


def _signal(reply: Reply) -> str:
    """The provider's own sign of a refusal, or an empty text."""
    reason = reply.finish_reason.strip()
    if reason and reason.casefold().replace("-", "_") in signals().provider.refusing_reasons:
        return reason
    return "refusal" if reply.refusal else ""


def _in_field(cue: Cue, field: str) -> Cue:
    return Cue(cue.kind, cue.text, 0, 0, cue.strength, cue.language, field)
