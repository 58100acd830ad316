import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect, it, onTestFinished } from 'vitest'
import { announcedAddresses } from '../src/config/announced-addresses.ts'
import { ConfigError, loadConfig } from '../src/config/load-config.ts'
import { examineFiles } from '../src/doctor/examine-files.ts'
import { createKeyFile } from '../src/identity/key-file.ts'

const own = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()

const DNS = '/dns4/rendezvous.example.org/tcp/60000'

it.each([
  [DNS, DNS],
  [`${DNS}/p2p/${own}`, DNS],
  [`${DNS}/ipfs/${own}`, DNS],
  [`${DNS}/p2p/${own.toCID()}`, DNS],
  [`${DNS}/p2p/${other}/p2p-circuit`, `${DNS}/p2p/${other}/p2p-circuit`],
  [`${DNS}/p2p/${other}/p2p-circuit/p2p/${own}`, `${DNS}/p2p/${other}/p2p-circuit`]
])('a node announces %s as %s', (given, announced) => {
  expect(announcedAddresses([given], own)).toEqual([announced])
})

it('addresses that end in another peer id are refused, each with both ids', () => {
  const foreign = [`${DNS}/p2p/${other}`, `${DNS}/ws/p2p/${other}`]

  expect(problemsOf(() => announcedAddresses([DNS, ...foreign], own))).toEqual(
    foreign.map((address) =>
      expect.stringMatching(
        new RegExp(`^--announce .*"${address}" leads to the peer id ${other}, .* has ${own};`)
      )
    )
  )
})

it('doctor finds an address that ends in another peer id than that of the key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rendezvous-announce-'))

  onTestFinished(() => rmSync(folder, { recursive: true }))

  const keyFile = join(folder, 'node.key')
  const key = await createKeyFile(keyFile)
  const examine = (announce: string) =>
    examineFiles(
      loadConfig({ flags: { announce, 'key-file': keyFile }, env: {}, cwd: folder }),
      Date.now
    )

  expect(await examine(`${DNS}/p2p/${other}`)).toContainEqual(
    expect.objectContaining({
      subject: 'settings',
      level: 'bad',
      text: expect.stringContaining(`leads to the peer id ${other}`)
    })
  )
  expect(await examine(`${DNS}/p2p/${peerIdFromPrivateKey(key)}`)).toEqual([
    expect.objectContaining({ level: 'good' })
  ])
})

function problemsOf(fail: () => unknown): readonly string[] {
  try {
    fail()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)

    return (error as ConfigError).problems
  }

  return []
}
