import { GRACE_MS } from '@rendezvous-cluster/rendezvous'
import type { HeldRegistration } from '../memory/registration-table.ts'
import type { LevelDatabase } from './level-database.ts'
import { parseStored } from './stored-registration.ts'

/** Rows read at a time. */
const ROWS_PER_READ = 1000

/** No registration's key is lower: zero is no kind's byte. */
const FIRST_KEY = Buffer.of(1)

export interface LoadedRegistrations {
  /** Those that are alive, by rising sequence. */
  registrations: HeldRegistration[]
  /** How many were so damaged that they can't be told. */
  damaged: number
}

/**
 * Reads all registrations. Those that have expired, and damaged ones, are removed on the way. After
 * an error the database has to be closed.
 */
export async function loadRegistrations(
  database: LevelDatabase,
  nowMs: number
): Promise<LoadedRegistrations> {
  const registrations: HeldRegistration[] = []
  const iterator = database.iterator({ gte: FIRST_KEY, fillCache: false })
  let damaged = 0

  for (;;) {
    const rows = await iterator.nextv(ROWS_PER_READ)

    if (rows.length === 0) {
      break
    }

    const gone: Buffer[] = []

    for (const [key, value] of rows) {
      const registration = parseStored(key, value)

      if (registration != null && registration.expiresAtMs + GRACE_MS > nowMs) {
        registrations.push(registration)
      } else {
        gone.push(key)
        damaged += registration == null ? 1 : 0
      }
    }

    await database.batch(gone.map((key) => ({ type: 'del' as const, key })))
  }

  await iterator.close()

  return {
    registrations: registrations.sort((one, other) => one.sequence - other.sequence),
    damaged
  }
}
