// Puts a .br and a .gz beside every file of the built user interface that gets smaller by it: the server sends them as they are.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const leastBytes = 1_024;
const texts = /\.(?:html|js|css|json|svg|txt|map|webmanifest)$/;

export function compressWeb(root) {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !texts.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    if (bytes.length < leastBytes) continue;
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    const forms = { br: brotliCompressSync(bytes, { params }), gz: gzipSync(bytes, { level: 9 }) };
    for (const [suffix, body] of Object.entries(forms))
      if (body.length < bytes.length) writeFileSync(`${path}.${suffix}`, body);
  }
}
