"""GitHub in the sample cloud: one organisation."""
