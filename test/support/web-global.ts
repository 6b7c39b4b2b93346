import { buildWeb } from "../../scripts/build-web.mjs";

/** Builds the UI once for the browser tests: they see what users see, and not what a development server makes of it. */
export default function setup(): void {
  buildWeb();
}
