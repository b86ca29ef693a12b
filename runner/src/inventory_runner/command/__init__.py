"""The command line `inventory-runner`."""
