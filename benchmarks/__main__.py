"""`python -m benchmarks NAME [--json]`: run one benchmark and print its figures.

A benchmark is a module here with `run(options) -> dict` and, where it has flags, `add_arguments(parser)`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import signal
import sys

import benchmarks


def main() -> None:
    """Dispatch to the named module."""
    names = sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))
    chosen = next((argument for argument in sys.argv[1:] if argument in names), None)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    if chosen is None:
        parser.parse_args()
        return
    module = importlib.import_module(f"benchmarks.{chosen}")
    if hasattr(module, "add_arguments"):
        module.add_arguments(parser)
    options = parser.parse_args()
    # so that servers, folders and mounts are removed then too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    figures = module.run(options)
    if options.json:
        print(json.dumps(figures))
        return
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        print(f"{name:<{width}}  {value}")


if __name__ == "__main__":
    main()
