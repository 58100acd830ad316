import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

const TYPES = {
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml'
}

type AssetName = keyof typeof TYPES

interface Asset {
  type: string
  content: Buffer
  /** In its address, so that what a browser has kept is never of another version. */
  hash: string
}

/** Where the build puts what the status page loads. */
const FOLDER = new URL('../../dist/page/', import.meta.url)

const HASH_LENGTH = 12

/** What the status page loads, held in memory: three small files. */
export class PageAssets {
  readonly #assets: ReadonlyMap<string, Asset>

  private constructor(assets: ReadonlyMap<string, Asset>) {
    this.#assets = assets
  }

  /** @throws when the package was not built */
  static async read(): Promise<PageAssets> {
    const assets = Object.entries(TYPES).map(async ([name, type]) => {
      const content = await readFile(new URL(name, FOLDER))
      const hash = createHash('sha256').update(content).digest('hex').slice(0, HASH_LENGTH)

      return [name, { type, content, hash }] as const
    })

    return new PageAssets(new Map(await Promise.all(assets)))
  }

  /** Its address, relative to the page. */
  path(name: AssetName): string {
    return `assets/${name}?v=${this.#assets.get(name)?.hash}`
  }

  get(name: string): Asset | undefined {
    return this.#assets.get(name)
  }
}
