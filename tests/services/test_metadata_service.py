"""The resource browser's service and the formatter, on the sample cloud."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from fakes.engine import ScriptedEngine
from fakes.waiting import PATIENCE_SECONDS, wait_until

from app.cache import make_cache
from inventory_runner import engines
from inventory_runner.contract import Engine, EngineError, Method, UnknownResource
from inventory_runner.errors import InvalidInput, NotAllowed
from inventory_runner.settings import read
from inventory_runner.sql.statement import Source
from services.metadata_service import MetadataService, find_fewest_required
from services.sql_format import format_sql
from services.users import NOBODY, act_as

pytestmark = pytest.mark.usefixtures("as_engineer")


@pytest.fixture(scope="module")
def sample() -> Iterator[Engine]:
    engine = engines.create(read(inventory_engine="sample"))
    yield engine
    engine.close()


@pytest.fixture
def metadata(sample: Engine) -> MetadataService:
    return MetadataService(lambda: sample, lambda: ["aws"], cache=make_cache())


def test_one_walks_from_a_provider_to_columns(metadata: MetadataService) -> None:
    assert "aws" in [provider.name for provider in metadata.providers()]
    assert "ec2" in metadata.services("aws")
    assert "instances" in metadata.resources("aws", "ec2")
    resource = metadata.resource("aws.ec2.instances")
    assert resource.required == ("region",)
    assert "instance_id" in [column.name for column in resource.columns]
    with pytest.raises(UnknownResource):
        metadata.resource("aws.ec2.nothing")


def test_search_finds_by_words_with_the_nearest_first(metadata: MetadataService) -> None:
    # a search answers with what it knows; all names are there in a moment
    wait_until(lambda: metadata.search("a") and metadata.search_progress() == 1)
    assert metadata.search("aws instances")[0] == "aws.ec2.instances"
    assert metadata.search("ec2.vol")[0] == "aws.ec2.volumes"
    assert metadata.search("no such thing") == []
    assert metadata.search("  ") == []
    assert len(metadata.search("a", limit=3)) == 3


def test_a_search_answers_while_names_are_still_read() -> None:
    go_on = threading.Event()

    class Slow(ScriptedEngine):
        def resources(self, provider: str, service: str) -> list[str]:
            assert go_on.wait(PATIENCE_SECONDS)
            return ["vpcs"]

    service = MetadataService(Slow, list, cache=make_cache())
    assert service.search("vpcs") == []
    assert service.search_progress() < 1
    go_on.set()
    service._list_known_names()


def test_a_template_asks_for_what_is_required(metadata: MetadataService) -> None:
    template = metadata.template("aws.ec2.instances")
    assert template.startswith("SELECT\n  ")
    assert template.endswith("FROM aws.ec2.instances\nWHERE region = :region")
    # what fits a cell comes before JSON
    columns = template.split("\nFROM")[0].removeprefix("SELECT").replace(",", " ").split()
    kinds = {column.name: column.type for column in metadata.resource("aws.ec2.instances").columns}
    assert len(columns) == 12
    assert not {kinds[name] for name in columns} & {"object", "array"}


def test_the_lightest_select_method_decides_what_is_required() -> None:
    methods = (
        Method("get", "SELECT", ("org", "name")),
        Method("list", "select", ("org",)),
        Method("x", "EXEC"),
    )
    assert find_fewest_required(methods) == ("org",)
    assert find_fewest_required(()) == ()


def test_providers_are_marked_where_credentials_are_set() -> None:
    service = MetadataService(ScriptedEngine, lambda: ["aws"], cache=make_cache())
    assert [(one.name, one.configured) for one in service.providers()] == [("aws", True)]
    assert service.list_required(["aws.ec2.vpcs"]) == {}


class Offering(ScriptedEngine):
    """Knows aws; linode and okta could be fetched, and okta's documents are then not to be had."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: set[str] = set()

    def providers(self) -> list[str]:
        return ["aws", "linode", "okta"]

    def providers_at_hand(self) -> list[str]:
        return sorted(self.fetched)

    def services(self, provider: str) -> list[str]:
        if provider == "okta":
            raise EngineError("The registry does not answer.")
        self.fetched.add(provider)
        return ["compute"]

    def resources(self, provider: str, service: str) -> list[str]:
        return [f"{provider}_machines"]


def test_a_search_fetches_what_has_credentials_or_is_named_and_says_what_it_left_out() -> None:
    engine, configured = Offering(), list[str]()
    service = MetadataService(lambda: engine, lambda: configured, cache=make_cache())

    def search(text: str) -> list[str]:
        # it answers with what it knows, and knows all of what it looks through in a moment
        return wait_until(
            lambda: ((found := service.search(text)), service.search_progress() == 1)[1] and [found]
        )[0]

    assert search("machines") == [] and engine.fetched == set()
    assert service.explain_search().startswith("Nothing was searched yet. 3 more providers")
    configured.append("aws")
    assert search("machines") == ["aws.compute.aws_machines"]
    assert service.explain_search().startswith("Searched in aws. 2 more providers")
    assert search("linode machines") == ["linode.compute.linode_machines"]
    assert "Searched in aws, linode. 1 more provider" in service.explain_search()
    # nothing found where nothing could be read is not "nothing there"
    assert search("okta machines") == []
    assert service.explain_search() == "okta could not be read: The registry does not answer."


def test_a_service_that_cannot_be_read_is_named_and_the_others_are_searched() -> None:
    class Broken(ScriptedEngine):
        def services(self, provider: str) -> list[str]:
            return ["bad", "ec2"]

        def resources(self, provider: str, service: str) -> list[str]:
            if service == "bad":
                raise EngineError("Its document has a defect.")
            return ["vpcs"]

    service = MetadataService(Broken, list, cache=make_cache())
    assert wait_until(lambda: service.search("vpcs")) == ["aws.ec2.vpcs"]
    wait_until(lambda: service.search_progress() == 1)
    assert wait_until(service.explain_search) == "bad of aws could not be read: Its document has a defect."


def test_a_provider_with_credentials_is_offered_whatever_the_engine_lists() -> None:
    service = MetadataService(ScriptedEngine, lambda: ["rare"], cache=make_cache())
    assert [(one.name, one.configured) for one in service.providers()] == [("aws", False), ("rare", True)]


def test_viewers_are_refused(metadata: MetadataService) -> None:
    with act_as(NOBODY), pytest.raises(NotAllowed):
        metadata.search("aws")


@pytest.mark.parametrize(
    "sql",
    [
        "select a,b from aws.ec2.instances where region=:region and name like '%  x  %' -- why\norder by 1",
        "SELECT json_extract(state, '$.Name') AS state FROM t # trailing",
        "SELECT a FROM b.c.d WHERE $filter = 'x' AND e = x'41'; -- the; end",
        "select a -- why; not\n, b from c.d.e; /* the\n end */ ;",
        "select '[1,\n 2]', \"it's\" from a.b.c // no comment",
        "with x as (select 1) select * from x /* two\n lines */",
        "SELECT type, name, owner FROM a.b.c",
    ],
)
def test_formatting_changes_nothing_but_space(sql: str) -> None:
    assert "".join(format_sql(sql).split()) == "".join(sql.split())
    assert "'%  x  %'" in format_sql(sql) or "'%" not in sql


def test_what_the_guard_cannot_read_is_not_formatted() -> None:
    sql = "select a,b from c.d.e where f = 'it\\'s'"
    assert format_sql(sql) == sql


def test_formatting_breaks_a_long_line() -> None:
    assert format_sql("select a, b from t where x = 1 and y = 2").count("\n") >= 3


@pytest.mark.parametrize("sql", ["SELECT " + "(" * 500 + "1" + ")" * 500, "SELECT " + "a, " * 9_000 + "b"])
def test_what_cannot_be_formatted_in_time_is_refused_in_words(sql: str) -> None:
    with pytest.raises(InvalidInput, match="to be formatted"):
        format_sql(sql)


def test_a_statement_over_the_inventory_is_formatted_by_postgres_rules() -> None:
    sql = "select a->>'x' as b,c::int from assets where d @> '{\"a\": 1}' and e >= :n and f <> 'a -- b' /* x /* y */ */"
    formatted = format_sql(sql, Source.INVENTORY)
    assert "\n" in formatted
    assert all(sign in formatted for sign in ("->>", "::", "@>", ">=", "<>", "'a -- b'", "/* x /* y */ */"))
