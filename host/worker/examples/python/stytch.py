"""The activities of stytch-host-worker, as workflows call them."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    TimeoutError,
    TimeoutType,
)

# Temporal retries, the worker does not. It says how long to wait after a 429, and which
# failures no retry can help.
RETRIES = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1))

# How long Stytch, or all workers of a credential, may be down.
PATIENCE = timedelta(days=1)

# How long a workflow waits for the first worker of a credential: a wrong name is an error,
# and not a reason to wait for a day. A pause after a 429 is shorter.
WORKER_WITHIN = timedelta(minutes=15)


async def retrieve_user(credential: str, user_id: str) -> dict[str, Any] | None:
    """Returns the user with this Stytch ID or external ID; None if there is none."""
    try:
        user: dict[str, Any] = await call(
            "stytch.retrieve_user",
            f"stytch.{credential}",
            {"credential": credential, "user_id": user_id},
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=timedelta(seconds=5),
            schedule_to_start_timeout=WORKER_WITHIN,
        )
    except ActivityError as error:
        if isinstance(error.cause, ApplicationError) and error.cause.type == "not_found":
            return None
        raise
    return user


async def search_users(credential: str, **request: Any) -> dict[str, Any]:
    """Returns one page of the users that match Stytch's search request."""
    page: dict[str, Any] = await call(
        "stytch.search_users",
        f"stytch.{credential}.search",
        {"credential": credential, **request},
        start_to_close_timeout=timedelta(minutes=1),
        heartbeat_timeout=timedelta(seconds=5),
    )
    return page


async def search_all(credential: str, file: str, **request: Any) -> dict[str, Any]:
    """Writes all users that match to a file; returns its URL and the receipt."""
    written: dict[str, Any] = await call(
        "stytch.search_all",
        f"stytch.{credential}.search-all",
        {"credential": credential, "file": file, **request},
        start_to_close_timeout=timedelta(hours=8),
        # How soon another worker resumes when this one is gone.
        heartbeat_timeout=timedelta(seconds=10),
        schedule_to_start_timeout=WORKER_WITHIN,
    )
    return written


def member(record: dict[str, Any], name: str) -> Any:
    """Returns a member that a worker with --fields may leave out."""
    if record.get(name) is None:
        raise ApplicationError(
            f"the user has no {name!r}: let the --fields of stytch-host-worker include it",
            type="missing_member",
            non_retryable=True,
        )
    return record[name]


async def call(activity: str, queue: str, argument: dict[str, Any], **options: Any) -> Any:
    try:
        return await workflow.execute_activity(
            activity,
            argument,
            task_queue=queue,
            schedule_to_close_timeout=PATIENCE,
            retry_policy=RETRIES,
            **options,
        )
    except ActivityError as error:
        cause = error.cause
        if isinstance(cause, TimeoutError) and cause.type is TimeoutType.SCHEDULE_TO_START:
            raise ApplicationError(
                f"no stytch-host-worker serves the task queue {queue}: start one that has this "
                "credential (and --destination, to search for all users), or correct its name",
                type="no_worker",
                non_retryable=True,
            ) from error
        raise
