"""What Databricks says in the sample cloud: versions, the values of its parameters, and its words for others."""

from __future__ import annotations

from inventory_runner.engines.sample_cloud.databricks.rows import ACCOUNT, WORKSPACES
from inventory_runner.engines.sample_cloud.providers import Parameter, Words
from inventory_runner.engines.sample_cloud.story import DarkScope

_VERSIONS = ("v26.08.00413", "v25.11.00362")

WORDS = Words(
    versions={"databricks_account": _VERSIONS, "databricks_workspace": _VERSIONS},
    parameters={
        "account_id": Parameter(
            values=(ACCOUNT,),
            unknown='http response status code: 404, response body: {"error_code":"NOT_FOUND",'
            '"message":"Account {value} does not exist."}',
        ),
        "deployment_name": Parameter(
            values=tuple(WORKSPACES),
            dark=(DarkScope(0, 3, "dbc-9d1e47f0-3b62"),),
            unknown="dial tcp: lookup {value}.cloud.databricks.com: no such host",
            refused='http response status code: 403, response body: {"error_code":"PERMISSION_DENIED",'
            '"message":"Service principal stackql-reader is not a member of workspace {value}."}',
        ),
    },
)
