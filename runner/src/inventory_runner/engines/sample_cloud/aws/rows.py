"""AWS in the sample cloud: the rows of every service."""

from __future__ import annotations

from inventory_runner.engines.sample_cloud.aws import ec2, iam, services

GENERATORS = {**ec2.GENERATORS, **iam.GENERATORS, **services.GENERATORS}
