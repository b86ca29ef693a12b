"""Statements on the sample cloud: parameters, stars, joins, functions, errors, and nothing but reading."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from inventory_runner.contract import (
    AccessDenied,
    EngineError,
    MissingParameter,
    QuerySyntaxError,
    UnknownResource,
)
from inventory_runner.engines.sample_cloud import Answer, SampleCloud, catalogue, sample_values
from inventory_runner.engines.sample_cloud.cloud import _Day
from inventory_runner.errors import StatementRefused

AT = datetime(2026, 11, 15, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def cloud() -> SampleCloud:
    return SampleCloud(AT)


def column(answer: Answer, name: str) -> list:
    return [row[answer.columns.index(name)] for row in answer.rows]


def test_a_missing_parameter_is_said_in_stackqls_words(cloud: SampleCloud) -> None:
    with pytest.raises(MissingParameter) as missing:
        cloud.execute("SELECT * FROM aws.ec2.instances")
    assert missing.value.message.startswith(
        "cannot find matching operation, possible causes include missing required parameters or an unsupported "
        "method for the resource, to find required parameters for supported methods run "
        "SHOW METHODS IN aws.ec2.instances: "
    )
    assert missing.value.resource == "aws.ec2.instances"
    assert missing.value.parameters == ("region",)


@pytest.mark.parametrize(
    ("sql", "resource", "parameters"),
    [
        (
            "SELECT name FROM github.repos.branches WHERE owner = 'alderfinch'",
            "github.repos.branches",
            ("repo",),
        ),
        (
            "SELECT name FROM google.container.clusters",
            "google.container.clusters",
            ("projectsId", "locationsId"),
        ),
        ("SELECT 1 FROM aws.ec2.vpcs WHERE region LIKE 'us%'", "aws.ec2.vpcs", ("region",)),
        (
            "SELECT 1 FROM aws.ec2.vpcs WHERE region = 'us-east-1' OR is_default = 1",
            "aws.ec2.vpcs",
            ("region",),
        ),
        (
            "WITH v AS (SELECT * FROM aws.ec2.vpcs) SELECT 1 FROM v WHERE region = 'us-east-1'",
            "aws.ec2.vpcs",
            ("region",),
        ),
        (
            "SELECT 1 FROM aws.ec2.vpcs a JOIN aws.ec2.subnets b ON a.region = b.region",
            "aws.ec2.vpcs",
            ("region",),
        ),
        (
            "SELECT 1 FROM aws.ec2.vpcs WHERE region = 'us-east-1' UNION SELECT 1 FROM aws.ec2.subnets",
            "aws.ec2.subnets",
            ("region",),
        ),
    ],
)
def test_parameters_are_required_of_each_resource(
    cloud: SampleCloud, sql: str, resource: str, parameters: tuple[str, ...]
) -> None:
    with pytest.raises(MissingParameter) as missing:
        cloud.execute(sql)
    assert (missing.value.resource, missing.value.parameters) == (resource, parameters)


@pytest.mark.parametrize(
    "condition",
    [
        "region = 'us-east-1'",
        "'us-east-1' = REGION",
        "(region = 'us-east-1') AND (is_enabled IS NULL OR 1)",
        "aws.ec2.vpcs.region IN ('us-east-1')",
    ],
)
def test_equality_and_in_give_parameters(cloud: SampleCloud, condition: str) -> None:
    sql = f"SELECT vpc_id FROM aws.ec2.vpcs WHERE {condition}"
    if "is_enabled" in sql:
        with pytest.raises(QuerySyntaxError, match="no column is_enabled"):
            cloud.execute(sql)
    else:
        assert len(cloud.execute(sql).rows) == 3


def test_every_resource_answers_a_star_with_its_columns_alone(cloud: SampleCloud) -> None:
    for name, resource in catalogue.read_resources().items():
        values = {each: known[0] for each, known in sample_values()[resource.provider].items()}
        clauses = [f"{each} = '{values[each]}'" for each in resource.parameters]
        where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
        answer = cloud.execute(f"SELECT * FROM {name}{where}")
        assert answer.columns == list(resource.column_names), name
        for parameter in resource.hidden:
            shown = cloud.execute(
                f"SELECT {parameter}, COUNT(*) AS n FROM {name}{where} GROUP BY {parameter}"
            )
            assert [row[0] for row in shown.rows] in ([], [values[parameter]])


def test_stars_of_joins_and_aliases_hide_parameters_too(cloud: SampleCloud) -> None:
    users, keys = (catalogue.find(f"aws.iam.{name}").column_names for name in ("users", "access_keys"))
    answer = cloud.execute(
        "SELECT k.*, u.user_id FROM aws.iam.users AS u INNER JOIN aws.iam.access_keys k "
        "ON k.user_name = u.user_name WHERE u.region = 'us-east-1' AND k.region = 'us-east-1'"
    )
    assert answer.columns == [*keys, "user_id"]
    joined = cloud.execute(
        "SELECT * FROM aws.iam.users u, aws.iam.access_keys k "
        "WHERE u.region = 'us-east-1' AND k.region = 'us-east-1' LIMIT 1"
    )
    # a name that comes twice is told apart
    assert joined.columns == [
        *users,
        "user_name_2",
        *[name for name in keys if name not in users][:2],
        "create_date_2",
    ]
    named = cloud.execute("SELECT aws.iam.users.* FROM aws.iam.users WHERE region = 'us-east-1' LIMIT 1")
    assert named.columns == list(users)
    inner = cloud.execute("SELECT * FROM (SELECT * FROM aws.iam.users WHERE region = 'us-east-1') t LIMIT 1")
    assert inner.columns == list(users)
    assert cloud.execute("SELECT COUNT(*) FROM aws.iam.users WHERE region = 'us-east-1'").rows[0][0] > 100
    groups = catalogue.find("okta.groups.groups").column_names
    each = cloud.execute(
        "SELECT * FROM okta.groups.groups, json_each(objectClass) WHERE subdomain = 'alderfinch'"
    )
    assert each.columns[: len(groups) + 2] == [*groups, "key", "value"]


def test_a_join_gives_parameters(cloud: SampleCloud) -> None:
    answer = cloud.execute(
        "SELECT r.name, r.default_branch, b.name AS branch, b.protected FROM github.repos.repos r "
        "JOIN github.repos.branches b ON b.repo = r.name AND b.name = r.default_branch "
        "WHERE r.org = 'alderfinch' AND b.owner = 'alderfinch'"
    )
    assert column(answer, "branch") == column(answer, "default_branch")
    assert len(set(column(answer, "name"))) == len(answer.rows) >= 26


def test_ctes_windows_unions_and_derived_tables(cloud: SampleCloud) -> None:
    ranked = cloud.execute(
        """
        WITH sizes AS (
            SELECT i.region, i.instance_id, SUM(v.size) AS size
            FROM aws.ec2.instances i, json_each(i.volumes) disk
            JOIN aws.ec2.volumes v ON v.volume_id = json_extract(disk.value, '$.VolumeId')
            WHERE i.region IN ('eu-west-1', 'us-west-2') AND v.region IN ('eu-west-1', 'us-west-2')
            GROUP BY i.region, i.instance_id
        )
        SELECT region, instance_id, size, RANK() OVER (PARTITION BY region ORDER BY size DESC) AS place FROM sizes
        """
    )
    assert set(column(ranked, "region")) == {"eu-west-1", "us-west-2"}
    assert len(ranked.rows) == 275 + 210
    both = cloud.execute(
        "SELECT name FROM cloudflare.zones.zones UNION ALL SELECT name FROM cloudflare.accounts.accounts"
    )
    assert len(both.rows) == 60
    union = "SELECT COUNT(*) FROM (SELECT status FROM cloudflare.zones.zones UNION SELECT 'x') t"
    assert cloud.execute(union).rows[0][0] <= 4


def test_text_is_spliced_and_never_rewritten(cloud: SampleCloud) -> None:
    answer = cloud.execute(
        "SELECT 'aws.ec2.vpcs é' AS a, vpc_id -- aws.ec2.vpcs\nFROM aws.ec2.vpcs /* * */ WHERE region = 'eu-west-1';"
    )
    assert answer.columns == ["a", "vpc_id"]
    assert set(column(answer, "a")) == {"aws.ec2.vpcs é"}


def test_json_columns_are_told(cloud: SampleCloud) -> None:
    answer = cloud.execute(
        "SELECT instance_id, tags, state, key_name FROM aws.ec2.instances WHERE region = 'eu-west-1'"
    )
    assert answer.json_columns == {"tags", "state"}


def test_quirks_of_values(cloud: SampleCloud) -> None:
    disks = cloud.execute(
        "SELECT sizeGb, sizeGb + 0 AS size, id FROM google.compute.disks WHERE project = 'af-prod-core'"
    )
    assert all(isinstance(text, str) and isinstance(size, int) for text, size, _ in disks.rows)
    monitoring = cloud.execute("SELECT DISTINCT monitoring FROM aws.ec2.instances WHERE region = 'eu-west-1'")
    assert set(column(monitoring, "monitoring")) == {0, 1}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("split_part('a/b/c', '/', 2)", "b"),
        ("split_part('a/b/c', '/', -1)", "c"),
        ("split_part('a/b/c', '/', 9)", ""),
        ("split_part(NULL, '/', 1)", None),
        ("regexp_like('i-0abc', '^i-[0-9a-f]+$')", 1),
        ("regexp_like('x', 'y')", 0),
        ("regexp_substr('db.r6g.2xlarge', '[0-9]+x')", "2x"),
        ("regexp_substr('abc', '[0-9]')", None),
        ("regexp_replace('2026-11', '([0-9]+)-([0-9]+)', '$2/$1')", "11/2026"),
        ("'abc' REGEXP 'b'", 1),
        ("""json_equal('{"a": 1, "b": [2]}', '{"b":[2],"a":1}')""", 1),
        ("json_equal('[1]', '[2]')", 0),
        ("json_equal('not json', 'not json')", 1),
        ("""aws_policy_equal('{"Action": "s3:Get"}', '{"Action": ["s3:Get"]}')""", 1),
        ("""aws_policy_equal('{"Action": ["a", "b"]}', '{"Action": ["b", "a"]}')""", 1),
        ("""aws_policy_equal('{"Action": "a"}', '{"Action": "b"}')""", 0),
        ("""json_extract('{"a": [1, 2]}', '$.a[1]')""", 2),
        ("sqrt(16) + power(2, 3)", 12.0),
        ("ceil(1.2)", 2.0),
    ],
)
def test_functions(cloud: SampleCloud, expression: str, value: object) -> None:
    assert cloud.execute(f"SELECT {expression} AS x").rows == [(value,)]


def test_maths_are_there_where_sqlite_lacks_them() -> None:
    from inventory_runner.engines.sample_cloud import functions

    connection = sqlite3.connect(":memory:")
    for name, arguments, function in functions._MATHS:
        connection.create_function(name, arguments, functions._pass_null(function))
    assert connection.execute("SELECT sqrt(9), pow(2, 3), mod(7, 4), ln(NULL)").fetchone() == (
        3.0,
        8.0,
        3.0,
        None,
    )


@pytest.mark.parametrize(
    ("sql", "text", "line", "hint"),
    [
        ("SELECT vpc_di\nFROM aws.ec2.vpcs WHERE region = 'eu-west-1'", "no column vpc_di", 1, "vpc_id"),
        ("SELECT name\nFROM cloudflare.zones.zones\nWHERE AND", "syntax error", 3, ""),
        ("SELECT tags[0] FROM aws.ec2.vpcs WHERE region = 'eu-west-1'", "brackets", 1, "json_extract"),
        ("SELECT 'open", "not closed", 1, ""),
        ("SELECT regexp_like('a', '(')", "unterminated subpattern", None, ""),
        (
            "SELECT name FROM okta.groups.groups WHERE subdomain = :subdomain",
            "subdomain has no value",
            None,
            "",
        ),
        ("SHOW THINGS", "cannot be read", 1, "SHOW PROVIDERS"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(
    cloud: SampleCloud, sql: str, text: str, line: int | None, hint: str
) -> None:
    with pytest.raises(QuerySyntaxError) as error:
        cloud.execute(sql)
    assert text in error.value.message
    assert error.value.line == line
    assert hint in error.value.hint
    assert "\x1b" not in error.value.details


@pytest.mark.parametrize(
    ("sql", "near"),
    [
        ("SELECT 1 FROM aws.ec2.instance WHERE region = 'eu-west-1'", "aws.ec2.instances"),
        ("SELECT 1 FROM okta.user.users WHERE subdomain = 'alderfinch'", "okta.users.users"),
        ("SELECT 1 FROM instances", "aws.ec2.instances"),
        ("SELECT 1 FROM pragma_table_info('x')", "json_each"),
        ("SHOW SERVICES IN amazon", ""),
        ("DESCRIBE aws.ec2.volume", "aws.ec2.volumes"),
    ],
)
def test_unknown_names_come_with_similar_ones(cloud: SampleCloud, sql: str, near: str) -> None:
    with pytest.raises(UnknownResource) as error:
        cloud.execute(sql)
    assert near in " ".join(error.value.near)


def test_values_that_a_provider_does_not_know(cloud: SampleCloud) -> None:
    assert cloud.execute("SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'ca-central-1'").rows == []
    # S3 lists a whole account from any region
    assert cloud.execute("SELECT name FROM aws.s3.buckets WHERE region = 'ca-central-1'").rows
    with pytest.raises(EngineError, match="does not know region us-esat-1"):
        cloud.execute("SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'us-esat-1'")
    with pytest.raises(EngineError, match="does not know org"):
        cloud.execute("SELECT name FROM github.repos.repos WHERE org = 'somebody'")
    with pytest.raises(AccessDenied):
        cloud.execute("SELECT name FROM google.compute.disks WHERE project = 'somebody'")


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH DATABASE '/tmp/x' AS x",
        "PRAGMA journal_mode",
        "CREATE TABLE t (a)",
        "DELETE FROM aws.ec2.vpcs",
        "INSERT INTO aws.ec2.vpcs VALUES (1)",
        "SELECT 1; SELECT 2",
        "VACUUM",
        "",
    ],
)
def test_only_one_statement_that_reads(cloud: SampleCloud, sql: str) -> None:
    with pytest.raises(StatementRefused):
        cloud.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH DATABASE ':memory:' AS other",
        "PRAGMA user_version",
        "CREATE TABLE t (a)",
        'DROP TABLE "aws.ec2.vpcs"',
        'INSERT INTO "aws.ec2.vpcs" (vpc_id) VALUES (1)',
        'DELETE FROM "aws.ec2.vpcs"',
        "SELECT * FROM sqlite_master",
        "SELECT * FROM pragma_database_list",
        "SELECT load_extension('x')",
        "BEGIN",
    ],
)
def test_the_authoriser_refuses_all_but_reading(sql: str) -> None:
    """Also where a statement had come past the reader."""
    from inventory_runner.engines.sample_cloud import reading

    day = _Day(AT.date().toordinal())
    read = reading.read("SELECT vpc_id FROM aws.ec2.vpcs WHERE region = 'eu-west-1'")
    day.load(read)
    with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited"):
        day.connection.execute(sql)
    assert len(day.select(read).rows) == 3


def test_a_long_living_process_moves_on_with_the_day() -> None:
    first, later = SampleCloud(AT), SampleCloud(AT + timedelta(days=40))
    sql = "SELECT instance_id FROM aws.ec2.instances WHERE region = 'eu-central-1'"
    assert first.execute(sql).rows != later.execute(sql).rows
    same = SampleCloud(AT.replace(hour=0))
    assert same.execute(sql) == first.execute(sql)
    assert SampleCloud(datetime(2026, 11, 15, 5)).execute(sql) == first.execute(sql)
    moving = SampleCloud()
    moving.execute(sql)
    for day in range(6):
        moving._at = AT + timedelta(days=day)
        moving.execute(sql)
    assert len(moving._days) == 4


def test_hexadecimal_literals_and_literals_over_several_lines_are_answered() -> None:
    answer = SampleCloud().execute("SELECT x'41' AS a, hex(x'4a') AS b, json_array_length('[1,\n2]') AS c")
    assert (answer.columns, answer.rows) == (["a", "b", "c"], [("A", "4A", 2)])


def test_a_name_with_a_dollar_sign_is_no_forgotten_parameter() -> None:
    with pytest.raises(QuerySyntaxError, match=r"There is no column \$filter"):
        SampleCloud().execute(
            "SELECT name FROM aws.s3.buckets b WHERE region = 'us-east-1' AND b.$filter = 'x'"
        )
