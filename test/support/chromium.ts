import { existsSync } from "node:fs";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A browser of this machine; null = there is none, and the tests that need one are skipped. */
export const chromiumPath =
  [process.env["CHROMIUM_PATH"], ...places].find((path) => path !== undefined && existsSync(path)) ?? null;

/** A container has no sandbox to offer, no GPU and no reason to talk to anybody. */
export const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
