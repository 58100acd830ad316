import { describe, expect, it } from 'vitest'
import { Random } from '../random.ts'
import { RULES } from '../rules.ts'
import { TARGETS } from './index.ts'

const EXECUTIONS = 40

describe('a target', { timeout: 60_000 }, () => {
  it.each(TARGETS)(
    '$name finds nothing wrong with what it makes, and knows the rules',
    async ({ name, seeds = () => [], generate, mutate, execute }) => {
      const random = new Random(1, name)
      const inputs = seeds()
      const rules = new Set<string>()

      for (let count = 0; count < EXECUTIONS; count++) {
        const input = await generate(random)

        inputs.push(input, await mutate(input, random))
      }

      for (const input of inputs) {
        for (const rule of await execute(input)) {
          rules.add(rule)
        }
      }

      expect(RULES.map((rule) => rule.name)).toEqual(expect.arrayContaining([...rules]))
    }
  )

  it('has a name of its own', () => {
    const names = TARGETS.map(({ name }) => name)

    expect(new Set(names).size).toBe(names.length)
  })
})
