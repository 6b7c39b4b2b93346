/** What is known of a call when its cache key is made. */
export interface CachedCall {
  readonly task: string;
  readonly source: string; // of the task's function
  readonly args: readonly unknown[];
  readonly run: { readonly id: string; readonly name: string; readonly flow: string };
  readonly parameters: unknown; // of the flow, validated
}

/** How results of a task are reused. */
export interface TaskCache {
  /** What makes calls equal, to be hashed; throws what a function of the user throws. */
  readonly material: (call: CachedCall) => unknown;
  readonly expiresMs: number | null; // null = never
  readonly refresh: boolean | null; // null = as the environment says
  readonly isAlone: boolean; // one call at a time makes a result
}

/** The wish of one call to share its result. */
export interface CacheRequest {
  readonly material: Uint8Array; // canonical: equal for calls that may share a result
  readonly cache: TaskCache;
}
