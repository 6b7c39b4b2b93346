/** How a stored value is written. */
export type ResultFormat = "msgpack" | "json" | "compressed/msgpack" | "compressed/json";

export interface DirectoryPlace {
  readonly kind: "directory";
  readonly path: string; // relative = to where the process was started
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Place {
  readonly kind: "s3";
  readonly endpoint: string; // without a slash at the end
  readonly bucket: string;
  readonly prefix: string; // of the names of objects, without slashes at its ends; "" = none
  readonly region: string;
  readonly credentials: S3Credentials | (() => Promise<S3Credentials>) | null; // null = from the environment
}

/** Where results lie that are not part of the log. */
export type ResultPlace = DirectoryPlace | S3Place;

/** What becomes of the results of a task or flow. */
export interface ResultPlan {
  readonly place: ResultPlace | null; // null = Redis, beside the run
  readonly format: ResultFormat;
  readonly inlineBytes: number | null; // up to so many a result is part of the log; null = as usual
}

/** What names an S3 place in the log: anybody who finds it there can ask for its credentials. */
export function s3Url({ endpoint, bucket, prefix }: Pick<S3Place, "endpoint" | "bucket" | "prefix">): string {
  return `s3:${[endpoint, bucket, prefix].filter((part) => part !== "").join("/")}`;
}
