import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { type ClusterUnderLoad, startClusterUnderLoad } from './support/cluster-under-load.ts'
import { describeWithChromium } from './support/describe-with-chromium.ts'
import { launchChromium } from './support/launch-chromium.ts'
import { openWatchedPage, type WatchedPage } from './support/watched-page.ts'

declare global {
  /** Of axe-core, once it was loaded into a page. */
  const axe: { run: (options: RunOptions) => Promise<AxeResults> }
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** By when a node that was killed has to show as gone. */
const GONE_WITHIN_MS = 10_000

/** That a node keeps up to date at a time. */
const PAGES_MAX = 50

const PHONE = { width: 390, height: 844 }

describeWithChromium('the status page of a cluster under load', (executablePath) => {
  let browser: Browser
  let cluster: ClusterUnderLoad
  let opened: WatchedPage

  beforeAll(async () => {
    browser = await launchChromium(executablePath)
    cluster = await startClusterUnderLoad()
  })

  afterAll(async () => {
    await browser?.close()
    await cluster?.stop()
  })

  beforeEach(async () => {
    opened = await openWatchedPage(browser)
  })

  afterEach(async () => {
    await opened.page.close()
  })

  async function open(): Promise<Page> {
    await opened.page.goto(`${cluster.fronts[0]?.sidecar}/`)
    await expect.poll(() => textOf('#live')).toBe('live')

    return opened.page
  }

  function textOf(selector: string): Promise<string> {
    return opened.page.locator(selector).innerText()
  }

  async function figureOf(name: string): Promise<string> {
    const figure = opened.page.locator('#figures > div', { hasText: name }).locator('dd')

    return figure.innerText()
  }

  /** Violations that keep people from using the page. */
  async function seriousViolations(): Promise<string[]> {
    await opened.page.evaluate(await readFile(AXE, 'utf8'))

    const { violations } = await opened.page.evaluate(() => axe.run({}))

    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }

  it('shows all nodes, what they do, and figures that move', async () => {
    const page = await open()

    await expect.poll(() => figureOf('Nodes that serve')).toBe('3 / 3')
    await expect.poll(() => page.locator('#requests tbody tr').count()).toBeGreaterThanOrEqual(5)
    expect(await textOf('#condition')).toBe('All 3 nodes serve')
    expect(await textOf('#store')).toMatch(/redis[\s\S]*answers/)
    expect(await textOf('#nodes')).toContain('answers here')

    for (const { peerId } of cluster.fronts) {
      expect(await textOf(`#node-${peerId}`)).toContain('serving')
    }

    const before = await figureOf('Requests per second')

    await expect.poll(() => figureOf('Requests per second')).not.toBe(before)
    expect(await page.locator('#charts canvas').count()).toBe(4)
    await expect
      .poll(() => page.locator('#charts figure').first().getAttribute('aria-label'))
      .toMatch(/^Registrations in the last half hour, now registrations [1-9]/)
  })

  it('complains about nothing, and asks nobody else', async () => {
    await open()
    await expect.poll(() => figureOf('Nodes that serve')).toBe('3 / 3')

    expect(opened.complaints).toEqual([])
    expect([...opened.origins]).toEqual([cluster.fronts[0]?.sidecar])
  })

  it.each([
    { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
    { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
    { colorScheme: 'light', viewport: PHONE },
    { colorScheme: 'dark', viewport: PHONE }
  ] as const)('can be used by all, $colorScheme and $viewport.width wide', async (shown) => {
    const { colorScheme, viewport } = shown

    await opened.page.emulateMedia({ colorScheme })
    await opened.page.setViewportSize(viewport)

    const page = await open()

    await page.locator('#nodes summary').first().click()

    expect(await seriousViolations()).toEqual([])
    expect(
      await page.evaluate('document.documentElement.scrollWidth - innerWidth')
    ).toBeLessThanOrEqual(0)
  })

  it('keeps what is open, and copies addresses', async () => {
    const page = await open()
    const { origin } = new URL(page.url())

    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
    await page.locator('#nodes summary').first().click()

    const uptime = await textOf('#nodes tbody tr:first-child td[data-label="Up for"]')

    await expect
      .poll(() => textOf('#nodes tbody tr:first-child td[data-label="Up for"]'))
      .not.toBe(uptime)

    const row = page.locator('#nodes tbody tr').first()

    await row.getByRole('button', { name: 'Copy' }).nth(1).click()

    const address = await row.locator('code').nth(1).innerText()

    expect(address).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3KooW/)
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(address)
  })

  it('is a whole page without JavaScript', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const page = await context.newPage()

    await page.goto(`${cluster.fronts[1]?.sidecar}/`)

    expect(await page.locator('#nodes tbody tr').count()).toBe(3)
    expect(await page.locator('#live').innerText()).toBe('Loaded again each 5 seconds')
    expect(await page.locator('.copy').first().isVisible()).toBe(false)
    await context.close()
  })

  it('says that its node may have too many pages open', async () => {
    const others = new AbortController()
    const url = `${cluster.fronts[0]?.sidecar}/api/v1/events`

    try {
      for (let count = 0; count < PAGES_MAX; count++) {
        await fetch(url, { signal: others.signal })
      }

      await opened.page.goto(`${cluster.fronts[0]?.sidecar}/`)

      await expect
        .poll(() => textOf('#live'))
        .toBe('no updates, this node is away or has too many pages open: trying again')
    } finally {
      others.abort()
    }

    await expect.poll(() => textOf('#live')).toBe('live')
  })

  // The last ones: they end a node, and Redis.
  it('shows a node that was killed as gone', async () => {
    const page = await open()
    const killed = cluster.fronts[2]

    await expect.poll(() => figureOf('Nodes that serve')).toBe('3 / 3')
    await killed?.kill()
    await page
      .locator(`#node-${killed?.peerId} .state.bad`, { hasText: /^gone/ })
      .waitFor({ timeout: GONE_WITHIN_MS })

    expect(await textOf('#condition')).toBe('1 node of 3 gone')
    expect(await page.title()).toBe('1 node of 3 gone · Rendezvous cluster')

    // The list of the cluster forgets it by then.
    await expect
      .poll(() => textOf(`#node-${killed?.peerId}`), { timeout: 30_000 })
      .toMatch(/last heard of 1[5-9] s ago/)
  })

  it('says that the store is away, and that it is back', async () => {
    await open()
    cluster.redis.suspend()
    await expect
      .poll(() => textOf('#condition'), { timeout: 30_000 })
      .toBe('The store does not answer: requests are refused until it does')
    cluster.redis.resume()

    await expect.poll(() => textOf('#condition'), { timeout: 30_000 }).toBe('1 node of 3 gone')
    await expect.poll(() => textOf('#store')).toContain('Errors: ')
  })

  it('says that its node is away', async () => {
    await open()
    await cluster.fronts[0]?.kill()

    await expect.poll(() => textOf('#live')).toBe('no connection to this node: trying again')
  })
})
