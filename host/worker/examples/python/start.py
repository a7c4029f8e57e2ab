"""Starts workflows, and waits for them:

python start.py case CREDENTIAL EXTERNAL_ID...
python start.py audit CREDENTIAL FILE [SAMPLE]
"""

import asyncio
import os
import sys
from typing import Any

from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from connection import TASK_QUEUE, connect
from workflows import Audit, Case, EnrichCase, NightlyAudit

# The ID, the workflow, and its argument.
Runs = list[tuple[str, Any, Any]]


async def main(runs: Runs) -> bool:
    client = await connect()
    handles = []
    for workflow_id, workflow, argument in runs:
        handle = await client.start_workflow(
            workflow,
            argument,
            id=workflow_id,
            task_queue=TASK_QUEUE,
            # If it runs already, wait for it.
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        handles.append(handle)
    return all(await asyncio.gather(*(succeeded(handle) for handle in handles)))


async def succeeded(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        print(f"{handle.id}: {await handle.result()}", flush=True)
    except WorkflowFailureError as error:
        reason: BaseException = error
        while reason.__cause__:
            reason = reason.__cause__
        print(f"{handle.id} failed: {reason}", flush=True)
        return False
    return True


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
try:
    succeeded_all = asyncio.run(main(runs))
except RPCError as error:
    sys.exit(f"Temporal does not answer ({error}); what was started goes on without this program")
# Without the end of the interpreter, in which threads of the SDK have been seen to crash.
os._exit(not succeeded_all)
