import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { createProgram } from "../../../src/cli/program.ts";
import { root } from "../../support/markdown-examples.ts";

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
// `<<` as Compose reads it: YAML 1.1 merge keys.
const yaml = (path: string): unknown => parse(read(path), { merge: true });

const { services, volumes } = yaml("deploy/compose.yaml") as {
  services: Readonly<Record<string, Service>>;
  volumes: object;
};
const each = Object.entries(services);
const ours = each.filter(([, { image }]) => image === "millrace");
const prometheus = yaml("deploy/prometheus.yml") as {
  global: { scrape_interval: string };
  rule_files: string[];
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
};
const [source] = (
  yaml("grafana/provisioning/datasources/millrace.yaml") as {
    datasources: { url: string; jsonData: { timeInterval: string } }[];
  }
).datasources;

/** Where a path in a container comes from; null = it is in the image, or in a volume. */
function hostPath(service: Service | undefined, inside: string): string | null {
  for (const [from = "", to = ""] of (service?.volumes ?? []).map((volume) => volume.split(":")))
    if (from.startsWith(".") && (inside === to || inside.startsWith(`${to}/`)))
      return join(root, "deploy", from, inside.slice(to.length));
  return null;
}

/** The port at which a service of ours serves metrics: by option, else by environment. */
function metricsPort({ command = [], environment = {} }: Service): string | undefined {
  const at = command.findIndex((word) => word === "--port" || word === "--metrics-port");
  return at < 0 ? environment["MILLRACE_METRICS_PORT"] : command[at + 1];
}

describe("the compose file", () => {
  test("has Redis, two workers, the exporter, Prometheus and Grafana", () => {
    const names = ["client", "exporter", "grafana", "prometheus", "redis", "worker-1", "worker-2"];

    expect(Object.keys(services).sort()).toEqual(names);
  });

  test("names files, volumes and services that there are", () => {
    const missing = each.flatMap(([name, service]) => [
      ...(service.volumes ?? [])
        .map((volume) => volume.split(":")[0] ?? "")
        .filter((from) =>
          from.startsWith(".") ? !existsSync(join(root, "deploy", from)) : !(from in volumes),
        )
        .map((from) => `${name}: ${from}`),
      ...Object.keys(service.depends_on ?? {})
        .filter((other) => services[other]?.healthcheck === undefined)
        .map((other) => `${name} waits for ${other}, of which nobody knows when it is well`),
    ]);

    expect(missing).toEqual([]);
    expect(existsSync(join(root, "deploy", ours[0]![1].build!.context, ours[0]![1].build!.dockerfile))).toBe(
      true,
    );
  });

  test.each(ours)("%s gives the command line only what it understands", (name, { command = [] }) => {
    const [first = "", ...rest] = command;
    const known = createProgram(() => undefined).commands.find((one) => one.name() === first);

    expect(known, `${name}: millrace ${first}`).toBeDefined();
    const flags = flagsOf(known!);
    expect(rest.filter((word) => word.startsWith("-") && !flags.includes(word))).toEqual([]);
    for (const file of rest.filter((word) => word.endsWith(".ts")))
      expect(existsSync(join(root, "deploy", file))).toBe(true);
  });

  test("keeps the log on disk and evicts nothing", () => {
    const words = services["redis"]?.command?.join(" ");

    expect(words).toContain("--appendonly yes");
    expect(words).toContain("--maxmemory-policy noeviction");
    for (const [, { environment = {} }] of ours)
      expect(environment["MILLRACE_REDIS_URL"]).toBe("redis://redis:6379");
  });

  test("asks each process for its health where it answers, and serves beyond the container", () => {
    for (const name of ["worker-1", "worker-2", "exporter"]) {
      const service = services[name]!;
      const port = metricsPort(service) ?? "none";
      expect(service.healthcheck?.test.join(" ")).toContain(`http://127.0.0.1:${port}/livez`);
      expect(service.command).toContain("0.0.0.0");
    }
  });
});

describe("Prometheus and Grafana", () => {
  test("scrape every process where it serves its metrics", () => {
    const [millrace] = prometheus.scrape_configs;
    const served = ours.flatMap(([name, service]) => {
      const port = metricsPort(service);
      return port === undefined ? [] : [`${name}:${port}`];
    });

    expect(millrace?.job_name).toBe("millrace");
    expect(millrace?.static_configs.flatMap(({ targets }) => targets).sort()).toEqual(served.sort());
  });

  test("find their files in what is mounted", () => {
    const { prometheus: server, grafana } = services;
    const config = hostPath(server, "/etc/prometheus/prometheus.yml");
    const rules = hostPath(server, "/etc/prometheus/rules");
    const { providers } = yaml("grafana/provisioning/dashboards/millrace.yaml") as {
      providers: { options: { path: string } }[];
    };
    const boards = hostPath(grafana, providers[0]!.options.path);
    const home = hostPath(grafana, grafana!.environment!["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]!);

    expect(config).toBe(join(root, "deploy/prometheus.yml"));
    expect(server?.command).toContain("--config.file=/etc/prometheus/prometheus.yml");
    expect(prometheus.rule_files).toEqual(["rules/*.yml"]);
    expect(existsSync(join(rules!, "alerts.yml"))).toBe(true);
    expect(boards).toBe(join(root, "grafana/dashboards"));
    expect(existsSync(home!)).toBe(true);
    expect(hostPath(grafana, "/etc/grafana/provisioning")).toBe(join(root, "grafana/provisioning"));
  });

  test("agree on the interval and keep exemplars", () => {
    expect(source?.jsonData.timeInterval).toBe(prometheus.global.scrape_interval);
    expect(source?.url).toBe("http://prometheus:9090");
    expect(services["prometheus"]?.command).toContain("--enable-feature=exemplar-storage");
  });
});

describe("the image", () => {
  test("copies what there is, also past the ignore file, and does not run as root", () => {
    const dockerfile = read("deploy/Dockerfile");
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
      names.split(" "),
    );
    const kept = read("deploy/Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"));

    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(kept.map((line) => line.slice(1)).sort()).toEqual(copied.toSorted());
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain("bin/millrace.mjs");
  });
});

const flagsOf = (command: Command): string[] =>
  command.options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
