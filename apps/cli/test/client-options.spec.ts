import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { secondsOption } from '../src/client-options.ts'

describe('an option in seconds that a timer is set to', () => {
  const parse = (...args: string[]): unknown =>
    new Command()
      .exitOverride()
      .configureOutput({ writeErr: () => {} })
      .addOption(secondsOption('--timeout', 'for all of it', 5))
      .parse(args, { from: 'user' })
      .opts().timeout

  it.each([
    ['16.1', 16_100],
    ['0.0001', 1],
    ['2147483.647', 2 ** 31 - 1]
  ])('is whole milliseconds: %s', (text, milliseconds) => {
    expect(parse('--timeout', text)).toBe(milliseconds)
  })

  it('has its default in the same unit', () => {
    expect(parse()).toBe(5000)
  })

  it.each(['0', '-1', 'x', '2147483.648', '3000000', 'Infinity'])('refuses %s', (text) => {
    expect(() => parse('--timeout', text)).toThrow('give a number above 0')
  })
})
