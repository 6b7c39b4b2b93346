import { newRunMetrics, type RunMetrics } from "../../src/projections/run-metrics-document.ts";

/** One sample of an exposition. */
export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: string | null;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*?)\})? (\S+)(?: # (\{.*\} \S+ \S+))?$/;

/** Reads an exposition, text or OpenMetrics; throws at a line that is neither sample nor comment. */
export function readSamples(text: string): readonly ReadSample[] {
  return text
    .split("\n")
    .filter((each) => each !== "" && !each.startsWith("#"))
    .map((each) => {
      const [, name, labels = "", value, exemplar = null] = line.exec(each) ?? [];
      if (name === undefined) throw new Error(`This is not a sample: ${each}`);
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
        ([, label = "", text = ""]) => [label, text] as const,
      );
      return { name, labels: Object.fromEntries(pairs), value: Number(value), exemplar };
    });
}

/** Name, labels in order and value of a sample, as one text. */
export function sampleText({ name, labels, value }: ReadSample): string {
  const pairs = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return `${name}{${pairs.map(([label, text]) => `${label}="${text}"`).join(",")}} ${value}`;
}

/** The value of the only sample that has these labels, and maybe more. */
export function valueOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const found = readSamples(text).filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (found.length !== 1) throw new Error(`${found.length} samples of ${name} fit, and not one.`);
  return found[0]!.value;
}

/** A document with what a test says, and nothing else. */
export function metricsWith(fields: Partial<RunMetrics>): RunMetrics {
  return { ...newRunMetrics(), firstSeen: 1, ...fields };
}

/** Flows with tasks, `firstSeen` in their order. */
export function manyMetrics(flows: number, tasks: number): RunMetrics[] {
  const all: RunMetrics[] = [];
  for (let flow = 0; flow < flows; flow += 1) {
    const events = new Map([["RunCreated", 1]]);
    all.push(
      metricsWith({ flow: `flow-${flow}`, firstSeen: 1 + flow, events, started: new Map([["client", 1]]) }),
    );
    for (let task = 0; task < tasks; task += 1) {
      const name = { flow: `flow-${flow}`, task: `task-${task}`, firstSeen: 1_000 + flow * tasks + task };
      const taskDuration = [70, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      const queues = new Map([[`queue-${task}`, 1]]);
      const events = new Map([["TaskCompleted", 1]]);
      all.push(metricsWith({ ...name, attempts: new Map([["ok", 1]]), taskDuration, queues, events }));
    }
  }
  return all;
}
