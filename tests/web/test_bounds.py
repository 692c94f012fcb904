"""No number of a field's options breaks the server, or keeps it busy until a test's time ends."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from chromafield.fields import field_options, list_fields

from .ask import document


def told(client: TestClient) -> dict[str, Any]:
    options: dict[str, Any] = client.get("/api/settings").json()["options"]["properties"]
    return options


def test_the_options_of_every_field_are_told_with_their_bounds(ready: TestClient) -> None:
    fields = told(ready)
    assert set(fields) == set(list_fields())
    for name, field in fields.items():
        assert set(field["properties"]) == set(field_options(name))
        for one in field["properties"].values():
            assert one["description"] and "default" in one
            if one["type"] in ("integer", "number"):
                assert one["minimum"] <= one["default"] <= one["maximum"]
    assert fields["potts"]["properties"]["sweeps"] == {
        "default": 8,
        "description": 'at most; the paper\'s "approximately eight epochs"',
        "type": "integer",
        "minimum": 0,
        "maximum": 50,
    }


@pytest.mark.parametrize("field", list_fields())
def test_no_number_of_an_option_breaks_the_server(ready: TestClient, field: str) -> None:
    options = told(ready)[field]["properties"]
    numbers = {name: one for name, one in options.items() if "maximum" in one}
    for name, one in numbers.items():
        high = one["maximum"]
        inside = [0, 1, int(high)] if "integer" in one["type"] else [0.0, 1e-30, 0.5, float(high)]
        for value in [*inside, -1, 10 * high, 10**30, True, [1], "much"]:
            asked = document(settings={"field": field, "options": {name: value}})
            answer = ready.post("/api/pictures/0/planes", json=asked)
            assert answer.status_code in (200, 400), (name, value, answer.text)
            if value in (-1, 10 * high, 10**30):
                assert answer.status_code == 400, (name, value)
                assert "from 0 to" in answer.json()["error"]


def test_the_whole_picture_as_a_grid_is_for_the_command_line(ready: TestClient) -> None:
    asked = document(settings={"field": "potts", "options": {"grid": "full"}})
    answer = ready.post("/api/pictures/0/planes", json=asked)
    assert answer.status_code == 400 and "the command line takes full" in answer.json()["error"]
