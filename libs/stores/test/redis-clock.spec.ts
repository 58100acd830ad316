import { expect, it } from 'vitest'
import { RedisClock } from '../src/redis/redis-clock.ts'

it('knows Redis’s time to within the time an answer took', () => {
  let nowMs = 1000
  const clock = new RedisClock(() => nowMs)

  nowMs = 1040
  clock.observe(500_000, 1000)

  expect(clock.earliest()).toBe(500_000)
  expect(clock.latest()).toBe(500_041)

  nowMs = 2040

  expect(clock.earliest()).toBe(501_000)
  expect(clock.latest()).toBe(501_041)
})

it('keeps a narrow observation when a wide one agrees with it', () => {
  let nowMs = 0
  const clock = new RedisClock(() => nowMs)

  nowMs = 1
  clock.observe(500_000, 0)
  nowMs = 900
  clock.observe(500_400, 100)

  expect(clock.latest() - clock.earliest()).toBe(2)
})

it('follows a clock that was set, whatever the observation’s width', () => {
  let nowMs = 0
  const clock = new RedisClock(() => nowMs)

  nowMs = 1
  clock.observe(500_000, 0)
  nowMs = 100
  clock.observe(9_500_000, 50)

  expect(clock.earliest()).toBe(9_500_000)
})

it('takes any observation once the old one is 10 s old, since clocks drift', () => {
  let nowMs = 0
  const clock = new RedisClock(() => nowMs)

  clock.observe(500_000, 0)
  nowMs = 10_100
  clock.observe(510_050, 10_000)

  expect(clock.earliest()).toBe(510_050)
})

it('knows nothing before the first answer', () => {
  const clock = new RedisClock(() => 0)

  expect(clock.isKnown).toBe(false)
  expect(() => clock.latest()).toThrow()
})
