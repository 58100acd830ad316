import { describe, expect, it } from 'vitest'
import { parseRedisUrl, type RedisAddress } from '../src/redis/redis-address.ts'

const PLAIN: RedisAddress = {
  topology: 'standalone',
  tls: false,
  hosts: [{ host: 'h', port: 6379 }]
}
const SENTINEL: RedisAddress = {
  topology: 'sentinel',
  tls: false,
  hosts: [{ host: 'h', port: 26_379 }],
  primaryName: 'main'
}
const CLUSTER: RedisAddress = { ...PLAIN, topology: 'cluster' }

describe('the URL of a Redis', () => {
  it.each<[string, RedisAddress]>([
    ['redis://h', PLAIN],
    ['rediss://h', { ...PLAIN, tls: true }],
    ['redis+sentinel://h/main', SENTINEL],
    ['rediss+sentinel://h/main', { ...SENTINEL, tls: true }],
    ['redis+cluster://h', CLUSTER],
    ['rediss+cluster://h', { ...CLUSTER, tls: true }],
    ['REDIS://h', PLAIN],
    ['REDISS://h', { ...PLAIN, tls: true }],
    ['Redis+Sentinel://h/main', SENTINEL],
    ['Redis+Cluster://h', CLUSTER]
  ])('%s says which kind it is, whether it wants TLS, and has its usual port', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address)
  })

  it.each<[string, RedisAddress['hosts'][number]]>([
    ['h:1', { host: 'h', port: 1 }],
    ['h:65535', { host: 'h', port: 65_535 }],
    ['redis-0.redis_headless.svc', { host: 'redis-0.redis_headless.svc', port: 6379 }],
    ['192.0.2.1:7000', { host: '192.0.2.1', port: 7000 }],
    ['[::1]', { host: '::1', port: 6379 }],
    ['[2001:DB8::1]:7000', { host: '2001:DB8::1', port: 7000 }],
    ['[::ffff:192.0.2.1]:7000', { host: '::ffff:192.0.2.1', port: 7000 }]
  ])('may name the host %s', (host, expected) => {
    expect(parseRedisUrl(`redis://${host}`)).toEqual({ ...PLAIN, hosts: [expected] })
  })

  it.each([
    ['redis+sentinel://a,b:1,[::1]:2/main', 26_379],
    ['redis+cluster://a,b:1,[::1]:2', 6379]
  ])('%s names several hosts, those without a port with the usual one', (url, port) => {
    expect(parseRedisUrl(url)?.hosts).toEqual([
      { host: 'a', port },
      { host: 'b', port: 1 },
      { host: '::1', port: 2 }
    ])
  })

  it.each([
    ['', {}],
    ['@', {}],
    [':@', {}],
    ['user@', { username: 'user' }],
    ['user:@', { username: 'user' }],
    [':secret@', { password: 'secret' }],
    ['user:secret@', { username: 'user', password: 'secret' }],
    ['user:a:b::@', { username: 'user', password: 'a:b::' }],
    ['us%3Aer:%40%2F%3a%25%20@', { username: 'us:er', password: '@/:% ' }],
    ['%C3%BC:%E2%82%AC@', { username: 'ü', password: '€' }],
    ['u:a+b=c&d?e#f,g@', { username: 'u', password: 'a+b=c&d?e#f,g' }]
  ])('may carry credentials, percent-encoded: %j', (credentials, expected) => {
    expect(parseRedisUrl(`redis://${credentials}h`)).toEqual({ ...PLAIN, ...expected })
    expect(parseRedisUrl(`redis+cluster://${credentials}h`)).toEqual({ ...CLUSTER, ...expected })
    expect(parseRedisUrl(`redis+sentinel://${credentials}h/main`)).toEqual({
      ...SENTINEL,
      ...expected
    })
  })

  it.each<[string, RedisAddress]>([
    ['redis://h/', PLAIN],
    ['redis://h/0', { ...PLAIN, database: 0 }],
    ['redis://h:6379/15', { ...PLAIN, database: 15 }],
    ['redis+cluster://h/', CLUSTER],
    ['redis+sentinel://h/main/', SENTINEL],
    ['redis+sentinel://h/main/3', { ...SENTINEL, database: 3 }],
    ['redis+sentinel://h/3', { ...SENTINEL, primaryName: '3' }],
    ['redis+sentinel://h/my-Main_1.eu', { ...SENTINEL, primaryName: 'my-Main_1.eu' }]
  ])('%s names a database or a primary by its path', (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address)
  })

  it.each([
    ['no host', 'redis://'],
    ['no host', 'redis:///0'],
    ['no host', 'redis://:6379'],
    ['no host', 'redis://user:secret@'],
    ['no host', 'redis://user:secret@:6379'],
    ['an empty host among others', 'redis+cluster://a,'],
    ['an empty host among others', 'redis+cluster://a,,b'],
    ['an empty host among others', 'redis+sentinel://,a/main'],
    ['an empty IPv6 address', 'redis://[]'],
    ['an IPv6 address without brackets', 'redis://::1'],
    ['an IPv6 address without its end', 'redis://[::1'],
    ['a name in brackets', 'redis://[localhost]'],
    ['no port after the colon', 'redis://h:'],
    ['a port that nothing listens on', 'redis://h:0'],
    ['a port above 65535', 'redis://h:65536'],
    ['a port of six digits', 'redis://h:100000'],
    ['a port with a sign', 'redis://h:-1'],
    ['a port with letters', 'redis://h:63x9'],
    ['two ports', 'redis://h:1:2'],
    ['a bad port among others', 'redis+cluster://a:1,b:65536'],
    ['two hosts, one server', 'redis://a,b'],
    ['two hosts, one server', 'rediss://a:1,b:2/0'],
    ['a database of a Cluster', 'redis+cluster://h/0'],
    ['a name after a Cluster', 'redis+cluster://h/main'],
    ['no primary', 'redis+sentinel://h'],
    ['no primary', 'redis+sentinel://h/'],
    ['no primary', 'redis+sentinel://h//0'],
    ['a primary with a space', 'redis+sentinel://h/my%20main'],
    ['a database that is no number', 'redis://h/main'],
    ['a database that is no number', 'redis+sentinel://h/main/x'],
    ['a database below 0', 'redis://h/-1'],
    ['more than a database', 'redis://h/0/1'],
    ['more than a database', 'redis://h/0?timeout=1'],
    ['a query', 'redis://h?password=secret'],
    ['a fragment', 'redis://h#0'],
    ['a user in bad encoding', 'redis://%zz:secret@h'],
    ['a user in bad encoding', 'redis://%ff@h'],
    ['a password in bad encoding', 'redis://user:%@h'],
    ['a password in bad encoding', 'redis://user:%e2%82@h'],
    ['a password with a bare slash', 'redis://user:a/b@h'],
    ['a password with a bare at sign', 'redis://user:a@b@h'],
    ['a space in front', ' redis://h'],
    ['a space behind', 'redis://h '],
    ['a space between hosts', 'redis+cluster://a, b'],
    ['a line behind', 'redis://h\n'],
    ['a line behind a database', 'redis://h/0\n'],
    ['quotes', '"redis://h"'],
    ['nothing', ''],
    ['no scheme', 'h:6379'],
    ['no scheme', '//h'],
    ['half a scheme', 'redis:h'],
    ['half a scheme', 'redis:/h'],
    ['another scheme', 'http://h'],
    ['another scheme', 'valkey://h'],
    ['another scheme', 'redis+unix://h'],
    ['another scheme', 'redis+tls://h'],
    ['another scheme', 'redis+sentinels://h/main'],
    ['TLS at the end', 'redis+clusters://h'],
    ['two schemes', 'redis+sentinel+cluster://h/main']
  ])('is none with %s: %j', (_fault, url) => {
    expect(parseRedisUrl(url)).toBeUndefined()
  })
})
