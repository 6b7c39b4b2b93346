import { toUlid } from "../src/base/ids.ts";
import { newSummary, type RunSummary } from "../src/projections/run-summary.ts";
import { shardKeys } from "../src/redis/keys.ts";
import { type ViewPlace } from "../src/redis/live-view.ts";
import { countRuns, queryRuns } from "../src/redis/query-runs.ts";
import type { RunQuery } from "../src/redis/run-query.ts";
import { usedMemoryBytes } from "./site.ts";
