"""A target file in an editor: a YAML language server offers, explains and checks its fields by the schema beside it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.commands.app import app
from tests.interop.servers import installed_by_npm, node_is_there

YAML_LANGUAGE_SERVER = "yaml-language-server@2.0.0"
TEXT = """\
# yaml-language-server: $schema=target.schema.json
name: acme
single_access:
  base_url: https://acme.my.salesforce.com
  tokn: ${ACME_TOKEN}
  t
"""


class Editor:
    """What an editor says to a language server over its standard streams, and hears from it."""

    def __init__(self, process: subprocess.Popen[bytes], file: Path) -> None:
        self._process, self._uri, self._last = process, file.as_uri(), 0
        folder = file.parent.as_uri()
        self.ask("initialize", processId=None, rootUri=folder, capabilities={"textDocument": {"hover": {}}})
        self._tell("initialized")
        document = {"uri": self._uri, "languageId": "yaml", "version": 1, "text": file.read_text("utf-8")}
        self._tell("textDocument/didOpen", textDocument=document)

    def ask(self, method: str, **given: Any) -> Any:
        """The answer to a request; what the server asks meanwhile is answered with nothing."""
        self._last += 1
        self._send({"id": self._last, "method": method, "params": given})
        return next(m for m in self.heard() if m.get("id") == self._last and "method" not in m)["result"]

    def at(self, method: str, line: int, character: int) -> Any:
        """The answer to a question about a place in the file."""
        where = {"line": line, "character": character}
        return self.ask(method, textDocument={"uri": self._uri}, position=where)

    def heard(self) -> Iterator[dict[str, Any]]:
        """Each message of the server."""
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
                while stream.readline().strip():
                    pass
                message = json.loads(stream.read(length))
                if "method" in message and "id" in message:
                    asks_for_settings = message["method"] == "workspace/configuration"
                    answer = [None] * len(message["params"]["items"]) if asks_for_settings else None
                    self._send({"id": message["id"], "result": answer})
                yield message
        raise AssertionError("the language server ended")

    def _tell(self, method: str, **given: Any) -> None:
        self._send({"method": method, "params": given})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor with a target file open, beside the schema that `seasonproof schema` prints."""
    node_is_there()
    program = installed_by_npm(YAML_LANGUAGE_SERVER) / "node_modules" / ".bin" / "yaml-language-server"
    folder = tmp_path_factory.mktemp("edited")
    (folder / "target.schema.json").write_text(CliRunner().invoke(app, ["schema", "target"]).stdout, "utf-8")
    (folder / "acme.yaml").write_text(TEXT, "utf-8")
    command = [str(program), "--stdio"]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Editor(process, folder / "acme.yaml")
        finally:
            process.kill()


def test_a_field_that_does_not_exist_is_marked_while_it_is_typed(editor: Editor) -> None:
    published = (m for m in editor.heard() if m.get("method") == "textDocument/publishDiagnostics")
    marks = next(m["params"]["diagnostics"] for m in published if m["params"]["diagnostics"])
    said = {(mark["range"]["start"]["line"], mark["message"]) for mark in marks}
    assert {(4, "Property tokn is not allowed."), (2, 'Missing property "token".')} <= said


def test_a_field_says_what_it_is_for(editor: Editor) -> None:
    assert "The org's own address." in str(editor.at("textDocument/hover", 3, 5))
    of_the_role = editor.at("textDocument/hover", 2, 5)["contents"]["value"]
    assert "The single access endpoint of an org." in of_the_role
    assert "SingleAccess" not in of_the_role


def test_the_fields_of_a_role_are_offered(editor: Editor) -> None:
    offered = editor.at("textDocument/completion", 5, 3)
    labels = {item["label"] for item in offered["items"]}
    assert {"token", "token_lifetime_seconds", "token_without_web"} <= labels
