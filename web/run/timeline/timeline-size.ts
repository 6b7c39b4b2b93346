/** Pixels of the timeline. */
export const rowHeight = 22;
export const axisHeight = 22;
export const pxPerColumn = 3; // of a density strip

/** How much room names have at the left. */
export function gutterOf(width: number): number {
  return Math.round(Math.min(240, Math.max(96, width * 0.24)));
}
