import { tellCancelled } from "../redis/channels.ts";
import type { CommitWatch } from "../redis/commit.ts";
import type { RedisAddress } from "../redis/connect.ts";
import type { Namespace } from "../redis/keys.ts";
import { RedisLog } from "../redis/redis-log.ts";
import type { RedisConnection } from "../redis/script.ts";
import { type Clock, systemClock } from "./clock.ts";
import { newId } from "./ids.ts";
import { Queues } from "./queues.ts";
import type { RunPorts } from "./run-ports.ts";

/** What a host goes by; a test harness gives it others. */
export interface HostParts extends Pick<RunPorts, "cancelTasks" | "newRunId"> {
  readonly worker: string;
  readonly log: RedisLog;
  readonly queues: Queues;
  readonly clock: Clock;
}

interface Usual {
  readonly redis: RedisConnection;
  readonly address: RedisAddress;
  readonly namespace: Namespace;
  readonly watch: CommitWatch | null;
  readonly onTrouble: (error: unknown) => void;
}

/** The parts of a host that is a process of its own. */
export function usualParts({ redis, address, namespace, watch, onTrouble }: Usual): HostParts {
  return {
    worker: newId().slice(-12).toLowerCase(),
    log: new RedisLog(redis, namespace, watch),
    queues: new Queues(redis, address, namespace.name),
    clock: systemClock,
    cancelTasks: (run, keys) => {
      tellCancelled(redis, namespace.name, run, keys).catch(onTrouble);
    },
    newRunId: newId,
  };
}
