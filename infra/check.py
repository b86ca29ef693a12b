"""What of a deployment is there, what is missing, and what to run next: a check after each step of infra/README.md.

    python3 infra/check.py            every step, up to the first that is not done
    python3 infra/check.py --all      every step
    python3 infra/check.py 5          one step (0: what is needed before them)

It reads infra/deployment.env, asks with `databricks` and `psql`, and changes nothing; no secret is printed. Each line
says there, missing, or unknown: what could not be found out is never called missing.

exit codes: 0 all of it is there · 1 something is missing · 2 infra/deployment.env cannot be used
            3 nothing is known to be missing, and something is unknown
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import steps
from deployment import BadFile, State, read_file
from steps import Check, Finding


class Step(NamedTuple):
    """title: as README's heading of the step. next: what to run, or where to look, when it is not done."""

    title: str
    next: str
    check: Callable[[Check], Iterator[Finding]]


STEPS: tuple[Step, ...] = (
    Step("before the steps", "see *Before you begin*", steps.check_needs),
    Step("the StackQL program", "the commands of step 1", steps.check_program),
    Step("the provider registry", "the commands of step 2, or the value public", steps.check_registry),
    Step(
        "everything a bundle makes",
        "cd infra/bundles && databricks bundle deploy -t $TARGET",
        steps.check_bundle,
    ),
    Step("files, and what the app may read", "the commands of step 4", steps.check_rights),
    Step("the database's roles", "psql with infra/sql/1_roles.sql, as step 5 says", steps.check_roles),
    Step(
        "the first start", "cd infra/bundles && databricks bundle run inventory -t $TARGET", steps.check_start
    ),
    Step(
        "what analysts see",
        "psql with infra/sql/2_unity_catalog.sql, and the grants of step 7",
        steps.check_analysts,
    ),
    Step("who may look users up", "see step 8", steps.check_lookup),
    Step("credentials", "databricks secrets put-secret $SCOPE KEY", steps.check_credentials),
    Step("the first scheduled table", "in the app, as step 10 says", steps.check_schedule),
)


def report(findings: Sequence[Finding], step: int) -> str:
    """A step's findings as lines, and below them what to run where it is not done."""
    lines = [f"step {step} · {STEPS[step].title}"]
    for what, state, why in findings:
        lines.append(f"  {state.value:<8} {what}" + (f": {why}" if why else ""))
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """The exit code, as the module says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", nargs="?", type=int, choices=range(len(STEPS)), metavar="STEP")
    parser.add_argument("--all", action="store_true", help="go on after a step that is not done")
    options = parser.parse_args(arguments)
    try:
        check = Check(read_file())
    except BadFile as error:
        sys.stderr.write(f"{error}\n")
        return 2
    states, first = set(), None
    for number in range(len(STEPS)) if options.step is None else [options.step]:
        findings = list(STEPS[number].check(check))
        sys.stdout.write(report(findings, number) + "\n")
        sys.stdout.flush()
        states |= {finding.state for finding in findings}
        if any(finding.state is not State.THERE for finding in findings):
            first = number if first is None else first
            if not options.all:
                break
    if first is not None:
        sys.stdout.write(f"next: step {first} of infra/README.md: {STEPS[first].next}\n")
    if State.MISSING in states:
        return 1
    return 3 if State.UNKNOWN in states else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
