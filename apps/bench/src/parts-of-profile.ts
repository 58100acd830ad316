import type { CallFrame, CpuProfile } from '../../../test/support/inspector.ts'

/** What V8's profiler calls itself what is not a function. */
const NOT_FUNCTIONS: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'V8 and the kernel, outside of functions'
}

const NOTHING = new Set(['(idle)', '(root)'])

/** What a thread's time went to. */
export interface ProfilePart {
  /** A package, a part of Node, or of this project. */
  part: string
  us: number
}

/** How long each part was on top of the stack, the longest first. */
export function partsOfProfile({ nodes, samples, timeDeltas }: CpuProfile): ProfilePart[] {
  const parts = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]))
  const spent = new Map<string, number>()

  for (const [index, id] of samples.entries()) {
    const part = parts.get(id)

    if (part != null) {
      spent.set(part, (spent.get(part) ?? 0) + (timeDeltas[index] ?? 0))
    }
  }

  return [...spent].map(([part, us]) => ({ part, us })).toSorted((one, other) => other.us - one.us)
}

/** @returns nothing where no time was spent */
function partOf({ functionName, url }: CallFrame): string | undefined {
  if (NOTHING.has(functionName)) {
    return undefined
  }

  if (url === '') {
    return (
      NOT_FUNCTIONS[functionName] ?? 'functions of V8, Node and libraries that are not JavaScript'
    )
  }

  if (url.startsWith('node:')) {
    return 'Node'
  }

  const packages = [...url.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)]
  const own = /\/((?:libs|apps)\/[^/]+)\//.exec(url)

  return packages.at(-1)?.[1] ?? own?.[1] ?? url
}
