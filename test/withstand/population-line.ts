export type RequestKind = 'register' | 'discover' | 'connect and register'

/** What `population-process.ts` prints. */
export type PopulationLine =
  | { event: 'ready' }
  | {
      event: 'request'
      kind: RequestKind
      atMs: number
      tookMs: number
      /** Why, of one that was not answered OK. */
      lost?: string
    }
