import { spawn } from "node:child_process";
import { existsSync, mkdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { findProgram } from "../../src/redis/embedded-binary.ts";
import { ask, ping } from "../../src/redis/embedded-probe.ts";
import { killServer, read, Scene, serverPid, write } from "../support/embedded-users.ts";
import { untilHandedOver } from "../support/handed-over.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe.each(["flock", "pidfile"] as const)("with the owner lock %s", (lock) => {
  const options = { lock } as const;

  test("several processes revive a killed server together, and all that was acknowledged is there", async () => {
    const users = await Promise.all([scene.open(options), scene.open(options), scene.open(options)]);
    await write(scene.socketPath, "key", "kept");

    const killed = await killServer(scene.socketPath);
    const replies = await Promise.all(users.map((user) => user.tell("revive")));

    expect(replies.map(({ message }) => message)).toEqual(["", "", ""]);
    const revived = await serverPid(scene.socketPath);
    expect(revived).not.toBe(killed);
    expect(await read(scene.socketPath, "key")).toBe("kept");
    await Promise.all(users.map((user) => user.tell("revive")));
    expect(await serverPid(scene.socketPath)).toBe(revived);
    expect(scene.servers()).toEqual([revived]);
    await Promise.all(users.map((user) => user.kill()));
    await scene.untilDeserted();
  });

  test("a process that never revived still counts as a user of the revived server", async () => {
    const [silent, active] = [await scene.open(options), await scene.open(options)];
    await killServer(scene.socketPath);
    await active.tell("revive");
    const pid = await serverPid(scene.socketPath);

    await active.tell("close");

    expect(await serverPid(scene.socketPath)).toBe(pid);
    await silent.kill();
    await scene.untilDeserted();
  });

  test("a process that opens after a kill of server and users finds the writes, and a torn tail is cut off", async () => {
    const user = await scene.open(options);
    await write(scene.socketPath, "first", "kept");
    await write(scene.socketPath, "second", "torn");
    await killServer(scene.socketPath);
    await user.kill();
    await scene.untilDeserted();
    const file = scene.appendOnlyFile();
    truncateSync(file, statSync(file).size - 7);
    expect(existsSync(scene.socketPath)).toBe(true); // stale

    await scene.open(options);

    expect(await read(scene.socketPath, "first")).toBe("kept");
    expect(await ask(scene.socketPath, "EXISTS second")).toBe(":0");
  });

  test("kill -9 of all its processes but the users is recovered from", async () => {
    const user = await scene.open(options);
    await write(scene.socketPath, "key", "kept");
    await untilHandedOver(scene.socketPath);
    for (const pid of scene.processes()) process.kill(pid, "SIGKILL");

    expect(await user.tell("revive")).toMatchObject({ ok: true });

    expect(await read(scene.socketPath, "key")).toBe("kept");
  });

  test.each(["guard", "watcher", "reader"] as const)(
    "kill -9 of the %s takes no write and leaves no second server",
    async (part) => {
      const user = await scene.open(options);
      await write(scene.socketPath, "key", "kept");
      process.kill(scene.partPid(part), "SIGKILL");

      const other = await scene.open(options);

      expect(await read(scene.socketPath, "key")).toBe("kept");
      expect(scene.servers()).toEqual([await serverPid(scene.socketPath)]);
      await user.tell("revive");
      await Promise.all([user.kill(), other.kill()]);
      await (await scene.open(options)).kill(); // without its watcher, the server waited for this
      await scene.untilDeserted();
    },
  );
});

test("a pid file of processes that are gone, or whose pids were given to others, is taken over", async () => {
  mkdirSync(scene.dir);
  writeFileSync(join(scene.dir, "owner.lock"), `1\n${2 ** 22 + 5}\n`);
  writeFileSync(scene.socketPath, "not even a socket");

  const reply = await scene.start({ lock: "pidfile" }).tell("open");

  expect(reply.message).toBe("");
  expect(await ping(scene.socketPath)).toBe("up");
});

test("a process with nothing else to do stays alive until the directory is free and it is in", async () => {
  await (await scene.open()).kill();
  await scene.untilDeserted();
  const holder = spawn(findProgram("flock") ?? "", [join(scene.dir, "owner.lock"), "cat"]); // from another directory
  const user = scene.start();
  const attempts = new Set<number>();

  const reply = user.tell("open-alone");
  await vi.waitFor(
    () => {
      for (const pid of scene.processes()) attempts.add(pid);
      expect(attempts.size).toBeGreaterThan(3);
    },
    { timeout: 20_000, interval: 1 },
  );
  holder.stdin.end();

  expect(await reply).toMatchObject({ ok: true, message: "" });
});
