import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly format?: string;
  readonly instant?: boolean;
  readonly datasource: { readonly type: string; readonly uid: string };
}

/** As much of a panel as tests look at. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly noValue?: string } };
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly panels: readonly Panel[];
  readonly links: readonly {
    readonly type: string;
    readonly keepTime: boolean;
    readonly includeVars: boolean;
  }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
}

export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const grafana = new URL("../../grafana/", import.meta.url);

export const grafanaFile = (path: string): string => fileURLToPath(new URL(path, grafana));

export function readBoards(): readonly Board[] {
  return readdirSync(grafanaFile("dashboards"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(grafanaFile(`dashboards/${name}`), "utf8")) as Board);
}

export function readRules(): readonly Rule[] {
  return ["recording.yml", "alerts.yml"].flatMap((name) => {
    const { groups } = parse(readFileSync(grafanaFile(`rules/${name}`), "utf8")) as {
      groups: readonly { readonly rules: readonly Rule[] }[];
    };
    return groups.flatMap(({ rules }) => rules);
  });
}

export interface Expression {
  readonly where: string; // "Millrace / Flow: Retries, A"
  readonly expr: string;
}

/** Everything that is asked of Prometheus: by panels, by marks, and by rules. */
export function panelExpressions(boards = readBoards()): readonly Expression[] {
  return boards.flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ refId, expr }) => ({ where: `${title}: ${panel.title}, ${refId}`, expr })),
    ),
  );
}

export function otherExpressions(): readonly Expression[] {
  const marks = readBoards().flatMap(({ title, annotations }) =>
    annotations.list.map(({ name, expr }) => ({ where: `${title}: ${name}`, expr })),
  );
  const rules = readRules().map(({ alert, record, expr }) => ({ where: alert ?? record ?? "", expr }));
  return [...marks, ...rules];
}
