"""The API against its own OpenAPI description: schemathesis makes requests, right ones and wrong ones."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode, checks

from qa_bot.api import create_api
from qa_bot.bot import Bot
from qa_bot.living import Living

OPERATIONS = (
    ("GET", "/api/ask"),
    ("POST", "/api/ask"),
    ("GET", "/api/clauses/{clause_id}"),
    ("GET", "/api/documents"),
    ("GET", "/api/documents/{document_id}"),
    ("GET", "/api/exemptions"),
    ("GET", "/api/verify"),
    ("POST", "/api/verify"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
)
# Left out: that every request which fits the description is served. A description cannot say that a question
# has to hold a letter or a digit, nor which issuing bodies there are; such requests are refused with 422.
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
WITHOUT_INPUT = {"/healthz", "/readyz", "/metrics"}
# Any text may be an id, so that nothing wrong can be made up.
ANY_TEXT = {"/api/clauses/{clause_id}", "/api/documents/{document_id}"}
TRIED = [(one, GenerationMode.POSITIVE) for one in OPERATIONS] + [
    (one, GenerationMode.NEGATIVE) for one in OPERATIONS if one[1] not in WITHOUT_INPUT | ANY_TEXT
]


@pytest.fixture(scope="module")
def description(bot: Bot) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_asgi("/api/openapi.json", create_api(Living.of(bot)))


def operations(description: schemathesis.BaseSchema) -> dict[tuple[str, str], object]:
    return {
        (one.ok().method.upper(), one.ok().path): one.ok()
        for one in description.get_all_operations()
    }


def test_all_operations_are_tried(description: schemathesis.BaseSchema) -> None:
    assert set(operations(description)) == set(OPERATIONS)


@pytest.mark.parametrize(
    ("operation", "mode"), TRIED, ids=[f"{' '.join(one)} {mode.value}" for one, mode in TRIED]
)
def test_every_operation_keeps_to_its_description(
    description: schemathesis.BaseSchema, operation: tuple[str, str], mode: GenerationMode
) -> None:
    tried = operations(description)[operation]

    @settings(
        max_examples=3 if operation[1] in WITHOUT_INPUT else 25,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=tried.as_strategy(generation_mode=mode))  # type: ignore[attr-defined]
    def holds(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS)

    holds()


def test_one_request_leads_to_the_next(description: schemathesis.BaseSchema) -> None:
    """Stateful: what a reply gives (an id of a document listed) is put into the next request, and keeps to it."""
    seen: list[tuple[str, int]] = []
    workflow = description.as_state_machine()

    class Walk(workflow):  # type: ignore[misc, valid-type]
        def validate_response(self, response: object, case: schemathesis.Case, **_: object) -> None:
            case.validate_response(response, checks=CHECKS)
            seen.append((case.operation.path, response.status_code))  # type: ignore[attr-defined]

    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=15,
            stateful_step_count=5,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert ("/api/documents/{document_id}", 200) in seen, "a document that was listed is served"


def test_the_examples_are_as_described(description: schemathesis.BaseSchema) -> None:
    """What the description shows of a reply is one, and what it says to send is answered."""
    import jsonschema

    raw = description.raw_schema
    for path, methods in raw["paths"].items():
        for method, operation in methods.items():
            content = operation["responses"]["200"]["content"].get("application/json")
            if content is None:
                assert path == "/metrics"
                continue
            schema = content["schema"] | {"components": raw["components"]}
            jsonschema.Draft202012Validator(schema).validate(content["example"])
            given_body = operation.get("requestBody")
            if given_body:
                body = given_body["content"]["application/json"]
                schema = body["schema"] | {"components": raw["components"]}
                jsonschema.Draft202012Validator(schema).validate(body["example"])
            for parameter in operation.get("parameters", ()):
                assert "example" in parameter or not parameter["required"], (method, path)
