import { describe, expect, it } from 'vitest'
import { errorKind, explainTls, redisErrorCode } from '../src/redis/redis-errors.ts'

const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
const timeout = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' })

describe('errors of Redis', () => {
  it.each([
    { message: 'TRYAGAIN Multiple keys request during rehashing of slot', code: 'TRYAGAIN' },
    { message: 'ERR Error running script (call to f_1): @user_script:1: -OOM no', code: 'OOM' },
    {
      message: 'Too many Cluster redirections. Last error: ReplyError: TRYAGAIN Multiple keys',
      code: 'TRYAGAIN'
    },
    { message: 'Command timed out', code: undefined }
  ])('have the code $code in "$message"', ({ message, code }) => {
    expect(redisErrorCode(new Error(message))).toBe(code)
  })

  it.each([
    { what: 'of a moving slot', answer: 'TRYAGAIN Multiple keys', kind: 'other' },
    { what: 'of a Cluster that is down', answer: 'CLUSTERDOWN no', kind: 'connection' }
  ])('$what are $kind, from server to server too', ({ answer, kind }) => {
    const last = new Error(`Too many Cluster redirections. Last error: ReplyError: ${answer}`)

    expect(errorKind(new Error(answer))).toBe(kind)
    expect(errorKind(last)).toBe(kind)
  })

  it.each([
    { error: reset, tls: false, cure: 'write rediss instead of redis' },
    { error: timeout, tls: true, cure: 'write redis instead of rediss' }
  ])('have TLS as a cause where tls is $tls: $error.message', ({ error, tls, cure }) => {
    expect(String(explainTls(error, tls))).toContain(`${error.message}; `)
    expect(String(explainTls(error, tls))).toContain(cure)
    expect(explainTls(error, !tls)).toBe(error)
  })
})
