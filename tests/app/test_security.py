"""Other sites cannot make the app do anything, and pages load nothing from elsewhere."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.main import create_app
from app.security import MOST_BODY_BYTES
from app.settings import read_settings
from services import build


@pytest.fixture
def client(engine: sa.Engine) -> FlaskClient:
    return create_app(
        read_settings(inventory_engine="sample"), build(engine, read_settings(inventory_engine="sample"))
    ).server.test_client()


@pytest.mark.parametrize(
    ("site", "refused"), [("cross-site", True), ("same-site", True), ("same-origin", False)]
)
def test_writes_from_other_sites_are_refused(client: FlaskClient, site: str, refused: bool) -> None:
    response = client.post("/_dash-update-component", json={}, headers={"Sec-Fetch-Site": site})
    assert (response.status_code == 403) is refused


@pytest.mark.parametrize(
    ("origin", "refused"),
    [
        ("http://attacker.example", True),
        ("http://localhost.attacker.example", True),
        ("http://localhost:1", True),
        ("null", True),
        ("", True),
        ("http://localhost", False),
        (None, False),
    ],
)
def test_where_the_browser_does_not_name_the_site_its_origin_counts(
    client: FlaskClient, origin: str | None, refused: bool
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert (client.post("/api/ide/format", json={}, headers=headers).status_code == 403) is refused
    # a browser that names the site is believed
    assert (
        client.post(
            "/api/ide/format", json={}, headers={**headers, "Sec-Fetch-Site": "same-origin"}
        ).status_code
        != 403
    )


def test_every_answer_keeps_other_sites_off(client: FlaskClient) -> None:
    for path in ("/ide", "/healthz", "/assets/style.css"):
        headers = client.get(path).headers
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]


def test_a_foreign_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/ide", headers={"Host": "attacker.example:8050"}).status_code == 421
    assert client.get("/ide", headers={"Host": "127.0.0.1:8050"}).status_code == 200


def test_pages_carry_a_policy_that_allows_no_other_host(client: FlaskClient) -> None:
    policy = client.get("/ide").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_a_body_without_end_is_not_read(client: FlaskClient) -> None:
    large = b'{"sql": "' + b"x" * MOST_BODY_BYTES + b'"}'
    assert (
        client.post("/_dash-update-component", data=large, content_type="application/json").status_code == 413
    )
    answer = client.post("/api/ide/queries", data=large, content_type="application/json")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "request_too_large")


def test_a_script_that_is_not_there_is_no_defect(client: FlaskClient) -> None:
    assert client.get("/_dash-component-suites/dash/nothing.js").status_code == 404


UNKNOWN = [
    "/.env",
    "/.git/config",
    "/ide/query/ID%2f",
    "/inventory/a/b",
    "/wp-admin/",
    "/ide.php",
    "/not_found_404",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_an_address_that_no_page_has_is_not_found(client: FlaskClient, path: str) -> None:
    shown = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (shown.status_code, shown.mimetype) == (404, "text/html")
    told = client.get(path, headers={"Accept": "application/json"})
    assert (told.status_code, told.get_json()["error"]["code"]) == (404, "no_such_address")
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/ide", "/ide/", "/inventory", "/inventory/none", "/schedules?x=1"])
def test_an_address_of_a_page_is_found(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_what_depends_on_the_user_is_kept_by_nobody(client: FlaskClient) -> None:
    for path in ("/", "/ide", "/.env", "/_dash-layout", "/_dash-dependencies", "/healthz", "/api/ide/drafts"):
        assert client.get(path).headers["Cache-Control"] == "no-store"
    assert client.get("/assets/style.css").headers["Cache-Control"] != "no-store"
