import { framed, registerAnswer } from './stub-answers.ts'
import type { Asked, Script } from './stub-point.ts'

/** How long a client waits for a point that does not answer. */
export const PATIENCE_MS = 1000

/** What points do instead of answering, and what a client says of it. */
export const NO_ANSWERS: readonly [
  what: string,
  script: Script,
  reason: RegExp,
  patienceMs?: number
][] = [
  ['says nothing', () => {}, /no answer in 1 s/, PATIENCE_MS],
  ['sends a byte now and then', drip, /no answer in 1 s/, PATIENCE_MS],
  [
    'sends 10 MiB',
    ({ stream }) => stream.send(framed(new Uint8Array(10 * 2 ** 20))),
    /no response/
  ],
  [
    'sends a length that does not end',
    ({ stream }) => stream.send(new Uint8Array(1000).fill(0x80)),
    /no response/
  ],
  [
    'sends what is no message',
    ({ stream }) => stream.send(framed(new Uint8Array(100).fill(0xff))),
    /no response/
  ],
  ['sends an empty message', ({ stream }) => stream.send(Uint8Array.of(0)), /no response/],
  [
    'answers another question',
    ({ request, registered, discovered }) =>
      request.type === 'register' ? discovered() : registered(),
    /answered (DISCOVER|REGISTER) with (register|discover)/
  ],
  ['ends the stream', ({ stream }) => stream.close(), /closed the stream without an answer/],
  ['resets the stream', ({ stream }) => stream.abort(new Error('no')), /reset the stream/],
  ['closes the connection', ({ connection }) => connection.abort(new Error('no')), /reset|clos/],
  [
    'dies in the middle of its answer',
    ({ dialect, stream, connection }) => {
      stream.send(registerAnswer(dialect, { ttl: 60n }).subarray(0, -1))
      connection.abort(new Error('no'))
    },
    /reset|clos/
  ],
  ['has an error', (asked) => refuse(asked, 300, 'out of luck'), /out of luck/],
  ['is not available', (asked) => refuse(asked, 400), /refused with status 400/],
  [
    'answers in a number that nobody knows',
    (asked) => refuse(asked, 2 ** 31 - 1),
    /refused with status 2147483647/
  ]
]

export function refuse(
  { request, registered, discovered }: Asked,
  status: number,
  statusText?: string
): void {
  const answer = request.type === 'register' ? registered : discovered

  answer({ status, statusText })
}

/** A length of megabytes, and what would be them one day. */
function drip({ stream }: Asked): void {
  const dripping = setInterval(() => {
    if (stream.status === 'open') {
      stream.send(Uint8Array.of(0x7f))
    } else {
      clearInterval(dripping)
    }
  }, PATIENCE_MS / 4)

  stream.send(Uint8Array.of(0xff, 0xff, 0x7f))
}
