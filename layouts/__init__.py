"""What the pages show: id constants and layouts. No services, no data."""
