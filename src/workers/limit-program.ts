import { loggerFromEnvironment } from "../observe/logger.ts";
import { systemClock } from "./clock.ts";
import { displayOn } from "./display.ts";
import { Host } from "./host.ts";
import type { LimitProgram } from "./limit-desks.ts";
import { openStore, settingsFromEnvironment } from "./settings.ts";
import { Sweeper } from "./sweeper.ts";

const idleMs = 1_000; // the next call of a loop should find it open

/** Makes this process one that can hold slots: with a lease, and looking after those who died. `onClose`: it is over. */
export async function openProgram(onClose: () => void): Promise<LimitProgram> {
  const store = await openStore(settingsFromEnvironment());
  const { redis, address, namespace, settings } = store;
  const host = new Host({
    redis,
    address,
    namespace,
    payloadLimitBytes: settings.payloadLimitBytes,
    queues: [],
    flows: [],
    isLocal: true,
    display: displayOn(loggerFromEnvironment()),
  });
  await host.open();
  const sweeper = new Sweeper(host);
  sweeper.start();
  let users = 0;
  let forget = (): void => undefined;
  const close = async (): Promise<void> => {
    onClose();
    await sweeper.stop();
    await host.close();
    await store.close();
  };
  return {
    desk: host.limits,
    use: () => {
      users += 1;
      forget();
    },
    unuse: () => {
      users -= 1;
      if (users > 0) return;
      forget = systemClock.after(idleMs, () => {
        close().catch((error: unknown) => host.display.trouble(error));
      });
    },
  };
}
