import type { FaultWindows } from './fault-windows.ts'
import { pause } from './pause.ts'
import type { StormFault, StormGround } from './storm-faults.ts'

/** From the end of a fault until the last of it has reached everybody. */
const AFTERMATH_MS = 500

/** What front nodes are allowed for finding Redis again. */
const RETURN_MS = 2000

export interface HoldFaultInit {
  fault: StormFault
  /** Index of the front node, for a fault of one. */
  node: number
  ground: StormGround
  /** Told what it may do, and for how long. */
  windows: FaultWindows
  /** Once it is aborted all is ended by others. */
  signal: AbortSignal
}

/** Begins a fault, lets it last, and ends it. Resolves when all is whole again. */
export async function holdFault(init: HoldFaultInit): Promise<void> {
  const { fault, node, ground, windows, signal } = init
  const ends = fault.scopes(node).map((scope) => ({
    end: windows.begin(scope, performance.now()),
    afterMs: scope === 'slow' ? RETURN_MS + AFTERMATH_MS : AFTERMATH_MS
  }))
  const end = await fault.begin(ground, node)

  await pause(fault.lastsMs, signal)
  await end()

  for (const { end, afterMs } of ends) {
    end(performance.now() + afterMs)
  }
}
