import { mutateBytes } from './mutate/byte-mutations.ts'
import type { Random } from './random.ts'
import { assertInvariant, type FuzzTarget } from './target.ts'

/** Which first byte does something wrong. */
export const PLANTED = { HANG: 0xa1, DEATH: 0xa2, STRAY: 0xa3, BROKEN: 0xa4 } as const

const planted = {
  slowMs: 1000,
  inputBytesMax: 100,
  // One in eight does something wrong: also slow machines come to it.
  generate: (random: Random) => Uint8Array.of(0xa0 + random.below(8)),
  mutate: mutateBytes
} satisfies Partial<FuzzTarget>

/** Targets of the tests of what runs them: each does something wrong, but for the first. */
export const TARGETS: readonly FuzzTarget[] = [
  { ...planted, name: 'sound', execute: () => [] },
  {
    ...planted,
    name: 'hangs',
    execute([first]) {
      while (first === PLANTED.HANG) {
        // For ever.
      }

      return []
    }
  },
  {
    ...planted,
    name: 'never-settles',
    execute: async ([first]) => (first === PLANTED.HANG ? new Promise(() => {}) : [])
  },
  {
    ...planted,
    name: 'dies',
    execute([first]) {
      if (first === PLANTED.DEATH) {
        process.kill(process.pid, 'SIGKILL')
      }

      return []
    }
  },
  {
    ...planted,
    name: 'leaves-a-rejection',
    async execute([first]) {
      if (first === PLANTED.STRAY) {
        void Promise.reject(new Error('nobody waits'))
      }

      await new Promise(setImmediate)

      return []
    }
  },
  {
    ...planted,
    name: 'breaks-an-invariant',
    execute([first]) {
      assertInvariant(first !== PLANTED.BROKEN, 'no first byte is that')

      return ['rule']
    }
  }
]
