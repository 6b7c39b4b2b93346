import { useEffect } from "react";
import { colorOf, glyphs, markOf } from "../format/states.ts";

interface PageSign {
  readonly title: string; // "etl · brisk-otter"
  readonly state?: string; // of a run; its mark goes before the title and into the tab's icon
  readonly stateName?: string;
}

/** What the browser's tab says: people have twenty of them. */
export function usePageSign({ title, state, stateName }: PageSign): void {
  useEffect(() => {
    const mark = state === undefined ? null : markOf(state, stateName ?? state);
    document.title = `${mark === null ? "" : `${glyphs[mark]} `}${title} · Millrace`;
    const color = getComputedStyle(document.documentElement).getPropertyValue(
      (mark === null ? "var(--accent)" : colorOf(mark)).slice(4, -1),
    );
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (link !== null) link.href = iconOf(color, mark === null ? null : glyphs[mark]);
  }, [title, state, stateName]);
}

/** A wheel in the stream; with a state, its sign on its colour. */
function iconOf(color: string, glyph: string | null): string {
  const sign =
    glyph === null
      ? '<path d="M16 6v20M6 16h20M9 9l14 14M23 9 9 23" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/>'
      : `<text x="16" y="23" font-size="20" font-weight="700" text-anchor="middle" fill="#fff">${glyph}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="${color}"/>${sign}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
