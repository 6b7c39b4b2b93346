import { Projector } from "../../src/workers/projector.ts";
import { openStore, settingsFromEnvironment } from "../../src/workers/settings.ts";

/* A projector in a process of its own, as in a worker. Ends with the bench, or at "stop". */

const store = await openStore(settingsFromEnvironment());
const { redis, address, namespace } = store;
const onTrouble = (error: unknown): void => {
  process.stderr.write(`${String(error)}\n`);
};
const projector = new Projector({ redis, address, namespace, worker: `bench-${process.pid}`, onTrouble });
projector.start();

process.on("disconnect", () => process.exit(0));
process.once("message", () => {
  void (async () => {
    await projector.stop();
    await store.close();
    process.disconnect();
  })();
});
process.send?.({ word: "ready" });
