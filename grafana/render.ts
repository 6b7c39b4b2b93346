// Draws the dashboards with the data of a Prometheus, without Grafana:
//   npx tsx grafana/render.ts http://127.0.0.1:9090 pictures --minutes 10 --rate 10s
// Writes SVG, and PNG too where rsvg-convert is on the PATH.
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { writePictures } from "./picture/write-pictures.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: "string", default: "60" }, rate: { type: "string", default: "1m" } },
});
const [url = "http://127.0.0.1:9090", folder = "pictures"] = positionals;
const to = Date.now() / 1_000;
const from = to - Number(values.minutes) * 60;
mkdirSync(folder, { recursive: true });
for (const file of await writePictures({ url, folder, from, to, rate: values.rate })) console.log(file);
