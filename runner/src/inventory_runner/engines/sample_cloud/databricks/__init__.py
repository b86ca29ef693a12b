"""Databricks in the sample cloud: an account with three workspaces; the last one goes dark at times."""
