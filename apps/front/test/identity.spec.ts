import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../src/config/load-config.ts'
import { loadOrCreateKeyFile, readKeyFile } from '../src/identity/key-file.ts'
import { loadIdentity } from '../src/identity/load-identity.ts'
import { createSeedFile, readSeedFile } from '../src/identity/seed-file.ts'

describe('the identity of a node', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-identity-'))
  })

  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  async function peerIdWith(flags: Record<string, string>): Promise<string> {
    const config = loadConfig({ flags, env: {}, cwd: folder })

    return peerIdFromPrivateKey((await loadIdentity(config)).privateKey).toString()
  }

  it('is new each time without a key', async () => {
    expect(await peerIdWith({})).not.toBe(await peerIdWith({}))
  })

  it('stays with a key file, which is made for its owner alone', async () => {
    const path = join(folder, 'made/on/the/way/node.key')
    const first = await peerIdWith({ 'key-file': path })

    expect(await peerIdWith({ 'key-file': path })).toBe(first)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('is one for all when several nodes make the same key file at once', async () => {
    const path = join(folder, 'node.key')
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateKeyFile(path)))
    const peerIds = keys.map((key) => peerIdFromPrivateKey(key).toString())

    expect(new Set(peerIds).size).toBe(1)
  })

  it('comes from a seed and an ordinal', async () => {
    const path = join(folder, 'seed')

    writeFileSync(
      path,
      Uint8Array.from({ length: 32 }, (_, index) => index),
      { mode: 0o600 }
    )

    expect(await peerIdWith({ 'key-seed-file': path, ordinal: '1' })).toBe(
      '12D3KooWEutPbhDXwpCmjVxntYb3yW3Tcnpwdt2ZpLKRu2tXJfqD'
    )
  })

  it('comes from its own key file ahead of the seed of its cluster', async () => {
    const keyFile = join(folder, 'node.key')
    const own = await peerIdWith({ 'key-file': keyFile })

    expect(await peerIdWith({ 'key-file': keyFile, 'key-seed-file': join(folder, 'seed') })).toBe(
      own
    )
  })

  it('does not come from the seed of a cluster, taken for a key by mistake', async () => {
    const path = join(folder, 'seed')

    await createSeedFile(path)

    await expect(peerIdWith({ 'key-file': path })).rejects.toThrow('no private key')
    await expect(peerIdWith({ 'key-seed-file': path, ordinal: '0' })).resolves.toMatch(/^12D3KooW/)
  })

  it('does not come from a seed of fewer than 32 bytes', async () => {
    const path = join(folder, 'seed')

    writeFileSync(path, Buffer.alloc(31), { mode: 0o600 })

    await expect(peerIdWith({ 'key-seed-file': path, ordinal: '0' })).rejects.toThrow(
      'it has 31 bytes, at least 32 are needed'
    )
  })

  it('comes from 64 hex digits, a secp256k1 key as Waku nodes keep it', async () => {
    const path = join(folder, 'node.key')

    writeFileSync(path, `${'01'.repeat(32)}\n`, { mode: 0o600 })

    // Of the key 0x0101…01, known from test vectors of Bitcoin libraries: 031b84c5…6dd078f.
    const peerId = await peerIdWith({ 'key-file': path })

    expect(peerId).toMatch(/^16Uiu2HA/)
    expect((await readKeyFile(path)).publicKey.raw).toEqual(
      Uint8Array.from(
        Buffer.from('031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f', 'hex')
      )
    )
  })

  it('comes from a seed of 32 bytes, an Ed25519 key', async () => {
    const path = join(folder, 'node.key')
    // RFC 8032, section 7.1, test 1.
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60'
    const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'

    writeFileSync(path, Buffer.from(seed, 'hex'), { mode: 0o600 })

    expect(Buffer.from((await readKeyFile(path)).publicKey.raw).toString('hex')).toBe(publicKey)
  })

  // As Go's MarshalPrivateKey and Rust's to_protobuf_encoding write them to a file.
  it.each([
    [
      'Ed25519',
      '080112409d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60' +
        'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'
    ],
    [
      'secp256k1',
      '080212200101010101010101010101010101010101010101010101010101010101010101',
      '031b84c5567b126440995d3ed5aaba0565d71e1834604819ff9c17f5e9d5dd078f'
    ]
  ])('comes from the bytes of libp2p’s protobuf: %s', async (type, bytes, publicKey) => {
    const path = join(folder, 'node.key')

    writeFileSync(path, Buffer.from(bytes, 'hex'), { mode: 0o600 })

    const key = await readKeyFile(path)

    expect(key.type).toBe(type)
    expect(Buffer.from(key.publicKey.raw).toString('hex')).toBe(publicKey)
  })

  it.each([
    '',
    'not a key',
    'AAAA',
    '\x08\x01\x12\x40 too short',
    Buffer.alloc(200, 1).toString('base64')
  ])(
    'does not come from a file that holds %j, and the error does not quote it',
    async (content) => {
      const path = join(folder, 'node.key')

      writeFileSync(path, content, { mode: 0o600 })

      const error: Error = await readKeyFile(path).catch((reason) => reason)

      expect(error.message).toContain(path)
      expect(error.message).toContain('rendezvous key generate')
      expect(content.length > 3 && error.message.includes(content)).toBe(false)
      expect(readFileSync(path, 'utf8')).toBe(content)
    }
  )

  it('does not come from a file that is missing, or is none', async () => {
    const path = join(folder, 'node.key')

    await expect(readKeyFile(path)).rejects.toThrow(
      `key file ${path}: there is no such file: make one with \`rendezvous key generate --key-file ${path}\``
    )
    await expect(readKeyFile(folder)).rejects.toThrow(`key file ${folder}: it is a directory`)
    await expect(readSeedFile(path)).rejects.toThrow(
      `seed file ${path}: there is no such file: make one with \`rendezvous key seed --seed-file ${path}\``
    )
  })

  it('does not come from a file that others may read', async () => {
    const path = join(folder, 'node.key')

    await loadOrCreateKeyFile(path)
    chmodSync(path, 0o644)

    await expect(readKeyFile(path)).rejects.toThrow(`chmod 600 ${path}`)
  })

  it('may come from a Secret that a group may read', async () => {
    const path = join(folder, 'node.key')

    await loadOrCreateKeyFile(path)
    chmodSync(path, 0o440)

    await expect(readKeyFile(path)).resolves.toBeDefined()
  })
})
