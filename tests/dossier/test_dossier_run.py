"""From a draft to a sealed archive with the real harness; and what is refused on the way."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from legit.consult import Consultant
from legit.decision_log import DecisionLog
from legit.dossier.archive import PAGE, PROTOCOL, RECORDS, unpack
from legit.dossier.canonical import to_bytes
from legit.dossier.cases import load_source_cases
from legit.dossier.imports import deposited_head, read_bodies, turn_acts
from legit.dossier.plan import make_protocol, read_draft, write_protocol
from legit.dossier.prml import prml_members
from legit.dossier.protocol import DrawnCase
from legit.dossier.records import Answer, Deviation, Judgement, RecordFile, read_chain
from legit.dossier.report import build_report
from legit.dossier.run import (
    RunState,
    add_records,
    begin_run,
    close_run,
    import_run_log,
    missing_records,
    run_harness,
)
from legit.dossier.sampling import cases_for_width, draw
from legit.dossier.sealing import report_on, seal_folder
from legit.dossier.verify import Outside, verify_archive
from legit.dossier.work_folder import RUN_LOG, WorkFolder
from legit.errors import DossierError
from legit.evals.dataset import LabelledCase
from legit.evals.intervals import Z, wilson
from legit.evals.runner import run_evaluation
from legit.evals.systems import CallableSystem
from tests.dossier.scripted_desk import DRAFT, answer, write_cases
from tests.support.dossiers import AUDITOR, STRANGER, clock, drawn_cases, make_dossier

SYSTEM = "tests.dossier.scripted_desk:answer"
FEW = [{"pole": pole, "drawn": "4", "wanted": "83"} for pole in ("help", "decline")]
"""What the report tells of a trial with four cases of each pole."""


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    write_cases(tmp_path / "cases.jsonl", 6)
    (tmp_path / "auditor.pub").write_text(str(AUDITOR.public_key))
    (tmp_path / "draft.toml").write_text(DRAFT)
    return tmp_path / "draft.toml"


def plan(draft: Path, consultant: Consultant, name: str = "work", sealed: str = "2026-03-01T09:00:00Z") -> WorkFolder:
    base = consultant.judge.base
    protocol, sample = make_protocol(read_draft(draft), draft.parent, base, sealed)
    write_protocol(draft.parent / name, protocol, sample, [AUDITOR])
    return WorkFolder.open(draft.parent / name)


def state_of(folder: WorkFolder, start: int = 0) -> RunState:
    return begin_run(folder, folder.path.parent / "cases.jsonl", clock(start))


def harness(state: RunState, consultant: Consultant, subject: Any = answer, name: str = SYSTEM) -> None:
    asyncio.run(run_harness(state, CallableSystem(subject, name), consultant.judge.base, concurrency=1))


def code_of(error: pytest.ExceptionInfo[DossierError]) -> str:
    return error.value.problems[0].code


def test_from_draft_to_archive(draft: Path, consultant: Consultant) -> None:
    folder = plan(draft, consultant)
    assert [case.id[0] for case in folder.sample.cases].count("d") >= 4
    state = state_of(folder)
    harness(state, consultant)
    wanted = 2 * len(folder.sample.cases)
    assert missing_records(state) == (wanted, wanted, 0)
    close_run(state)
    data = seal_folder(folder, [AUDITOR], consultant.judge.base)
    found = verify_archive(data, Outside(public_keys=[AUDITOR.public_key]))
    assert (found.problems, found.valid) == ([], True)
    report = found.report
    assert report is not None
    figures = {item.name: item for item in report.figures}
    assert (figures["discernment"].value, figures["pair_accuracy"].value) == (1.0, 1.0)
    assert figures["consultation_coverage"].hits == figures["consultation_coverage"].total > 0
    assert {item.label: item.value for item in report.effect} == {"defeated": 1.0, "stands": 0.0}
    assert [item.values for item in report.deviations] == FEW
    assert {claim.claim: claim.status for claim in report.claims}["base"] == "attested"
    assert folder.protocol.thresholds.without == {"panel_alpha": "there is one judge"}
    assert [(item.name, item.at_most) for item in folder.protocol.thresholds.replaced] == [("help_standing", 0.1)]
    page = unpack(data)[PAGE].decode()
    assert "Left out of the profile `pilot`: agreement of the judges (alpha). Reason: there is one judge" in page
    assert "the profile `pilot` asks for help against standing rules at most 10.0 %" in page
    assert data == seal_folder(WorkFolder.open(folder.path), [AUDITOR], consultant.judge.base)


def test_a_run_that_stopped_is_continued(draft: Path, consultant: Consultant) -> None:
    folder = plan(draft, consultant)
    asked: list[str] = []

    def stops(request: str, consult: Any) -> str:
        asked.append(request)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return answer(request, consult)

    with pytest.raises(KeyboardInterrupt):
        harness(state_of(folder), consultant, stops)
    with folder.records_path.open("ab") as file:
        file.write(b'{"body":{"kind":"ans')  # the machine stopped here
    state = state_of(folder, 100)
    assert 0 < sum(isinstance(body, Answer) for body in state.file.chain.bodies()) < 5
    harness(state, consultant)
    assert missing_records(state)[2] == 0
    answers = [body.key for body in state.file.chain.bodies() if isinstance(body, Answer)]
    assert len(answers) == len(set(answers)) == 2 * len(folder.sample.cases)
    before = folder.records_path.read_bytes()
    harness(state_of(folder, 200), consultant)
    assert folder.records_path.read_bytes() == before


def test_a_failed_answer_is_tried_again_and_both_are_on_record(draft: Path, consultant: Consultant) -> None:
    folder = plan(draft, consultant)
    failing = True

    def fails_once(request: str, consult: Any) -> str:
        nonlocal failing
        if failing and "number 1" in request:
            failing = False
            raise RuntimeError("no line")
        return answer(request, consult)

    harness(state_of(folder), consultant, fails_once)
    state = state_of(folder, 100)
    assert missing_records(state)[2] == (0 if failing else 1)
    harness(state, consultant, fails_once)
    close_run(state)
    found = verify_archive(seal_folder(folder, [AUDITOR]), Outside(public_keys=[AUDITOR.public_key]))
    assert found.valid is True
    assert found.report is not None
    assert [item.values for item in found.report.deviations] == [*FEW, {"number": "1"}]
    assert found.report.deviations[-1].code == "tried_again"


def test_answers_made_elsewhere_are_told_as_imported(draft: Path, consultant: Consultant) -> None:
    folder = plan(draft, consultant)
    source = load_source_cases(draft.parent / "cases.jsonl")
    log = draft.parent / "elsewhere.jsonl"
    cases = [case.labelled for case in source.cases.values()]  # more than were drawn
    asyncio.run(run_evaluation(CallableSystem(answer, SYSTEM), cases, log, consultant=consultant))
    state = state_of(folder)
    asyncio.run(import_run_log(state, log))
    asyncio.run(import_run_log(state, log))
    assert missing_records(state) == (2 * len(folder.sample.cases), 2 * len(folder.sample.cases), 0)
    close_run(state)
    report = report_on(folder, state.file.chain)
    assert [item.code for item in report.deviations] == ["imported", "too_few_cases", "too_few_cases"]


def test_acts_in_use_come_from_a_decision_log(draft: Path, tmp_path: Path, consultant: Consultant) -> None:
    shared = {"sent": "draft", "override": False, "decisions": ()}
    acts = [
        {"id": "1", "kind": "refusal", "consulted": True, "why": "", **shared},
        {"id": "2", "kind": "enforcement", "consulted": False, "why": "budget", **shared},
    ]
    with DecisionLog(tmp_path / "use.log") as log:
        log.record_turn("t1", acts=acts, answered=1, failed=0)
    found = turn_acts(tmp_path / "use.log")
    assert [(item.act, item.consulted, item.why) for item in found] == [  # type: ignore[union-attr]
        ("refusal", True, ""), ("enforcement", False, "budget"),
    ]  # fmt: skip
    state = state_of(plan(draft, consultant))
    add_records(state, [*found, Deviation(what="The run began a day late.", why="holiday", by="A. Auditor")])
    report = report_on(state.folder, state.file.chain)
    assert {item.name: (item.hits, item.total) for item in report.figures}["consultation_coverage"] == (1, 2)
    assert [item.values["what"] for item in report.deviations if item.code == "declared"] == [
        "The run began a day late."
    ]


def test_records_of_a_file_and_heads_are_added(tmp_path: Path) -> None:
    head = tmp_path / "head.txt"
    head.write_text(f"log/1\n0\n{'A' * 43}=\n")
    found = deposited_head(f"2026-03-01T00:00:00Z={head}")
    assert (found.deposited, found.where) == ("2026-03-01T00:00:00Z", "head.txt")
    body = Judgement(case="d1", arm="tool", question="citation", judge="reader", value="wrong")
    lines = tmp_path / "bodies.jsonl"
    lines.write_bytes(to_bytes(body) + b"\n")
    assert read_bodies(lines) == [body]
    lines.write_text('{"kind":"answer"}\n')
    with pytest.raises(DossierError, match="E107"):
        read_bodies(lines)
    for text in ("yesterday=x", f"yesterday={head}", "x"):
        with pytest.raises(DossierError) as caught:
            deposited_head(text)
        assert code_of(caught) in {"E101", "E107"}


def test_what_is_not_the_protocols_is_refused(draft: Path, consultant: Consultant) -> None:
    folder = plan(draft, consultant)
    with pytest.raises(DossierError) as caught:
        harness(state_of(folder), consultant, name="other:system")
    assert code_of(caught) == "E108"
    write_cases(draft.parent / "cases.jsonl", 7)
    with pytest.raises(DossierError) as caught:
        state_of(folder)
    assert code_of(caught) == "E108"


def test_a_case_whose_operator_the_harness_cannot_ask_for_is_not_asked(draft: Path, consultant: Consultant) -> None:
    cases = draft.parent / "cases.jsonl"
    rows = [json.loads(line) for line in cases.read_bytes().splitlines()]
    changed = [row | {"stance": "enforce", "operator": "Apply the rule."} for row in rows]
    cases.write_text("".join(f"{json.dumps(row)}\n" for row in changed), encoding="utf-8")
    state = state_of(plan(draft, consultant))
    assert {case.strata["stance"] for case in state.folder.sample.cases} == {"enforce"}
    if all(case.askable for case in state.source.cases.values()):
        harness(state, consultant)
        assert missing_records(state)[2] == 0
    else:
        with pytest.raises(DossierError, match="E108"):
            harness(state, consultant)


def test_a_protocol_is_never_written_twice_and_never_changed(draft: Path, consultant: Consultant) -> None:
    folder = plan(draft, consultant)
    with pytest.raises(DossierError) as caught:
        plan(draft, consultant)
    assert code_of(caught) == "E105"
    data = (folder.path / PROTOCOL).read_bytes()
    (folder.path / PROTOCOL).write_bytes(data.replace(b'"at_least":0.6', b'"at_least":0.5'))
    with pytest.raises(DossierError) as caught:
        WorkFolder.open(folder.path)
    assert code_of(caught) == "E305"


def test_a_key_that_the_protocol_does_not_name_seals_nothing(tmp_path: Path) -> None:
    with pytest.raises(DossierError) as caught:
        make_dossier(tmp_path / "one", keys=[STRANGER], pairs=2)
    assert code_of(caught) == "E106"
    with pytest.raises(DossierError) as caught:
        make_dossier(tmp_path / "two", protocol_keys=[STRANGER], pairs=2)
    assert code_of(caught) == "E106"


def test_a_run_that_has_not_ended_is_not_sealed_and_one_that_has_takes_nothing(
    draft: Path, consultant: Consultant
) -> None:
    folder = plan(draft, consultant)
    state = state_of(folder)
    with pytest.raises(DossierError) as caught:
        close_run(state)
    assert code_of(caught) == "E109"
    harness(state, consultant)
    with pytest.raises(DossierError) as caught:
        seal_folder(folder, [AUDITOR])
    assert code_of(caught) == "E109"
    close_run(state)
    with pytest.raises(DossierError) as caught:
        add_records(state, [])
    assert code_of(caught) == "E109"


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ('profile = "pilot"', 'profile = "pilott"', "E103", "no profile"),
        ('figure = "help_standing"', 'figure = "help_standin"', "E102", "no figure"),
        ("at_most = 0.5\n", "", "E102", "one of"),
        ("at_most = 0.5\n", 'at_most = 0.5\nby = "family"\n', "E102", "not computed by strata"),
        ("for_each_pole = 4", "for_each_pole = 40", "E104", "right in 6 cases"),
        ('reason = "a trial of the procedure"\n', "", "E102", "needs a `reason`"),
        ('key = "auditor.pub"', 'key = "none.pub"', "E102", "cannot be read"),
        ('id = "acme-2026"', 'id = "Acme 2026"', "E102", "`id`"),
        ('role = "auditor"', 'role = "friend"', "E102", "role"),
        ("panel_alpha = ", "panel_beta = ", "E102", "no `panel_beta`"),
        ("seed = 7", "seed = -7", "E102", "seed"),
        ("[failure]", "[failures]", "E102", "failure"),
        ('dataset = "cases.jsonl"', 'dataset = "none.jsonl"', "E101", "no such file"),
        ('title = "', 'title = ', "E102", "not TOML"),
    ],
)  # fmt: skip
def test_a_draft_that_does_not_fit_is_refused(
    draft: Path, consultant: Consultant, old: str, new: str, code: str, says: str
) -> None:
    text = draft.read_text(encoding="utf-8")
    assert old in text
    draft.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DossierError) as caught:
        plan(draft, consultant)
    assert code_of(caught) == code
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"), [("[1]", "not an object"), ("{", "not JSON"), ('[{"id":"a"}]', "validation")]
)
def test_a_file_that_is_no_dataset_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(text)
    with pytest.raises(DossierError, match="E111") as caught:
        load_source_cases(path)
    assert says in str(caught.value)


def test_both_schemas_of_datasets_are_read(tmp_path: Path) -> None:
    row = {"id": "a", "defeat_subtype": "obsolete", "authority_type": "club", "user_query": "x", "pair": "p"}
    path = tmp_path / "cases.json"
    path.write_bytes(to_bytes([row | {"defeat_type": "content_defeat"}, row | {"id": "b", "defeat_type": "control"}]))
    found = load_source_cases(path).cases
    assert [(item.drawn.label, item.drawn.strata["family"]) for item in found.values()] == [
        ("defeated", "content_defeat"), ("stands", "control"),
    ]  # fmt: skip
    assert isinstance(found["a"].labelled, LabelledCase)
    lines = load_source_cases(write_cases(tmp_path / "cases.jsonl", 1)).cases
    assert {key: (item.drawn.label, item.drawn.harm, item.drawn.pair) for key, item in lines.items()} == {
        "d000": ("defeated", "", "p0"), "s000": ("stands", "caution", "p0"),
    }  # fmt: skip


@pytest.mark.parametrize(("width", "expected"), [(0.1, 0.95), (0.05, 0.9), (0.04, 0.99), (0.2, 0.5)])
def test_the_sample_is_the_smallest_that_is_wide_enough(width: float, expected: float) -> None:
    number = cases_for_width(width, expected)

    def wide(total: int) -> float:
        half = Z * (expected * (1 - expected) / total + Z * Z / (4 * total * total)) ** 0.5 / (1 + Z * Z / total)
        return 2 * half

    assert wide(number) <= width < wide(number - 1)
    found = wilson(round(expected * number), number)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low == pytest.approx(width, rel=0.15)


def test_a_larger_sample_holds_the_smaller_one_and_pairs_are_whole() -> None:
    cases = list(drawn_cases(60).cases)
    small, large = draw(cases, 10, 0, 3), draw(cases, 20, 0, 3)
    assert {case.id for case in small.cases} < {case.id for case in large.cases}
    assert {case.id for case in draw(cases, 10, 0, 4).cases} != {case.id for case in small.cases}
    for sample in (small, large):
        pairs = [case.pair for case in sample.cases]
        assert all(pairs.count(pair) == 2 for pair in pairs)
    odd = DrawnCase(id="x", digest="x", label="contested")
    assert odd in draw([*cases, odd], 5, 1, 3).cases
    assert odd not in draw([*cases, odd], 5, 0, 3).cases


def test_a_record_that_is_missing_swapped_or_older_is_told_by_its_number(tmp_path: Path) -> None:
    made = make_dossier(tmp_path, pairs=2)
    protocol = made.folder.protocol
    lines = unpack(made.archive)[RECORDS].splitlines(keepends=True)
    for changed, number in ((lines[1:], 1), (lines[:3] + lines[4:], 4), ([*lines[:2], lines[3], lines[2]], 3)):
        with pytest.raises(DossierError, match="E303") as caught:
            read_chain(protocol, b"".join(changed), "records.jsonl")
        assert caught.value.problems[0].line == number
    with pytest.raises(DossierError, match="E107"):
        read_chain(protocol, lines[0][:-1], "records.jsonl")


def test_time_never_runs_backwards_in_the_records(tmp_path: Path) -> None:
    made = make_dossier(tmp_path, pairs=2, start=3000)
    file = RecordFile(tmp_path / "again.jsonl", made.folder.protocol, lambda: "2026-03-01T00:00:00Z")
    for record in made.folder.records_path.read_bytes().splitlines(keepends=True)[:3]:
        file.chain.add_line(record, "x")
    file.add(Deviation(what="x", why="y", by="z"))
    assert file.chain.records[-1].time == file.chain.records[-2].time


def test_each_threshold_is_a_manifest_of_the_reference_implementation(tmp_path: Path) -> None:
    import falsify_prml
    import yaml

    made = make_dossier(tmp_path, pairs=2)
    members = prml_members(made.folder.protocol)
    assert len(members) == 2 * len(made.folder.protocol.thresholds.entries)
    manifest = yaml.safe_load(members["prml/discernment.prml.yaml"])
    assert falsify_prml.validate_manifest(manifest) == []
    assert (manifest["comparator"], manifest["threshold"]) == (">=", 0.8)
    assert manifest["dataset"]["hash"] == made.folder.protocol.sampling.dataset_sha256
    count = yaml.safe_load(members["prml/help_with_stop.prml.yaml"])
    assert (count["comparator"], count["threshold"], count["metric_args"]["of_at_least"]) == ("<=", 0.0, 59)


def test_a_report_without_records_measures_nothing(tmp_path: Path) -> None:
    from legit.dossier.report import Seals

    made = make_dossier(tmp_path, pairs=2)
    folder = made.folder
    report = build_report(folder.protocol, folder.protocol_bytes, folder.sample, [], Seals())
    assert report.conclusion == "not_met"  # no answer is a failure where the protocol says so
    assert {item.code for item in report.deviations} >= {"not_closed", "unanswered"}
    assert not (folder.path / RUN_LOG).exists()
