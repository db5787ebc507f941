"""The document of the API: examples that its own schemas take, and answers that are what it says."""

from typing import Any

import jsonschema_rs
import pytest

from lockstep.live.gateway.app import make_app
from lockstep.live.gateway.settings import GatewaySettings

JSON = "application/json"
TRADING = ("orders", "positions", "account", "pnl", "fills", "risk", "strategies", "sessions")


def document(home) -> dict[str, Any]:
    return make_app(GatewaySettings(home=home)).openapi()


def whole(found: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema of the document, with what it refers to."""
    named = found["components"]["schemas"]
    inside = named[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    return {**inside, "components": {"schemas": named}}


def operations(found: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, told) for path, methods in found["paths"].items() for method, told in methods.items()]


def test_each_body_has_an_example_and_each_example_is_one(tmp_path):
    found, bodies = document(tmp_path), 0
    for method, path, told in operations(found):
        if "requestBody" not in told:
            continue
        content = told["requestBody"]["content"][JSON]
        schema = next(iter(each for each in content["schema"].get("anyOf", ()) if "$ref" in each), content["schema"])
        schema = whole(found, schema)
        examples = [*schema.get("examples", ()), *schema.get("example", ())]
        assert examples, f"{method} {path} has no example"
        for example in examples:
            jsonschema_rs.validator_for(schema).validate(example)
        bodies += 1
    assert bodies > 10


@pytest.mark.parametrize("name", TRADING)
def test_what_is_answered_about_trading_is_documented_with_examples(name, tmp_path):
    found = document(tmp_path)
    schema = whole(found, found["paths"][f"/api/{name}"]["get"]["responses"]["200"]["content"][JSON]["schema"])
    listed = schema["properties"].get(name, {}).get("items")
    one = whole(found, listed) if listed and "examples" not in schema else schema
    for example in one["examples"]:
        jsonschema_rs.validator_for(one).validate(example)
