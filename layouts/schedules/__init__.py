"""Schedules, their form and their runs."""
