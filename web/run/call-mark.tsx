import { joinNames } from "../ui/join-names.ts";
import { StateMark } from "../ui/state-mark.tsx";
import type { CallMark as Mark } from "./timeline/call-state.ts";
import { signs } from "./timeline/palette.ts";
import { markWords } from "./timeline/tally.ts";

/** Sign and word of a call's state. */
export function CallMark({ mark, className }: { readonly mark: Mark; readonly className?: string }) {
  return (
    <span className={joinNames("inline-flex items-center align-middle gap-1.5 whitespace-nowrap", className)}>
      <StateMark state={signs[mark]} />
      {markWords[mark]}
    </span>
  );
}
