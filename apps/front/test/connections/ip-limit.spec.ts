import { parseIp } from '@rendezvous-cluster/point'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IpLimit, type IpLimitInit } from '../../src/connections/ip-limit.ts'

const LIMITS: IpLimitInit = {
  connections: 256,
  newPerSecond: 20,
  newBurst: 200,
  limitsPrivate: false
}

describe('the limits of one network', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  function refusalsOf(limit: IpLimit, network: string, count: number) {
    return Array.from({ length: count }, () => limit.enter(network)).filter((it) => it != null)
  }

  it('are per address of IPv4', () => {
    const limit = new IpLimit(LIMITS)

    expect(limit.networkOf(parseIp('8.8.8.8'))).not.toBe(limit.networkOf(parseIp('8.8.8.9')))
    expect(limit.networkOf(parseIp('8.8.8.8'))).toBe(limit.networkOf(parseIp('::ffff:8.8.8.8')))
  })

  it('are per /64 of IPv6', () => {
    const limit = new IpLimit(LIMITS)

    expect(limit.networkOf(parseIp('2a00:1:2:3::1'))).toBe(
      limit.networkOf(parseIp('2a00:1:2:3:ffff:ffff:ffff:ffff'))
    )
    expect(limit.networkOf(parseIp('2a00:1:2:3::1'))).not.toBe(
      limit.networkOf(parseIp('2a00:1:2:4::1'))
    )
  })

  it.each(['127.0.0.1', '10.0.0.1', '::1', 'fd00::1', undefined])('do not hold %s', (address) => {
    expect(new IpLimit(LIMITS).networkOf(parseIp(address ?? ''))).toBeUndefined()
  })

  it('hold private addresses where it is wanted', () => {
    expect(
      new IpLimit({ ...LIMITS, limitsPrivate: true }).networkOf(parseIp('10.0.0.1'))
    ).toBeDefined()
  })

  it('let 200 connections in at a time, and refuse the next one', () => {
    const limit = new IpLimit(LIMITS)

    expect(refusalsOf(limit, 'a', 200)).toEqual([])
    expect(limit.enter('a')).toBe('new-connections-per-ip')
    expect(limit.enter('b')).toBeUndefined()
  })

  it('let 20 in for each second that has passed since', () => {
    const limit = new IpLimit(LIMITS)

    refusalsOf(limit, 'a', 200)
    vi.advanceTimersByTime(1000)

    expect(refusalsOf(limit, 'a', 21)).toEqual(['new-connections-per-ip'])
  })

  it('keep 256 open, and let one in for each that has left', () => {
    const limit = new IpLimit({ ...LIMITS, newBurst: 1000 })

    expect(refusalsOf(limit, 'a', 257)).toEqual(['connections-per-ip'])

    limit.leave('a')

    expect(refusalsOf(limit, 'a', 2)).toEqual(['connections-per-ip'])
  })
})
