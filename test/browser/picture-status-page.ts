// Takes the pictures of the status page that README and docs show, of three nodes under load of which one was killed late.
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startClusterUnderLoad } from './support/cluster-under-load.ts'
import { findChromium } from './support/find-chromium.ts'
import { launchChromium } from './support/launch-chromium.ts'

const PICTURES = [
  { name: 'status-page', colorScheme: 'light', viewport: { width: 1200, height: 1130 } },
  { name: 'status-page-dark', colorScheme: 'dark', viewport: { width: 1200, height: 1130 } },
  { name: 'status-page-phone', colorScheme: 'light', viewport: { width: 390, height: 844 } }
] as const

const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: 'docs' },
    // Long enough for charts with something to see.
    seconds: { type: 'string', default: '180' }
  }
})

const { path, description } = await findChromium()

if (path == null) {
  throw new Error(`a Chromium is needed: ${description}`)
}

const cluster = await startClusterUnderLoad()
const browser = await launchChromium(path)

try {
  process.stderr.write(`a cluster under load for ${values.seconds} s …\n`)
  await delay(Number(values.seconds) * 1000)

  for (const { name, colorScheme, viewport } of PICTURES) {
    const page = await browser.newPage({ colorScheme, viewport, deviceScaleFactor: 1.5 })
    const file = `${values.folder}/${name}.png`

    await page.goto(`${cluster.fronts[0]?.sidecar}/`)
    await page.locator('#charts canvas').first().waitFor()
    await page.locator('#nodes summary').first().click()
    // The next event draws what was opened again.
    await delay(2500)
    await page.screenshot({ path: file, fullPage: true })
    await page.close()
    console.log(file)
  }
} finally {
  await browser.close()
  await cluster.stop()
}
