"""The names of what a page's address carries, which both sides write: links in Python, and scripts in the browser."""

from __future__ import annotations

# the inventory's first page, and its views
VIEW = "view"
PROVIDER = "provider"
REGION = "region"
DAYS = "days"
ACCOUNT = "account"
OWNER = "owner"
COLUMN = "column"
FLAPPING = "flapping"
FIND = "find"
SORT = "sort"
# of a grid: the filters of its columns
WHERE = "where"
PAGE = "page"
KIND = "kind"
DAY = "day"
# of the list of all resources: "all", whatever view the person begins with
SAVED = "saved"

# the inbox: what was done about an entry
STATE = "state"

# a table, the parts of its page, and a resource
SCHEMA = "schema"
TAB = "tab"
AS_OF = "asof"
ONLY = "only"
BY = "by"
MEASURE = "measure"
OF = "of"
SPLIT = "split"
FILTER = "filter"
KEY = "key"
SCOPE = "scope"

# the IDE and the schedules: a saved query to open, what a text is run against, a query to make a schedule of
QUERY = "query"
SOURCE = "source"
NEW = "new"
# a schedule to edit, and a scope to take out of it
EDIT = "edit"
WITHOUT = "without"
