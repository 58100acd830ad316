import { expect, it } from 'vitest'
import { createLogger, type LoggerInit } from '../src/create-logger.ts'

/** A logger, and its lines so far. */
function logWith(init: Partial<LoggerInit>) {
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) }

  return { lines, log: createLogger({ level: 'trace', destination, ...init }) }
}

/** What a client of Redis makes of an answer that refuses a command. */
function refused(text: string): Error {
  return Object.assign(new Error(text), {
    code: 'ERR',
    command: { name: 'auth', args: ['SECRET'] },
    address: '203.0.113.57'
  })
}

it('shortens IP addresses at debug and trace by default, those of children and errors too', () => {
  const { lines, log } = logWith({})
  const err = new Error('reset by 203.0.113.57', { cause: new Error('of 2001:db8:1:2::5') })

  log.debug('from 203.0.113.57')
  log.child({ component: '203.0.113.57' }).trace('from 2001:db8:1:2::5')
  log.debug({ err, from: '203.0.113.57' }, 'failed')

  expect(JSON.stringify(lines)).not.toMatch(/113\.57|1:2::5/)
  expect(lines[0]).toMatchObject({ level: 'debug', msg: 'from 203.0.113.0' })
  expect(lines[1]).toMatchObject({ component: '203.0.113.0', msg: 'from 2001:db8:1::' })
  expect(lines[2]).toMatchObject({ err: { message: 'reset by 203.0.113.0: of 2001:db8:1::' } })
})

it('shows them whole or not at all where that is wanted', () => {
  const full = logWith({ ips: 'full' })
  const none = logWith({ ips: 'none' })

  full.log.debug('from 203.0.113.57')
  none.log.debug('from 203.0.113.57')

  expect(full.lines[0]?.msg).toBe('from 203.0.113.57')
  expect(none.lines[0]?.msg).toBe('from …')
})

it('shows none in errors above debug, and leaves what the node says of itself', () => {
  for (const ips of ['full', 'shortened', 'none'] as const) {
    const { lines, log } = logWith({ ips })

    log.error({ err: new Error('read ECONNRESET 203.0.113.57:4001') }, 'unhandled rejection')
    log.error({ err: 'thrown at 203.0.113.57' }, 'unhandled rejection')
    log.info('reachable at /ip4/198.51.100.9/tcp/60000')

    expect(lines[0]).toMatchObject({ err: { type: 'Error', message: 'read ECONNRESET …:4001' } })
    expect(lines[1]).toMatchObject({ err: { message: 'thrown at …' } })
    expect(JSON.stringify(lines)).not.toContain('203.0.113')
    expect(lines[2]?.msg).toBe('reachable at /ip4/198.51.100.9/tcp/60000')
  }
})

it('tells of an error its kind, text, stack and code, and never the command that failed', () => {
  const { lines, log } = logWith({})

  log.debug({ err: refused('ERR no') }, 'failed')
  log.error({ err: refused('ERR no') }, 'failed')

  for (const { err } of lines) {
    expect(err).toEqual({
      type: 'Error',
      message: 'ERR no',
      stack: expect.stringContaining('Error: ERR no'),
      code: 'ERR'
    })
  }
})

it.each([
  "ERR unknown command 'auth', with args beginning with: 'front' 'SECRET' ",
  'ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `SECRET"\\`, '
])('leaves out the arguments that Redis repeats: %s', (text) => {
  const { lines, log } = logWith({})

  log.warn({ reason: text, store: 'redis' }, `refused (${text})`)
  log.error({ err: new Error('failed', { cause: new Error(text) }) }, 'failed')

  expect(lines).toHaveLength(2)
  expect(lines[0]).toMatchObject({
    reason: expect.stringMatching(/^ERR unknown command .(auth|HELLO).$/),
    store: 'redis'
  })
  expect(lines[1]).toMatchObject({ err: { stack: expect.stringContaining('caused by') } })
  expect(JSON.stringify(lines)).not.toContain('SECRET')
})
