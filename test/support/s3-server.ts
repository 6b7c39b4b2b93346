import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/**
 * A server that speaks as much of S3 as is needed, and checks the signature of every request as AWS describes it
 * (Signature Version 4), with code that shares nothing with the client's.
 */
export interface S3Server {
  readonly endpoint: string;
  readonly objects: Map<string, Buffer>; // by path: "/bucket/name"
  readonly requests: string[]; // "PUT /bucket/name 200"
  fail: { status: number; code: string } | null; // what every request is answered; null = as usual
  close(): Promise<void>;
}

export const s3Login = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const region = "eu-test-1";

export async function startS3(buckets: readonly string[], port = 0): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      requests.push(`${request.method} ${request.url} ${status}`);
      send(response, status, body);
    });
  });
  const answer = async (request: IncomingMessage): Promise<{ status: number; body: Buffer | string }> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (s3.fail !== null) return { status: s3.fail.status, body: problem(s3.fail.code) };
    const wrong = wrongIn(request, body);
    if (wrong !== null) return { status: 403, body: problem(wrong) };
    const path = decodeURIComponent(request.url ?? "");
    if (!buckets.includes(path.split("/")[1] ?? "")) return { status: 404, body: problem("NoSuchBucket") };
    if (request.method === "PUT") {
      objects.set(path, body);
      return { status: 200, body: "" };
    }
    const object = objects.get(path);
    return object === undefined ? { status: 404, body: problem("NoSuchKey") } : { status: 200, body: object };
  };
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const s3: S3Server = {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`,
    objects,
    requests,
    fail: null,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return s3;
}

function send(response: ServerResponse, status: number, body: Buffer | string): void {
  response.writeHead(status, { "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function problem(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} it is</Message></Error>`;
}

/** The code of what is wrong with a request's signature; null = it is right. */
function wrongIn(request: IncomingMessage, body: Buffer): string | null {
  const { authorization = "" } = request.headers;
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;
  const [, id, day = "", place, names = "", signature] = form.exec(authorization) ?? [];
  if (id !== s3Login.accessKeyId) return "InvalidAccessKeyId";
  if (place !== region) return "AuthorizationHeaderMalformed";
  if (!isRecent(headerOf(request, "x-amz-date"), day)) return "RequestTimeTooSkewed";
  const claimed = headerOf(request, "x-amz-content-sha256");
  if (request.method === "PUT" && claimed !== sha256(body)) return "XAmzContentSHA256Mismatch";
  if (!["host", "x-amz-date", "x-amz-content-sha256"].every((name) => names.split(";").includes(name)))
    return "AccessDenied";
  return signatureOf(request, { day, names, claimed }) === signature ? null : "SignatureDoesNotMatch";
}

interface Signed {
  readonly day: string;
  readonly names: string; // of the headers that are signed
  readonly claimed: string; // SHA-256 of the body
}

function signatureOf(request: IncomingMessage, { day, names, claimed }: Signed): string {
  const time = headerOf(request, "x-amz-date");
  const headers = names.split(";").map((name) => `${name}:${headerOf(request, name).trim()}\n`);
  const canonical = [request.method, request.url, "", headers.join(""), names, claimed].join("\n");
  const scope = `${day}/${region}/s3/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${s3Login.secretAccessKey}`),
  );
  return hmac(key, toSign).toString("hex");
}

function isRecent(time: string, day: string): boolean {
  return time.startsWith(day) && Math.abs(Date.now() - toEpoch(time)) < 900_000;
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

function toEpoch(time: string): number {
  return Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
