import { it } from 'vitest'
import { type InteropResult, writeInteropResult } from './interop-results.ts'

export type Feature = InteropResult['feature']

export interface FeatureTests {
  /** A test of one feature, whose outcome is a result; `reason` says what must be known of it. */
  works(feature: Feature, name: string, test: () => Promise<void>, reason?: string): void
  /** A test of how the two fail to understand each other: its success is not theirs. */
  isNotOffered(features: Feature[], reason: string, name: string, test: () => Promise<void>): void
}

type Subject = Pick<InteropResult, 'implementation' | 'version' | 'direction'>

/** Tests that write to `INTEROP_RESULTS` what they found out about another implementation. */
export function featureTests(subject: Subject): FeatureTests {
  return {
    works: (feature, name, test, reason) =>
      it(name, () => recorded(test, [{ ...subject, feature, result: 'pass', reason }])),
    isNotOffered: (features, reason, name, test) =>
      it(name, () =>
        recorded(
          test,
          features.map((feature) => ({ ...subject, feature, result: 'not offered', reason }))
        )
      )
  }
}

async function recorded(test: () => Promise<void>, success: InteropResult[]): Promise<void> {
  try {
    await test()
  } catch (error) {
    const [reason] = String(error).split('\n')

    await writeAll(success.map((result) => ({ ...result, result: 'fail', reason })))

    throw error
  }

  await writeAll(success)
}

async function writeAll(results: InteropResult[]): Promise<void> {
  for (const result of results) {
    await writeInteropResult(result)
  }
}
