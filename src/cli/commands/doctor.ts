import { type Examination, examine } from "../../workers/examine.ts";
import { settingsFromEnvironment } from "../../workers/settings.ts";
import { exits } from "../outcome.ts";
import { type Colors, colorsOf, out } from "../print.ts";
import { toLine } from "../to-json.ts";

/** `millrace doctor`: looks at the store, and says what has to be mended. */
export async function doctorCommand({ json = false }: { json?: boolean }): Promise<number> {
  const found = await examine(settingsFromEnvironment());
  if (json) out(toLine({ node: process.versions.node, ...found }));
  else print(found);
  return found.findings.some(({ severity }) => severity === "error") ? exits.givenUp : exits.ok;
}

type ServerFacts = NonNullable<Examination["server"]>;
type Line = (title: string, text: string) => void;

function print(found: Examination): void {
  const colors = colorsOf(process.stdout);
  const line: Line = (title, text) => out(`${colors.dim(title.padEnd(12))} ${text}`);
  line("store", found.place);
  if (found.server === null) line("namespace", found.namespace);
  else printStore(found, found.server, line);
  line("node", process.versions.node);
  printFindings(found, colors);
}

function printStore(found: Examination, server: ServerFacts, line: Line): void {
  line("namespace", `${found.namespace}${shardsText(found.shards)}`);
  printServer(server, line);
  const keys = Object.entries(found.keys).map(([kind, count]) => `${kind} ${count ?? 0}`);
  if (keys.length > 0) line("keys", keys.join(", "));
  const { open, blocked, unattended } = found.runs;
  const which = open === 0 ? "" : ` (${blocked} blocked, ${unattended.length} without a live worker)`;
  line("open runs", `${open}${which}`);
  line("workers", workersText(found));
}

function shardsText(shards: number | null): string {
  if (shards === null) return ", empty";
  return shards === 1 ? ", 1 shard" : `, ${shards} shards`;
}

function printServer(server: ServerFacts, line: Line): void {
  const { software, version, isPersistent, fsync, evictionPolicy, usedBytes, limitBytes, isReplica } = server;
  const limit = limitBytes === 0 ? "no limit" : `of ${toMb(limitBytes)}`;
  line("server", `${software} ${version}${isReplica ? ", a replica" : ""}`);
  line("persistence", isPersistent ? `append-only file, fsync ${fsync}` : "none");
  line("memory", `${toMb(usedBytes)}, ${limit}; maxmemory-policy ${evictionPolicy}`);
}

function toMb(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function workersText({ workers }: Examination): string {
  const alive = workers.filter(({ isAlive }) => isAlive).length;
  if (workers.length === 0) return "none";
  const leases = workers.map(({ id, leaseMs }) =>
    leaseMs > 0 ? `${id} for ${(leaseMs / 1_000).toFixed(1)} s` : `${id} none`,
  );
  return `${alive} alive, ${workers.length - alive} dead; leases: ${leases.join(", ")}`;
}

function printFindings({ findings }: Examination, colors: Colors): void {
  out("");
  for (const { severity, problem, remedy } of findings) {
    out(`${severity === "error" ? colors.red("ERROR  ") : colors.yellow("WARNING")} ${problem}`);
    out(`        ${remedy}`);
  }
  if (findings.length === 0) out(colors.green("Nothing to mend."));
}
