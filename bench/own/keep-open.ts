import { flow, task } from "millrace";

const waiting: { settled: Promise<void> } = { settled: Promise.resolve() };
const wait = task("bench_wait", async () => waiting.settled);
const keeper = flow("bench_keeper", async () => wait());

/**
 * Keeps what `await flow()` opens (connection, lease, worker) open while `work` is under way, as a script does that
 * is in the middle of another flow.
 */
export async function whileOpen<T>(work: () => Promise<T>): Promise<T> {
  let settle = (): void => undefined;
  waiting.settled = new Promise((resolve) => {
    settle = resolve;
  });
  const kept = keeper();
  try {
    return await work();
  } finally {
    settle();
    await kept;
  }
}
