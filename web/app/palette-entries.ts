/** Something that the palette can do. */
export interface Entry {
  readonly id: string;
  readonly label: string;
  readonly hint: string; // at the right: what sort of thing it is, or its keys
  readonly act: () => void;
}

/** How well a text fits what was typed: the less the better; null = not at all. Letters in order are enough. */
function scoreOf(text: string, typed: string): number | null {
  const whole = text.toLowerCase();
  const wanted = typed.toLowerCase().trim();
  if (wanted === "") return 0;
  const at = whole.indexOf(wanted);
  if (at >= 0) return at === 0 || /[\s_./-]/.test(whole[at - 1] ?? "") ? at / 100 : 1 + at / 100;
  let place = -1;
  let gaps = 0;
  for (const letter of wanted) {
    const next = whole.indexOf(letter, place + 1);
    if (next < 0) return null;
    gaps += next - place - 1;
    place = next;
  }
  return 10 + gaps;
}

/** The entries that fit, best first; those that fit alike keep their order. */
export function rank(entries: readonly Entry[], typed: string, most = 12): readonly Entry[] {
  return entries
    .flatMap((entry) => {
      const score = scoreOf(entry.label, typed);
      return score === null ? [] : [{ entry, score }];
    })
    .toSorted((one, other) => one.score - other.score)
    .slice(0, most)
    .map(({ entry }) => entry);
}
