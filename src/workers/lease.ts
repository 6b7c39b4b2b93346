import { Worker } from "node:worker_threads";
import type { RedisAddress } from "../redis/connect.ts";
import { leaseKey } from "../redis/keys.ts";
import { leaseRenewMs, leaseTtlMs } from "../redis/roster.ts";
import type { LeaseOrder } from "./lease-thread.ts";

export interface Lease {
  /** Stops renewing; does not give the lease up. */
  stop(): Promise<void>;
}

interface LeaseOptions {
  readonly address: RedisAddress;
  readonly namespace: string;
  readonly worker: string;
  readonly onExpired: () => void; // it had run out, and is held again
  readonly onLate: () => void; // it was renewed, and later than it should be
  readonly renewHere: () => Promise<void>; // renews from this thread
}

/** Keeps a worker's lease from a thread; never keeps the process alive. */
export function keepLease({ address, namespace, worker, onExpired, onLate, renewHere }: LeaseOptions): Lease {
  const order: LeaseOrder = {
    address,
    key: leaseKey(namespace, worker),
    ttlMs: leaseTtlMs,
    everyMs: leaseRenewMs,
  };
  const here = import.meta.url;
  const isSource = here.endsWith(".ts"); // a checkout: the thread needs the loader that this process has
  const url = new URL(isSource ? "./lease-thread.ts" : "./lease-thread.js", here);
  const thread = new Worker(url, {
    workerData: order,
    ...(isSource ? { execArgv: ["--import", tsxLoader()] } : {}),
  });
  thread.unref();
  // Until the thread is up, which takes seconds on a busy machine, this one stands in for it.
  const standIn = setInterval(() => void renewHere().catch(() => undefined), leaseRenewMs);
  standIn.unref();
  thread.on("message", (word: unknown) => {
    clearInterval(standIn);
    if (word === "expired") onExpired();
    if (word === "late") onLate();
  });
  thread.on("error", onExpired);
  return {
    stop: async () => {
      clearInterval(standIn);
      thread.postMessage("stop");
      await thread.terminate();
    },
  };
}

/** Registers tsx in the thread: its own `--import` entry does so in main threads only. */
function tsxLoader(): string {
  const api = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  return `data:text/javascript,import { register } from ${api}; register();`;
}
