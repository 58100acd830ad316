import { mkdir } from 'node:fs/promises'
import type { IdentifyResult, Libp2p } from '@libp2p/interface'
import type { DiscoveredPeer, Rendezvous } from '@rendezvous-cluster/client'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type ServedPage, servePage } from '../../examples/browser/serve-page.ts'
import { startRelay, webSocketAddress } from '../../examples/browser/start-relay.ts'
import { startTestFrontNode, type TestFrontNode } from '../support/front-node.ts'
import { describeWithChromium } from './support/describe-with-chromium.ts'
import { launchChromium } from './support/launch-chromium.ts'
import { startNodePeer } from './support/node-peer.ts'
import { openWatchedPage, type WatchedPage } from './support/watched-page.ts'

const PICTURES = 'test-results/browser'
const WAIT = { timeout: 30_000 }

/** Nothing listens there. */
const NO_POINT = '/ip4/127.0.0.1/tcp/9/ws/p2p/12D3KooWHKiZSvPHKWXdddGp2G1C3xZBeEqFfdVAFMeVUisAqUY7'

describeWithChromium('the example page in Chromium', (executablePath) => {
  let browser: Browser
  let served: ServedPage
  let point: TestFrontNode
  let relay: Libp2p
  let opened: WatchedPage[]
  let started: Libp2p[]
  let namespace: string

  beforeAll(async () => {
    point = await startTestFrontNode({
      listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws']
    })
    relay = await startRelay()
    served = await servePage()
    browser = await launchChromium(executablePath)
    await mkdir(PICTURES, { recursive: true })
  })

  afterAll(async () => {
    await browser?.close()
    await served?.stop()
    await relay?.stop()
    await point?.stop()
  })

  beforeEach(({ task }) => {
    opened = []
    started = []
    namespace = `page/${task.id}`
  })

  afterEach(async () => {
    await Promise.all(opened.map(({ page }) => page.close()))
    await Promise.all(started.map((node) => node.stop()))
  })

  function addressOf(transport: 'tcp' | 'ws'): string {
    const { multiaddrs } = point.node.status()

    return multiaddrs.find((each) => each.includes('/ws/') === (transport === 'ws')) as string
  }

  async function openPage(query: Record<string, string>): Promise<WatchedPage> {
    const watched = await openWatchedPage(browser)

    opened.push(watched)
    await watched.page.goto(`${served.url}?${new URLSearchParams(query)}`)

    return watched
  }

  /** A page that joins, and can be reached through the relay. */
  function openJoined(): Promise<WatchedPage> {
    return openPage({ namespace, point: addressOf('ws'), relay: webSocketAddress(relay) })
  }

  async function startPeer(): ReturnType<typeof startNodePeer> {
    const peer = await startNodePeer(addressOf('tcp'))

    started.push(peer)

    return peer
  }

  /** Nothing to complain of, and nobody asked who is none of ours. */
  function expectClean({ complaints, origins }: WatchedPage): void {
    expect(complaints).toEqual([])
    expect(ourOrigins()).toEqual(expect.arrayContaining([...origins]))
  }

  function ourOrigins(): string[] {
    const webSockets = [addressOf('ws'), webSocketAddress(relay)].map(
      (address) => `ws://127.0.0.1:${/tcp\/(\d+)/.exec(address)?.[1]}`
    )

    return [served.url.origin, ...webSockets]
  }

  it('is found by a peer in Node, which reaches it through the relay', async () => {
    const watched = await openJoined()
    const { page } = watched
    const peer = await startPeer()

    await registered(page)
    const pageId = await page.locator('#peer-id').innerText()
    const found = await firstOf(peer.services.rendezvous, namespace)
    const identified = identifiedBy(peer, pageId)
    const connection = await peer.dial(found.peerId)
    const { agentVersion } = await identified

    expect(found.peerId.toString()).toBe(pageId)
    expect(connection.remotePeer.toString()).toBe(pageId)
    expect(connection.remoteAddr.toString()).toContain(`/p2p/${relay.peerId}/p2p-circuit`)
    expect(agentVersion).toContain('Chrome')
    expect([...watched.origins].sort()).toEqual(ourOrigins().sort())
    expectClean(watched)
  })

  it('shows a peer that registers in Node, and that it is connected', async () => {
    const watched = await openJoined()
    const peer = await startPeer()

    await registered(watched.page)
    await peer.services.rendezvous.register(namespace)
    const item = watched.page.locator(`[data-peer="${peer.peerId}"]`)
    await item.waitFor(WAIT)
    const found = await firstOf(peer.services.rendezvous, namespace)
    await peer.dial(found.peerId)

    await watched.page.locator(`.connected[data-peer="${peer.peerId}"]`).waitFor(WAIT)
    expectClean(watched)
  })

  it('finds another page, and is forgotten when it leaves', async () => {
    const pages = [await openJoined(), await openJoined()] as const
    const [one, other] = pages.map(({ page }) => page) as [Page, Page]

    await Promise.all([registered(one), registered(other)])
    const otherId = await other.locator('#peer-id').innerText()
    await one.locator(`[data-peer="${otherId}"]`).waitFor(WAIT)
    await other.getByRole('button', { name: 'Leave' }).click()
    await other.locator('#state').waitFor({ state: 'hidden', ...WAIT })

    const peer = await startPeer()
    const left = await all(peer.services.rendezvous.discover(namespace))

    expect(left.map(({ peerId }) => peerId.toString())).toEqual([
      await one.locator('#peer-id').innerText()
    ])
    expect(await other.locator('#problem').isVisible()).toBe(false)
    pages.forEach(expectClean)
  })

  it('says that it needs a relay to be found, and finds others without one', async () => {
    const watched = await openPage({ namespace, point: addressOf('ws') })
    const peer = await startPeer()

    await peer.services.rendezvous.register(namespace)

    await watched.page.locator(`[data-peer="${peer.peerId}"]`).waitFor(WAIT)
    expect(await watched.page.locator('#registration').innerText()).toContain('Give it a relay')
    expectClean(watched)
  })

  it('says what to do where no point answers', async () => {
    const { page } = await openPage({ namespace, point: NO_POINT })

    await page.locator('#points .bad', { hasText: 'No WebSocket' }).waitFor(WAIT)
    await page.screenshot({ path: `${PICTURES}/no-point.png`, fullPage: true })
  })

  it('says that it needs WebSockets where the point is reached over TCP', async () => {
    const watched = await openPage({ namespace, point: addressOf('tcp') })

    await watched.page.getByText('A page needs an address that has /ws in it.').waitFor(WAIT)
    expectClean(watched)
  })

  it('says what is wrong with an address that is none', async () => {
    const watched = await openPage({ namespace, point: 'rendezvous.example.org' })

    await watched.page.getByText('is no multiaddr such as').waitFor(WAIT)
    await watched.page.screenshot({ path: `${PICTURES}/no-address.png`, fullPage: true })
    expectClean(watched)
  })

  it('is empty before it joins', async () => {
    const watched = await openPage({})

    expect(await watched.page.locator('#state').isVisible()).toBe(false)
    await watched.page.screenshot({ path: `${PICTURES}/empty.png`, fullPage: true })
    expectClean(watched)
  })

  it('fits a desktop and a phone, light and dark', async () => {
    namespace = 'chess/players'

    const watched = await openJoined()
    const { page } = watched
    const [connected, found] = [await startPeer(), await startPeer()]

    await registered(page)
    await connected.dial((await firstOf(connected.services.rendezvous, namespace)).peerId)
    await connected.services.rendezvous.register(namespace)
    await page.locator('.connected').waitFor(WAIT)
    await found.services.rendezvous.register(namespace)
    await page.locator(`[data-peer="${found.peerId}"] summary`).click(WAIT)

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })

      for (const [name, width, height] of [
        ['desktop', 1280, 900],
        ['phone', 390, 844]
      ] as const) {
        await page.setViewportSize({ width, height })
        await page.screenshot({ path: `${PICTURES}/${name}-${colorScheme}.png`, fullPage: true })

        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      }
    }

    expectClean(watched)
  })
})

async function registered(page: Page): Promise<void> {
  await page.locator('#registration .good').waitFor(WAIT)
}

/** What a peer says of itself once we are connected to it. */
function identifiedBy(node: Libp2p, peerId: string): Promise<IdentifyResult> {
  return new Promise((resolve) => {
    node.addEventListener('peer:identify', ({ detail }) => {
      if (detail.peerId.toString() === peerId) {
        resolve(detail)
      }
    })
  })
}

async function firstOf(rendezvous: Rendezvous, namespace: string): Promise<DiscoveredPeer> {
  for await (const peer of rendezvous.watch(namespace)) {
    return peer
  }

  throw new Error('nobody came')
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []

  for await (const item of items) {
    list.push(item)
  }

  return list
}
