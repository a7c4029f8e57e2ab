"""Starts workflows, and waits for them:

python start.py case CREDENTIAL EXTERNAL_ID...
python start.py audit CREDENTIAL FILE
"""

import asyncio
import os
import sys

from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from workflows import Audit, Case, EnrichCase, NightlyAudit

TASK_QUEUE = os.environ.get("TASK_QUEUE", "cases")


async def main(kind: str, credential: str, *names: str) -> None:
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", "localhost:7233")
    client = await Client.connect(**config)

    async def case(name: str) -> None:
        # Starting a case again is an error while it runs: the ID is that of the case.
        case_id = f"case-{name}"
        decision = await client.execute_workflow(
            EnrichCase.run,
            Case(case_id, credential, name),
            id=case_id,
            task_queue=TASK_QUEUE,
        )
        print(f"{case_id}: {decision}", flush=True)

    if kind == "case":
        await asyncio.gather(*(case(name) for name in names))
        return
    (file,) = names
    report = await client.execute_workflow(
        NightlyAudit.run, Audit(credential, file), id=f"audit-{file}", task_queue=TASK_QUEUE
    )
    print(report)


if len(sys.argv) < 4 or sys.argv[1] not in ("case", "audit"):
    sys.exit(__doc__)
asyncio.run(main(*sys.argv[1:]))
