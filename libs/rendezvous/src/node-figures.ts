/** What a node has answered and refused over some seconds up to now. Aggregates only: nothing of any peer. */
export interface NodeFigures {
  /** How long that time was; 0 before there are any figures. */
  seconds: number
  connections: number
  streams: number
  /** Requests answered, by what they were and how they were answered; none that did not happen. */
  requests: RequestFigure[]
  /** How many of these took at most so many seconds: counts by upper bound, which rise with it. */
  durations: [atMostSeconds: number, count: number][]
  /** What was refused, by reason; none that did not happen. */
  rejected: { reason: string; count: number }[]
  /** How long operations of the store took, failed ones too: counts by upper bound, as of `durations`. */
  storeDurations: [atMostSeconds: number, count: number][]
  /** Operations of the store, also those that took longer than the highest bound. */
  storeOperations: number
  /** What the store failed with, by kind; none that did not happen. */
  storeErrors: { kind: string; count: number }[]
}

/** How many requests of one kind had the same outcome, in the time that the figures are of. */
export interface RequestFigure {
  /** Name of the dialect. */
  protocol: string
  /** `register`, `unregister` or `discover`. */
  type: string
  /** Name of the response status. */
  status: string
  count: number
}
