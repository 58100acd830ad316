import {
  CAPS_DEFAULT,
  CapReachedError,
  type PutOptions,
  type Registration,
  UnavailableError
} from '@rendezvous-cluster/rendezvous'
import type { ClusterSettings } from './cluster-settings.ts'
import { COMMAND_TIMEOUT_MS } from './create-redis-client.ts'
import type { NamespaceKeys } from './keys.ts'
import { type Leave, NamespaceAdmissions } from './namespace-admissions.ts'
import {
  NO_RESERVATION,
  PeerReservations,
  type Reservation,
  type Reserved,
  WRITTEN_AFTER_MS
} from './peer-reservations.ts'
import { PURGE_PER_STEP, purgeNamespace } from './purge-namespace.ts'
import type { RedisConnection } from './redis-connection.ts'
import { LateWriteError } from './redis-errors.ts'
import { ScriptCode, scriptKeys } from './scripts.ts'

/** Expired registrations that one write removes from its namespace: more than it adds. */
const PURGE_PER_PUT = 10

/**
 * Writes of one registration: as it is, after a purge, with what it lacks, and twice more for what may
 * end between two of them, its namespace or an earlier registration.
 */
const ATTEMPTS_MAX = 5

/** No command takes effect later than this after it was sent, in milliseconds: its answer has to travel too. */
const COMMAND_MS = COMMAND_TIMEOUT_MS * 0.9

/** A write gives up this share of its time before its caller does. */
const WRITE_MARGIN = 0.1

/**
 * However long its caller waits, a write takes no longer, in milliseconds: what was reserved for one that was not
 * written by then is somebody else's.
 */
const WRITE_MS_MAX = WRITTEN_AFTER_MS * (1 - WRITE_MARGIN)

/** What a new registration has to bring with it. */
interface Permits {
  reservation: Reservation
  /** Whether it was given to a registration that was alive. */
  isRenewal: boolean
  /** Set once its namespace may be made. */
  leaveAdmissions?: Leave
  /** Whether all that had expired in its namespace was removed. */
  isPurged: boolean
}

/** One write: what it is for, and when its caller gives up, on the connection's clock. */
interface Write {
  registration: Registration
  keys: NamespaceKeys
  endsAtMs: number
  caps: NonNullable<PutOptions['caps']>
}

/** Puts and removes registrations, within their caps and their time. */
export class RedisWriter {
  readonly #connection: RedisConnection
  readonly #settings: ClusterSettings
  readonly #reservations: PeerReservations
  readonly #admissions: NamespaceAdmissions

  constructor(connection: RedisConnection, settings: ClusterSettings, prefix: string) {
    this.#connection = connection
    this.#settings = settings
    this.#reservations = new PeerReservations(connection, prefix)
    this.#admissions = new NamespaceAdmissions(connection, settings, prefix)
  }

  /**
   * A refresh is one round trip. A new registration is told what it lacks, fetches that, and is
   * written then.
   *
   * @returns Redis's time when it was written, in milliseconds, and its sequence
   * @throws CapReachedError, LateWriteError, UnavailableError where prefixes are to be capped and not
   * kept, or whatever a command fails with
   */
  async put(
    registration: Registration,
    keys: NamespaceKeys,
    options: PutOptions = {}
  ): Promise<{ atMs: number; sequence: number }> {
    const write = {
      registration,
      keys,
      endsAtMs: this.#connection.now() + writeMs(options),
      caps: options.caps ?? CAPS_DEFAULT
    }

    if (write.caps.perPrefix != null && !this.#settings.keepsPrefixes) {
      throw new UnavailableError({
        cause: new Error('no IP prefixes are kept: none can be capped')
      })
    }

    const permits: Permits = { reservation: NO_RESERVATION, isRenewal: false, isPurged: false }

    try {
      for (let attempt = 1; ; attempt++) {
        const [code, atMs, detail = 0] = await this.#putWith(permits, write)

        if (code === ScriptCode.DONE) {
          await permits.leaveAdmissions?.()

          return { atMs, sequence: detail }
        }

        if (attempt === ATTEMPTS_MAX) {
          throw new LateWriteError('what it needed came and went')
        }

        if (code === ScriptCode.PREFIX_FULL) {
          await this.#makeRoom(permits, detail, write)
        } else {
          await this.#permit(permits, code, write)
        }
      }
    } catch (error) {
      // After anything else the write may still run: what was permitted is found unused later.
      if (error instanceof CapReachedError || error instanceof LateWriteError) {
        await permits.leaveAdmissions?.()

        if (permits.reservation.isNew) {
          await this.#reservations.release(registration.peerId, keys.nsid, permits.reservation)
        }
      }

      throw error
    }
  }

  /**
   * @returns whether there was a live one
   * @throws LateWriteError, or whatever a command fails with
   */
  async remove(
    { peerId }: Pick<Registration, 'peerId'>,
    keys: NamespaceKeys,
    options: PutOptions = {}
  ): Promise<boolean> {
    const endsAtMs = this.#connection.now() + writeMs(options)
    const [code, , reservation] = await this.#write(keys, endsAtMs, (notAfterMs) =>
      this.#connection.client.rendezvousRemove(
        ...scriptKeys(keys),
        ...[toBuffer(peerId), this.#settings.graceMs, notAfterMs, keys.nsid],
        Number(this.#settings.keepsPrefixes)
      )
    )

    if (reservation != null) {
      await this.#reservations.release(peerId, keys.nsid, { id: reservation })
    }

    return code === ScriptCode.DONE
  }

  /** What a peer may have registrations in. */
  reservedBy(peerId: Uint8Array): Promise<Reserved[]> {
    return this.#reservations.of(peerId)
  }

  /** Once all of these were removed: forgets those that nothing was found of. */
  releaseUnused(peerId: Uint8Array, reserved: readonly Reserved[]): Promise<void> {
    return this.#reservations.releaseUnused(peerId, reserved)
  }

  /**
   * Purges the namespace of a prefix that is full: what has expired does not count. Each registration is
   * purged once, so that this costs no more than putting them did.
   *
   * @throws CapReachedError where nothing is left to purge
   */
  async #makeRoom(permits: Permits, unpurged: number, { keys, endsAtMs }: Write): Promise<void> {
    if (unpurged === 0 || permits.isPurged) {
      throw new CapReachedError('prefix')
    }

    while (
      (await purgeNamespace(this.#connection, keys, this.#settings)) === PURGE_PER_STEP &&
      this.#connection.now() < endsAtMs
    ) {
      // Each step removes a bounded number.
    }

    permits.isPurged = true
  }

  /** Fetches what a registration lacks. */
  async #permit(
    permits: Permits,
    code: number,
    { registration: { peerId, ttlSeconds }, keys: { nsid }, endsAtMs, caps }: Write
  ): Promise<void> {
    if (code === ScriptCode.NAMESPACE_FULL) {
      throw new CapReachedError('namespace')
    }

    permits.isRenewal = code === ScriptCode.NEEDS_RENEWAL
    permits.reservation = await this.#reservations.reserve({
      peerId,
      nsid,
      ttlMs: ttlSeconds * 1000,
      graceMs: this.#settings.graceMs,
      max: caps.perPeer,
      isLive: permits.isRenewal
    })

    if (code === ScriptCode.NEEDS_ADMISSION) {
      permits.leaveAdmissions ??= await this.#admissions.enter(nsid, caps.namespaces, endsAtMs)
    }
  }

  #putWith({ reservation, isRenewal, leaveAdmissions }: Permits, write: Write) {
    const { registration, keys, endsAtMs, caps } = write
    const { peerId, record, ttlSeconds, isListed, ipPrefix } = registration
    const { graceMs, isOrdered, keepsPrefixes } = this.#settings

    return this.#write(keys, endsAtMs, (notAfterMs) =>
      this.#connection.client.rendezvousPut(
        ...scriptKeys(keys),
        ...[toBuffer(peerId), toBuffer(record), ttlSeconds * 1000, graceMs, notAfterMs],
        ...[keys.nsid, keys.identity, PURGE_PER_PUT],
        ...[reservation.heldUntilMs, reservation.id, caps.perNamespace],
        ...[Number(leaveAdmissions != null), Number(isOrdered), Number(isOrdered && isListed)],
        ...[Number(isRenewal), Number(keepsPrefixes), ipPrefix ?? '', caps.perPrefix ?? 0]
      )
    )
  }

  /** Runs a script that writes to a namespace, and takes no "too late" for an answer. */
  async #write<Answer extends [code: number, atMs: number, ...unknown[]]>(
    keys: NamespaceKeys,
    endsAtMs: number,
    run: (notAfterMs: number) => Promise<Answer>
  ): Promise<Answer> {
    const { now } = this.#connection

    // Not of the server's doing, which else would count as one that answers.
    assertInTime(now(), endsAtMs)

    return this.#connection.shardOf(keys.expiries).run(async () => {
      const nowMs = await this.#connection.nowMs(keys.expiries)
      const sentAtMs = now()

      assertInTime(sentAtMs, endsAtMs)

      const leftMs = Math.min(endsAtMs - sentAtMs, COMMAND_MS)
      const answer = await run(Math.floor(nowMs + leftMs))
      const [code, atMs] = answer

      // Of the server that has answered, which may be another one by now.
      this.#connection.shardOf(keys.expiries).clock.observe(atMs, sentAtMs)

      if (code === ScriptCode.TOO_LATE) {
        throw new LateWriteError('the write ran after its deadline and did nothing')
      }

      return answer
    })
  }
}

function assertInTime(nowMs: number, endsAtMs: number): void {
  if (nowMs >= endsAtMs) {
    throw new LateWriteError('the write was not sent: its deadline has passed')
  }
}

/** How long a write may take until it must not take effect any more, in milliseconds. */
function writeMs({ withinMs = COMMAND_TIMEOUT_MS }: PutOptions): number {
  return Math.min(withinMs * (1 - WRITE_MARGIN), WRITE_MS_MAX)
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
