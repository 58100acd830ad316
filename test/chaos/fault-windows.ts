/**
 * What a fault may do while it lasts, beyond making requests fail:
 * `loss`: what was acknowledged before its end may be gone.
 * `slow`: an answer may be as old as a request may take, and what was refused may have been done.
 * `node <n>`: streams and connections to that front node may end.
 */
export type FaultScope = 'loss' | 'slow' | `node ${number}`

interface Stretch {
  fromMs: number
  toMs: number
}

/** When something was broken on purpose. */
export class FaultWindows {
  readonly #stretches = new Map<FaultScope, Stretch[]>()

  /** It lasts until the function returned is called. */
  begin(scope: FaultScope, nowMs: number): (nowMs: number) => void {
    const stretch = { fromMs: nowMs, toMs: Number.POSITIVE_INFINITY }

    this.#stretches.set(scope, [...(this.#stretches.get(scope) ?? []), stretch])

    return (endMs) => {
      stretch.toMs = endMs
    }
  }

  /** Whether any fault of this scope lasted at some time of this stretch. */
  overlap(scope: FaultScope, { fromMs, toMs }: Stretch): boolean {
    return (this.#stretches.get(scope) ?? []).some(
      (stretch) => stretch.fromMs <= toMs && stretch.toMs >= fromMs
    )
  }
}
