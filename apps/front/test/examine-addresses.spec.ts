import os from 'node:os'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startTestFrontNode, type TestFrontNode } from '../../../test/support/front-node.ts'
import { loadConfig } from '../src/config/load-config.ts'
import { examineAddresses } from '../src/doctor/examine-addresses.ts'

const INTERFACES = ['192.0.2.7', '169.254.7.7', '10.7.7.7'].map((address) => ({
  address,
  family: 'IPv4' as const,
  netmask: '255.255.255.0',
  mac: '00:00:00:00:00:00',
  internal: false,
  cidr: null
}))

let running: TestFrontNode

beforeEach(async () => {
  vi.spyOn(os, 'networkInterfaces').mockReturnValue({ eth0: INTERFACES })
  running = await startTestFrontNode({ listen: '/ip4/0.0.0.0/tcp/0/ws' })
})

afterEach(async () => {
  vi.restoreAllMocks()
  await running.stop()
})

it('says that peers are told the addresses that a node tells them', async () => {
  const told = running.node.status().multiaddrs.map((address) => address.replace(/\/p2p\/.*/, ''))
  const listen = `/ip4/0.0.0.0/tcp/${running.tcp.port}/ws`
  const findings = await examineAddresses(
    loadConfig({ flags: { listen }, env: {}, cwd: process.cwd() })
  )

  expect(told).toHaveLength(2)
  expect(findings).toEqual([
    expect.objectContaining({ text: expect.stringContaining(`: ${told.join(', ')}`) })
  ])
})
