"""The flows that all engines run, for Prefect: a process that is told by lines of JSON what to run, and answers so.

A flow is called in this process, as a script does; its states go to the server of PREFECT_API_URL.
"""

import asyncio
import json
import sys
import time

from prefect import flow, task

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def pad_of(seed: int, size: int) -> str:
    state, text = seed & 0xFFFFFFFF, ""
    while len(text) < size:
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
        digits, rest = "", state
        while rest:
            rest, digit = divmod(rest, 36)
            digits = ALPHABET[digit] + digits
        text += digits.rjust(7, "0")
    return text[:size]


@task
async def step(plan: dict) -> dict:
    return {"at": time.time() * 1_000, "pad": pad_of(plan["seed"], plan["bytes"])}


@flow
async def compared(plan: dict) -> list[float]:
    if plan["shape"] == "fan":
        results = await asyncio.gather(*(step(plan) for _ in range(plan["tasks"])))
        return [result["at"] for result in results]
    return [(await step(plan))["at"] for _ in range(plan["tasks"])]


async def run_batch(batch: dict) -> list[dict]:
    """At most so many runs, so many in flight; none begins when the budget is used up."""
    records: list[dict] = []
    began = time.monotonic()
    left = iter(range(batch["count"]))

    async def lane() -> None:
        for _ in left:
            if (time.monotonic() - began) * 1_000 > batch["budgetMs"]:
                return
            started = time.time() * 1_000
            stamps = await compared(batch["plan"])
            records.append({"startedAt": started, "ms": time.time() * 1_000 - started, "stamps": stamps})

    await asyncio.gather(*(lane() for _ in range(min(batch["inFlight"], batch["count"]))))
    return records


async def main() -> None:
    print("ready", flush=True)
    for line in sys.stdin:
        records = await run_batch(json.loads(line))
        print("@bench " + json.dumps(records), flush=True)


asyncio.run(main())
