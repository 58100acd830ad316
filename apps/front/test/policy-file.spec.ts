import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { peerIdFromString } from '@libp2p/peer-id'
import { Namespace } from '@rendezvous-cluster/rendezvous'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadPolicy } from '../src/policy/load-policy.ts'
import { Policy } from '../src/policy/policy.ts'
import { PolicyError } from '../src/policy/policy-error.ts'
import { PolicyFile } from '../src/policy/policy-file.ts'
import { readPolicyText } from '../src/policy/read-policy-text.ts'

describe('a policy file', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rendezvous-policy-'))
    path = join(folder, 'policy.yaml')
  })

  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  async function errorOf(file: string): Promise<PolicyError> {
    const error = await loadPolicy(file).catch((error: unknown) => error)

    expect(error).toBeInstanceOf(PolicyError)

    return error as PolicyError
  }

  it('is read and applied', async () => {
    writeFileSync(path, 'namespaces:\n  - match: é\n    max-registrations: 7\n')

    const policy = await loadPolicy(path)

    expect(policy.of(Namespace.fromText('é')).registrationsMax).toBe(7)
    expect(policy.size).toBe(1)
  })

  it('keeps its peer ids on the way from thread to thread', async () => {
    const peer = peerIdFromString('12D3KooWGWPozSRfGaWe94gAfhaHTqNrZWSzE9mR2pjehfQZAzGT')
    const other = peerIdFromString('QmaDGb7YQzAauFmgbNCixR5TDnBAY4NMKt3nnJt7nn6eRw')

    writeFileSync(path, `namespaces: [{match: a, peer-ids: [${peer}]}]`)

    const { mayRegister } = (await loadPolicy(path)).of(Namespace.fromText('a'))

    expect(mayRegister?.(peer.toMultihash().bytes)).toBe(true)
    expect(mayRegister?.(other.toMultihash().bytes)).toBe(false)
  })

  it('is read over a link, as mounted settings are', async () => {
    writeFileSync(path, '# é\n')
    symlinkSync(path, join(folder, 'link'))

    expect(await readPolicyText(join(folder, 'link'))).toBe('# é\n')
  })

  it('is named with the places of its problems', async () => {
    writeFileSync(path, 'namespaces:\n  - match: ""\n    max-registrations: 0\n')

    const { message, problems } = await errorOf(path)

    expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
      `${path}:2:12`,
      `${path}:3:24`
    ])
    expect(message).toBe(problems.join('\n'))
  })

  it('is refused when it is missing, with the cause', async () => {
    const { cause, problems } = await errorOf(path)

    expect(problems).toEqual([
      `${path}: ENOENT: no such file or directory, open '${path}'; give a file that can be read`
    ])
    expect(cause).toMatchObject({ code: 'ENOENT' })
  })

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'is refused when it may not be read',
    async () => {
      writeFileSync(path, '')
      chmodSync(path, 0o000)

      expect((await errorOf(path)).cause).toMatchObject({ code: 'EACCES' })
    }
  )

  it('is refused when it is a folder', async () => {
    mkdirSync(path)

    expect((await errorOf(path)).problems).toEqual([
      `${path}: it is no file; give the path of a YAML file`
    ])
  })

  it('is refused when it is a pipe, also one that nobody writes to', async () => {
    execFileSync('mkfifo', [path])

    expect((await errorOf(path)).problems).toEqual([
      `${path}: it is no file; give the path of a YAML file`
    ])
  })

  it('is refused when it is a device, which may never end', async () => {
    expect((await errorOf('/dev/zero')).problems).toEqual([
      '/dev/zero: it is no file; give the path of a YAML file'
    ])
  })

  it('is taken with 1 MiB, and refused unread with a byte more', async () => {
    writeFileSync(path, `#${' '.repeat(2 ** 20 - 1)}`)

    expect(await readPolicyText(path)).toHaveLength(2 ** 20)

    writeFileSync(path, `#${' '.repeat(2 ** 20)}`)

    expect((await errorOf(path)).problems).toEqual([
      `${path}: has 1048577 bytes; at most 1048576 are allowed`
    ])
  })

  it.each([
    ['Latin-1', Buffer.from('namespaces:\n  - match: é\n', 'latin1'), 2],
    ['UTF-16', Buffer.from('\ufeffnamespaces:\n', 'utf16le'), 1],
    ['a character cut off at the end', Buffer.from('# 1\n# 2\n# é').subarray(0, -1), 3],
    ['a compressed file', Buffer.from('1f8b0800000000000003', 'hex'), 1]
  ])('is refused in %s', async (_, bytes, line) => {
    writeFileSync(path, bytes)

    expect((await errorOf(path)).problems).toEqual([
      `${path}:${line}:1: the line is not UTF-8; save the file as UTF-8`
    ])
  })
})

describe('a policy file that is read again', () => {
  const namespace = Namespace.fromText('a')

  /** A file each of whose readings ends when the test says so. */
  function setup() {
    const readings: PromiseWithResolvers<Policy>[] = []
    const onReload = vi.fn()
    const load = vi.fn(() => {
      const reading = Promise.withResolvers<Policy>()

      readings.push(reading)

      return reading.promise
    })
    const file = new PolicyFile({ path: 'policy.yaml', onReload, load })

    async function begun(reading: number): Promise<PromiseWithResolvers<Policy>> {
      await expect.poll(() => readings.length).toBeGreaterThan(reading)

      return readings[reading] as PromiseWithResolvers<Policy>
    }

    return {
      file,
      load,
      onReload,
      cap: () => file.of(namespace).registrationsMax,
      begun,
      end: async (reading: number, policy: Policy) => (await begun(reading)).resolve(policy),
      fail: async (reading: number, error: Error) => (await begun(reading)).reject(error)
    }
  }

  function capping(registrations: number): Policy {
    const pattern = { key: 'a', isPrefix: false }

    return new Policy({ rules: [{ pattern, values: { 'max-registrations': registrations } }] })
  }

  async function opened() {
    const parts = setup()
    const opening = parts.file.open()

    await parts.end(0, capping(1))
    await opening

    return parts
  }

  it('counts as it was read last', async () => {
    const { file, load, onReload, cap, end } = await opened()
    const policy = capping(2)

    expect(cap()).toBe(1)
    expect(onReload).not.toHaveBeenCalled()

    const reloading = file.reload()

    await end(1, policy)
    await reloading

    expect(cap()).toBe(2)
    expect(onReload).toHaveBeenCalledExactlyOnceWith({ policy })
    expect(load.mock.calls).toEqual([['policy.yaml'], ['policy.yaml']])
  })

  it('counts as before while it is read, and when it is refused', async () => {
    const { file, onReload, cap, begun, fail } = await opened()
    const error = new PolicyError(['policy.yaml:1:1: bad'])
    const reloading = file.reload()

    await begun(1)
    expect(cap()).toBe(1)

    await fail(1, error)
    await reloading

    expect(cap()).toBe(1)
    expect(onReload).toHaveBeenCalledExactlyOnceWith({ error })
  })

  it('may be applied after it was refused', async () => {
    const { file, onReload, cap, end, fail } = await opened()
    const refused = file.reload()

    await fail(1, new Error('the thread has ended'))
    await refused

    const applied = file.reload()

    await end(2, capping(3))
    await applied

    expect(cap()).toBe(3)
    expect(onReload).toHaveBeenCalledTimes(2)
  })

  it('is read once more, however often that is asked for while it is read', async () => {
    const { file, load, onReload, cap, begun, end } = await opened()
    const first = file.reload()

    await begun(1)

    const others = [file.reload(), file.reload(), file.reload()]

    await turnOfTheLoop()
    expect(load).toHaveBeenCalledTimes(2)

    await end(1, capping(2))
    await first
    await end(2, capping(3))
    await Promise.all(others)

    expect(cap()).toBe(3)
    expect(load).toHaveBeenCalledTimes(3)
    expect(onReload).toHaveBeenCalledTimes(2)
  })

  it('is read again only after it was read for the first time', async () => {
    const { file, load, cap, end } = setup()
    const reloading = file.reload()
    const opening = file.open()

    await turnOfTheLoop()
    expect(load).toHaveBeenCalledTimes(1)

    await end(0, capping(1))
    await opening
    await end(1, capping(2))
    await reloading

    expect(load).toHaveBeenCalledTimes(2)
    expect(cap()).toBe(2)
  })

  it('lays nothing down when it is refused at first', async () => {
    const { file, onReload, cap, fail } = setup()
    const opening = file.open()
    const error = new PolicyError(['policy.yaml:1:1: bad'])

    await Promise.all([fail(0, error), expect(opening).rejects.toBe(error)])

    expect(cap()).toBeUndefined()
    expect(onReload).not.toHaveBeenCalled()
  })
})
