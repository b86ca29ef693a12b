"""What AWS says in the sample cloud: versions, the values of its parameters, and its words for others."""

from __future__ import annotations

from inventory_runner.engines.sample_cloud.aws.common import REGIONS
from inventory_runner.engines.sample_cloud.providers import Parameter, Words
from inventory_runner.engines.sample_cloud.story import DarkScope

# regions of AWS in which nothing runs
_EMPTY = (
    "us-east-2 us-west-1 ca-central-1 ca-west-1 eu-west-2 eu-west-3 eu-north-1 eu-south-1 eu-south-2 eu-central-2 "
    "ap-southeast-1 ap-southeast-3 ap-southeast-4 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 "
    "ap-east-1 me-south-1 me-central-1 il-central-1 af-south-1 mx-central-1"
)

WORDS = Words(
    versions={"aws": ("v26.08.00412", "v26.05.00398", "v25.09.00351")},
    parameters={
        "region": Parameter(
            values=tuple(REGIONS),
            empty=frozenset(_EMPTY.split()),
            dark=(DarkScope(8, 12, "sa-east-1"), DarkScope(16, 20, "ap-southeast-2")),
            unknown="dial tcp: lookup ec2.{value}.amazonaws.com: no such host",
            refused="http response status code: 403, response body: <Response><Errors><Error>"
            "<Code>UnauthorizedOperation</Code><Message>You are not authorized to perform this operation. User: "
            "arn:aws:iam::418275930164:user/stackql-reader is not authorized to perform: {action} on resource: "
            "arn:aws::{value}:418275930164:* with an explicit deny in a service control policy</Message></Error>"
            "</Errors></Response>",
        )
    },
    everywhere=("aws.iam.", "aws.s3."),
)
