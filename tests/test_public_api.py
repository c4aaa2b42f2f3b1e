"""The public API: the modules that may be imported from outside, and every name that they promise.

Everything else in `legit` is internal and may change in any version. A new name is a promise: add it here, to `__all__`
of its module and to the changelog. `docs/development/architecture.md` shows the same list of modules.
"""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from typing import Any

import pytest

PUBLIC = {
    "legit": {
        "Assessment", "Case", "CaseError", "DecisionLog", "Explanation", "Fact", "Judge", "KnowledgeBase",
        "KnowledgeBaseError", "LanguageError", "LegitError", "Opinion", "Problem", "Question", "DecisionLogError",
        "Speaker", "SpeakerKind", "Truth", "Verdict", "__version__", "assess", "decide_many", "explain", "next_questions", "parse", "write",
    },
    "legit.batch": {"TableJudge", "decide", "decide_batches", "decide_many"},
    "legit.batch.ray": {"decide", "run_on_cluster"},
    "legit.consult": {
        "CONSULT_TOOL", "VOCABULARY_TOOL", "Act", "Admission", "Consultant", "Consultation", "ConsultationResult",
        "Draft", "Step", "ToolCall", "Turn", "TurnLimits", "TurnState", "handle_tool_call", "tool_definitions",
    "ToolAnswer", "answer_tool_call", },
    "legit.conversations": {
        "Conversation", "FieldMap", "Tool", "ToolCall", "Turn", "format_names", "load_field_map", "read_conversations", "read_records",
    },
    "legit.decision_log": {
        "Checkpoint", "DecisionLog", "LogReader", "PrivateKey", "PublicKey", "TextPolicy", "checkpoint_with_file_digest",
    },
    "legit.describe": {
        "Describer", "Describing", "Description", "DescriptionRequest", "DescriptionSettings", "DescriptionStore", "FunctionDescriber",
        "GivenDescriber", "ModelDescriber", "Price", "PromptWriter", "RawDescription", "TurnDescription", "Usage", "Vote", "as_describer",
        "describe", "load_describer", "read_given", "vote",
    },
    "legit.messages": {"DEFAULT_LANGUAGE", "catalogue", "language", "languages", "message", "missing_messages", "speaking", "term", "using_language"},
    "legit.review": {
        "Answer", "Comparison", "Figures", "QueueItem", "Rate", "Review", "ReviewSettings", "ReviewedConversation", "ReviewedTurn",
        "compare", "figures", "load_review", "queue", "review",
    },
    "legit.refusals": {
        "Classifier", "Cue", "LearnedWeights", "PatternReader", "Reply", "ReplyKind", "ReplyReader", "ReplyReading",
        "Strictness", "load_languages", "read_weights",
        "model_classifier", "read_reply", "reply_of", "with_classifier",
    },
    "legit.serve": {"ServiceSettings", "create_app"},
    "legit.integrations.inspect": {"blind_refusal", "consult_tool", "response_type"},
    "legit.integrations.langchain": {"ConsultTool", "VocabularyTool", "legit_tools"},
    "legit.integrations.langgraph": {
        "Reconsideration", "TurnChannels", "begin_turn", "consulting_node", "consulting_tools",
    },
    "legit.integrations.openai_agents": {"consult_tools", "consulting"},
    "legit.integrations.pydantic_ai": {"ConsultBeforeRefusing"},
    "legit.integrations.turn_keeper": {"Settled", "TextPredicate", "TurnKeeper", "reads_as_refusal"},
    "legit.integrations.live_events": {"LiveCounters", "LiveEvent", "LiveRecorder"},
    "legit.integrations.live_langchain": {"RefusalHandler"},
    "legit.integrations.live_otel": {"RefusalSpanProcessor", "add_evaluation", "evaluation_sink"},
    "legit.integrations.mcp": {"LegitServer", "server"},
    "legit.integrations.middleware": {"ConsultBeforeRefusing", "looks_like_refusal"},
    "legit.testing.fuzz": {
        "FuzzFailure", "Target", "TargetViolationError", "corpus", "failures", "fuzz_inputs", "targets",
    },
    "legit.testing.invariants": {
        "ExpectedViolation", "Invariant", "InvariantViolationError", "all_invariants", "check_invariant",
        "confirm_violation", "expected_violations",
    },
    "legit.testing.mutation": {"Mutant", "MutantResult", "MutationRunner", "distinguishing_case", "generate_mutants"},
    "legit.testing.oracle": {"Oracle", "OracleAnswer", "disagreements"},
    "legit.testing.strategies": {
        "Document", "cases", "delegation_chains", "documents", "facts", "malformed_documents", "near_misses",
        "prerequisite_graphs", "reweighted_bases", "timelines",
    },
}  # fmt: skip

HEAVY = {
    "cryptography", "hypothesis", "inspect_ai", "jinja2", "langchain", "mcp", "networkx", "numpy", "pyarrow", "ray", "rich",
    "sqlite3",
}  # fmt: skip
"""What `import legit` must not load: extras, and what only some uses need."""


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_module_exports_these_names(name: str) -> None:
    module = importlib.import_module(name)
    assert set(module.__all__) == PUBLIC[name]
    assert len(module.__all__) == len(set(module.__all__))


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in PUBLIC.items() for name in sorted(names)]
)
def test_a_public_name_has_a_docstring(module: str, name: str) -> None:
    item: Any = getattr(importlib.import_module(module), name)
    if inspect.isclass(item) or inspect.isfunction(item):
        assert (item.__doc__ or "").strip(), f"{module}.{name}"


def test_importing_the_package_loads_no_extra() -> None:
    code = "import sys, legit; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not HEAVY & set(loaded)
