"""The inbox: what needs somebody, and who takes care of it."""
