import { expect, it } from 'vitest'
import { connectionsWithinFileLimit, openFilesMax } from '../src/file-limit.ts'

it.each([
  [10_000, 1024, 819],
  [500, 1024, 500],
  [10_000, Number.POSITIVE_INFINITY, 10_000],
  [10_000, 1, 1]
])('of %i wanted connections, a limit of %d files leaves %i', (wanted, files, expected) => {
  expect(connectionsWithinFileLimit(wanted, files)).toBe(expected)
})

it('the limit of this process is known', () => {
  expect(openFilesMax()).toBeGreaterThan(0)
})
