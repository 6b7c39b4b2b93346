import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { installCommand } from "../../src/redis/embedded-binary.ts";
import { ping } from "../../src/redis/embedded-probe.ts";
import { Scene, serverPid, write } from "../support/embedded-users.ts";

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.end());

test("a damaged log is reported by every process, with the server's last words and the remedy", async () => {
  const first = await scene.open();
  await write(scene.socketPath, "key", "value");
  await first.tell("close");
  await scene.untilDeserted();
  const file = scene.appendOnlyFile();
  writeFileSync(file, `garbage\r\n${readFileSync(file, "latin1")}`);

  const users = [scene.start(), scene.start()];
  const replies = await Promise.all(users.map((user) => user.tell("open")));

  for (const reply of replies) {
    expect(reply).toMatchObject({ ok: false, code: "REDIS_UNAVAILABLE" });
    expect(reply.message).toContain("redis-check-aof --fix");
    expect(reply.message).toContain("Bad file format");
  }
  await scene.untilDeserted();
});

test("a directory with a path too long for a socket is reached by a short link", async () => {
  const dir = join(scene.home, "long".repeat(20), "long".repeat(20), ".millrace");
  const runtime = join(scene.home, "run");
  mkdirSync(runtime);
  const users = [
    scene.start({ dir }, { XDG_RUNTIME_DIR: runtime }),
    scene.start({ dir }, { TMPDIR: scene.home }),
  ];

  const replies = await Promise.all(users.map((user) => user.tell("open")));

  expect(replies.map(({ message }) => message)).toEqual(["", ""]);
  const [one = "", two = ""] = replies.map(({ socketPath }) => socketPath);
  expect(one.length).toBeLessThan(108);
  expect(one.startsWith(runtime)).toBe(true);
  expect(await serverPid(one)).toBe(await serverPid(two));
  await Promise.all(users.map((user) => user.tell("close")));
  await vi.waitFor(async () => expect(await ping(one)).toBe("down"), { timeout: 20_000 });
});

test("without a server program the error says what was looked for, how to install it, and the alternative", async () => {
  const reply = await scene.start({ binary: join(scene.home, "redis-server") }).tell("open");

  expect(reply.code).toBe("REDIS_MISSING");
  expect(reply.message).toContain(join(scene.home, "redis-server"));
  expect(reply.message).toContain("MILLRACE_REDIS_URL");
  expect(reply.message).toMatch(/Install one with `.*(redis|valkey).*`/);
});

test("a directory that cannot be made or written is named, with the reason", async () => {
  writeFileSync(join(scene.home, "file"), "");
  mkdirSync(scene.dir, { mode: 0o500 });
  const unwritable = scene.start();
  await unwritable.tell("drop-rights");

  const replies = [
    await scene.start({ dir: join(scene.home, "file", ".millrace") }).tell("open"),
    await scene.start({ dir: join(scene.home, "file") }).tell("open"),
    await unwritable.tell("open"),
  ];

  for (const reply of replies) {
    expect(reply.code).toBe("REDIS_UNAVAILABLE");
    expect(reply.message).toContain(scene.home);
    expect(reply.message).toContain("writable");
  }
});

test("a program that ends at once is reported with its exit code and what it printed", async () => {
  const binary = join(scene.home, "broken-server");
  appendFileSync(binary, "#!/bin/sh\necho 'No space left on device' >&2\nexit 3\n", { mode: 0o700 });

  const reply = await scene.start({ binary }).tell("open");

  expect(reply.code).toBe("REDIS_UNAVAILABLE");
  expect(reply.message).toContain("exit code 3");
  expect(reply.message).toContain("Free some disk space");
});

test.each([
  ["ID=ubuntu\nID_LIKE=debian\n", "sudo apt-get install -y redis-server"],
  ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', "sudo apt-get install -y redis-server"],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', "sudo dnf install -y redis || sudo dnf install -y valkey"],
  ["ID=alpine\n", "sudo apk add redis"],
  ["ID=arch\n", "sudo pacman -S --noconfirm valkey"],
  ["ID=plan9\n", "your package manager's redis or valkey package"],
])("the system of %j is told: %s", (osRelease, command) => {
  expect(installCommand({ platform: "linux", osRelease, isRoot: false })).toBe(command);
});

test("root is not told to use sudo, nor a Mac to use apt", () => {
  expect(installCommand({ platform: "linux", osRelease: "ID=debian", isRoot: true })).toBe(
    "apt-get install -y redis-server",
  );
  expect(installCommand({ platform: "darwin", osRelease: "", isRoot: false })).toBe("brew install redis");
});
