import { vi } from 'vitest'
import type { RegistrationStore } from '../src/index.ts'

/** A store that holds nothing and records what it is asked. */
export function fakeStore() {
  return {
    put: vi.fn<RegistrationStore['put']>(async () => {}),
    remove: vi.fn<RegistrationStore['remove']>(async () => false),
    removeAll: vi.fn<RegistrationStore['removeAll']>(async () => 0),
    sample: vi.fn<RegistrationStore['sample']>(async () => []),
    page: vi.fn<RegistrationStore['page']>(async () => ({ registrations: [], cursor: 0 })),
    namespaces: vi.fn<RegistrationStore['namespaces']>(async function* () {}),
    stats: vi.fn<RegistrationStore['stats']>(async () => ({ registrations: 0, namespaces: 0 })),
    sweep: vi.fn<RegistrationStore['sweep']>(async () => ({ removed: 0, hasMore: false })),
    close: vi.fn<RegistrationStore['close']>(async () => {})
  } satisfies RegistrationStore
}
