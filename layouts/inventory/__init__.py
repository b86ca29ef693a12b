"""The managers' pages: the overview, all changes, all resources, a table, a resource."""
