"""Providers' answers, as they document them, in a sentence: who refuses what, where and why, and what to do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory_runner.contract import AccessDenied, EngineError, QueryTimeout, Throttled
from inventory_runner.engines.classify import find_error
from inventory_runner.wording import cut_at_word

EC2 = "SELECT instance_id FROM aws.ec2.instances WHERE region = 'ap-southeast-2'"
ECS = "SELECT * FROM aws.ecs.clusters WHERE region = 'eu-west-1'"
GCE = "SELECT name FROM google.compute.instances WHERE project = 'my-project' AND zone = 'us-east1-b'"
VMS = "SELECT name FROM azure.compute.virtual_machines WHERE subscription_id = '1b2c'"
REPOS = "SELECT name FROM github.repos.repos WHERE org = 'octo-org'"
ZONES = "SELECT name FROM cloudflare.zones.zones"
CLUSTERS = "SELECT * FROM databricks_workspace.compute.clusters WHERE deployment_name = 'dbc-1'"
USERS = "SELECT * FROM okta.user.users WHERE subdomain = 'acme'"


def http(status: int, body: str) -> str:
    return f"http response status code: {status}, response body: {body}"


def xml(code: str, message: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
        f"<Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        "<RequestID>ea966190-f9aa-478e-9ede-example</RequestID></Response>"
    )


UNAUTHORIZED = (
    "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/reader is not authorized"
    " to perform: ec2:DescribeInstances {why}. Encoded authorization failure message: {code}"
)


@pytest.mark.parametrize(
    ("sql", "answer", "kind", "message", "to_do"),
    [
        (
            EC2,
            http(
                403,
                xml(
                    "UnauthorizedOperation",
                    UNAUTHORIZED.format(
                        why="with an explicit deny in a service control policy", code="wZ9x" * 200
                    ),
                ),
            ),
            AccessDenied,
            "AWS refuses ec2:DescribeInstances in ap-southeast-2: a service control policy denies it.",
            "Allow ec2:DescribeInstances for these credentials, or leave ap-southeast-2 out.",
        ),
        (
            EC2,
            http(
                403,
                xml(
                    "UnauthorizedOperation",
                    UNAUTHORIZED.format(
                        why="because no identity-based policy allows the ec2:DescribeInstances action",
                        code="x",
                    ),
                ),
            ),
            AccessDenied,
            "AWS refuses ec2:DescribeInstances in ap-southeast-2: no identity-based policy allows it.",
            "Allow ec2:DescribeInstances",
        ),
        (
            ECS,
            http(
                400,
                '{"__type":"com.amazonaws.ecs#AccessDeniedException","Message":"User: arn:aws:sts::123456789012:'
                "assumed-role/r/s is not authorized to perform: ecs:ListClusters on resource: * because no "
                'permissions boundary allows the ecs:ListClusters action"}',
            ),
            AccessDenied,
            "AWS refuses ecs:ListClusters in eu-west-1: no permissions boundary allows it.",
            "Allow ecs:ListClusters",
        ),
        (
            EC2,
            http(401, xml("AuthFailure", "AWS was not able to validate the provided access credentials")),
            AccessDenied,
            "AWS does not accept the credentials in ap-southeast-2: they cannot be checked there, as in a region that"
            " the account has not enabled.",
            "Check them on the Providers page.",
        ),
        (
            ECS,
            http(
                400,
                '{"__type":"UnrecognizedClientException","message":"The security token included in the request is '
                'invalid."}',
            ),
            AccessDenied,
            "AWS does not accept the credentials in eu-west-1: it does not know the access key.",
            "Providers page",
        ),
        (
            EC2,
            http(503, xml("RequestLimitExceeded", "Request limit exceeded.")),
            Throttled,
            "AWS asked for fewer requests in ap-southeast-2.",
            "Wait",
        ),
        (
            EC2,
            http(500, xml("InternalError", "An internal error has occurred")),
            EngineError,
            "AWS answered 500 in ap-southeast-2, which is a fault of its own: “An internal error has occurred”.",
            "later",
        ),
        (
            GCE,
            http(
                403,
                '{"error":{"code":403,"message":"Compute Engine API has not been used in project 123456 before or it '
                "is disabled. Enable it by visiting https://console.developers.google.com/apis/api/compute then retry."
                '","errors":[{"message":"…","domain":"usageLimits","reason":"accessNotConfigured"}],'
                '"status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",'
                '"reason":"SERVICE_DISABLED","domain":"googleapis.com"}]}}',
            ),
            AccessDenied,
            "Google Cloud refuses to read compute.instances in project my-project: the Compute Engine API is not"
            " enabled in the project.",
            "Enable it, or leave project my-project out.",
        ),
        (
            GCE,
            http(
                403,
                '{"error":{"code":403,"message":"Required \'compute.instances.list\' permission for '
                '\'projects/my-project\'","errors":[{"reason":"forbidden"}]}}',
            ),
            AccessDenied,
            "Google Cloud refuses compute.instances.list in project my-project: no role grants the permission.",
            "Allow compute.instances.list",
        ),
        (
            GCE,
            'Get "https://compute.googleapis.com/": oauth2: cannot fetch token: 400 Bad Request\nResponse: '
            '{"error":"invalid_grant","error_description":"Invalid JWT Signature."}',
            AccessDenied,
            "Google Cloud does not accept the credentials in project my-project: the key is not valid any more, or the"
            " machine's clock is wrong.",
            "Providers page",
        ),
        (
            GCE,
            http(
                429,
                '{"error":{"code":429,"message":"Quota exceeded for quota metric","status":"RESOURCE_EXHAUSTED"}}',
            ),
            Throttled,
            "Google Cloud asked for fewer requests in project my-project.",
            "Wait",
        ),
        (
            VMS,
            http(
                403,
                '{"error":{"code":"AuthorizationFailed","message":"The client \'a1\' with object id \'a1\' does not '
                "have authorization to perform action 'Microsoft.Compute/virtualMachines/read' over scope "
                "'/subscriptions/1b2c' or the scope is invalid. If access was recently granted, please refresh your "
                'credentials."}}',
            ),
            AccessDenied,
            "Azure refuses Microsoft.Compute/virtualMachines/read in subscription 1b2c: no role assignment allows it.",
            "Allow Microsoft.Compute/virtualMachines/read for these credentials, or leave subscription 1b2c out.",
        ),
        (
            VMS,
            http(
                401,
                '{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app '
                "'x' are expired.\"}",
            ),
            AccessDenied,
            "Azure does not accept the credentials in subscription 1b2c: the client secret has expired.",
            "Providers page",
        ),
        (
            VMS,
            http(
                409,
                '{"error":{"code":"MissingSubscriptionRegistration","message":"The subscription is not registered to '
                "use namespace 'Microsoft.Compute'.\"}}",
            ),
            EngineError,
            "Azure answered 409 in subscription 1b2c: “The subscription is not registered to use namespace"
            " 'Microsoft.Compute'”.",
            "WHERE",
        ),
        (
            REPOS,
            http(
                403,
                '{"message":"Resource not accessible by personal access token","documentation_url":'
                '"https://docs.github.com/rest","status":"403"}',
            ),
            AccessDenied,
            "GitHub refuses to read repos.repos in organization octo-org: the token's permissions do not cover it.",
            "leave organization octo-org out",
        ),
        (
            REPOS,
            http(401, '{"message":"Bad credentials","documentation_url":"https://docs.github.com/rest"}'),
            AccessDenied,
            "GitHub does not accept the credentials in organization octo-org: the token is wrong, has expired or was"
            " revoked.",
            "Providers page",
        ),
        (
            REPOS,
            http(403, '{"message":"API rate limit exceeded for user ID 1."}'),
            Throttled,
            "GitHub asked for fewer requests in organization octo-org.",
            "Wait",
        ),
        (
            ZONES,
            http(
                403,
                '{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],'
                '"result":null}',
            ),
            AccessDenied,
            "Cloudflare does not accept the credentials: the API token is wrong, or lacks the permission.",
            "Providers page",
        ),
        (
            ZONES,
            http(
                403,
                '{"success":false,"errors":[{"code":9109,"message":"Unauthorized to access requested resource"}]}',
            ),
            AccessDenied,
            "Cloudflare refuses to read zones.zones: the API token does not cover it.",
            "Allow it",
        ),
        (
            CLUSTERS,
            http(
                403,
                '{"error_code":"PERMISSION_DENIED","message":"User 42 does not have permission to list clusters."}',
            ),
            AccessDenied,
            "Databricks refuses to read compute.clusters in workspace dbc-1: “User 42 does not have permission to list"
            " clusters”.",
            "leave workspace dbc-1 out",
        ),
        (
            CLUSTERS,
            http(403, '{"error_code":403,"message":"Invalid access token."}'),
            AccessDenied,
            "Databricks does not accept the credentials in workspace dbc-1: the token is wrong or has expired.",
            "Providers page",
        ),
        (
            USERS,
            http(
                403,
                '{"errorCode":"E0000006","errorSummary":"You do not have permission to perform the requested action",'
                '"errorLink":"E0000006","errorId":"oae","errorCauses":[]}',
            ),
            AccessDenied,
            "Okta refuses to read user.users: the API token's administrator may not read it.",
            "Allow it",
        ),
        (
            EC2,
            'Get "https://ec2.ap-southeast-2.amazonaws.com/": context deadline exceeded',
            QueryTimeout,
            "ec2.ap-southeast-2.amazonaws.com did not answer in time.",
            "raise the time limit",
        ),
        (
            EC2,
            'Post "https://ec2.moon-1.amazonaws.com/": dial tcp: lookup ec2.moon-1.amazonaws.com on 10.0.0.2:53: no '
            "such host",
            EngineError,
            "ec2.moon-1.amazonaws.com cannot be reached: its name is not known here.",
            "DNS",
        ),
        (
            EC2,
            'Post "https://ec2.eu-west-1.amazonaws.com/": tls: failed to verify certificate: x509: certificate signed '
            "by unknown authority",
            EngineError,
            "The certificate of ec2.eu-west-1.amazonaws.com is not trusted here.",
            "proxy",
        ),
        (
            EC2,
            http(403, "<html>a page of a proxy</html>"),
            AccessDenied,
            "AWS refuses to read ec2.instances in ap-southeast-2 (403).",
            "Allow it",
        ),
        (
            "SHOW PROVIDERS",
            http(403, "no"),
            AccessDenied,
            "The provider refuses the request (403).",
            "Allow it",
        ),
    ],
)
def test_an_answer_becomes_a_sentence_and_what_to_do(
    sql: str, answer: str, kind: type[EngineError], message: str, to_do: str
) -> None:
    error = find_error(answer, sql)
    assert error is not None
    assert (type(error), error.message) == (kind, message)
    assert to_do in error.hint
    assert error.details == answer[: len(error.details)] and error.details


def test_of_several_places_none_is_blamed() -> None:
    error = find_error(http(403, "no"), EC2.replace("=", "IN ('a') OR region =") + " OR region = 'b'")
    assert error is not None and error.message == "AWS refuses to read ec2.instances (403)."


@given(st.text("ab ,\n", max_size=60), st.integers(2, 30))
def test_a_cut_ends_with_a_whole_word_where_it_can(text: str, most: int) -> None:
    cut = cut_at_word(text, most)
    assert len(cut) <= most + 1
    if cut != text:
        kept = cut.removesuffix("…")
        assert cut.endswith("…") and text.startswith(kept)
        rest = text[len(kept) :]
        assert not rest or not rest[0].isalpha() or not any(one.isspace() for one in text[:most].strip())


@given(st.text(max_size=300), st.sampled_from([400, 401, 403, 404, 418, 429, 500, 503]))
def test_no_body_breaks_it(body: str, status: int) -> None:
    error = find_error(http(status, body), EC2)
    assert error is not None and error.message.endswith(".") and "\n" not in error.message
