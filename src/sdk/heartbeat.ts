import { taskContext } from "./context.ts";

/**
 * Says that the attempt is alive and, with `details`, how far it is: the next attempt finds them as
 * `taskContext().lastHeartbeat`. Cheap: most calls store nothing.
 * @throws EngineError ATTEMPT_OVER when nobody waits for the attempt any more, SHUTTING_DOWN when its worker hands over,
 * COMMAND_REFUSED outside of a task
 */
export function heartbeat(details?: unknown): void {
  taskContext().heartbeat(details);
}
