import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "../../../src/cli/program.ts";
import { ownPaths } from "../../../src/server/contract/own-paths.ts";
import { paths } from "../../../src/server/contract/paths.ts";

/** What the screens can do, and the command line that does the same. */
const commands: Readonly<Record<string, string>> = {
  start: "start --param --name --tag --queue --delay",
  cancel: "cancel --reason",
  retry: "retry --reason",
  fork: "fork --turn --task --args",
  signal: "signal --key",
  unblock: "unblock",
  pause: "pause --reason",
  resume: "resume --reason",
  bulk: "cancel --flow --all --yes", // and, of any query, `runs ls QUERY`, whose ids are given to `cancel` or `retry`
  setLimit: "limits set --slots --decay",
  removeLimit: "limits rm",
  pauseQueue: "queues pause",
  resumeQueue: "queues resume",
  rebuild: "projections rebuild",
  retryAside: "projections retry",
  createKey: "keys create --role --expires",
  revokeKey: "keys revoke",
};

/** What is about the screens themselves, or about an operation of the server that commands do not need. */
const ofScreens = ["stopOperation", "putView", "removeView", "signIn", "signOut"];

const changing = Object.entries({ ...paths, ...ownPaths })
  .filter(([, { method }]) => method !== "GET")
  .map(([name]) => name);

test("whatever the API changes has its command", () => {
  expect([...Object.keys(commands), ...ofScreens].sort()).toEqual(changing.sort());
});

test.each(Object.entries(commands))("%s is `millrace %s`", (_, line) => {
  const words = line.split(" ");
  const names = words.filter((word) => !word.startsWith("--"));
  const found = names.reduce<Command | undefined>(
    (parent, name) => parent?.commands.find((command) => command.name() === name),
    createProgram(() => undefined),
  );

  expect(found?.options.map(({ long }) => long)).toEqual(
    expect.arrayContaining(words.filter((word) => word.startsWith("--"))),
  );
});

test("no screen changes anything but by these routes", () => {
  const web = fileURLToPath(new URL("../../../web", import.meta.url));
  const texts = readdirSync(web, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /\.tsx?$/.test(file.name))
    .map((file) => readFileSync(join(file.parentPath, file.name), "utf8"));
  const asked = new Set(
    texts.flatMap((text) => [...text.matchAll(/\bask\(\s*"(\w+)"/g)].map(([, name = ""]) => name)),
  );

  expect(asked.size).toBeGreaterThan(12);
  expect([...asked].filter((name) => changing.includes(name) && !(name in commands)).sort()).toEqual(
    expect.arrayContaining(["putView", "removeView", "stopOperation"]),
  );
  expect([...asked].filter((name) => !(name in paths))).toEqual([]);
});
