import type { Logger } from '@libp2p/interface'

/** Logs nothing. */
export const noLog: Logger = Object.assign(() => {}, {
  enabled: false,
  error: () => {},
  trace: () => {},
  newScope: () => noLog
})
