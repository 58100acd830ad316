import type { Lasting, Population, Target } from '../load/load-request.ts'

/** A server that is measured, with what it stands on. */
export interface BenchServer {
  name: string
  target: Target
  /** Its own process, whose time is what counts. */
  pid: number
  /** That of Redis, which is told apart. */
  redisPid?: number
  /** How registrations that are to stay are made; absent where it has them from its start. */
  fill?: Lasting
  stop(): Promise<void>
}

/** Starts a server; registrations of the population come later, or are there already. */
export interface BenchServerKind {
  name: string
  /** Says what it is, with versions. */
  description: string
  /** It is not measured with more live registrations. Default: with any number. */
  liveMax?: number
  /** Operations that take it seconds, by name: measured once the other servers have ended. Default: none. */
  slowOperations?: readonly string[]
  /** @throws UnavailableError where what builds it is not here */
  start(population: Population): Promise<BenchServer>
}
