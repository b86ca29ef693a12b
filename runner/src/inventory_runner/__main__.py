"""`python -m inventory_runner`: the same as the installed `inventory-runner`."""

from __future__ import annotations

from inventory_runner.command.cli import main

if __name__ == "__main__":
    main()
