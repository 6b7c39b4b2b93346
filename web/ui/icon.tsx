/** Line drawings on a 16 × 16 grid, decoration beside a word or the name of its button. */
const paths = {
  home: "M2 7.5 8 2l6 5.5V14H9.8v-4H6.2v4H2z",
  runs: "M2 3.5h12M2 8h8M2 12.5h10",
  flows:
    "M2 4.5a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0M11 11.5a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0M5 4.5h4.5v7H11",
  capacity: "M2 13.5V9h3v4.5zM6.5 13.5v-8h3v8zM11 13.5v-11h3v11z",
  log: "M3 2h10v12H3zM5.5 5h5M5.5 8h5M5.5 11h3",
  compare: "M6.5 2v12M9.5 2v12M2 5h2.5M2 8h2.5M2 11h2.5M11.5 5H14M11.5 8H14M11.5 11H14",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 1 0 0-9M10.3 10.3 14 14",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 1 0 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1",
  moon: "M13.5 9.5A6 6 0 0 1 6.5 2.5 6 6 0 1 0 13.5 9.5z",
  down: "m4 6 4 4 4-4",
  right: "m6 4 4 4-4 4",
  up: "m4 10 4-4 4 4",
  close: "m4 4 8 8M12 4l-8 8",
  copy: "M6 6h8v8H6zM10 6V2H2v8h4",
  check: "m3 8.5 3.5 3.5L13 4.5",
  plus: "M8 3v10M3 8h10",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  columns: "M2 3h12v10H2zM6 3v10M10 3v10",
  keyboard: "M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M5 9.5h6",
  retry: "M13 8a5 5 0 1 1-1.5-3.5M13 2v3h-3",
  stop: "M4 4h8v8H4z",
  star: "m8 2 1.8 3.8 4.2.6-3 2.9.7 4.2L8 11.5l-3.7 2 .7-4.2-3-2.9 4.2-.6z",
  external: "M6 3H3v10h10v-3M9 3h4v4M13 3 7.5 8.5",
  left: "m10 4-4 4 4 4",
  first: "M3.5 3v10M12 4 7 8l5 4",
  last: "M12.5 3v10M4 4l5 4-5 4",
  pause: "M5 3v10M11 3v10",
  fork: "M4 2v12M4 9c0-3 8-1 8-5M10 5.5 12 3.5l2 2",
  signal: "M3 2v12M3 3h9l-2 3 2 3H3",
  launch: "M4 2.5v11L13 8z",
  warning: "M8 2 15 14H1zM8 6.5v3.5M8 12v.2",
  filter: "M2 3h12L9.5 8.5V13l-3 1.5v-6z",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      aria-hidden
      className="shrink-0"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={name === "more" ? 2 : 1.4}
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <path d={paths[name]} />
    </svg>
  );
}
