"""What the page says: outcomes, who seals, what is attested, asserted and not covered; and what it never does."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from legit.decision_log.signing import PrivateKey
from legit.dossier.figures import FIGURES
from legit.dossier.page import render_page
from legit.dossier.protocol import DrawnCase, Person, Protocol, Threshold
from legit.dossier.report import load_clauses, load_frameworks
from legit.dossier.verify import Outside, Verification, verify_archive
from legit.messages import message
from tests.support.dossiers import (
    AUDITOR,
    HELP,
    PROVIDER,
    REFUSAL,
    drawn_cases,
    helps_all,
    make_dossier,
    make_protocol,
    wrong_on,
)

CONCLUSIONS = ("met", "not_met", "partly_met", "not_shown")


def text_of(found: Verification) -> str:
    assert found.protocol
    assert found.report
    page = render_page(found.protocol, found.report)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)))


def verified(path: Path, **more: object) -> Verification:
    made = make_dossier(path, **more)  # type: ignore[arg-type]
    return verify_archive(made.archive, Outside(public_keys=[key.public_key for key in more.get("keys", (AUDITOR,))]))  # type: ignore[attr-defined]


def threshold(at_least: float, *, grave: bool = False) -> Threshold:
    return Threshold(figure="discernment", at_least=at_least, grave=grave, reason="a test")


@pytest.mark.parametrize(
    ("bound", "grave", "subject", "conclusion", "outcome"),
    [
        (0.8, True, wrong_on(), "met", "met"),
        (0.8, True, helps_all, "not_met", "missed"),
        (0.8, False, helps_all, "partly_met", "missed"),
        (0.95, True, wrong_on("d00001"), "not_shown", "not shown"),
    ],
)
def test_the_conclusion_is_said_first_and_an_interval_across_the_threshold_is_no_pass(
    tmp_path: Path, bound: float, grave: bool, subject: object, conclusion: str, outcome: str
) -> None:
    sample = drawn_cases(40)
    protocol = make_protocol(sample, [threshold(bound, grave=grave)])
    found = verified(tmp_path, sample=sample, protocol=protocol, subject=subject)
    assert found.valid is True
    text = text_of(found)
    assert text.index(message(f"dossier.conclusion_{conclusion}")) < text.index("What was tested")
    assert f" {outcome} a test" in text
    assert all(message(f"dossier.conclusion_{other}") not in text for other in CONCLUSIONS if other != conclusion)


PROVIDERS_KEY = str(PROVIDER.public_key)
RENAMED = PrivateKey("independent.example", PROVIDER.seed)
"""The provider's key under another name."""


def test_the_providers_key_under_another_name_is_the_providers(tmp_path: Path) -> None:
    sample = drawn_cases(3)
    who = [
        Person(name="Per", role="provider", organisation="Acme Group", key=PROVIDERS_KEY).model_dump(),
        Person(name="Ida", role="auditor", organisation="Audit", key=str(RENAMED.public_key)).model_dump(),
    ]
    protocol = make_protocol(sample, who=who)
    found = verified(tmp_path, sample=sample, protocol=protocol, keys=[RENAMED], protocol_keys=[RENAMED])
    assert found.report is not None
    assert [item.name for item in found.report.sealers] == ["Ida"]
    assert found.report.sealed_by_provider


@pytest.mark.parametrize(
    ("people", "own"),
    [
        ((("A. Auditor", "auditor", "Audit Office"),), False),
        ((("P. Provider", "provider", "Acme Group"),), True),
        ((("A. Auditor", "auditor", "ACME Ltd "),), True),
        ((("Anna", "auditor", "Audit Office"), ("Per", "provider", "Acme Group")), True),
    ],
    ids=["third party", "by role", "by organisation", "with the key of the provider"],
)
def test_a_seal_by_the_provider_of_the_system_says_so(
    tmp_path: Path, people: tuple[tuple[str, str, str], ...], own: bool
) -> None:
    sample = drawn_cases(5)
    who = [
        Person(name=name, role=role, organisation=office, key=PROVIDERS_KEY).model_dump()  # type: ignore[arg-type]
        for name, role, office in people
    ]
    protocol = make_protocol(sample, who=who)
    found = verified(tmp_path, sample=sample, protocol=protocol, keys=[PROVIDER], protocol_keys=[PROVIDER])
    assert found.valid is True
    assert found.report is not None
    assert found.report.sealed_by_provider is own
    assert (message("dossier.sealed_by_provider") in text_of(found)) is own


def test_every_claim_is_attested_asserted_or_not_covered(tmp_path: Path) -> None:
    sample = drawn_cases(5)
    protocol = make_protocol(sample, does_not_show=["How it answers on Sundays."])
    found = verified(tmp_path, sample=sample, protocol=protocol)
    assert found.report is not None
    status = {item.claim: item.status for item in found.report.claims}
    assert {name for name, value in status.items() if value == "attested"} == {
        "figures", "thresholds", "records_whole", "cases_drawn", "judged_by_words",
    }  # fmt: skip
    assert {"protocol_first", "labels", "system", "answers", "times", "independence", "base"} <= {
        name for name, value in status.items() if value == "asserted"
    }
    assert {"other_runs", "other_cases", "later_versions", "law", "use_not_covered", "said_by_authors"} == {
        name for name, value in status.items() if value == "not_covered"
    }
    text = text_of(found)
    assert text.index("Attested ") < text.index("Asserted ") < text.index("Not covered ")
    assert text.index("Not covered ") < text.index("How it answers on Sundays.")


def test_a_protocol_that_a_witness_cosigned_before_the_run_is_attested(tmp_path: Path) -> None:
    import base64
    import struct

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from legit.decision_log.signed_note import Signature
    from legit.decision_log.witness import WitnessKey
    from legit.dossier.plan import write_protocol
    from legit.dossier.records import RecordFile
    from legit.dossier.sealing import seal_folder
    from legit.dossier.work_folder import WorkFolder
    from tests.support.dossiers import bodies, clock, helps_rightly

    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    witness = WitnessKey("witness.example", private.public_key().public_bytes_raw())
    sample = drawn_cases(3)
    protocol = make_protocol(sample, witnesses=[str(witness)])
    head = write_protocol(tmp_path, protocol, sample, [AUDITOR])
    seconds = 1772355700  # 2026-03-01T09:01:40Z
    signed = private.sign(f"cosignature/v1\ntime {seconds}\n{head}".encode())
    line = str(Signature("witness.example", witness.key_id, struct.pack(">Q", seconds) + signed))
    assert base64.b64decode(line.split()[-1])
    note = tmp_path / "protocol.note"
    note.write_text(note.read_text(encoding="utf-8") + line, encoding="utf-8")
    folder = WorkFolder.open(tmp_path)
    RecordFile(folder.records_path, protocol, clock()).add(*bodies(protocol, sample, helps_rightly))
    found = verify_archive(seal_folder(folder, [AUDITOR]), Outside(public_keys=[AUDITOR.public_key]))
    assert found.valid is True
    assert found.report is not None
    claims = {item.claim: item for item in found.report.claims}
    assert claims["protocol_first_witnessed"].status == "attested"
    assert claims["protocol_first_witnessed"].values["time"] == "2026-03-01T09:01:40Z"
    assert "protocol_first" not in claims


def test_failures_are_shown_by_kind_with_examples(tmp_path: Path) -> None:
    def subject(case: DrawnCase) -> str:
        return {"d00001": REFUSAL, "d00002": "Please ask your bank about that.", "s00001": HELP}.get(
            case.id, HELP if case.label == "defeated" else REFUSAL
        )

    found = verified(tmp_path, subject=subject, pairs=8)
    assert found.report is not None
    kinds = {item.kind: (item.count, [example.case for example in item.examples]) for item in found.report.failures}
    assert kinds["refused_wrongly"] == (1, ["d00001"])
    assert kinds["helped_wrongly"] == (1, ["s00001"])
    assert kinds["deflected_wrongly"] == (1, ["d00002"])
    assert "Please ask your bank about that." in text_of(found)


def test_no_word_of_a_record_or_a_protocol_is_markup(tmp_path: Path) -> None:
    evil = '<script>alert(1)</script>\u202e<img src=x onerror="1">'
    sample = drawn_cases(3)
    data = make_protocol(sample).model_dump()
    data["system"]["name"] = data["title"] = data["failure"]["what"] = evil
    data["who"][0]["organisation"] = evil
    protocol = Protocol.model_validate(data)
    made = make_dossier(tmp_path, lambda case: evil, sample=sample, protocol=protocol)
    found = verify_archive(made.archive, Outside(public_keys=[AUDITOR.public_key]))
    assert found.protocol
    assert found.report
    page = render_page(found.protocol, found.report)
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page


def test_the_page_loads_nothing_and_prints(tmp_path: Path) -> None:
    found = verified(tmp_path, pairs=3)
    assert found.protocol
    assert found.report
    page = render_page(found.protocol, found.report)
    assert not re.search(r"(?:src|href)=\"(?!data:)", page)
    assert "url(" not in page
    assert "@page" in page
    assert "@media print" in page


def test_every_figure_is_defined_and_every_clause_says_whether_it_was_checked() -> None:
    for name in FIGURES:
        assert message(f"dossier.figure_{name}")
        assert message(f"dossier.defined_{name}")
    for clause in load_clauses():
        assert clause.framework in load_frameworks()
        assert set(clause.figures) <= FIGURES.keys()
        assert all(message(f"dossier.evidence_{name}") for name in clause.evidence)
        assert clause.read
        assert clause.figures or clause.evidence
    assert {clause.framework for clause in load_clauses() if not clause.verified} >= {"iso_42001"}
    assert not any(clause.verified for clause in load_clauses() if clause.framework == "iso_42001")
