import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { environmentName, OPTION_TABLE, type OptionName } from '../src/config/option-table.ts'
import { unknownVariables } from '../src/config/unknown-variables.ts'

it('a variable with a typing error is unknown, and none of other programs', () => {
  expect(
    unknownVariables({ RENDEZVOUS_MAX_CONECTIONS: '5', RENDEZVOUS_SEED_FILE: 'x', STORE: 'y' })
  ).toEqual(['RENDEZVOUS_MAX_CONECTIONS', 'RENDEZVOUS_SEED_FILE'])
})

it('a variable that is empty is none', () => {
  expect(unknownVariables({ RENDEZVOUS_MAX_CONECTIONS: '' })).toEqual([])
})

it('every setting is known, and where they stand', () => {
  const names = [...(Object.keys(OPTION_TABLE) as OptionName[]), 'config' as const]

  expect(
    unknownVariables(Object.fromEntries(names.map((name) => [environmentName(name), 'x'])))
  ).toEqual([])
})

it.each([
  'docker-compose.yml',
  'deploy/docker/compose.cluster.yml',
  'deploy/docker/compose.sentinel.yml'
])('every variable of %s is known', (file) => {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')
  const names = [...text.matchAll(/\$\{(RENDEZVOUS_\w+)/g)].map(([, name]) => name as string)

  expect(names).not.toEqual([])
  expect(unknownVariables(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([])
})

it.each([
  'RENDEZVOUS_TEST_REDIS',
  'RENDEZVOUS_SERVICE_HOST',
  'RENDEZVOUS_SERVICE_PORT',
  'RENDEZVOUS_SERVICE_PORT_LIBP2P',
  'RENDEZVOUS_PORT',
  'RENDEZVOUS_PORT_60000_TCP',
  'RENDEZVOUS_PORT_60000_TCP_PROTO',
  'RENDEZVOUS_PORT_60000_TCP_PORT',
  'RENDEZVOUS_PORT_60000_TCP_ADDR',
  'RENDEZVOUS_REDIS_SERVICE_HOST',
  'RENDEZVOUS_REDIS_PORT_6379_TCP_ADDR'
])('%s is somebody else’s', (name) => {
  expect(unknownVariables({ [name]: 'x' })).toEqual([])
})
