"""Which lists StackQL reads to their end, and what lets it read more of them so.

StackQL goes on from page to page where a provider's document says how, and by itself where an answer has
`nextPageToken` (Google) or a Link header (GitHub, Okta). Elsewhere it returns the first page as if it were all, and
ends with 0: so it is, with StackQL 0.10.541 and its registry of August 2026, for Azure, Cloudflare, Confluent and the
services of AWS that answer in XML. Documents that we fetch or unpack are completed where all lists of a provider go
on in one way. An answer from any other list is whole only where it is smaller than the list's first page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from sqlglot import exp

from inventory_runner.contract import EngineError, Method

# StackQL's folder of a provider, where it is not called as the provider
_FOLDERS = {"google": "googleapis.com"}
_BY_ITSELF = frozenset({"google", "googleadmin", "googleworkspace", "firebase", "github", "okta"})
# a document that says how lists go on, and the section in which it would
_TOLD = b"responseToken"
_CONFIG = b"x-stackQL-config:"
# a list that has pages has one of these as a parameter or in its answer
_PAGES = re.compile(
    rb"\b(?:next_?link|next_?page(?:_?token)?|page_?token|next_?token|next_?marker|marker|is_?truncated|next_?cursor"
    rb"|result_info|starting_after|per_page|page_?size|page_?number|page\[\w+\])(?!\w)",
    re.IGNORECASE,
)
# a document with lists that go on in another way: by a parameter of that name, or several in an answer
_CURSOR = re.compile(rb"\bname: *['\"]?cursor\b|\bcursors:")
_LINK = """
x-stackQL-config:
  pagination:
    requestToken:
      key: ''
      location: request
    responseToken:
      key: {}
      location: body
"""
_NUMBER = """
x-stackQL-config:
  pagination:
    algorithm: page_number
    requestToken:
      key: page
      location: query
    responseToken:
      key: $.result_info.page
      location: body
    responseTerminator:
      key: $.result_info.total_pages
      location: body
"""
# folder of a provider → how its lists go on, by its own API's documentation
_GOES_ON = {
    **dict.fromkeys(("azure", "azure_extras", "azure_isv", "azure_stack"), _LINK.format("nextLink")),
    "confluent": _LINK.format("$.metadata.next"),
    "cloudflare": _NUMBER,
}
# what has pages only for those who ask for them (MaxResults, MaxBuckets)
_WHOLE = frozenset({"aws.ec2", "aws.s3.buckets"})
# the entries of a first page by the API's documentation: MaxItems, MaxRecords, PageSize where they are not given
_FIRST_PAGE = {
    **dict.fromkeys(
        (
            "aws.cloudformation", "aws.cloudfront", "aws.docdb", "aws.elasticache", "aws.iam", "aws.neptune", "aws.rds",
            "aws.redshift", "aws.route53", "aws.sns",
        ),
        100,
    ),
    "aws.autoscaling": 50,
    "aws.elb": 400,
    "aws.elbv2": 400,
}  # fmt: skip
_SMALLEST_PAGE = 5
# parameters that say where a page begins, or how long it is
_SIZES = re.compile(
    r"max|limit|size|count|page|marker|token|cursor|offset|after|before|first|top|skip", re.IGNORECASE
)


def find_folder_name(provider: str) -> str:
    """The name of a provider's folder in a registry's `src`."""
    return _FOLDERS.get(provider, provider)


def complete_documents(src: Path) -> None:
    """Say in a registry's documents how lists go on, where we know it and they do not."""
    for folder, pagination in _GOES_ON.items():
        for document in src.glob(f"{folder}/*/services/*.yaml"):
            content = document.read_bytes()
            if _CONFIG not in content and _PAGES.search(content) and not _CURSOR.search(content):
                document.write_bytes(content.rstrip(b"\n") + pagination.encode())


def suggest_way_out(resource: str) -> str:
    """What an operator can do about a list that StackQL does not read to its end."""
    provider = resource.lower().split(".")[0]
    split = "narrow it, a value at a time, by a parameter of its call that is no column"
    if find_folder_name(provider) in _GOES_ON:
        return f"Give the registry as an archive, whose documents are completed, or {split}."
    if provider == "aws":
        return f"Read it from awscc, where that has the resource, or {split}."
    return f"{split[0].upper()}{split[1:]}."


def cut(
    src: Path,
    resources: Sequence[str],
    query: exp.Query | None,
    rows: int,
    methods: Callable[[str], list[Method]],
    columns: Callable[[str], Collection[str]] = lambda _: (),
) -> list[str]:
    """The resources of which only a first page may have been read.

    src: the registry's folder of that name. rows: of the answer. methods, columns: a resource's, asked where it
    matters; no columns where they are not known.
    """
    unread = [name for name in resources if not _is_read_to_its_end(src, name)]
    if len(resources) == 1 and unread and rows < _find_first_page(unread[0]):
        return [] if query is not None and _is_list(query, unread[0], methods, columns) else unread
    return unread


def _is_read_to_its_end(src: Path, resource: str) -> bool:
    """True, too, where there is no document to tell."""
    provider, service, _ = resource.lower().split(".")
    if provider in _BY_ITSELF or {resource.lower(), f"{provider}.{service}"} & _WHOLE:
        return True
    document = find_document(src, resource)
    return document is None or _describes_paging(document, document.stat().st_mtime_ns)


def find_document(src: Path, resource: str) -> Path | None:
    """The newest document of the resource's service in a registry's `src`; None where there is none."""
    provider, service, _ = resource.lower().split(".")
    found = sorted(src.glob(f"{find_folder_name(provider)}/*/services/{service}.yaml"))
    return found[-1] if found else None


@lru_cache(maxsize=1000)
def _describes_paging(document: Path, _changed_at: int) -> bool:
    content = document.read_bytes()
    return _TOLD in content or _PAGES.search(content) is None


def _find_first_page(resource: str) -> int:
    provider, service, _ = resource.lower().split(".")
    return _FIRST_PAGE.get(f"{provider}.{service}", _SMALLEST_PAGE)


def _is_list(
    query: exp.Query,
    resource: str,
    methods: Callable[[str], list[Method]],
    columns: Callable[[str], Collection[str]],
) -> bool:
    """Whether an answer has a row for each entry of the list: nothing is filtered, grouped or joined after the call."""
    after = ("joins", "group", "having", "distinct", "offset", "windows", "laterals")
    if not isinstance(query, exp.Select) or any(query.args.get(name) for name in after):
        return False
    if len(list(query.find_all(exp.Select))) > 1 or query.find(exp.AggFunc):
        return False
    # the first of what is ordered may be on another page
    if query.args.get("order") and query.args.get("limit"):
        return False
    names = set(_list_compared_names(query))
    if not names:
        return True
    try:
        known = [one for one in methods(resource) if one.verb.upper() == "SELECT"]
    except EngineError:
        return False
    if any(names <= {name.lower() for name in one.required_parameters} for one in known):
        return True
    # what is compared and is no column is handed to the provider, which narrows the list before it cuts it into pages
    described = {_fold(name) for name in columns(resource)}
    narrowing = [
        names - {name.lower() for name in one.required_parameters}
        for one in known
        if {name.lower() for name in one.required_parameters} <= names
    ]
    return bool(described) and any(
        all(name.isidentifier() and _fold(name) not in described and not _SIZES.search(name) for name in rest)
        for rest in narrowing
    )


def _fold(name: str) -> str:
    """A name in any spelling: PathPrefix, path_prefix."""
    return name.lower().replace("_", "")


def _list_compared_names(query: exp.Select) -> Iterator[str]:
    """What the WHERE compares: a column's name, in lower case; of anything but `name = value` and IN its text."""
    where = query.args.get("where")
    pending = [where.this] if where else []
    while pending:
        node = pending.pop().unnest()
        if isinstance(node, exp.And):
            pending += [node.left, node.right]
        elif isinstance(node, exp.EQ | exp.In) and isinstance(node.this, exp.Column):
            yield node.this.name.lower()
        else:
            yield node.sql()
