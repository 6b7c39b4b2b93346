import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { boards, toJson } from "../../../grafana/boards.ts";
import { type Board, grafanaFile, type Panel, readBoards } from "../../support/boards.ts";

const columns = 24;

describe("the committed dashboards", () => {
  test("are what the code makes; if not, run: npx tsx grafana/generate.ts", () => {
    const names = boards.map(({ uid }) => `${uid ?? ""}.json`);

    expect(readdirSync(grafanaFile("dashboards")).sort()).toEqual(names.sort());
    for (const board of boards)
      expect(readFileSync(grafanaFile(`dashboards/${board.uid ?? ""}.json`), "utf8")).toBe(toJson(board));
  });

  test("keep what links and bookmarks hold", () => {
    expect(readBoards().map(({ uid, title }) => [uid, title])).toEqual([
      ["millrace-engine", "Millrace / Engine"],
      ["millrace-flow", "Millrace / Flow"],
      ["millrace-overview", "Millrace / Overview"],
    ]);
  });

  test("link to each other, mark deploys, and let people choose", () => {
    for (const board of readBoards()) {
      expect(board.tags).toContain("millrace");
      expect(board.links).toMatchObject([{ type: "dashboards", keepTime: true, includeVars: true }]);
      expect(board.annotations.list.map(({ name }) => name)).toEqual(["Deploys"]);
      const names = board.templating.list.map(({ name }) => name);
      const flows = board.uid === "millrace-flow" ? ["flow"] : [];
      expect(names).toEqual(["datasource", "namespace", ...flows]);
    }
  });

  test("have panels that say what they show", () => {
    expect(readBoards().flatMap(judge)).toEqual([]);
    expect(readBoards().flatMap(({ panels }) => panels).length).toBeGreaterThan(50);
  });
});

describe("the judge of panels", () => {
  const [sound] = readBoards();

  test.each([
    ["a panel twice", "its number is not its own", { id: 3 }],
    ["a title twice", "its title is not its own", { title: "Events appended" }],
    ["no description", "no description", { description: "" }],
    ["no unit", "no unit", { fieldConfig: { defaults: { noValue: "nothing" } } }],
    ["no text for emptiness", "nothing to say when empty", { fieldConfig: { defaults: { unit: "s" } } }],
    ["a source of its own", "a fixed data source", { datasource: { type: "prometheus", uid: "prom" } }],
    ["what juts out", "wider than the page", { gridPos: { x: 18, y: 0, w: 8, h: 4 } }],
    ["what overlaps", "overlaps", { gridPos: { x: 0, y: 1, w: 8, h: 8 } }],
  ])("reports %s", (_what, fault, change) => {
    const panels = sound!.panels.map((panel, index) => (index === 4 ? { ...panel, ...change } : panel));

    expect(judge({ ...sound!, panels }).join()).toContain(fault);
  });
});

/** What is wrong with the panels of a dashboard. */
function judge(board: Board): string[] {
  return board.panels.flatMap((panel, index) => {
    const before = board.panels.slice(0, index);
    const faults = [
      before.some(({ id }) => id === panel.id) && "its number is not its own",
      before.some(({ title }) => title === panel.title) && "its title is not its own",
      panel.gridPos.x + panel.gridPos.w > columns && "wider than the page",
      before.some((other) => overlaps(other, panel)) && "overlaps",
      ...(panel.type === "row" ? [] : judgeContent(panel)),
    ];
    return faults
      .filter((fault) => fault !== false)
      .map((fault) => `${board.title}: ${panel.title}: ${fault}`);
  });
}

function judgeContent({
  description = "",
  fieldConfig,
  datasource,
  targets = [],
}: Panel): (string | false)[] {
  const sources = [datasource, ...targets.map((target) => target.datasource)];
  return [
    description.length < 20 && "no description",
    fieldConfig?.defaults.unit === undefined && "no unit",
    (fieldConfig?.defaults.noValue ?? "") === "" && "nothing to say when empty",
    targets.length === 0 && "no query",
    sources.some((source) => source?.uid !== "${datasource}") && "a fixed data source",
  ];
}

function overlaps({ gridPos: one }: Panel, { gridPos: other }: Panel): boolean {
  const isBeside = one.x + one.w <= other.x || other.x + other.w <= one.x;
  const isAbove = one.y + one.h <= other.y || other.y + other.h <= one.y;
  return !isBeside && !isAbove;
}
