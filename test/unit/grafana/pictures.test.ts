import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { boards } from "../../../grafana/boards.ts";
import { drawBoard } from "../../../grafana/picture/draw-board.ts";
import { format, ticks } from "../../../grafana/picture/units.ts";

const span = { from: 1_000, to: 1_060, step: 10, rate: "10s" };
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A Prometheus that gives every query the same answer. */
async function answering(result: (isInstant: boolean) => unknown, status = "success"): Promise<string> {
  const server = createServer((request, response) => {
    const isInstant = request.url?.includes("/query?") === true;
    response.end(JSON.stringify({ status, error: "no such thing", data: { result: result(isInstant) } }));
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

const metric = { flow: "a<b", le: "5", state: "completed" };
const values = [1_000, 1_010, 1_020, 1_030].map((at, index) => [at, index === 1 ? "NaN" : String(index)]);

describe("a picture of a dashboard", () => {
  test.each(boards.map((board) => [board.title ?? "", board] as const))(
    "%s has each panel",
    async (title, board) => {
      const url = await answering((isInstant) => [
        isInstant ? { metric, value: [1_060, "7"] } : { metric, values },
      ]);

      const svg = await drawBoard(board, url, span);

      const titles = (board.panels ?? []).map((panel) => panel.title ?? "");
      expect(titles.filter((each) => !svg.includes(`>${each}<`) && !svg.includes(`▾ ${each}<`))).toEqual([]);
      expect(svg).toContain(title);
      expect(svg).not.toMatch(/NaN|Infinity|undefined/);
      expect(svg).not.toContain("a<b");
    },
  );

  test("says what is missing where there is no data", async () => {
    const svg = await drawBoard(boards[0]!, await answering(() => []), span);

    expect(svg).toContain("no run started in this window");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("is not drawn when a query is wrong", async () => {
    const url = await answering(() => [], "error");

    await expect(drawBoard(boards[0]!, url, span)).rejects.toThrow("no such thing");
  });
});

describe("values", () => {
  test.each([
    [0.00025, "s", "250 µs"],
    [0.25, "s", "250 ms"],
    [30, "s", "30 s"],
    [600, "s", "10 min"],
    [7_200, "s", "2 h"],
    [172_800, "s", "2 d"],
    [0, "s", "0 s"],
    [1_536, "bytes", "1.5 KiB"],
    [0.125, "percentunit", "12.5 %"],
    [12_345, "short", "12.3 K"],
    [5, "opm", "5 /min"],
    [Number.NaN, "s", "–"],
  ])("%d %s reads %s", (value, unit, expected) => {
    expect(format(value, unit)).toBe(expected);
  });

  test("stand on round numbers", () => {
    expect(ticks(10, 5, "short")).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticks(500 * 1_024 ** 2, 5, "bytes").map((tick) => tick / 1_024 ** 2)).toEqual([
      0, 100, 200, 300, 400, 500,
    ]);
  });
});
