"""A server process of its own that is asked for the first time: writes what its requests imported, as JSON.

Run as a program with the environment of the app; `test_first_requests` starts it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import dash
from fakes.callbacks import list_calls
from fakes.waiting import wait_until
from flask.testing import FlaskClient

ANNA = {"X-Forwarded-Email": "anna@example.com"}
TABLE = "/api/inventory/tables/stackql_inventory/aws_ec2_instances"


def main() -> None:
    """Wait until the process says that it is ready; ask it for something of each kind."""
    from app import wsgi

    client = wsgi.server.test_client()
    wait_until(lambda: client.get("/readyz").status_code == 200, "the process says that it is ready")
    ready = set(sys.modules)
    answered = ask_of_each_kind(client)
    sys.stdout.write(json.dumps({"imported": sorted(set(sys.modules) - ready), "answered": answered}))
    wsgi.close()


def ask_of_each_kind(client: FlaskClient) -> dict[str, int]:
    """Pages, callbacks, blocks, files, a query with a secret, a question to the assistant; their statuses."""
    answered: dict[str, int] = {}

    def ask(method: str, path: str, body: Any = None) -> Any:
        answer = client.open(path, method=method, json=body, headers=ANNA)
        answered[f"{method} {path}"] = answer.status_code
        # a stream is sent to its end
        answer.get_data()
        return answer

    for path in ("/", "/ide", "/_dash-layout", "/_dash-dependencies", "/api/openapi.json"):
        ask("GET", path)
    for call in list_calls(dash.get_app()):
        ask("POST", "/_dash-update-component", call)
    ask("POST", f"{TABLE}/rows", {"start": 0, "end": 10})
    ask("POST", "/api/inventory/resources", {"start": 0, "end": 10})
    for format in ("csv", "xlsx", "json"):
        ask("GET", f"{TABLE}/export?format={format}")
    ask("POST", "/api/ide/format", {"sql": "select 1"})
    ask("GET", "/api/ide/resources")
    sql = "SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-east-1'"
    query = ask("POST", "/api/ide/queries", {"sql": sql}).get_json()["query"]
    address = f"/api/ide/queries/{query['id']}"
    wait_until(lambda: ask("GET", address).get_json()["query"]["final"], "the query has ended")
    ask("POST", f"{address}/rows", {"start": 0, "end": 10})
    for format in ("csv", "xlsx", "json"):
        ask("GET", f"{address}/export?format={format}")
    ask(
        "POST",
        "/api/ide/chat",
        {"messages": [{"role": "user", "content": "What is there?"}], "mode": "query"},
    )
    return answered


if __name__ == "__main__":
    main()
