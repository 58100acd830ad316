import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { rendezvousDashboard } from '../../deploy/grafana/rendezvous-dashboard.ts'
import { dashboardExpressions } from './support/dashboard-expressions.ts'
import { alertingRules, recordingRules } from './support/prometheus-rules.ts'

const file = new URL('../../deploy/grafana/dashboard.json', import.meta.url)

describe('the dashboard', () => {
  const { panels = [], templating } = rendezvousDashboard()
  const shown = panels.filter((panel) => panel.type !== 'row')

  it('in the tree is what the TypeScript beside it says: npm run dashboard', () => {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(rendezvousDashboard()))
    )
  })

  it('lets its readers choose the data source and the front nodes', () => {
    expect(templating?.list?.map(({ name }) => name)).toEqual(['datasource', 'instance'])
  })

  it('has ids and titles that tell its panels apart', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(new Set(shown.map(({ title }) => title)).size).toBe(shown.length)
  })

  it.each(shown.map((panel) => [panel.title, panel] as const))(
    '%s says what it shows, and in what unit',
    (_title, panel) => {
      expect(panel).toMatchObject({ description: expect.stringMatching(/\.$/) })

      if (panel.type !== 'table') {
        expect(panel).toMatchObject({ fieldConfig: { defaults: { unit: expect.any(String) } } })
      }
    }
  )
})

it.each(recordingRules)('$record is recorded for somebody', ({ record }) => {
  const expressions = [...dashboardExpressions(), ...recordingRules, ...alertingRules]

  expect(expressions.some(({ expr }) => expr.includes(record))).toBe(true)
})
