/** A topic as it is asked for: `run:ID@POSITION` starts after that event, the others start now. */
export interface Topic {
  readonly name: string; // `run:ID`, `runs`, `capacity`, `log`
  readonly after: number | null; // null = not a run's
}

export function readTopic(text: string): Topic {
  const at = text.lastIndexOf("@");
  const after = at < 0 ? Number.NaN : Number(text.slice(at + 1));
  if (!Number.isSafeInteger(after)) return { name: text, after: null };
  return { name: text.slice(0, at), after };
}

export function writeTopic({ name, after }: Topic): string {
  return after === null ? name : `${name}@${after}`;
}

/**
 * What to ask for, so that every page gets what it wants: each name once, a run's from the least position that a page
 * names or that was passed on to all.
 */
export function mergeTopics(wanted: Iterable<readonly string[]>): Map<string, Topic> {
  const merged = new Map<string, Topic>();
  for (const topics of wanted) {
    for (const text of topics) {
      const topic = readTopic(text);
      const { after } = merged.get(topic.name) ?? topic;
      const least = after === null || topic.after === null ? topic.after : Math.min(after, topic.after);
      merged.set(topic.name, { name: topic.name, after: least });
    }
  }
  return merged;
}
