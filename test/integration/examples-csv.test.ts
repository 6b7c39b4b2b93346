import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkText } from "../../examples/orders/check-text.ts";
import { type RawOrder, sourceColumns } from "../../examples/orders/order.ts";
import { parseAmount } from "../../examples/orders/parse-amount.ts";
import { readOrders, sourcePath } from "../../examples/orders/read-orders.ts";
import { sourceText } from "../../examples/orders/source-text.ts";

const header = sourceColumns.join(",");
const good = "1,Ann,a@example.com,DE,Lamp,2,12.50,paid,2026-04-30T10:00:00Z";
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "millrace-csv-"));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function read(content: string | Uint8Array): Promise<RawOrder[]> {
  const path = join(dir, "source.csv");
  await writeFile(path, content);
  return readOrders(path);
}

test.for<[string, number]>([
  ["1234.5", 1234.5],
  [" 1,234.50 ", 1234.5],
  ["1,234,567.89", 1_234_567.89],
  ["$12.00", 12],
  ["-$1,000", -1000],
  ["-7.05", -7.05],
  ["+3", 3],
  ["-0.00", 0],
  ["007", 7],
  ["\u00A012.00", 12],
])("the amount %j is %d", ([text, usd]) => {
  expect(parseAmount(text)).toEqual({ kind: "amount", usd });
});

test.for(["", "  ", "-", "n/a", "N/A", "na", "NULL"])("the amount %j is missing", (text) => {
  expect(parseAmount(text)).toEqual({ kind: "missing" });
});

const guesses = ["1.234,50", "12,50", "1,23,456.00", "1234,567.00", ",123", "12.345", "(12.00)", "€12.00"];
const noNumbers = [
  "12.00 USD",
  "$-5",
  "$",
  "--1",
  "1e3",
  "0x1F",
  ".5",
  "5.",
  "NaN",
  "-Infinity",
  "twelve",
  "١٢",
];
test.for([...guesses, ...noNumbers, "1 234.50", "9".repeat(13)])("the amount %j is unreadable", (text) => {
  expect(parseAmount(text)).toEqual({ kind: "unreadable" });
});

test("every amount in cents is read back exactly, with and without groups and a dollar sign", () => {
  const cents = fc.bigInt({ min: -99_999_999_999_999n, max: 99_999_999_999_999n });
  fc.assert(
    fc.property(cents, fc.boolean(), fc.boolean(), (amount, isGrouped, hasDollar) => {
      const absolute = (amount < 0n ? -amount : amount).toString().padStart(3, "0");
      const whole = absolute.slice(0, -2);
      const grouped = isGrouped ? BigInt(whole).toLocaleString("en-US") : whole;
      const text = `${amount < 0n ? "-" : ""}${hasDollar ? "$" : ""}${grouped}.${absolute.slice(-2)}`;

      expect(parseAmount(text)).toEqual({ kind: "amount", usd: Number(amount) / 100 });
    }),
  );
});

test("no text whatever gives an amount that is not a finite number of cents", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(...Array.from("0123456789.,-+$eE ")) }),
  );
  fc.assert(
    fc.property(text, (written) => {
      const amount = parseAmount(written);
      if (amount.kind !== "amount") return;
      expect(Number.isFinite(amount.usd)).toBe(true);
      expect(Number(amount.usd.toFixed(2))).toBe(amount.usd);
      expect(written).toMatch(/\d/);
    }),
    { numRuns: 2_000 },
  );
});

const expectedFields = "the header has 9";
test.for<[string, string | Uint8Array, string]>([
  ["nothing at all", "", ", line 1: the file is empty"],
  ["another header", `${header},note\n${good},x\n`, ", line 1: the header is"],
  ["a missing column", header.replace("amount_usd,", ""), "missing: amount_usd"],
  ["a misspelt column", header.replace("amount_usd", "Amount"), 'missing: amount_usd; unknown: "Amount"'],
  ["semicolons", header.replaceAll(",", ";"), ", line 1: the header is"],
  ["a short line", `${header}\n${good}\n1,2,3\n`, `, line 3: has 3 fields, ${expectedFields}`],
  ["a long line", `${header}\n\n${good},x\n`, `, line 3: has 10 fields, ${expectedFields}`],
  [
    "a short line after a field of three lines",
    `${header}\r\n"1\r\n\r\n"${good.slice(1)}\r\nx\r\n`,
    ", line 5: has 1 fields",
  ],
  ["a short record of three lines", `${header}\n${good}\n"a\n\nb",c\n${good}\n`, ", line 3: has 2 fields"],
  [
    "Latin-1 far below the first chunk",
    Buffer.from(`${header}\n${`${good}\n`.repeat(3_000)}Käthe\n`, "latin1"),
    ", line 3002: is not valid UTF-8",
  ],
  [
    "a quote that is not closed",
    `${header}\n${good}\n"${good}\n${good}\n`,
    ", line 3: a quoted field starts",
  ],
  ["a quote in a field", `${header}\n${good.replace("Ann", 'A"nn')}\n`, ", line 2: Invalid Opening Quote"],
  ["text after a quote", `${header}\n${good.replace("Ann", '"Ann"x')}\n`, ", line 2: Invalid Closing Quote"],
  [
    "Latin-1",
    Buffer.from(`${header}\n${good}\n${good.replace("Ann", "Käthe")}\n`, "latin1"),
    ", line 3: is not valid UTF-8",
  ],
  [
    "a cut character at the end",
    Buffer.from(`${header}\n${good}é`).subarray(0, -1),
    ", line 2: is not valid UTF-8",
  ],
  ["a NUL", `${header}\n${good}\n${good.replace("Ann", "A\0n")}\n`, ", line 3: holds a NUL byte"],
  ["UTF-16", Buffer.from(`\uFEFF${header}\n`, "utf16le"), ", line 1: the file is UTF-16"],
  ["one endless line", "x".repeat(1_200_000), ", line 1: is longer than 1 MiB"],
])("a source file with %s is refused with its line", async ([, content, message]) => {
  await expect(read(content)).rejects.toMatchObject({
    name: "SourceError",
    message: expect.stringContaining(message),
  });
});

test("a source file that is not there is refused with its path and a way out", async () => {
  const path = sourcePath(dir, "2026-05-01");

  await expect(readOrders(path)).rejects.toThrow(
    `${path}: no such file; put the day's export there, or give another`,
  );
});

test("a byte order mark, CRLF, blank lines and a missing last line end are no trouble", async () => {
  const rows = await read(`\uFEFF${header}\r\n${good}\r\n\n${good}\n\r\n${good}`);

  expect(rows.map((row) => sourceColumns.map((column) => row[column]).join(","))).toEqual([good, good, good]);
});

test("every text survives the CSV as it is, and a bad line after it is named by its number", async () => {
  const field = fc.string({ unit: fc.constantFrom(...Array.from("ab ,\"\n'é中🙂\t;")) });
  const record = fc.tuple(...sourceColumns.map(() => field));
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 8 }),
      fc.constantFrom("\n", "\r\n"),
      async (records, lineEnd) => {
        const lines = records.map((fields) =>
          fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(","),
        );
        const text = [header, ...lines, ""].join("\n").replaceAll("\n", lineEnd);

        const rows = await read(text);

        expect(rows.map((row) => sourceColumns.map((column) => row[column]))).toEqual(records);
        const badLine = text.split("\n").length;
        await expect(read(`${text}x,y${lineEnd}`)).rejects.toThrow(`, line ${badLine}: has 2 fields`);
      },
    ),
    { numRuns: 60 },
  );
});

test("it does not matter where the chunks of a file are cut", async () => {
  const bytes = Buffer.from(`\uFEFF${sourceText(12)}`);
  const whole = sourceText(12).replaceAll("\r\n", "\n");
  async function* chunks(size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }

  for (const size of [1, 2, 3, 7, 1_000, bytes.length]) {
    let text = "";
    for await (const part of checkText(chunks(size), "source.csv")) text += part;
    expect(text).toBe(whole);
  }
});
