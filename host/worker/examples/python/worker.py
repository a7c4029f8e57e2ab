"""Runs the workflows: python worker.py"""

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor

from temporalio.worker import Worker

import activities
from connection import TASK_QUEUE, connect
from workflows import EnrichCase, NightlyAudit


async def main() -> None:
    client = await connect()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with ThreadPoolExecutor(8) as executor:
        worker = Worker(
            client,
            task_queue=TASK_QUEUE,
            workflows=[EnrichCase, NightlyAudit],
            activities=[
                activities.write_case,
                activities.write_report,
                activities.sample,
            ],
            activity_executor=executor,
        )
        async with worker:
            print("running", flush=True)
            await stop.wait()


asyncio.run(main())
# Without the end of the interpreter, in which threads of the SDK have been seen to crash.
os._exit(0)
