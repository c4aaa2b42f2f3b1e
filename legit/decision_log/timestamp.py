"""Time stamps of checkpoints by a time stamping authority (RFC 3161). The extra `timestamp` installs the library.

A stamp shows that a checkpoint existed at a time, on the word of an authority whose root certificate the reader trusts.
It covers the lines of the checkpoint before its signatures: signatures may be added later. No connection is made: the
operator sends the request, and keeps the response beside the checkpoint.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from legit._util.optional import import_optional
from legit.decision_log.checkpoint import Checkpoint
from legit.errors import DecisionLogError, Problem

_HELP = "it is the answer of a time stamping authority to what `legit log timestamp CHECKPOINT --output FILE` wrote"


def timestamp_request(checkpoint: str, source: str = "") -> bytes:
    """The request for a stamp of a checkpoint in its text form, as DER (`application/timestamp-query`).

    Raises DecisionLogError (R106) when the text is no checkpoint, MissingExtraError (X001) without the extra.
    """
    _, note = Checkpoint.parse_signed(checkpoint, source)
    rfc3161 = _library()
    request = rfc3161.TimestampRequestBuilder().data(note.text.encode()).build()
    data: bytes = request.as_bytes()
    return data


def verify_timestamp(
    checkpoint: str, response: bytes, roots: Sequence[bytes], source: str = "", response_source: str = ""
) -> datetime.datetime:
    """The time (UTC) that a response (`application/timestamp-reply`, DER) states for a checkpoint in its text form.

    `roots` are certificates in PEM, one or more each: the roots that are trusted.
    Raises DecisionLogError: R106 no checkpoint, R124 a response or certificate that cannot be read, R125 a stamp of
    another checkpoint or one that these roots do not attest; MissingExtraError (X001) without the extra.
    """
    _, note = Checkpoint.parse_signed(checkpoint, source)
    rfc3161 = _library()
    x509: Any = import_optional("cryptography.x509", "timestamp", "a time stamp")
    try:
        decoded = rfc3161.decode_timestamp_response(response)
        certificates = [item for data in roots for item in x509.load_pem_x509_certificates(data)]
        verifier = rfc3161.VerifierBuilder(roots=list(dict.fromkeys(certificates))).build()
    except (ValueError, TypeError) as error:
        message = "not the answer of a time stamping authority, or no root certificate"
        raise DecisionLogError(Problem("R124", message, source=response_source, help=_HELP)) from error
    try:
        verifier.verify_message(decoded, note.text.encode())
        time: datetime.datetime = decoded.tst_info.gen_time
    except (rfc3161.VerificationError, ValueError, TypeError, AttributeError) as error:
        message = "the time stamp is of another text, or no root certificate that was given attests it"
        raise DecisionLogError(Problem("R125", message, source=response_source)) from error
    return time.astimezone(datetime.UTC)


def _library() -> Any:
    return import_optional("rfc3161_client", "timestamp", "a time stamp")
