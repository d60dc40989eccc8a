"""Hold a value against one of our own published schemas, with as much of JSON Schema as they use."""

from typing import Any

from prompts.library import load_scorecard
from service.scoring.schemas import SCHEMAS

TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "number": (int, float), "integer": int,
    "boolean": bool, "null": type(None),
}  # fmt: skip


def check(name: str, value: Any) -> None:
    """Fail unless the value is what `afterword schema NAME` promises."""
    errors = problems(SCHEMAS[name](load_scorecard("standard-12/1")), value, "$")
    assert errors == []


def problems(schema: dict[str, Any], value: Any, path: str) -> list[str]:
    found = _types(schema, value, path)
    if found:
        return found
    for word, least in (("oneOf", 1), ("anyOf", None)):
        if word in schema:
            fits = sum(not problems(one, value, path) for one in schema[word])
            if fits == 0 or (least is not None and fits != least):
                found.append(f"{path} fits {fits} of {word}")
    if isinstance(value, dict):
        found += _object(schema, value, path)
    if isinstance(value, list):
        found += _array(schema, value, path)
    return found


def _types(schema: dict[str, Any], value: Any, path: str) -> list[str]:
    names = schema.get("type", [])
    names = [names] if isinstance(names, str) else names
    is_bool = isinstance(value, bool)
    if names and not any(
        isinstance(value, TYPES[name]) and (not is_bool or name == "boolean") for name in names
    ):
        return [f"{path} is no {names}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path} is none of {schema['enum']}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{path} is not {schema['const']}")
    is_number = isinstance(value, int | float) and not is_bool
    if is_number and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        found.append(f"{path} is out of range")
    return found


def _object(schema: dict[str, Any], value: dict[str, Any], path: str) -> list[str]:
    known = schema.get("properties", {})
    found = [f"{path} lacks {name}" for name in schema.get("required", []) if name not in value]
    rest = schema.get("additionalProperties", True)
    for name, one in value.items():
        if name in known:
            found += problems(known[name], one, f"{path}.{name}")
        elif rest is False:
            found.append(f"{path} has {name} besides")
        elif isinstance(rest, dict):
            found += problems(rest, one, f"{path}.{name}")
    return found


def _array(schema: dict[str, Any], value: list[Any], path: str) -> list[str]:
    found = []
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        found.append(f"{path} has {len(value)} items")
    first = schema.get("prefixItems", [])
    for i, one in enumerate(value):
        found += problems(
            first[i] if i < len(first) else schema.get("items", {}), one, f"{path}[{i}]"
        )
    return found
