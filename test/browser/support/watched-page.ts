import type { Browser, Page } from 'playwright-core'

/** A page, and what a developer would see in its console and its network log. */
export interface WatchedPage {
  page: Page
  /** Errors and warnings of the console, and what nobody caught. */
  complaints: string[]
  /** Where requests and WebSockets went: `http://127.0.0.1:8000`, `ws://127.0.0.1:60001`. */
  origins: Set<string>
}

export async function openWatchedPage(browser: Browser): Promise<WatchedPage> {
  const page = await browser.newPage()
  const complaints: string[] = []
  const origins = new Set<string>()
  const addOrigin = (url: string): void => {
    if (!url.startsWith('data:')) {
      origins.add(new URL(url).origin)
    }
  }

  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) {
      complaints.push(`${message.type()}: ${message.text()}`)
    }
  })
  page.on('pageerror', (error) => complaints.push(`not caught: ${error}`))
  page.on('request', (request) => addOrigin(request.url()))
  page.on('websocket', (socket) => addOrigin(socket.url()))

  return { page, complaints, origins }
}
