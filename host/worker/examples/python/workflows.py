"""Two workflows to start from."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import activities
    import stytch

# How many retrievals of an audit are in flight.
AT_ONCE = 100

FILES: dict[str, Any] = {
    "start_to_close_timeout": timedelta(seconds=10),
    "schedule_to_close_timeout": timedelta(days=1),
}


@dataclass
class Case:
    case_id: str
    credential: str
    external_id: str


@workflow.defn
class EnrichCase:
    """Looks the user of a case up, decides what the case needs, and writes it."""

    @workflow.run
    async def run(self, case: Case) -> str:
        user = await stytch.retrieve_user(case.credential, case.external_id)
        enriched = activities.Enriched(case.case_id, decide(user), None)
        if user and enriched.decision == "ok":
            domain = verified_emails(user)[0].rpartition("@")[2]
            filters = [{"filter_name": "email_address_fuzzy", "filter_value": domain}]
            page = await stytch.search_users(
                case.credential,
                limit=1,
                query={"operator": "AND", "operands": filters},
            )
            enriched.users_of_domain = page["results_metadata"]["total"]
        await workflow.execute_activity(activities.write_case, enriched, **FILES)
        return enriched.decision


def decide(user: dict[str, Any] | None) -> str:
    if user is None:
        return "unknown user"
    if stytch.member(user, "is_locked"):
        return "locked"
    if not verified_emails(user):
        return "no verified e-mail address"
    return "ok"


def verified_emails(user: dict[str, Any]) -> list[str]:
    emails = stytch.member(user, "emails")
    verified = [email for email in emails if stytch.member(email, "verified")]
    return [stytch.member(email, "email") for email in verified]


@dataclass
class Audit:
    credential: str
    file: str
    sample: int = 1000


@workflow.defn
class NightlyAudit:
    """Writes all users to a file, retrieves a sample of them one by one, and reports how
    many of these are pending, or were deleted in between."""

    @workflow.run
    async def run(self, audit: Audit) -> activities.Report:
        written = await stytch.search_all(audit.credential, audit.file)
        user_ids = await workflow.execute_activity(
            activities.sample,
            args=[written["url"], audit.sample],
            start_to_close_timeout=timedelta(minutes=5),
            schedule_to_close_timeout=timedelta(days=1),
        )
        slots = asyncio.Semaphore(AT_ONCE)

        async def status(user_id: str) -> str:
            async with slots:
                user = await stytch.retrieve_user(audit.credential, user_id)
            return stytch.member(user, "status") if user else "deleted"

        statuses = await asyncio.gather(*(status(user_id) for user_id in user_ids))
        report = activities.Report(
            file=audit.file,
            users=written["receipt"]["users"],
            complete=written["receipt"]["complete"],
            sampled=len(statuses),
            deleted=statuses.count("deleted"),
            pending=statuses.count("pending"),
        )
        await workflow.execute_activity(activities.write_report, report, **FILES)
        return report
