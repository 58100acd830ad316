import type { Namespace } from './namespace.ts'
import type { RegistrationPage, RegistrationStore } from './registration-store.ts'
import type { RecordKind } from './signed-peer-record/record-kind.ts'

/** Pages of the store read for one answer while all that they hold is hidden. */
const HIDDEN_PAGES_MAX = 10

interface VisiblePageInit {
  kind: RecordKind
  /** The cursor that the page begins after. */
  after: number
  /** Most registrations, of each page of the store too. */
  count: number
  isVisible: (namespace: Namespace) => boolean
}

/**
 * A page over all namespaces without those that are hidden by now, though they were not when
 * somebody registered. An empty page reads as the end, so it is one only at the end, or behind
 * {@link HIDDEN_PAGES_MAX} hidden pages: a reader then goes on when it comes back.
 */
export async function readVisiblePage(
  store: RegistrationStore,
  { kind, after, count, isVisible }: VisiblePageInit
): Promise<RegistrationPage> {
  let cursor = after

  for (let pages = 0; pages < HIDDEN_PAGES_MAX; pages++) {
    const page = await store.page({ kind }, cursor, count)
    const registrations = page.registrations.filter(({ namespace }) => isVisible(namespace))

    cursor = page.cursor

    if (registrations.length > 0 || page.registrations.length === 0) {
      return { registrations, cursor }
    }
  }

  return { registrations: [], cursor }
}
