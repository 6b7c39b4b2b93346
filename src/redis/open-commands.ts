import type { Redis } from "ioredis";
import type { RedisConnection } from "./script.ts";

/** What a connection has sent: how much of it has no answer yet, and how much there was. */
export interface OpenCommands {
  readonly open: number;
  readonly sent: number;
}

/** Counts what is sent over a connection from now on; for tests, which wait until nothing is under way. */
export function countCommands(redis: RedisConnection): OpenCommands {
  const count = { open: 0, sent: 0 };
  const sender: Pick<Redis, "sendCommand"> = redis; // a Cluster sends in the same way
  const send = sender.sendCommand.bind(redis);
  sender.sendCommand = (command, ...rest) => {
    count.open += 1;
    count.sent += 1;
    const answered = (): void => {
      count.open -= 1;
    };
    command.promise.then(answered, answered);
    return send(command, ...rest);
  };
  return count;
}
