"""The contract: JSON → model → JSON gives the same JSON, and what is no such JSON is refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from eval.fuzzing.target import Features, Target, hold
from qa_bot.api import contract
from qa_bot.api.requests import AskBody, ExemptionQuery, FilterQuery, VerifyBody

__all__ = ["HELD", "values_of"]

_MODELS: dict[str, type[BaseModel]] = {
    name: getattr(contract, name) for name in contract.__all__ if name != "Status"
}
_REQUESTS: dict[str, type[BaseModel]] = {
    one.__name__: one for one in (AskBody, ExemptionQuery, FilterQuery, VerifyBody)
}
_DEEPEST = 3


@cache
def _schema(name: str) -> dict[str, Any]:
    return (_MODELS | _REQUESTS)[name].model_json_schema(mode="validation")


@cache
def _validator(name: str) -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(_schema(name))


def _check(data: bytes) -> Features:
    try:
        row = json.loads(data)
        name, value = row["model"], row["value"]
        model = (_MODELS | _REQUESTS)[name]
    except (ValueError, TypeError, KeyError, RecursionError):
        return frozenset()
    try:
        json.dumps(value, ensure_ascii=False).encode()
        written = json.dumps(value, allow_nan=False).encode()
    except (
        ValueError
    ):  # no number, or half a character: not JSON that others read (RFC 8259, 6 and 8.2)
        return frozenset({"not JSON"})
    fits = not any(_validator(name).iter_errors(value))
    try:
        made = model.model_validate_json(written)
    except ValidationError as error:
        # What the description allows is taken; dates alone are checked closer than a schema says.
        hold(
            not fits or {one["type"] for one in error.errors()} <= _CLOSER, name, value, str(error)
        )
        return frozenset({f"{name} {one['type']}" for one in error.errors()})
    again = made.model_dump_json(by_alias=True)
    back = json.loads(again)
    hold(not any(_validator(name).iter_errors(back)), "not as described", name, back)
    hold(model.model_validate_json(again) == made, "another model", name)
    hold(model.model_validate_json(again).model_dump_json(by_alias=True) == again, "not stable")
    if fits and name in _MODELS:
        for where in _differences(value, back):
            raise AssertionError(f"{name} {where}")
    return frozenset({name, f"{name} {fits}", f"{name} {len(again).bit_length()}"})


_CLOSER = {
    "date_from_datetime_parsing",
    "date_parsing",
    "date_from_datetime_inexact",
    "int_from_float",
    "int_parsing_size",
    "string_unicode",
    "value_error",
}


def _differences(value: Any, back: Any, at: str = "$") -> Iterator[str]:
    """Where JSON is another after the round; fields that the model does not know are left out."""
    if isinstance(value, dict) and isinstance(back, dict):
        for key in value.keys() & back.keys():
            yield from _differences(value[key], back[key], f"{at}.{key}")
    elif isinstance(value, list) and isinstance(back, list):
        if len(value) != len(back):
            yield f"{at}: {len(value)} entries became {len(back)}"
            return
        for index, (one, other) in enumerate(zip(value, back, strict=True)):
            yield from _differences(one, other, f"{at}[{index}]")
    elif value != back and not (_is_date(value) and _is_date(back)):
        yield f"{at}: {value!r} became {back!r}"


def _is_date(value: object) -> bool:
    return isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value) is not None


# ---- values of a schema


def values_of(
    schema: dict[str, Any], whole: dict[str, Any], depth: int = 0
) -> st.SearchStrategy[Any]:
    """JSON values that fit a schema, as pydantic writes schemas."""
    if "$ref" in schema:
        return values_of(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole, depth)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        choices = schema["anyOf"]
        if depth > _DEEPEST and {"type": "null"} in choices:
            return st.none()
        return st.one_of([values_of(one, whole, depth) for one in choices])
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        fields = {
            name: values_of(one, whole, depth + 1) for name, one in schema["properties"].items()
        }
        needed = set(schema.get("required", ()))
        optional = {name: one for name, one in fields.items() if name not in needed}
        return st.fixed_dictionaries(
            {name: one for name, one in fields.items() if name in needed}, optional=optional
        )
    if kind == "object":
        names = schema.get("propertyNames", {"type": "string"})
        held = schema.get("additionalProperties")
        held = held if isinstance(held, dict) else {"type": "string"}
        return st.dictionaries(
            values_of(names, whole, depth + 1), values_of(held, whole, depth + 1), max_size=3
        )
    if kind == "array":
        least = schema.get("minItems", 0)
        most = schema.get("maxItems", max(least, 0 if depth > 2 * _DEEPEST else 2))
        return st.lists(
            values_of(schema["items"], whole, depth + 1),
            min_size=least,
            max_size=min(most, least + 3),
        )
    return _scalar(kind, schema)


_TEXTS = st.one_of(
    st.sampled_from(("", "第五十一条", "《药品管理法》", "温政发〔2019〕5号/part_3", "\u2028\0\ufeff", "a\tb\r\n", "=1+1", "<b>", "\U0001f3ea")),
    st.text(max_size=12),
)  # fmt: skip


def _scalar(kind: str | None, schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind == "string" and schema.get("format") == "date":
        return st.dates().map(lambda day: day.isoformat())
    if kind == "string" and "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=True).filter(
            lambda text: "\n" not in text
        )
    if kind == "string":
        least, most = schema.get("minLength", 0), schema.get("maxLength", 10**6)
        return _TEXTS.map(lambda text: text.ljust(least, "甲")[:most])
    if kind == "integer":
        return st.integers(schema.get("minimum", -(2**40)), schema.get("maximum", 2**40))
    if kind == "number":
        return st.floats(schema.get("minimum", -1e12), schema.get("maximum", 1e12), allow_nan=False)
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    return st.one_of(st.none(), st.integers(-5, 5), _TEXTS)


def _any_value() -> st.SearchStrategy[bytes]:
    def of(name: str) -> st.SearchStrategy[bytes]:
        schema = _schema(name)
        return values_of(schema, schema).map(
            lambda value: json.dumps({"model": name, "value": value}).encode()
        )

    return st.sampled_from(sorted(_MODELS | _REQUESTS)).flatmap(of)


def _seeds() -> list[bytes]:
    return [
        json.dumps({"model": "Health", "value": {"status": "ok"}}).encode(),
        json.dumps({"model": "AskBody", "value": {"q": "那仓库呢？", "history": [{"question": "开药店至少要多大面积？"}]}}).encode(),
        json.dumps({"model": "Problem", "value": {"type": "a", "title": "b", "status": 404, "detail": "c", "instance": "/"}}).encode(),
    ]  # fmt: skip


CONTRACT = Target(
    name="contract",
    about="接口的模型：JSON → 模型 → JSON 不变 / the interface's models: JSON → model → JSON stays the same",
    check=_check,
    seeds=_seeds,
    strategy=_any_value,
    shape="json",
)

HELD = (CONTRACT,)
