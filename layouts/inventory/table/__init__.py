"""A table's page and its tabs."""
