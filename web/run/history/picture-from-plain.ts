import { newPicture, type RunPicture } from "../../../src/projections/run-picture.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The picture that the server wrote as JSON (`toPlain`): what is a map in a new picture, is one again. */
export function pictureFromPlain(run: string, plain: Fields): RunPicture {
  const template = newPicture(run);
  const picture = restore(template, plain);
  const summary = isFields(plain["summary"]) ? restore(template.summary, plain["summary"]) : template.summary;
  return { ...picture, summary };
}

function restore<Document extends object>(template: Document, plain: Fields): Document {
  const fields = Object.entries(template).flatMap(([name, empty]: [string, unknown]) => {
    const value = plain[name];
    if (value === undefined) return []; // of an older server: the field stays as it is at the begin
    return [[name, empty instanceof Map ? new Map(toEntries(value)) : value] as const];
  });
  return { ...template, ...Object.fromEntries(fields) };
}

function toEntries(value: unknown): (readonly [unknown, unknown])[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => (Array.isArray(entry) ? [[entry[0], entry[1]] as const] : []));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
