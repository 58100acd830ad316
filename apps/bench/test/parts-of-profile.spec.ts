import { expect, it } from 'vitest'
import { partsOfProfile } from '../src/parts-of-profile.ts'

it('adds up what was on top of the stack, by package', () => {
  const callFrames = [
    ['(root)', ''],
    ['(idle)', ''],
    ['(garbage collector)', ''],
    ['encrypt', 'file:///x/node_modules/@chainsafe/libp2p-noise/dist/src/utils.js'],
    ['inner', 'file:///x/node_modules/@libp2p/tcp/node_modules/uint8arraylist/dist/index.js'],
    ['other', 'file:///x/node_modules/@chainsafe/libp2p-noise/dist/src/noise.js'],
    ['draw', 'file:///x/libs/stores/dist/redis/namespace-pools.js'],
    ['push', 'node:internal/streams/readable'],
    ['writev', '']
  ]
  const parts = partsOfProfile({
    nodes: callFrames.map(([functionName = '', url = ''], id) => ({
      id,
      callFrame: { functionName, url }
    })),
    samples: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    timeDeltas: [100, 1000, 10, 20, 30, 40, 50, 70, 80]
  })

  expect(parts).toEqual([
    { part: 'functions of V8, Node and libraries that are not JavaScript', us: 80 },
    { part: 'Node', us: 70 },
    { part: '@chainsafe/libp2p-noise', us: 60 },
    { part: 'libs/stores', us: 50 },
    { part: 'uint8arraylist', us: 30 },
    { part: 'garbage collection', us: 10 }
  ])
})
