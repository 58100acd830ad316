import { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'
import { expect, it } from 'vitest'
import { libp2pLogger } from '../src/libp2p-logger.ts'

function logAt(level: string): { lines: Record<string, unknown>[]; log: Logger } {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)))
      done()
    }
  })

  return { lines, log: pino({ level, base: null }, stream) as unknown as Logger }
}

it('libp2p says nothing above debug, and costs one shared function', () => {
  const { lines, log } = logAt('info')
  const logger = libp2pLogger(log)
  const scope = logger.forComponent('libp2p:upgrader')

  scope('%p connected', '12D3KooW')
  scope.error('%e', new Error('reset'))

  expect(lines).toEqual([])
  expect(scope.newScope('stream')).toBe(logger.forComponent('libp2p:other'))
})

it('at debug libp2p’s messages are ours, with their placeholders filled in', () => {
  const { lines, log } = logAt('debug')
  const scope = libp2pLogger(log).forComponent('libp2p:tcp').newScope('listener')

  scope('%p from %a, %d of %s, 100%%', 'peer', '/ip4/127.0.0.1/tcp/1', 3, 'four', 'more')
  scope.error('failed - %e', new Error('why'))
  scope.trace('not at this level')

  expect(lines.map(({ component, msg }) => [component, msg])).toEqual([
    ['libp2p:tcp:listener', 'peer from /ip4/127.0.0.1/tcp/1, 3 of four, 100% more'],
    ['libp2p:tcp:listener', expect.stringContaining('failed - Error: why')]
  ])
})
