/** Which rows of a long list are to be seen: from `first` up to, not including, `end`. */
export interface VisibleRows {
  readonly first: number;
  readonly end: number;
  readonly offset: number; // px from the top of the screen to the first of them; 0 or less
}

interface Scroll {
  readonly top: number; // px
  readonly height: number; // px of the screen
  readonly rowHeight: number;
}

export function visibleRows(count: number, { top, height, rowHeight }: Scroll): VisibleRows {
  const scrolled = Math.min(Math.max(0, top), Math.max(0, count * rowHeight - height));
  const first = Math.floor(scrolled / rowHeight);
  const end = Math.min(count, Math.ceil((scrolled + height) / rowHeight));
  return { first, end, offset: first * rowHeight - scrolled };
}

/** The least scroll that puts a row on the screen. */
export function scrollToRow(row: number, { top, height, rowHeight }: Scroll): number {
  const above = row * rowHeight;
  if (above < top) return above;
  return Math.max(top, above + rowHeight - height);
}
