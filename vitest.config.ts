import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (file: string): string => fileURLToPath(new URL(`src/${file}`, import.meta.url));

// One Redis server for the whole of a project's run; tests get its address by `inject("redisUrl")`.
const withRedis = { globalSetup: "test/support/redis-global.ts", hookTimeout: 60_000 };

export default defineConfig({
  // The same names as in tsconfig's `paths`: examples import Millrace as its users do.
  resolve: {
    alias: [
      { find: /^millrace$/, replacement: source("index.ts") },
      { find: /^millrace\/events$/, replacement: source("events.ts") },
      { find: /^millrace\/postgres$/, replacement: source("postgres.ts") },
      { find: /^millrace\/testing$/, replacement: source("testing.ts") },
    ],
  },
  test: {
    watch: false,
    pool: "forks",
    maxWorkers: 2, // tests wait for processes that they started more than they work
    reporters: ["default", "./scripts/count-reporter.ts"],
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: { name: "model", include: ["test/model/**/*.test.ts"], testTimeout: 600_000 },
      },
      {
        extends: true,
        test: {
          ...withRedis,
          globalSetup: [withRedis.globalSetup, "test/support/compiled-package.ts"],
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          testTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: {
          ...withRedis,
          name: "replay", // the code of a run is dropped and replayed from the log before every step
          env: { MILLRACE_ALWAYS_REPLAY: "1" },
          include: [
            "test/integration/{client-*,cache-again,cache-options,cache-results,task-limits}.test.ts",
          ],
          testTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: {
          ...withRedis,
          globalSetup: [withRedis.globalSetup, "test/support/web-global.ts"],
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          testTimeout: 60_000,
          expect: { poll: { timeout: 15_000 } }, // a page may be slow
        },
      },
      {
        extends: true,
        test: {
          ...withRedis,
          globalSetup: [withRedis.globalSetup, "test/support/compiled-fixtures.ts"],
          name: "chaos",
          include: ["test/chaos/**/*.test.ts"],
          testTimeout: 300_000,
        },
      },
    ],
  },
});
