import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { grafanaFile } from "./boards.ts";
import { freePort } from "./redis-server.ts";
import { waitUntil } from "./wait-until.ts";

const rules = ["recording.yml", "alerts.yml"];

/** Whether Prometheus is on this machine; `npm test` installs it where it can. */
export function hasPrometheus(): boolean {
  return ["prometheus", "promtool"].every(
    (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
  );
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [at: number, value: string])[];
}

export interface RuleState {
  readonly name: string;
  readonly type: "alerting" | "recording";
  readonly health: string; // "ok" once it was evaluated without an error
  readonly state?: string; // of an alert: inactive, pending, firing
  readonly lastError?: string;
}

/** A Prometheus of one test, with our rules; it scrapes and evaluates every second, and is ended by its pid. */
export class TestPrometheus {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(targets: readonly string[]): Promise<TestPrometheus> {
    const folder = mkdtempSync(join(tmpdir(), "millrace-prometheus-"));
    for (const name of rules) {
      const text = readFileSync(grafanaFile(`rules/${name}`), "utf8");
      writeFileSync(join(folder, name), text.replaceAll("interval: 30s", "interval: 1s"));
    }
    const config = {
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      rule_files: rules,
      scrape_configs: [{ job_name: "millrace", static_configs: [{ targets }] }],
    };
    writeFileSync(join(folder, "prometheus.yml"), stringify(config));
    const port = await freePort();
    const child = spawn(
      "prometheus",
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--enable-feature=exemplar-storage",
        "--log.level=warn",
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
    const started = new TestPrometheus(`http://127.0.0.1:${port}`, child, folder);
    try {
      await waitUntil(async () => started.#isReady(), { timeoutMs: 20_000 });
    } catch (error) {
      await started.stop();
      throw new Error(`prometheus did not start:\n${log}`, { cause: error });
    }
    return started;
  }

  async #isReady(): Promise<void> {
    const { ok } = await fetch(`${this.url}/-/ready`);
    if (!ok) throw new Error("not ready");
  }

  /** What the API answers; rejects with its words when the query is wrong. */
  async ask<Data>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<Data> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as { status: string; error?: string; data: Data };
    if (answer.status !== "success") throw new Error(answer.error ?? "no reason given");
    return answer.data;
  }

  async now(query: string): Promise<readonly Sample[]> {
    return (await this.ask<{ result: readonly Sample[] }>("query", { query })).result;
  }

  /** The one value of a query; NaN = there is none. */
  async value(query: string): Promise<number> {
    const [sample] = await this.now(query);
    return Number(sample?.value[1] ?? Number.NaN);
  }

  async over(
    query: string,
    span: { readonly from: number; readonly to: number },
  ): Promise<readonly Series[]> {
    const parameters = { query, start: String(span.from), end: String(span.to), step: "1" };
    return (await this.ask<{ result: readonly Series[] }>("query_range", parameters)).result;
  }

  async rules(): Promise<readonly RuleState[]> {
    const { groups } = await this.ask<{ groups: readonly { readonly rules: readonly RuleState[] }[] }>(
      "rules",
    );
    return groups.flatMap((group) => group.rules);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.pid !== undefined) {
      const ended = once(this.#child, "exit");
      this.#child.kill("SIGTERM");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
