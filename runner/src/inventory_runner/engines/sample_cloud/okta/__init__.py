"""Okta in the sample cloud: one organisation, which everyone in the company belongs to."""
