import {
  CAPS_DEFAULT,
  type Cap,
  CapReachedError,
  type Registration,
  type RegistrationCaps,
  type RegistrationStore
} from '@rendezvous-cluster/rendezvous'

/**
 * Tries to put all at the same time, one after the other through each of some stores.
 *
 * @returns the caps that refused, one for each refusal
 */
export async function putAtOnce(
  stores: [RegistrationStore, ...RegistrationStore[]],
  registrations: Registration[],
  caps: Partial<RegistrationCaps>
): Promise<Cap[]> {
  const results = await Promise.allSettled(
    registrations.map((registration, index) =>
      (stores[index % stores.length] ?? stores[0]).put(registration, {
        caps: { ...CAPS_DEFAULT, ...caps }
      })
    )
  )

  return results.flatMap((result) => {
    if (result.status === 'fulfilled') {
      return []
    }

    // A test that fails for another reason shall say so.
    if (!(result.reason instanceof CapReachedError)) {
      throw result.reason
    }

    return [result.reason.cap]
  })
}
