"""Starts workflows, and waits for them:

python start.py case CREDENTIAL EXTERNAL_ID...
python start.py audit CREDENTIAL FILE [SAMPLE]
"""

import asyncio
import sys
from typing import Any

from temporalio.client import WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy

from connection import TASK_QUEUE, connect
from workflows import Audit, Case, EnrichCase, NightlyAudit

# The ID, the workflow, and its argument.
Runs = list[tuple[str, Any, Any]]


async def main(runs: Runs) -> bool:
    client = await connect()

    async def run(workflow_id: str, workflow: Any, argument: Any) -> bool:
        try:
            result = await client.execute_workflow(
                workflow,
                argument,
                id=workflow_id,
                task_queue=TASK_QUEUE,
                # If it runs already, wait for it.
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        except WorkflowFailureError as error:
            reason: BaseException = error
            while reason.__cause__:
                reason = reason.__cause__
            print(f"{workflow_id} failed: {reason}", flush=True)
            return False
        print(f"{workflow_id}: {result}", flush=True)
        return True

    return all(await asyncio.gather(*(run(*arguments) for arguments in runs)))


runs: Runs
match sys.argv[1:]:
    case ["case", credential, *names] if names:
        cases = [Case(f"case-{name}", credential, name) for name in names]
        runs = [(case.case_id, EnrichCase.run, case) for case in cases]
    case ["audit", credential, file]:
        runs = [(f"audit-{file}", NightlyAudit.run, Audit(credential, file))]
    case ["audit", credential, file, size] if size.isdecimal():
        runs = [(f"audit-{file}", NightlyAudit.run, Audit(credential, file, int(size)))]
    case _:
        sys.exit(__doc__)
sys.exit(not asyncio.run(main(runs)))
