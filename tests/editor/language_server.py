"""A client of a language server: just enough of LSP 3.17 over stdin and stdout."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class LanguageServer:
    """A running server, as an editor would use it for one folder."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the tests' own command
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder
        )
        self._last_id = 0
        self._notices: list[dict[str, Any]] = []
        self._folder = folder
        self.request(
            "initialize",
            {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}},
        )
        self._send("initialized", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.request("shutdown", None)
        self._send("exit", None)
        self._process.wait(timeout=20)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()

    def open(self, path: Path, text: str) -> str:
        """Shows *text* as the contents of *path* and returns the document's URI."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self._send("textDocument/didOpen", {"textDocument": document})
        return path.as_uri()

    def completions(self, uri: str, line: int, column: int) -> set[str]:
        """What the editor offers at a place; lines and columns count from 0."""
        answer = self.request(
            "textDocument/completion",
            {"textDocument": {"uri": uri}, "position": {"line": line, "character": column}},
        )
        items = answer["items"] if isinstance(answer, dict) else answer
        return {item["label"] for item in items}

    def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """What the editor underlines in the document."""
        while True:
            notice = self._notices.pop(0) if self._notices else self._receive()
            if notice.get("method") == "textDocument/publishDiagnostics":
                params = notice["params"]
                if params["uri"] == uri:
                    return list(params["diagnostics"])

    def request(self, method: str, params: object) -> Any:  # noqa: ANN401 - whatever it answers
        """Asks, and waits for the answer."""
        self._last_id += 1
        asked = self._last_id
        self._send(method, params, asked)
        while True:
            message = self._receive()
            if message.get("id") == asked and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]
            self._notices.append(message)

    def _send(self, method: str, params: object, request_id: int | None = None) -> None:
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
        if request_id is not None:
            message["id"] = request_id
        self._write(message)

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message; what the server itself asks is answered with nothing on the way."""
        assert self._process.stdout
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        if "id" in message and "method" in message:
            empty = [{}] * len((message.get("params") or {}).get("items", ()))
            self._write({"jsonrpc": "2.0", "id": message["id"], "result": empty or None})
        return message
