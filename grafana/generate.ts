// Writes the dashboards as JSON, as Grafana reads them: npx tsx grafana/generate.ts
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { boards, toJson } from "./boards.ts";

const folder = new URL("dashboards/", import.meta.url);

for (const board of boards) {
  const file = fileURLToPath(new URL(`${board.uid}.json`, folder));
  writeFileSync(file, toJson(board));
  console.log(file);
}
