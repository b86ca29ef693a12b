"""Whom a schedule's Databricks job tells of its runs: what is written into the job, and what stands in it.

People are told by e-mail, everything else through the workspace's notification destinations, by their ids. The
template's own notifications stay; the schedule's are added to them.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from inventory_runner.errors import InvalidInput
from inventory_runner.models import Notifications
from services.job_service.calls import JobRefused
from services.models.wording import format_count, join_words

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import JobSettings

# that the platform takes of an event
MOST_DESTINATIONS = 3
# of a workspace's destinations
MOST_LISTED = 500
ON_FAILURE = "on_failure"
ON_DURATION = "on_duration_warning_threshold_exceeded"


def list_destinations(client: WorkspaceClient) -> dict[str, str]:
    """Id → name of the workspace's destinations that a job can tell, by name.

    Those of e-mail are left out: their addresses are people's, and a job is given addresses themselves.
    """
    from databricks.sdk.service.settings import DestinationType

    found = {
        one.id: one.display_name or one.id
        for one in itertools.islice(client.notification_destinations.list(), MOST_LISTED)
        if one.id and one.destination_type is not DestinationType.EMAIL
    }
    return dict(sorted(found.items(), key=lambda item: (item[1].lower(), item[0])))


def read_notifications(settings: JobSettings) -> Notifications:
    """Whom a job tells, by either event; a destination's name is its id, for a job has no names."""
    emails, destinations = settings.email_notifications, settings.webhook_notifications
    people = [
        address for event in (ON_FAILURE, ON_DURATION) for address in getattr(emails, event, None) or []
    ]
    ids = [one.id for event in (ON_FAILURE, ON_DURATION) for one in getattr(destinations, event, None) or []]
    told_of_failure = getattr(emails, ON_FAILURE, None) or getattr(destinations, ON_FAILURE, None)
    seconds = _find_threshold(settings)
    return Notifications(
        tuple(dict.fromkeys(people)),
        dict(zip(ids, ids, strict=True)),
        bool(told_of_failure),
        None if seconds is None else max(1, seconds // 60),
    )


def write_notifications(settings: JobSettings, told: Notifications) -> None:
    """Add whom the schedule tells to the job's settings, whose timeout is known by now.

    Raises InvalidInput where the platform would refuse them, or where a threshold lies beyond the timeout.

    A schedule that tells anna@example.com of failures, and of runs longer than half an hour, gives

        email_notifications:
          {on_failure: [anna@example.com], on_duration_warning_threshold_exceeded: [anna@example.com]}
        health: {rules: [{metric: RUN_DURATION_SECONDS, op: GREATER_THAN, value: 1800}]}
        notification_settings: {no_alert_for_canceled_runs: true, no_alert_for_skipped_runs: true}
    """
    if not told.tell_somebody:
        return
    from databricks.sdk.service.jobs import (
        JobEmailNotifications,
        JobNotificationSettings,
        JobsHealthMetric,
        JobsHealthOperator,
        JobsHealthRule,
        JobsHealthRules,
        Webhook,
        WebhookNotifications,
    )

    emails = settings.email_notifications = settings.email_notifications or JobEmailNotifications()
    hooks = settings.webhook_notifications = settings.webhook_notifications or WebhookNotifications()
    # a run that somebody ended, or that never began, is no failure
    settings.notification_settings = settings.notification_settings or JobNotificationSettings(
        no_alert_for_canceled_runs=True, no_alert_for_skipped_runs=True
    )
    for event in [ON_FAILURE] * told.on_failure + [ON_DURATION] * bool(told.after_minutes):
        addresses = unite_addresses(getattr(emails, event) or (), told.emails)
        ids = dict.fromkeys([*(hook.id for hook in getattr(hooks, event) or ()), *told.destinations])
        if len(ids) > MOST_DESTINATIONS:
            raise make_too_many(len(told.destinations), len(ids) - len(told.destinations))
        if addresses:
            setattr(emails, event, addresses)
        if ids:
            setattr(hooks, event, [Webhook(id) for id in ids])
    if told.after_minutes:
        check_threshold(told.after_minutes, (settings.timeout_seconds or 0) // 60)
        rules = (settings.health.rules if settings.health else None) or []
        others = [rule for rule in rules if rule.metric is not JobsHealthMetric.RUN_DURATION_SECONDS]
        mine = JobsHealthRule(
            JobsHealthMetric.RUN_DURATION_SECONDS, JobsHealthOperator.GREATER_THAN, 60 * told.after_minutes
        )
        settings.health = JobsHealthRules([*others, mine])


def unite_addresses(*lists: Sequence[str]) -> list[str]:
    """All addresses, each once however it is capitalised."""
    found = {address.lower(): address for addresses in reversed(lists) for address in reversed(addresses)}
    return list(reversed(found.values()))


def make_too_many(chosen: int, already: int) -> InvalidInput:
    """Why a schedule cannot tell so many destinations. already: those of the template."""
    words = f" The jobs' template tells {format_count(already, 'other')} already." if already else ""
    return InvalidInput(
        f"{format_count(chosen, 'destination')} were chosen, and Databricks tells at most {MOST_DESTINATIONS} of an"
        f" event.{words}",
        field="notify_destinations",
        hint="Choose fewer: a channel that several teams read, for one.",
    )


def make_gone(gone: Mapping[str, str], details: str) -> JobRefused:
    """Why the job was refused: the workspace has these destinations no more. details: Databricks' own words."""
    one = len(gone) == 1
    return JobRefused(
        f"The workspace has no notification destination{'' if one else 's'} {join_words(list(gone.values()))} any more,"
        " so Databricks refused the job.",
        hint=f"Edit the schedule and take {'it' if one else 'them'} out of its notifications.",
        details=details,
    )


def check_threshold(minutes: int, timeout_minutes: int) -> None:
    """Raise InvalidInput where a run is ended before it takes so long."""
    if minutes >= timeout_minutes:
        raise InvalidInput(
            f"A run is ended after {format_count(timeout_minutes, 'minute')}, so none takes longer than {minutes:,}.",
            field="notify_minutes",
            hint=f"Give a number below {timeout_minutes:,}.",
        )


def summarise(settings: JobSettings) -> dict[str, Any]:
    """Event → whom a job tells of it, and its threshold, in an order of their own: for comparing two jobs."""

    def sort(events: object) -> Mapping[str, list[str]]:
        return {
            event: sorted(str(getattr(one, "id", one)) for one in getattr(events, event, None) or ())
            for event in (ON_FAILURE, ON_DURATION)
        }

    return {
        "people": sort(settings.email_notifications),
        "destinations": sort(settings.webhook_notifications),
        "seconds": _find_threshold(settings),
    }


def _find_threshold(settings: JobSettings) -> int | None:
    from databricks.sdk.service.jobs import JobsHealthMetric

    rules = (settings.health.rules if settings.health else None) or []
    return next((rule.value for rule in rules if rule.metric is JobsHealthMetric.RUN_DURATION_SECONDS), None)
