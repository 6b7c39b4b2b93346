import type { EventType } from "../events/catalog.ts";
import type { RecordedEvent } from "../events/envelope.ts";
import type { Change } from "./run-summary.ts";

/** A change that was made by an event of this type. */
export type ChangeBy<Type extends EventType> = Change & { readonly event: RecordedEvent<Type> };

interface Definition<Doc, Type extends EventType> {
  readonly name: string; // kebab-case, part of keys
  readonly version: number; // raise it when old documents are wrong: everything is built again beside the old
  readonly about: string; // one sentence for people
  readonly events: readonly Type[];
  /** The document that a change belongs to; null = none. */
  readonly idOf: (change: Change) => string | null;
  readonly initial: () => Doc;
  /**
   * Puts a change into a document, in place. Runs may be folded in any order, each one in its own (a rebuild goes run
   * by run): whatever is kept must not depend on the order of runs. Counters, maxima, and lists with a total order.
   */
  readonly when: { readonly [T in Type]: (doc: Doc, change: ChangeBy<T>) => void };
}

/** A read model: a pure, named, versioned fold of what happened to runs. Its documents can be thrown away. */
export interface Projection<Doc extends object = object> {
  readonly name: string;
  readonly version: number;
  readonly about: string;
  readonly events: ReadonlySet<EventType>;
  readonly idOf: (change: Change) => string | null;
  readonly initial: () => Doc;
  /** A method, so that projections of different documents fit into one list. */
  apply(doc: Doc, change: Change): void;
}

/** Declares a projection; an event of the list without its handler does not compile. */
export function projection<Doc extends object>() {
  return <Type extends EventType>(definition: Definition<Doc, Type>): Projection<Doc> => {
    const { name, version, about, events, idOf, initial, when } = definition;
    const handlers = new Map<EventType, (doc: Doc, change: Change) => void>(
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each handler is called with its own type only
      events.map((type) => [type, when[type] as (doc: Doc, change: Change) => void]),
    );
    return {
      name,
      version,
      about,
      events: new Set(events),
      idOf,
      initial,
      apply: (doc, change) => handlers.get(change.event.type)?.(doc, change),
    };
  };
}
