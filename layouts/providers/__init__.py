"""Which secrets hold which credentials."""
