import { AwsClient } from "aws4fetch";
import { toError } from "../base/recorded-error.ts";
import { type S3Credentials, type S3Place, s3Url } from "../engine/result-plan.ts";
import { type BlobStore, unavailable } from "./blob-store.ts";

const patienceMs = 60_000; // for one request

/** Values as objects of a bucket, by requests that are signed with AWS Signature Version 4. */
export class S3Store implements BlobStore {
  readonly url: string;
  readonly #place: S3Place;

  constructor(place: S3Place) {
    this.#place = place;
    this.url = s3Url(place);
  }

  async put(name: string, bytes: Uint8Array, sha256: string): Promise<void> {
    const headers = { "content-type": "application/octet-stream", "x-amz-content-sha256": sha256 };
    const response = await this.#ask(name, { method: "PUT", body: Buffer.from(bytes), headers });
    if (!response.ok) throw await this.#refused(response);
    await response.arrayBuffer(); // so that the connection is free again
  }

  async get(name: string): Promise<Uint8Array | null> {
    const response = await this.#ask(name, { method: "GET" });
    if (response.ok) {
      try {
        return new Uint8Array(await response.arrayBuffer());
      } catch (error) {
        throw unavailable(this.url, toError(error).message, error);
      }
    }
    const refused = await this.#refused(response);
    if (response.status === 404 && !refused.message.includes("NoSuchBucket")) return null;
    throw refused;
  }

  async #ask(name: string, request: RequestInit): Promise<Response> {
    const { endpoint, bucket, prefix, region } = this.#place;
    const path = [bucket, ...prefix.split("/"), name].filter((part) => part !== "").map(escaped);
    const credentials = await this.#credentials();
    try {
      const client = new AwsClient({ ...credentials, service: "s3", region, retries: 0 });
      const signal = AbortSignal.timeout(patienceMs);
      return await client.fetch(`${endpoint}/${path.join("/")}`, { ...request, signal });
    } catch (error) {
      const { message, cause } = toError(error);
      const why = cause instanceof Error ? `${message} (${cause.message})` : message;
      throw unavailable(this.url, why, error);
    }
  }

  async #credentials(): Promise<S3Credentials> {
    const { credentials } = this.#place;
    if (typeof credentials !== "function") return credentials ?? this.#fromEnvironment();
    try {
      return await credentials();
    } catch (error) {
      throw unavailable(this.url, `its credentials cannot be had: ${toError(error).message}`, error);
    }
  }

  #fromEnvironment(): S3Credentials {
    const { env } = process;
    const accessKeyId = env["AWS_ACCESS_KEY_ID"];
    const secretAccessKey = env["AWS_SECRET_ACCESS_KEY"];
    const sessionToken = env["AWS_SESSION_TOKEN"];
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      throw unavailable(
        this.url,
        "this process has no credentials for it: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or load the file " +
          "that defines the flow",
      );
    }
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  }

  async #refused(response: Response): Promise<Error> {
    const text = await response.text().catch(() => "");
    const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? "";
    const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? "";
    const why = [`HTTP ${response.status}`, code, message].filter((part) => part !== "").join(" ");
    return unavailable(this.url, why);
  }
}

/** As the signature is made of it: RFC 3986, of which encodeURIComponent leaves a few out. */
function escaped(part: string): string {
  return encodeURIComponent(part).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A place that this process has not defined, as far as its name in the log tells. */
export function s3PlaceOf(url: string): S3Place {
  const { origin, pathname } = new URL(url.slice("s3:".length));
  const [bucket = "", ...rest] = pathname.slice(1).split("/");
  const region = process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "us-east-1";
  return { kind: "s3", endpoint: origin, bucket, prefix: rest.join("/"), region, credentials: null };
}
