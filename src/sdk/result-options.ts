import { EngineError } from "../base/errors.ts";
import {
  type DirectoryPlace,
  type ResultFormat,
  type ResultPlace,
  type ResultPlan,
  type S3Credentials,
  type S3Place,
  s3Url,
} from "../engine/result-plan.ts";

export interface ResultOptions {
  /** Where results above the inline limit lie: "redis", `directory("./results")`, `s3({ bucket })`. Default: as the flow says, or Redis. */
  readonly resultStorage?: "redis" | ResultPlace;
  readonly resultSerializer?: ResultFormat; // how they are written there; default "msgpack"
  readonly resultInline?: number; // results up to so many bytes are part of the log; default 32768
}

const mostInline = 1024 * 1024;
const formats: readonly ResultFormat[] = ["msgpack", "json", "compressed/msgpack", "compressed/json"];

/** A directory that every worker of the task reaches under the same path: of this machine, or a network share. */
export function directory(path: string): DirectoryPlace {
  if (path !== "") return { kind: "directory", path };
  throw new EngineError(
    "OPTION_INVALID",
    'directory("") names no directory. Give its path: directory("./results").',
    {
      option: "resultStorage",
    },
  );
}

export interface S3Options {
  readonly bucket: string;
  readonly region?: string; // default "us-east-1"
  readonly endpoint?: string; // default: that of AWS for the region
  readonly prefix?: string; // of the names of objects; default none
  /** Or a function that gets them. Default: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN of the process. */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>);
}

/** A bucket of S3, or of something that speaks its protocol. */
export function s3({ bucket, region = "us-east-1", endpoint, prefix = "", credentials }: S3Options): S3Place {
  const place: S3Place = {
    kind: "s3",
    endpoint: (endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, ""),
    bucket,
    prefix: prefix.replaceAll(/^\/+|\/+$/g, ""),
    region,
    credentials: credentials ?? null,
  };
  if (/^[\w.-]+$/.test(bucket) && /^https?:\/\/\S+$/.test(place.endpoint)) {
    places().set(s3Url(place), place);
    return place;
  }
  throw new EngineError(
    "OPTION_INVALID",
    `s3() needs the name of a bucket and an endpoint that begins with http:// or https://, and was given ` +
      `${JSON.stringify(bucket)} and ${JSON.stringify(place.endpoint)}.`,
    { option: "resultStorage" },
  );
}

const slot = Symbol.for("millrace.places");

/** The S3 places that this process has defined, by what the log calls them; one list per process, as of flows and tasks. */
function places(): Map<string, S3Place> {
  const holder: typeof globalThis & { [slot]?: Map<string, S3Place> } = globalThis;
  holder[slot] ??= new Map();
  return holder[slot];
}

/** The place of that name in the log, as this process has defined it; null = it has not. */
export function findS3Place(url: string): S3Place | null {
  return places().get(url) ?? null;
}

/**
 * The plan for results; null = nothing was said.
 * @throws EngineError OPTION_INVALID naming the option
 */
export function resolveResults(owner: string, options: ResultOptions): ResultPlan | null {
  const { resultStorage, resultSerializer, resultInline = null } = options;
  if (resultStorage === undefined && resultSerializer === undefined && resultInline === null) return null;
  const format = resultSerializer ?? "msgpack";
  if (!formats.includes(format))
    throw invalid(owner, "resultSerializer", `one of ${formats.join(", ")}`, format);
  if (resultInline !== null && !isInlineSize(resultInline))
    throw invalid(owner, "resultInline", `a number of bytes from 0 to ${mostInline}`, String(resultInline));
  const place = resultStorage === undefined || resultStorage === "redis" ? null : resultStorage;
  return { place, format, inlineBytes: resultInline };
}

function isInlineSize(bytes: number): boolean {
  return Number.isInteger(bytes) && bytes >= 0 && bytes <= mostInline;
}

function invalid(owner: string, option: string, wanted: string, given: string): EngineError {
  return new EngineError("OPTION_INVALID", `${owner}: ${option} must be ${wanted}, and is ${given}.`, {
    option,
  });
}
