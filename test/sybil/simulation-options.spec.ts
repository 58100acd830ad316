import { describe, expect, it } from 'vitest'
import { UsageError } from '../support/run-command.ts'
import { parseOptions, reproducing } from './simulation-options.ts'

describe('the options of a simulation', () => {
  it('have defaults', () => {
    expect(parseOptions([])).toMatchObject({
      honest: 1000,
      prefixes: [1, 3, 10, 100],
      peersPerPrefix: 5000,
      store: 'memory:',
      json: false
    })
  })

  it('are those of the command that makes the same run', () => {
    const options = parseOptions(['--honest', '20', '--prefixes', '2,4', '--cap', '3'])

    expect(parseOptions(reproducing(options).split(' '))).toEqual(options)
  })

  it.each([
    ['--honest', '0'],
    ['--honest', '1000001'],
    ['--honest', '1e3'],
    ['--honest-per-prefix', 'one'],
    ['--prefixes', ''],
    ['--prefixes', '1,,3'],
    ['--prefixes', '0'],
    ['--prefixes', Array.from({ length: 21 }, () => 1).join(',')],
    ['--peers-per-prefix', '100001'],
    ['--cap', '-1'],
    ['--limit', '1001'],
    ['--discovers', '1.5'],
    ['--seed', ''],
    ['--store', 'level:data'],
    ['--store', 'redis://']
  ])('are refused with what is allowed: %s %j', (flag, value) => {
    const parsing = () => parseOptions([`${flag}=${value}`])

    expect(parsing).toThrow(UsageError)
    expect(parsing).toThrow(`${flag}: give `)
  })

  it('are refused where there would be more registrations than fit', () => {
    expect(() => parseOptions(['--prefixes', '201'])).toThrow('give at most 1000000 in all')
  })
})
