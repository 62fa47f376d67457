"""A plain operation is a row of the table, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from mockai.data import data

ROWS = [
    {"id": "widgets.create", "route": "POST /widgets", "kind": "create"},
    {"id": "widgets.retrieve", "route": "GET /widgets/{widget_id}", "kind": "retrieve"},
    {"id": "widgets.list", "route": "GET /widgets", "kind": "list", "page": "cursor"},
    {"id": "widgets.update", "route": "POST /widgets/{widget_id}", "kind": "update"},
    {"id": "widgets.delete", "route": "DELETE /widgets/{widget_id}", "kind": "delete"},
    {"id": "widgets.archive", "route": "POST /widgets/{widget_id}/archive", "kind": "transition", "to": "archived"},
]
SCHEMA = "admin/organization/project.Project"
PROGRAM = """
import json, sys
from pathlib import Path
from mockai import operations
operations.data = lambda name: Path(sys.argv[1])
from mockai import MockAI
from mockai.http import Request
mock = MockAI()
def told(method, path, **body):
    sent = Request(method, path, "", (("authorization", "Bearer k"),), json.dumps(body).encode() if body else b"")
    reply = mock.handle(sent)
    assert reply.header("x-mockai-source") in ("resource", "mockai"), reply
    return reply.status, json.loads(reply.content)
made = told("POST", "/v1/widgets", name="first")[1]
path = f"/v1/widgets/{made['id']}"
print(json.dumps([
    made["id"].startswith("widget_"), told("GET", path)[1]["name"], told("POST", path, name="second")[1]["name"],
    [each["name"] for each in told("GET", "/v1/widgets")[1]["data"]], told("POST", path + "/archive")[1]["status"],
    told("DELETE", path)[1]["deleted"], told("GET", path)[0],
]))
"""


def test_a_new_collection_needs_rows_and_no_code(tmp_path: Path) -> None:
    results = {"list": f"{SCHEMA}.conversation", "delete": "openai/vector_store_deleted.VectorStoreDeleted"}
    bodies = {"create": "admin/organization/project_create_params.ProjectCreateParams"}
    rows = []
    for row in ROWS:
        kind = str(row["kind"])
        page = {"page": "conversation"} if kind == "list" else {}
        body = {"body": bodies["create"]} if kind in ("create", "update") else {}
        rows.append({**row, **page, **body, "result": results.get(kind, SCHEMA)})
    table = (data("schemas") / "operations.jsonl").read_text()
    (tmp_path / "operations.jsonl").write_text(table + "".join(json.dumps(row) + "\n" for row in rows))
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == [True, "first", "second", ["second"], "archived", True, 404]
