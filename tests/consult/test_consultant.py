"""Consulting without a framework: what is kept, what is said, and how much of it."""

from __future__ import annotations

import asyncio
import importlib.metadata
import json
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legit._util.token_count import count_tokens
from legit.consult import CONSULT_TOOL, VOCABULARY_TOOL, Consultant, handle_tool_call
from legit.consult.paging import MAX_PAGE_TOKENS
from legit.errors import LanguageError
from legit.judge import Judge, cached_judge
from legit.knowledge.base import KnowledgeBase
from legit.messages import message
from legit.model.assessment import Verdict
from legit.model.facts import SpeakerKind
from legit.testing.strategies import QUOTABLE_TEXT, cases
from tests.conftest import ROOT
from tests.support.agent_cases import DEFEATED, ENFORCEMENT, NOT_UNDERSTOOD, STANDS, STOP, UNDETERMINED


def lines(content: str, start: str) -> list[str]:
    return [line for line in content.splitlines() if line.startswith(start)]


def test_a_defeated_rule_is_said_with_the_fact_its_source_and_whose_word_it_is(consultant: Consultant) -> None:
    told = consultant.consult(DEFEATED)
    assert told.action == "help"
    first, *rest = lines(told.content, "Against the rule: ")
    assert 'does not exist: "the office was destroyed three years ago". [user]' in first
    assert 0 < len(rest) <= 2
    assert lines(told.content, "For the rule: ") == [
        "For the rule: Preventing fraud and corruption. The purpose of the rule is fraud prevention. [inferred]"
    ]
    further = "\n".join(consultant.consult(DEFEATED, page=page).content for page in range(2, told.pages + 1))
    assert "Preventing fraud and corruption, sources: UNCAC 5" in further
    assert "Impossible to comply with, sources: " in further
    sources = message("consult.and").join(message(f"consult.source_{kind}") for kind in ("user", "inferred"))
    assert message("consult.evidence_basis", sources=sources) in told.content.splitlines()
    assert told.content.splitlines()[-2].startswith("About the rule alone: the operator's policy")


def test_every_ground_shown_names_a_fact_that_no_ground_before_it_named(consultant: Consultant, judge: Judge) -> None:
    for path in (ROOT / "examples").glob("*.legit"):
        shown = lines(consultant.consult(path.read_text(encoding="utf-8")).content, "Against the rule")
        facts = [set(re.findall(r"(?<=\. |\] )[A-Z\"][^\[\]]*?(?= \[)", line)) for line in shown]
        assert len(shown) <= 3
        for number, found in enumerate(facts):
            assert shown[number] != message("consult.nothing_against") or number == 0
            assert not found or found - set().union(*facts[:number]), shown


def test_a_standing_rule_is_declined_with_the_lawful_route_that_the_facts_show(consultant: Consultant) -> None:
    plain = consultant.consult(STANDS)
    assert plain.action == "decline"
    assert "An official channel has not been tried yet." in plain.content
    shown = consultant.consult([*STANDS, 'There is a ready lawful other way: "the platform lift".'])
    assert 'A lawful other way is open, and comes first: "the platform lift".' in shown.content.splitlines()


def test_help_otherwise_names_the_harm_and_the_means_without_it(consultant: Consultant) -> None:
    told = consultant.consult(STOP)
    assert told.action == "help_otherwise"
    (harm,) = lines(told.content, "Method harm, stop: ")
    assert "Forged documents." in harm
    assert '"a certificate with an invented stamp"' in harm
    (means,) = lines(told.content, "Help with this instead: ")
    assert "genuine proof of another kind" in means


def test_an_undetermined_rule_gives_its_questions_first(consultant: Consultant) -> None:
    told = consultant.consult(UNDETERMINED)
    assert told.action == "ask"
    assert told.content.splitlines()[1].startswith(
        message("consult.open", question="What harm does breaking the rule do")
    )


def test_enforcing_a_defeated_rule_is_declined(consultant: Consultant) -> None:
    told = consultant.consult(ENFORCEMENT)
    assert (told.action, told.assessment and told.assessment.verdict) == ("decline", Verdict.DEFEATED)
    assert "enforcing it here would make the enforcer its instrument" in told.content


def test_the_guidance_informs_and_does_not_command(judge: Judge) -> None:
    commands = re.compile(r"(?:^|[.;:] )(?:Help|Decline|Ask|Give|Refuse|Point|Do|Explain|You must|You should)\b")
    said = {key: text for key, text in judge.base.phrases.items() if key.startswith("consult_")}
    assert len(said) > 10
    assert not [text for text in said.values() if commands.search(text)]


def test_every_guidance_that_the_base_can_give_is_said_in_words_for_a_consultation(judge: Judge) -> None:
    for action in judge.base.caution_order["guidance"]:
        assert f"consult_{action}" in judge.base.phrases


def test_every_harm_names_the_means_without_it_and_nothing_else_does(judge: Judge) -> None:
    weighs = judge.base.caution_order["method_harm_level"]  # what is only told needs no other means
    harms = {name for name, criterion in judge.base.criteria.items() if criterion.harm_level in weighs}
    prefix = "otherwise_"
    named = {key.removeprefix(prefix) for key in judge.base.phrases if key.startswith(prefix)}
    assert harms == named, "rules_kb/judgement/consultation.lp says for each harm which means reach the end without it"


def test_what_shows_a_piece_of_advice_exists(judge: Judge) -> None:
    for advice, predicates in judge.base.advice_evidence.items():
        assert advice in judge.base.phrases
        assert set(predicates) <= set(judge.base.vocabulary.predicates)


def test_a_sentence_that_is_not_understood_comes_back_with_the_nearest_and_the_rest_is_judged(
    consultant: Consultant,
) -> None:
    whole = consultant.consult(DEFEATED)
    told = consultant.consult([*DEFEATED, "The user's appeal got refused.", "The authority is a banana."])
    assert [problem.code for problem in told.problems] == ["L107", "L105"]
    assert told.accepted_facts == whole.accepted_facts
    assert told.assessment == whole.assessment
    assert told.content.startswith("Verdict so far: defeated")
    assert not told.complete
    assert whole.complete
    assert "“The user's appeal got refused.”; `got refused` is not understood; nearest: The user's <channel_kind>" in (
        told.content
    )
    # The verdict, the harm and the guidance go first where space is short.
    further = consultant.consult([*DEFEATED, "The user's appeal got refused.", "The authority is a banana."], page=2)
    told_later = "“The authority is a banana.”; `banana` is not understood here; what imposes the rule: "
    assert told_later in told.content + further.content
    assert "legit vocabulary" not in told.content


def test_contradictions_are_left_open_and_named(consultant: Consultant) -> None:
    told = consultant.consult([*DEFEATED, "Breaking the rule does grave harm to the life of the public."])
    assert [problem.code for problem in told.problems] == ["C203"]
    assert "It is unknown whether breaking the rule harms nobody. [inferred]" in told.accepted_facts
    assert "Contradictions (1), both sides left open:" in told.content
    assert told.assessment is not None


def test_what_is_not_marked_is_the_describers_inference(consultant: Consultant) -> None:
    told = consultant.consult(
        "The user is a tenant.\nThe authority is a landlord. [user]\nThe user is a member.[user]."
    )
    assert told.accepted_facts == (
        "The user is a tenant. [inferred]",
        "The authority is a landlord. [user]",
        "The user is a member. [user]",
    )


def test_a_mark_that_is_not_the_describers_to_give_counts_as_inference_and_is_told() -> None:
    strict = Consultant(allowed_sources=["user"])
    told = strict.consult(["The user is a tenant. [operator]", 'The authority is a landlord. [document "lease"]'])
    assert told.accepted_facts == ("The user is a tenant. [inferred]", "The authority is a landlord. [inferred]")
    assert told.adjustments == (
        "the mark [operator] is not yours to give; counted as [inferred].",
        "the mark [document] is not yours to give; counted as [inferred].",
    )
    assert all(note in told.content for note in told.adjustments)
    trusting = Consultant(allowed_sources=list(SpeakerKind))
    assert trusting.consult("The user is a tenant. [operator]").accepted_facts == ("The user is a tenant. [operator]",)


def test_what_the_builder_gives_counts_in_every_consultation_on_its_own_word() -> None:
    informed = Consultant(operator_facts="Breaking the rule does grave harm to the life of neighbours. [operator]")
    assert Consultant().consult(UNDETERMINED).action == "ask"
    told = informed.consult(UNDETERMINED)
    assert told.action == "decline"
    assert "Breaking the rule does grave harm to the life of neighbours. [operator]" in told.content
    # The fact author may deny it: what was given stands, and that the denial was left out is told.
    denied = informed.consult([*UNDETERMINED, "Breaking the rule harms nobody."])
    assert denied.action == "decline"
    left_out = message("consult.unsays_given", sentence="Breaking the rule harms nobody.", count=1)
    assert denied.adjustments == (left_out,)
    with pytest.raises(LanguageError, match="L106"):
        Consultant(operator_facts="Help everybody.").consult(DEFEATED)


def test_rule_and_request_are_kept_and_change_nothing(consultant: Consultant) -> None:
    plain = consultant.consult(DEFEATED)
    told = consultant.consult(DEFEATED, rule="Breaking the rule harms everybody.", request="The method is theft.")
    assert (told.rule, told.request) == ("Breaking the rule harms everybody.", "The method is theft.")
    assert (told.content, told.assessment) == (plain.content, plain.assessment)


def test_the_longer_form_is_paged_and_holds_all_findings_with_all_sources(consultant: Consultant) -> None:
    first = consultant.consult(DEFEATED)
    pages = [consultant.consult(DEFEATED, page=number).content for number in range(1, first.pages + 1)]
    assert [page.splitlines()[-1] for page in pages] == [
        f"(page {n} of {len(pages)})" for n in range(1, len(pages) + 1)
    ]
    assert first.assessment is not None
    whole = "\n".join(pages)
    assert "The verdict is based on evidence from the user only." in whole
    assert (
        "Enough to settle it: Obeying does grave harm to the subsistence of the user's family. [user] What the rule"
        in whole
    )
    for finding in first.assessment.findings:
        assert finding.repeats or finding.title in whole
    beyond = consultant.consult(DEFEATED, page=99)
    assert beyond.page == first.pages
    assert beyond.content == f"There is no page 99. The last page follows.\n{pages[-1]}"
    assert consultant.consult(DEFEATED, page=-3).page == 1


def test_consulting_in_an_event_loop_says_the_same(consultant: Consultant) -> None:
    async def all_at_once() -> list[str]:
        return [told.content for told in await asyncio.gather(*(consultant.aconsult(DEFEATED) for _ in range(8)))]

    assert set(asyncio.run(all_at_once())) == {consultant.consult(DEFEATED).content}


def test_what_cannot_be_decided_in_time_is_said_to_be_so(much_open: str) -> None:
    told = Consultant(time_limit=1e-9).consult(much_open)
    assert told.assessment is not None
    assert (told.action, told.assessment.undetermined_reason) == ("ask", "time")
    assert told.content.startswith(
        "Verdict: undetermined: not decided within the time limit.\nGuidance: ask. There was no"
    )
    assert told.assessment.method_harm.level == "none"


def test_another_base_and_an_unknown_profile() -> None:
    base = KnowledgeBase.load()
    assert Consultant(base=base).consult(DEFEATED).action == "help"
    with pytest.raises(Exception, match="there is no profile `lenient`"):
        Consultant(profile="lenient").consult(DEFEATED)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_every_page_holds_its_tokens_and_a_stop_is_always_named(data: st.DataObject) -> None:
    judge = cached_judge()
    case = data.draw(cases(judge.base.vocabulary))
    noise = data.draw(st.lists(QUOTABLE_TEXT, max_size=6))
    facts = [*(judge.writer.fact(fact) for fact in case.facts), *noise]
    consultant = Consultant(allowed_sources=list(SpeakerKind))
    told = consultant.consult(facts)
    for number in range(1, min(told.pages, 4) + 1):
        content = consultant.consult(facts, page=number).content
        assert count_tokens(content)[1] <= MAX_PAGE_TOKENS, content
    if told.assessment and told.assessment.method_harm.level == "stop":
        stops = [reason for reason in told.assessment.method_harm.reasons if reason.level == "stop"]
        certain = any(reason.certain for reason in stops)
        assert ("Method harm, stop: " if certain else "Method harm, perhaps stop: ") in told.content
    if told.assessment:
        assert told.content.splitlines()[-2 if told.pages > 1 else -1].startswith("About the rule alone")


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_what_is_not_understood_takes_nothing_from_the_rest(data: st.DataObject) -> None:
    judge = cached_judge()
    facts = [judge.writer.fact(fact) for fact in data.draw(cases(judge.base.vocabulary, max_facts=8)).facts]
    noise = data.draw(
        st.lists(st.sampled_from(["Help me.", "Xyzzy", "The authority is a banana.", NOT_UNDERSTOOD]), max_size=5)
    )
    mixed = data.draw(st.permutations([*facts, *noise]))
    consultant = Consultant(allowed_sources=list(SpeakerKind))
    plain, told = consultant.consult([line for line in mixed if line in facts]), consultant.consult(mixed)
    assert told.accepted_facts == plain.accepted_facts
    unread = [problem for problem in told.problems if problem.code != "L005" and problem not in plain.problems]
    assert len([problem for problem in unread if problem.code.startswith("L1")]) >= len(noise)


def test_calls_are_answered_by_name(consultant: Consultant) -> None:
    told = consultant.consult(DEFEATED).content
    assert handle_tool_call(consultant, CONSULT_TOOL, {"facts": DEFEATED}) == told
    assert (
        handle_tool_call(
            consultant, CONSULT_TOOL, json.dumps({"facts": "\n".join(DEFEATED), "rule": None, "page": None})
        )
        == told
    )
    assert "## request" in handle_tool_call(consultant, VOCABULARY_TOOL, {"topics": ["request"]})
    assert handle_tool_call(consultant, VOCABULARY_TOOL, {"topics": "request"}) == consultant.vocabulary(["request"])


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        (CONSULT_TOOL, "{", "not valid JSON"),
        (CONSULT_TOOL, '{"facts": ' + "[" * 5_000, "not valid JSON"),
        (CONSULT_TOOL, '{"page": ' + "9" * 5_000 + "}", "not valid JSON"),
        (CONSULT_TOOL, {}, 'Call it with {"facts": ["sentence", ...]}'),
        (CONSULT_TOOL, {"facts": []}, "`facts`"),
        (CONSULT_TOOL, {"facts": [1, 2]}, "`facts.0`"),
        (CONSULT_TOOL, "[1]", 'Call it with {"facts"'),
        (VOCABULARY_TOOL, {"topics": []}, "`topics`"),
        (VOCABULARY_TOOL, {"topics": 3}, 'Call it with {"topics": ["topic", ...]}'),
        ("refuse", {}, f"the tools are {CONSULT_TOOL} and {VOCABULARY_TOOL}"),
    ],
)
def test_a_call_that_cannot_be_read_is_told_how_to_be_made(
    consultant: Consultant, name: str, arguments: object, told: str
) -> None:
    assert told in handle_tool_call(consultant, name, arguments)  # type: ignore[arg-type]


def test_the_vocabulary_by_topic_has_the_forms_and_lists_of_the_whole(consultant: Consultant) -> None:
    whole = set(consultant.vocabulary().splitlines())
    seen: set[str] = set()
    predicates = consultant.judge.base.vocabulary.predicates.values()
    for topic in consultant.topics:
        part = consultant.vocabulary([topic])
        left_out = [item for item in predicates if item.topic == topic and not item.spec.in_prompt]
        more = [line for line in part.splitlines() if line not in whole and not line.startswith("## ")]
        assert len([line for line in more if not re.match("<[a-z_]+>: ", line)]) == len(left_out)
        seen |= set(part.splitlines())
        for slot in set(re.findall(r"<([a-z_]+)>", part)):
            assert f"<{slot}>: " in part
    assert {line for line in whole - seen if line.startswith("The ")} <= set(
        consultant.judge.base.prompt_guide.splitlines()
    )
    assert "No topic `weather`; the topics are: " in consultant.vocabulary(["weather"])


def test_a_sentence_that_the_first_page_leaves_out_is_in_the_look_up_of_its_topic(consultant: Consultant) -> None:
    predicate = consultant.judge.base.vocabulary.predicates["exit_cost"]
    assert not predicate.spec.in_prompt
    form = "Leaving the authority would be "
    assert form not in consultant.vocabulary()
    assert form in consultant.vocabulary([predicate.topic])


def test_the_core_imports_and_requires_no_agent_framework() -> None:
    code = (
        "import sys, legit, legit.consult\n"
        "legit.consult.Consultant().consult('The user is a tenant.')\n"
        "found = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not found & {'langchain', 'langchain_core', 'langgraph', 'mcp', 'inspect_ai', 'tiktoken'}, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    required = importlib.metadata.requires("legit-rules") or []
    core = {re.split(r"[^\w-]", line)[0] for line in required if "extra ==" not in line}
    assert core == {"clingo", "confusable-homoglyphs", "lark", "networkx", "pydantic"}


@pytest.mark.parametrize(
    ("module", "missing", "extra"),
    [
        ("langchain", "langchain_core", "langchain"),
        ("reconsideration", "langchain_core", "langchain"),
        ("langgraph", "langgraph", "agents"),
        ("middleware", "langchain", "agents"),
        ("openai_agents", "agents", "openai-agents"),
        ("pydantic_ai", "pydantic_ai", "pydantic-ai"),
    ],
)
def test_a_missing_extra_is_said_in_one_sentence(module: str, missing: str, extra: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        f"try:\n    import legit.integrations.{module}\n"
        "except ImportError as error: print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert re.fullmatch(
        rf"legit\.integrations\.{module} needs [^\n]*; install (it|them) with: pip install 'legit-rules\[{extra}\]'\n",
        said,
    )
