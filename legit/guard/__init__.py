"""The guard of every server over HTTP of this package: hosts, origins, tokens with scopes, limits, headers, audit."""

from legit.guard.guard import CONTENT_POLICY, Guard
from legit.guard.policy import GuardPolicy, PolicyError, check_address
from legit.guard.tokens import SCOPES, TokenFile, TokenRecord

__all__ = [
    "CONTENT_POLICY",
    "SCOPES",
    "Guard",
    "GuardPolicy",
    "PolicyError",
    "TokenFile",
    "TokenRecord",
    "check_address",
]
