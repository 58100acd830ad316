import type { Connection } from '@libp2p/interface'

/** Closes a connection in order, and ends it where that fails or lasts longer than the signal. */
export async function closeConnection(connection: Connection, signal: AbortSignal): Promise<void> {
  try {
    await connection.close({ signal })
  } catch (error) {
    // It has ended already, or its peer does not take part in the ending.
    connection.abort(error as Error)
  }
}
