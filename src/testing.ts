export { expectReplay } from "./workers/expect-replay.ts";
