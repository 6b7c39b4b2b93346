import { Link } from "@tanstack/react-router";
import { Icon } from "../ui/icon.tsx";
import { places } from "./places.ts";

const linkNames =
  "flex min-h-9 items-center gap-2.5 rounded-md px-2.5 font-medium text-soft hover:bg-hover hover:text-ink aria-[current=page]:bg-accent-wash aria-[current=page]:text-ink max-md:min-h-12 max-md:min-w-14 max-md:flex-col max-md:justify-center max-md:gap-0.5 max-md:px-1 max-md:text-xs";

/** Beside the screens; narrower without words, and at the foot of phones. */
export function Rail() {
  return (
    <nav
      aria-label="Screens"
      className="flex shrink-0 gap-1 border-line bg-surface max-md:order-last max-md:justify-around max-md:overflow-x-auto max-md:border-t max-md:px-1 max-md:pb-[env(safe-area-inset-bottom)] md:w-14 md:flex-col md:border-r md:p-2 xl:w-44"
    >
      {places.map(({ to, label, icon }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: to === "/", includeSearch: false }}
          title={label}
          className={linkNames}
        >
          <Icon name={icon} />
          <span className="max-xl:md:sr-only">{label}</span>
        </Link>
      ))}
    </nav>
  );
}
