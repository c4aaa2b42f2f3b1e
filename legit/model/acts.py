"""What an agent did in a turn: the words that a turn and a decision log share."""

from __future__ import annotations

from typing import Literal

ActKind = Literal["refusal", "enforcement"]
Reason = Literal["", "policy", "budget", "failure", "not_offered", "not_consulted"]
"""Why an act was not preceded by a consultation; empty when it was.

`policy`: the operator exempts it. `budget`: the model may not be asked again in this turn. `failure`: no consultation
gave an answer, or the call of the model failed. `not_offered`: the model did not have the tool. `not_consulted`: the
model was asked to consult, and did not.
"""
Sent = Literal["draft", "earlier", "ours"]
"""What was sent: the draft itself, an earlier one, or another text."""
