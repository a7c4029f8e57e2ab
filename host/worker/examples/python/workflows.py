"""Two workflows to start from."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    import activities
    import stytch

# So many retrievals of an audit are in flight.
AT_ONCE = 100


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
        related = 0
        if user is None:
            decision = "unknown user"
        elif user["is_locked"]:
            decision = "locked"
        elif not any(email["verified"] for email in user["emails"]):
            decision = "no verified e-mail address"
        else:
            decision = "ok"
            domain = user["emails"][0]["email"].split("@")[1]
            filters = [{"filter_name": "email_address_fuzzy", "filter_value": domain}]
            page = await stytch.search_users(
                case.credential,
                limit=1,
                query={"operator": "AND", "operands": filters},
            )
            related = page["results_metadata"]["total"]
        await workflow.execute_activity(
            activities.write_case,
            activities.Enriched(case.case_id, decision, related),
            start_to_close_timeout=timedelta(seconds=10),
        )
        return decision


@dataclass
class Audit:
    credential: str
    file: str
    sample: int = 1000


@workflow.defn
class NightlyAudit:
    """Writes all users to a file, retrieves a sample of them one by one, and reports those
    who have changed in between."""

    @workflow.run
    async def run(self, audit: Audit) -> dict[str, Any]:
        written = await stytch.search_all(audit.credential, audit.file)
        user_ids = await workflow.execute_activity(
            activities.sample,
            args=[written["url"], audit.sample],
            start_to_close_timeout=timedelta(minutes=5),
        )
        slots = asyncio.Semaphore(AT_ONCE)

        async def status(user_id: str) -> str:
            async with slots:
                user = await stytch.retrieve_user(audit.credential, user_id)
            return "deleted" if user is None else user["status"]

        statuses = await asyncio.gather(*(status(user_id) for user_id in user_ids))
        report = activities.Report(
            file=audit.file,
            users=written["receipt"]["users"],
            complete=written["receipt"]["complete"],
            sampled=len(statuses),
            deleted=statuses.count("deleted"),
            pending=statuses.count("pending"),
        )
        await workflow.execute_activity(
            activities.write_report, report, start_to_close_timeout=timedelta(seconds=10)
        )
        return vars(report)
