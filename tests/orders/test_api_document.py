"""The API document: complete, valid, and readable in a browser under the strict policy."""

import json

import pytest
from django.core.management import call_command

from dispatch_console.core.api.docs import document

METHODS = {"get", "post", "put", "patch", "delete"}


def operations():
    paths = json.loads(document(True))["paths"]
    return [(path, method, found[method]) for path, found in paths.items() for method in found if method in METHODS]


def test_the_document_is_valid_and_free_of_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "openapi.yaml"))


def test_every_operation_says_what_it_does_and_how_it_fails():
    for path, method, operation in operations():
        where = f"{method} {path}"
        assert operation.get("summary"), where
        assert operation.get("tags"), where
        assert operation["operationId"], where
        assert any(code.startswith("2") for code in operation["responses"]), where
        assert "default" in operation["responses"], where


def test_every_parameter_of_a_list_is_explained():
    for path, _, operation in operations():
        for parameter in operation.get("parameters", []):
            explained = (
                parameter.get("description") or "minimum" in parameter["schema"] or "enum" in parameter["schema"]
            )
            assert explained or parameter["in"] == "path", (path, parameter["name"])


def test_every_write_of_an_order_shows_an_example_and_takes_a_key():
    for path, method, operation in operations():
        if not path.startswith("/api/v1/orders/") or method == "get" or "/bulk/" in path:
            continue
        if path.endswith("/proofs/"):  # a picture changes no order; the act that names it does
            continue
        names = {parameter["name"] for parameter in operation["parameters"]}
        assert "Idempotency-Key" in names, path
        assert path == "/api/v1/orders/" or "If-Match" in names, path
        if not path.endswith("/undo/") and method != "delete":
            assert "examples" in operation["requestBody"]["content"]["application/json"], path


def test_operation_names_are_unique():
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("accept", "start"), [("", b"{"), ("application/vnd.oai.openapi", b"openapi:")])
def test_the_document_is_served_in_json_and_yaml_to_everybody(client, accept, start):
    response = client.get("/api/v1/schema/", headers={"Accept": accept} if accept else {})
    assert response.status_code == 200
    assert response.content.startswith(start)


def test_the_page_brings_no_inline_script_or_style(client):
    response = client.get("/api/v1/docs/")
    text = response.content.decode()
    assert response.status_code == 200
    assert "<style" not in text
    assert "style=" not in text
    assert text.count("<script") == text.count("<script src=") + text.count('<script type="module" src=') == 2
    assert "//" not in text.replace("</", "")
