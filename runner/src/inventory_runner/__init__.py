"""Runs StackQL queries and keeps Postgres inventory tables up to date."""

__version__ = "0.1.0"
