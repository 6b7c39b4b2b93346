import { existsSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openEmbedded } from "../../src/redis/embedded.ts";
import { ask, ping } from "../../src/redis/embedded-probe.ts";
import { isAlive, read, readConfig, Scene, serverPid, sessionOf, write } from "../support/embedded-users.ts";
import { allowedMs } from "../support/wait-until.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

describe.each(["flock", "pidfile"] as const)("with the owner lock %s", (lock) => {
  const options = { lock } as const;

  test("the first process starts a private server that keeps a log", async () => {
    await scene.open(options);

    expect(await ping(scene.socketPath)).toBe("up");
    expect(statSync(scene.dir).mode & 0o777).toBe(0o700);
    expect(statSync(scene.socketPath).mode & 0o777).toBe(0o700);
    expect(await readConfig(scene.socketPath, "port")).toBe("0");
    expect(await readConfig(scene.socketPath, "appendonly")).toBe("yes");
    expect(await readConfig(scene.socketPath, "appendfsync")).toBe("everysec");
    expect(await readConfig(scene.socketPath, "maxmemory-policy")).toBe("noeviction");
    expect(await readConfig(scene.socketPath, "stream-node-max-bytes")).toBe("1024");
  });

  test("five processes that open at the same moment share one server", async () => {
    const users = Array.from({ length: 5 }, () => scene.start(options));
    await Promise.all(users.map((user) => user.tell("ready?")));

    const replies = await Promise.all(users.map((user) => user.tell("open")));

    expect(replies.map(({ message }) => message)).toEqual(["", "", "", "", ""]);
    const servers = scene.servers();
    expect(servers).toEqual([await serverPid(scene.socketPath)]);
  });

  test("the server outlives the process that started it, and ends with the last one", async () => {
    const [starter, second, third] = [
      await scene.open(options),
      await scene.open(options),
      await scene.open(options),
    ];
    const pid = await serverPid(scene.socketPath);

    await starter.tell("close");
    await starter.kill();
    await second.kill();
    await write(scene.socketPath, "key", "kept");
    expect(await serverPid(scene.socketPath)).toBe(pid);
    await third.tell("close");

    await scene.untilDeserted();
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(scene.socketPath)).toBe(false); // which it removes only in a clean shutdown
    await scene.open(options);
    expect(await read(scene.socketPath, "key")).toBe("kept");
  });

  test("no server is left when all processes die by kill -9", async () => {
    const users = await Promise.all([scene.open(options), scene.open(options), scene.open(options)]);

    await Promise.all(users.map((user) => user.kill()));

    await scene.untilDeserted();
    expect(existsSync(scene.socketPath)).toBe(false);
  });

  test("no server is left when the starter dies by kill -9 in the middle of its start", async () => {
    const user = scene.start(options);
    await user.tell("ready?");

    void user.tell("open").catch(() => undefined); // it dies instead of answering
    await vi.waitFor(() => expect(scene.processes()).not.toEqual([]), { timeout: 20_000, interval: 1 });
    await user.kill();

    await scene.untilDeserted();
  });

  test("processes that enter while others leave never get a server that is going down", async () => {
    let inside = await scene.open(options);

    for (let round = 0; round < 8; round += 1) {
      const newcomer = scene.start(options);
      await newcomer.tell("ready?");
      const [, entered] = await Promise.all([inside.kill(), newcomer.tell("open")]);

      expect(entered).toMatchObject({ ok: true, message: "" });
      await write(scene.socketPath, `round-${round}`, "in");
      inside = newcomer;
    }

    expect(await read(scene.socketPath, "round-0")).toBe("in");
    expect(await ask(scene.socketPath, "DBSIZE")).toBe(":8");
  });

  test("a process may leave and enter again at once, many times", async () => {
    const user = scene.start(options);

    const reply = await user.tell("churn");

    expect(reply).toMatchObject({ ok: true, message: "" });
    await scene.open(options);
    expect(await ask(scene.socketPath, "DBSIZE")).toBe(":8");
  });

  test("a process ends by itself while it still has the server open", async () => {
    const user = await scene.open(options);

    await user.tell("idle");

    await user.ended;
    expect(user.child.exitCode).toBe(0);
    await scene.untilDeserted();
  });

  test("Ctrl-C reaches neither guard nor server", async () => {
    const user = await scene.open(options);
    const pid = await serverPid(scene.socketPath);

    expect(sessionOf(pid)).not.toBe(sessionOf(user.child.pid ?? 0));
    expect(new Set(scene.processes().map(sessionOf))).toEqual(new Set([sessionOf(pid)]));
  });
});

test("strict durability is set at the start, and set on a server that runs without it", async () => {
  await scene.open();
  expect(await readConfig(scene.socketPath, "appendfsync")).toBe("everysec");

  await scene.open({ durability: "always" });

  expect(await readConfig(scene.socketPath, "appendfsync")).toBe("always");
});

test("a closed handle closes twice, and refuses to revive", async () => {
  const embedded = await openEmbedded({ dir: scene.dir });

  await Promise.all([embedded.close(), embedded.close()]);

  await expect(embedded.revive()).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
});

test("opening is quick: a running server within 40 ms, a new one within 150 ms; it has ended when the last one closed, and all of it 2 s later", async () => {
  const cold: number[] = [];
  const warm: number[] = [];
  const deserted: number[] = [];
  const left: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const [first, second] = [scene.start(), scene.start()];
    await Promise.all([first.tell("ready?"), second.tell("ready?")]);
    cold.push((await first.tell("open")).ms);
    warm.push((await second.tell("open")).ms);
    await Promise.all([first.tell("close"), second.tell("close")]);
    left.push(scene.servers().length);
    const closedAt = Date.now();
    await scene.untilDeserted();
    deserted.push(Date.now() - closedAt);
  }

  // The best of five: what others do on the machine in the meantime is not of interest here.
  expect(Math.min(...warm)).toBeLessThan(allowedMs(40));
  expect(Math.min(...cold)).toBeLessThan(allowedMs(150));
  expect(Math.min(...left)).toBe(0);
  expect(Math.min(...deserted)).toBeLessThan(2_000);
  if (process.env["SHOW_TIMES"]) process.stdout.write(`cold ${cold.join(" ")}\nwarm ${warm.join(" ")}\n`);
});
