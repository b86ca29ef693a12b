"""GitHub in the sample cloud: one organisation, its repositories and what happens in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from inventory_runner.engines.sample_cloud.company import DOMAIN, SHORT, TEAMS, people
from inventory_runner.engines.sample_cloud.dice import Dice, Life, life, population

ORGANISATION = SHORT
_API = "https://api.github.com"
_LANGUAGES = (
    ("Python", 26),
    ("TypeScript", 22),
    ("Go", 18),
    ("Java", 12),
    ("HCL", 12),
    ("Rust", 4),
    ("Shell", 6),
)
_PARTS = ("service", "infra", "web", "lib", "jobs", "docs")
PERMANENT = tuple(app for _, apps in TEAMS.values() for app in apps)
_WORK = (
    "Raise the timeout of the carrier call",
    "Retry on 429",
    "Move to Python 3.12",
    "Fix rounding of VAT",
    "Bump dependencies",
    "Add a health check",
    "Cache the price list",
    "Drop the old endpoint",
    "Split the nightly job",
    "Correct the time zone of reports",
    "Log the request id",
    "Tighten the IAM policy",
)
_LABELS = ("bug", "enhancement", "dependencies", "security", "good first issue")


@lru_cache(maxsize=4)
def list_repositories(day: int) -> dict[str, Life]:
    """Name → life: one repository per application, and others that come and go."""
    found = {one_name: _make_permanent(place, one_name) for place, one_name in enumerate(PERMANENT)}
    for one in population("repository", 42, day, 520):
        base = one.dice.pick(PERMANENT, "base")
        found[f"{base}-{one.dice.pick(_PARTS, 'part')}-{one.suffix(2)}"] = one
    return found


def _make_permanent(place: int, name: str) -> Life:
    born = 737_000 + place * 31
    return life("repository", f"repository {name}", 1000 + place, born, 10**7)


def _number(dice: Dice) -> int:
    return int(dice.digits(9, "id"))


def _user(login: str, kind: str = "User") -> dict[str, Any]:
    return {"id": _number(Dice(f"login {login}")), "login": login, "type": kind}


@lru_cache(maxsize=4)
def _engineers(day: int) -> list[str]:
    return sorted(
        person.login.replace(".", "-") for person in people(day) if _is_member(person.team, person.left)
    )


def _is_member(team: str, left: int | None) -> bool:
    return team in {"payments", "platform", "data"} and left is None


def repos(day: int, org: str) -> Iterator[dict[str, Any]]:
    for name, one in list_repositories(day).items():
        dice = one.dice
        full = f"{ORGANISATION}/{name}"
        pushed, since = one.era("pushed", dice.pick((3, 7, 20, 90, 700), "pace"), day)
        private = not dice.chance(0.1, "public")
        issues = sum(1 for _ in list_issues(day, name))
        yield {
            "id": _number(dice),
            "node_id": "R_kgDO" + dice.mixed(8, "node"),
            "name": name,
            "full_name": full,
            "private": private,
            "visibility": "private" if private else "public",
            "description": f"{name.split('-')[0].capitalize()}: {dice.pick(_PARTS, 'about')}"
            if dice.chance(0.7, "d")
            else None,
            "fork": False,
            "archived": dice.chance(0.3, "archived") if since < day - 200 else False,
            "disabled": False,
            "owner": _user(ORGANISATION, "Organization"),
            "default_branch": "master" if dice.chance(0.12, "old") else "main",
            "language": dice.weighted(_LANGUAGES, "language"),
            "topics": [dice.pick(tuple(TEAMS), "team")],
            "license": {"key": "mit", "spdx_id": "MIT"} if not private else None,
            "size": dice.between(40, 90_000, "size") + pushed % 50,
            "stargazers_count": 0 if private else dice.below(400, "stars"),
            "watchers_count": 0 if private else dice.below(400, "stars"),
            "forks_count": dice.below(12, "forks"),
            "forks": dice.below(12, "forks"),
            "open_issues_count": issues,
            "open_issues": issues,
            "has_issues": True,
            "has_wiki": dice.chance(0.3, "wiki"),
            "has_pages": False,
            "has_projects": True,
            "allow_forking": not private,
            "delete_branch_on_merge": dice.chance(0.6, "tidy"),
            "web_commit_signoff_required": False,
            "security_and_analysis": {
                "secret_scanning": {"status": "enabled" if dice.chance(0.7, "secrets") else "disabled"},
                "dependabot_security_updates": {
                    "status": "enabled" if dice.chance(0.6, "bot") else "disabled"
                },
            },
            "html_url": f"https://github.com/{full}",
            "url": f"{_API}/repos/{full}",
            "clone_url": f"https://github.com/{full}.git",
            "ssh_url": f"git@github.com:{full}.git",
            "created_at": one.stamp(one.born),
            "updated_at": one.stamp(since),
            "pushed_at": one.stamp(since),
        }


def members(day: int, org: str) -> Iterator[dict[str, Any]]:
    for place, login in enumerate([*_engineers(day), "af-release-bot", "af-renovate"]):
        dice = Dice(f"login {login}")
        yield {
            "id": _number(dice),
            "node_id": "MDQ6VXNlcj" + dice.digits(7, "node"),
            "login": login,
            "type": "User",
            "site_admin": False,
            "user_view_type": "public",
            "url": f"{_API}/users/{login}",
            "html_url": f"https://github.com/{login}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{_number(dice)}?v=4",
            "repos_url": f"{_API}/users/{login}/repos",
            "email": None if place % 3 else f"{login.replace('-', '.')}@{DOMAIN}",
        }


def branches(day: int, owner: str, repo: str) -> Iterator[dict[str, Any]]:
    one = list_repositories(day)[repo]
    default = "master" if one.dice.chance(0.12, "old") else "main"
    names = [(default, not one.dice.chance(0.22, "unprotected"), one)]
    for work in population(f"branch/{repo}", 2 + one.dice.below(5, "branches"), day, 24):
        title = work.dice.pick(_WORK, "title").lower().replace(" ", "-").replace(".", "")
        names.append(
            (f"{work.dice.pick(('feature', 'fix', 'renovate'), 'kind')}/{title}-{work.slot}", False, work)
        )
    for name, protected, branch in names:
        pushed, _ = branch.era("pushed", 4, day)
        sha = branch.dice.hex(40, f"sha{pushed}")
        address = f"{_API}/repos/{ORGANISATION}/{repo}"
        yield {
            "name": name,
            "commit": {"sha": sha, "url": f"{address}/commits/{sha}"},
            "protected": protected,
            "protection": {
                "enabled": protected,
                "required_status_checks": {"contexts": ["ci"] if protected else []},
            },
            "protection_url": f"{address}/branches/{name}/protection",
        }


def commits(day: int, owner: str, repo: str) -> Iterator[dict[str, Any]]:
    engineers = _engineers(day)
    for one in population(f"commit/{repo}", 6, day, 30):
        sha = one.dice.hex(40, "sha")
        login = one.dice.pick(engineers, "author")
        who = {
            "date": one.stamp(one.born),
            "email": f"{login.replace('-', '.')}@{DOMAIN}",
            "name": login.replace("-", " ").title(),
        }
        yield {
            "sha": sha,
            "node_id": "C_kwDO" + one.dice.mixed(12, "node"),
            "commit": {
                "author": who,
                "committer": who,
                "message": one.dice.pick(_WORK, "message"),
                "verification": {"verified": one.dice.chance(0.7, "signed")},
            },
            "author": _user(login),
            "committer": _user(login),
            "parents": [{"sha": one.dice.hex(40, "parent")}],
            "html_url": f"https://github.com/{ORGANISATION}/{repo}/commit/{sha}",
            "url": f"{_API}/repos/{ORGANISATION}/{repo}/commits/{sha}",
        }


def list_issues(day: int, repo: str) -> Iterator[Life]:
    return population(f"issue/{repo}", Dice(f"issues/{repo}").below(6, "count"), day, 45)


def issues(day: int, owner: str, repo: str) -> Iterator[dict[str, Any]]:
    engineers = _engineers(day)
    for one in list_issues(day, repo):
        commented, since = one.era("comments", 8, day)
        row = _thread(one, repo, "issues", engineers, since)
        yield row | {
            "comments": commented % 9,
            "state_reason": None,
            "body": "Seen in production; see the linked dashboard.",
        }


def pull_requests(day: int, owner: str, repo: str) -> Iterator[dict[str, Any]]:
    engineers = _engineers(day)
    for one in population(f"pull/{repo}", _pulls(repo), day, 16):
        pushed, since = one.era("pushed", 3, day)
        row = _thread(one, repo, "pulls", engineers, since)
        branch = row["title"].lower().replace(" ", "-").replace(".", "")
        yield row | {
            "draft": one.dice.chance(0.2, "draft"),
            "base": {"ref": "main", "repo": {"full_name": f"{ORGANISATION}/{repo}"}},
            "head": {"ref": f"feature/{branch}", "sha": one.dice.hex(40, f"sha{pushed}")},
            "requested_reviewers": [_user(one.dice.pick(engineers, "reviewer"))]
            if one.dice.chance(0.6, "asked")
            else [],
            "merged_at": None,
        }


def _pulls(repo: str) -> int:
    """How many pull requests are open: more where an application lives."""
    return Dice(f"pulls/{repo}").below(5, "count") + (3 if repo in PERMANENT else 0)


def _thread(one: Life, repo: str, kind: str, engineers: list[str], since: int) -> dict[str, Any]:
    number = 100 + one.slot + 7 * (one.born % 400)
    address = f"{ORGANISATION}/{repo}"
    page = "pull" if kind == "pulls" else "issues"
    return {
        "id": int(one.dice.digits(10, "id")),
        "node_id": "I_kwDO" + one.dice.mixed(10, "node"),
        "number": number,
        "title": one.dice.pick(_WORK, "title"),
        "state": "open",
        "locked": False,
        "user": _user(one.dice.pick(engineers, "author")),
        "assignees": [_user(one.dice.pick(engineers, "assignee"))]
        if one.dice.chance(0.5, "assigned")
        else [],
        "labels": [{"name": one.dice.pick(_LABELS, "label")}] if one.dice.chance(0.8, "labelled") else [],
        "author_association": "MEMBER",
        "created_at": one.stamp(one.born),
        "updated_at": one.stamp(since),
        "url": f"{_API}/repos/{address}/{kind}/{number}",
        "html_url": f"https://github.com/{address}/{page}/{number}",
    }


def releases(day: int, owner: str, repo: str) -> Iterator[dict[str, Any]]:
    engineers = _engineers(day)
    for one in population(f"release/{repo}", Dice(f"releases/{repo}").below(4, "count"), day, 120):
        tag = f"v{1 + one.slot}.{one.born % 30}.{one.dice.below(9, 'patch')}"
        yield {
            "id": int(one.dice.digits(9, "id")),
            "node_id": "RE_kwDO" + one.dice.mixed(10, "node"),
            "name": tag,
            "tag_name": tag,
            "target_commitish": "main",
            "draft": False,
            "prerelease": one.dice.chance(0.15, "pre"),
            "immutable": False,
            "author": _user(one.dice.pick(engineers, "author")),
            "assets": [],
            "body": "Changes since the last release are in CHANGELOG.md.",
            "created_at": one.stamp(one.born),
            "published_at": one.stamp(one.born),
            "html_url": f"https://github.com/{ORGANISATION}/{repo}/releases/tag/{tag}",
            "url": f"{_API}/repos/{ORGANISATION}/{repo}/releases/{one.dice.digits(9, 'id')}",
        }


def users(day: int) -> Iterator[dict[str, Any]]:
    """Who the credentials belong to."""
    yield _user("af-inventory-reader") | {
        "name": "Inventory reader",
        "email": f"inventory@{DOMAIN}",
        "company": "Alder & Finch",
        "public_repos": 0,
        "followers": 0,
        "site_admin": False,
        "two_factor_authentication": True,
        "created_at": "2024-02-11T08:30:12Z",
        "updated_at": "2025-06-01T10:02:45Z",
        "html_url": "https://github.com/af-inventory-reader",
        "url": f"{_API}/users/af-inventory-reader",
    }


GENERATORS: dict[str, Callable[..., Iterator[dict[str, Any]]]] = {
    "github.issues.issues": issues,
    "github.orgs.members": members,
    "github.pulls.pull_requests": pull_requests,
    "github.repos.branches": branches,
    "github.repos.commits": commits,
    "github.repos.releases": releases,
    "github.repos.repos": repos,
    "github.users.users": users,
}
