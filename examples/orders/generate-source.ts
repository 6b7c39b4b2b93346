// Writes source/orders_2026-04-30.csv, always the same: npx tsx examples/orders/generate-source.ts
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sourceText } from "./source-text.ts";

const folder = join(import.meta.dirname, "source");
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "orders_2026-04-30.csv"), sourceText());
