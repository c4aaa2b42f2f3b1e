"""Which messages read as refusals."""

from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage

from legit.integrations.middleware import looks_like_refusal
from tests.support.agent_cases import DEFEATED
from tests.support.agent_loops import HELP, REFUSAL, REFUSAL_BLOCK, consult, run_agent
from tests.support.scripted_model import ScriptedModel

LONG_HELP = (
    "I can help. Take the form from the town hall, or print it at home. Fill in your name, the number of the decision and the "
    "date on which you got it. Say in two sentences what is wrong, and ask that the fee be repaid. Add a copy of the receipt. "
    "Send it by post or bring it to the counter, and keep a copy. They answer within four weeks."
)


@pytest.mark.parametrize(
    ("message", "refuses"),
    [
        (REFUSAL, True),
        (REFUSAL_BLOCK, True),
        (AIMessage("", additional_kwargs={"refusal": "No."}), True),
        (AIMessage("", response_metadata={"stop_reason": "refusal"}), True),
        (AIMessage("I\u2019m unable to assist with that."), True),
        (AIMessage("Sorry, but that is against the rules."), True),
        (AIMessage("As an assistant I must decline."), True),
        (AIMessage("We cannot process this without the form."), True),
        (HELP, False),
        (AIMessage("This is not something I can help with."), True),
        (AIMessage("I'm really not able to do this."), True),
        (AIMessage("I'm sorry to hear that. Here is the form."), False),
        (AIMessage("I can't stress enough that the rule has no basis. Here is the form."), False),
        (AIMessage("I would not worry about it."), False),
        (AIMessage("You can't be fined for this."), False),
        (AIMessage("The bank says it is sorry. Here is the form."), False),
        (AIMessage(f"{LONG_HELP} I cannot promise success."), False),
        (consult(DEFEATED), False),
        (AIMessage(""), False),
    ],
)
def test_what_reads_as_a_refusal(message: AIMessage, refuses: bool) -> None:
    assert looks_like_refusal(message) is refuses


def test_another_test_of_refusals_may_be_given() -> None:
    german = AIMessage("Das darf ich leider nicht.")
    model = ScriptedModel(german, consult(DEFEATED), HELP)
    assert run_agent(model, "Los.", refuses=lambda draft: "leider nicht" in draft.text)[-1].text == HELP.text
