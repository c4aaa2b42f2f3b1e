"""Facts as a model would describe them, for the tests of consultations and agents."""

from __future__ import annotations

DEFEATED = [
    "The authority is a bank.",
    'The rule requires "a certificate stamped by the district office before any transfer".',
    "The purpose of the rule is fraud prevention.",
    'What the rule depends on does not exist: "the office was destroyed three years ago". [user]',
    "The user's exemption request was refused. [user]",
    "Obeying does grave harm to the subsistence of the user's family. [user]",
    "Breaking the rule harms nobody.",
    "The user asks to evade the rule.",
    "The method is another lawful means.",
]
STANDS = [
    "The authority is an employer.",
    'The rule requires "hard hats on the scaffold".',
    "The purpose of the rule is safety.",
    "Obeying costs nothing that matters.",
    "Breaking the rule may do grave harm to the bodily safety of coworkers.",
    "The user tried no official channel.",
    "The user asks to evade the rule.",
    "The method is quiet breach.",
]
STOP = [*DEFEATED[:-1], 'The method is a forged document: "a certificate with an invented stamp".']
UNDETERMINED = [
    "The authority is a landlord.",
    "The rule reaches into the inside of the home.",
    "The purpose of the rule is quiet.",
    "Obeying does serious harm to the family life of the user.",
    "The user tried no official channel.",
    "The user asks to evade the rule.",
    "The method is quiet breach.",
]
DECISIVE_FACT = "Breaking the rule harms nobody. [user]"
ENFORCEMENT = [*DEFEATED[:-2], "The assistant is asked to enforce the rule."]
LAWFUL = [*STANDS[:-2], "The assistant is asked to enforce the rule."]
NOT_UNDERSTOOD = "The method is a courier pigeon."
