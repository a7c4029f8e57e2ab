"""The activities of stytch-host-worker, as workflows call them."""

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

# Temporal retries, the worker does not. It says how long to wait after a 429, and which
# failures no retry can help.
RETRIES = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)
)


async def retrieve_user(credential: str, user_id: str) -> dict[str, Any] | None:
    """Returns the user with this Stytch ID or external ID; None if there is none."""
    try:
        return await workflow.execute_activity(
            "stytch.retrieve_user",
            {"credential": credential, "user_id": user_id},
            task_queue=f"stytch.{credential}",
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=timedelta(seconds=5),
            retry_policy=RETRIES,
        )
    except ActivityError as error:
        if isinstance(error.cause, ApplicationError) and error.cause.type == "not_found":
            return None
        raise


async def search_users(credential: str, **request: Any) -> dict[str, Any]:
    """Returns one page of the users that match Stytch's search request."""
    return await workflow.execute_activity(
        "stytch.search_users",
        {"credential": credential, **request},
        task_queue=f"stytch.{credential}.search",
        start_to_close_timeout=timedelta(minutes=1),
        heartbeat_timeout=timedelta(seconds=5),
        retry_policy=RETRIES,
    )


async def search_all(credential: str, file: str, **request: Any) -> dict[str, Any]:
    """Writes all users that match to a file; returns its URL and the receipt."""
    return await workflow.execute_activity(
        "stytch.search_all",
        {"credential": credential, "file": file, **request},
        task_queue=f"stytch.{credential}.search-all",
        start_to_close_timeout=timedelta(hours=8),
        # How soon another worker resumes when this one is gone.
        heartbeat_timeout=timedelta(seconds=10),
        retry_policy=RETRIES,
    )
