"""The published JSON Schemas are those of the models, and the JSON of real answers is valid under them."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import BaseModel

from legit.consult import Consultant, Consultation
from legit.consult import schemas as consult_schemas
from legit.consult.artifact import artifact
from legit.judge import Judge
from legit.model.schemas import PUBLISHED_MODELS, SCHEMA_VERSION, json_schema, schema_text, write_schemas
from tests.conftest import ROOT

CLUB = "The authority is a club.\nThe rule is 60 years old."


@pytest.mark.parametrize("name", PUBLISHED_MODELS)
def test_the_published_schema_is_that_of_the_model(name: str) -> None:
    published = (ROOT / "docs" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert published == schema_text(name), "run `make schemas`"


@pytest.mark.parametrize("name", consult_schemas.PUBLISHED)
def test_the_published_schema_of_a_consultation_is_that_of_the_code(name: str) -> None:
    published = (ROOT / "docs" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert published == consult_schemas.schema_text(name), "run `make schemas`"


@pytest.mark.skipif(find_spec("jsonschema") is None, reason="jsonschema is not installed")
def test_consultations_are_valid_under_the_published_schemas(consultant: Consultant) -> None:
    import jsonschema

    told = consultant.consult([*CLUB.splitlines(), "The user is a banana."])
    assert isinstance(told, Consultation)
    for name, answer in {
        "consultation": told.model_dump_json(),
        "artifact": json.dumps(artifact(told, "legit://decisions/1")),
    }.items():
        validator = jsonschema.Draft202012Validator(json.loads(consult_schemas.schema_text(name)))
        validator.validate(json.loads(answer))
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({"content": 1, "verdict": 1})


def test_every_schema_has_an_id_and_a_version() -> None:
    schemas = [json_schema(name) for name in PUBLISHED_MODELS]
    assert {schema["version"] for schema in schemas} == {SCHEMA_VERSION}
    assert len({schema["$id"] for schema in schemas}) == len(schemas)


def test_nothing_else_is_published(tmp_path: Path) -> None:
    written = {path.name for path in [*write_schemas(tmp_path), *consult_schemas.write_schemas(tmp_path)]}
    assert {path.name for path in (ROOT / "docs" / "schemas").glob("*.json")} == written


@pytest.mark.skipif(find_spec("jsonschema") is None, reason="jsonschema is not installed")
def test_answers_are_valid_under_the_published_schemas(judge: Judge) -> None:
    import jsonschema

    answers: dict[str, BaseModel] = {
        "assessment": judge.assess(CLUB),
        "case": judge.parse_case(CLUB),
        "decision": judge.decide(CLUB),
        "difference": judge.what_if(CLUB, assume="The user is a member.")[1],
        "explanation": judge.explain(CLUB),
        "why_not": judge.why_not(CLUB, "defeated"),
    }
    assert answers.keys() == PUBLISHED_MODELS.keys()
    for name, answer in answers.items():
        validator = jsonschema.Draft202012Validator(json_schema(name))
        validator.validate(json.loads(answer.model_dump_json()))
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({"verdict": "no such verdict", "name": 1})
