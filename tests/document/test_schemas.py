"""What the schemas promise: marked secrets, every event, decidable unions, headers."""

from __future__ import annotations

import re

from .platforms import Platform
from .walking import Json, resolve, subschemas


def test_every_secret_is_marked(platform: Platform, document: Json) -> None:
    found = [
        (name, f"{place}/{name}", node.get("format"))
        for top, component in document["components"]["schemas"].items()
        if not top.startswith("Error")
        for place, schema in subschemas(component, top)
        for name, node in schema.get("properties", {}).items()
        if name in platform.secrets
    ]

    assert {name for name, _, _ in found} == platform.secrets
    assert [place for _, place, form in found if form != "password"] == []


def test_every_event_is_a_webhook(platform: Platform, document: Json) -> None:
    schemas = document["components"]["schemas"]
    listed = next(schema for name, schema in schemas.items() if name.endswith("EventName"))

    assert len(listed["enum"]) == platform.events
    assert list(document["webhooks"]) == listed["enum"]
    for event, item in document["webhooks"].items():
        name = "".join(part.capitalize() for part in re.split(r"[._]", event))
        media = item["post"]["requestBody"]["content"]["application/json"]
        assert media["schema"] == {"$ref": f"#/components/schemas/{name}"}
        assert schemas[name]["properties"]["event"]["enum"] == [event]
        assert schemas[name]["properties"]["data"]["$ref"].endswith("Data")
        assert schemas[name]["required"] == ["event", "timestamp", "data"]


def test_every_tag_of_a_union_leads_to_the_member_that_carries_it(document: Json) -> None:
    unions = [schema for schema in document["components"]["schemas"].values() if "discriminator" in schema]

    assert unions != []
    for union in unions:
        tag, mapping = union["discriminator"]["propertyName"], union["discriminator"]["mapping"]
        members = {member["$ref"]: resolve(document, member["$ref"]) for member in union["oneOf"]}
        carried = [(value, ref) for ref, member in members.items() for value in member["properties"][tag]["enum"]]
        assert list(mapping.items()) == carried
        assert all(tag in member["required"] for member in members.values())


def test_the_headers_of_replies_are_those_of_the_platform(platform: Platform, document: Json) -> None:
    assert set(document["components"]["headers"]) == platform.headers
