// Does what a user does: packs the package, installs the tarball in an empty folder, type-checks a small flow
// against it and runs it. Needs dist/ (npm run build) and a Redis binary on PATH.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const tries = 3; // registries can be slow
const limitMs = { npm: 300_000, command: 60_000 };

const flowFile = `import { flow, task } from "millrace";
import { readEvent } from "millrace/events";
import { pgTask } from "millrace/postgres";
import { expectReplay } from "millrace/testing";
import { z } from "zod";

const double = task("double", async (n: number) => n * 2);

const doubling = flow("doubling", { input: z.object({ n: z.number().default(21) }) }, async ({ n }) => double(n));

const result: number = await doubling();
console.log("result:", result, typeof readEvent, typeof expectReplay, typeof pgTask);
`;

// Looks at the packed server as a browser does: its page, and the run that the flow left in the log.
const visitFile = `import { spawn } from "node:child_process";

const server = spawn(process.execPath, ["node_modules/millrace/bin/millrace.mjs", "server", "--port", "0"]);
let said = "";
const url = await new Promise((resolve, reject) => {
  const hear = (chunk) => {
    said += chunk;
    const [found] = /http:\\/\\/127[^\\s]+/.exec(said) ?? [];
    if (found !== undefined) resolve(found);
  };
  server.stdout.on("data", hear);
  server.stderr.on("data", hear);
  server.on("exit", () => reject(new Error("the server ended: " + said)));
});
try {
  const page = await (await fetch(url)).text();
  let seen = "";
  for (const until = Date.now() + 20_000; !seen.includes("COMPLETED") && Date.now() < until; ) {
    const { runs = [] } = await (await fetch(new URL("api/runs", url))).json(); // none before they were read once
    seen = runs.map(({ flow, state }) => flow + " " + state).join();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  console.log("page:", /<div id="app">/.test(page), "runs:", seen);
} finally {
  server.removeAllListeners("exit");
  server.kill("SIGTERM");
}
`;

const tsconfig = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023", "dom"],
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    types: [],
  },
  files: ["flow.ts"],
};

if (!existsSync(join(root, "src/index.ts"))) {
  console.log("pack test skipped: there is no src/index.ts yet");
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), "millrace-pack-"));
try {
  packTest();
  console.log("pack test: the packed package installs, type-checks and runs");
} catch (error) {
  console.error(`pack test: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }); // its Redis may still write
}

function packTest() {
  const packed = npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder], root);
  const [{ filename, files }] = Object.values(JSON.parse(packed));
  const strangers = files.map(({ path }) => path).filter((path) => !/^(dist|bin)\/|^[^/]+$/.test(path));
  if (strangers.length > 0) throw new Error(`the tarball holds more than it should: ${strangers.join(", ")}`);

  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  write("package.json", JSON.stringify({ name: "pack-test", private: true, type: "module" }));
  write("tsconfig.json", JSON.stringify(tsconfig));
  write("flow.ts", flowFile);
  npm(["install", "--no-audit", "--no-fund", `./${filename}`, `zod@${dependencies.zod}`], folder);

  must("type check", process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "."]);
  const output = must("flow", "npx", ["tsx", "flow.ts"]);
  if (!output.includes("result: 42 function")) throw new Error(`the flow printed no result:\n${output}`);
  must("command line", "npx", ["millrace", "--help"]);
  write("visit.mjs", visitFile);
  const seen = must("server and its page", process.execPath, ["visit.mjs"]);
  if (!seen.includes("page: true runs: doubling COMPLETED")) throw new Error(`the server showed:\n${seen}`);
}

function write(name, text) {
  writeFileSync(join(folder, name), text);
}

/** Runs npm, again when it fails, and gives what it printed. */
function npm(args, cwd) {
  for (let attempt = 1; ; attempt++) {
    try {
      return run("npm", args, { cwd, timeout: limitMs.npm });
    } catch (error) {
      if (attempt === tries) throw error;
    }
  }
}

function must(what, command, args) {
  console.log(`pack test: ${what}`);
  return run(command, args, { cwd: folder, timeout: limitMs.command });
}

function run(command, args, options) {
  // npm tells its scripts about the package they run in; none of that is the user's folder.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|MILLRACE_|INIT_CWD$)/i.test(name)),
  );
  const { status, error, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env, ...options });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(" ")}: ${error?.message ?? `status ${status}`}\n${stdout}${stderr}`,
  );
}
