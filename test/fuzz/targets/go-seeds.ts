import { fromHex, goVectors } from '../../../libs/rendezvous/test/go-vectors.ts'

const { requests, responses, envelopes, invalidEnvelopes } = goVectors

/** What the Go implementation writes and reads, without length prefixes. */
export const GO_REQUESTS = requests.map(({ hex }) => fromHex(hex))
export const GO_RESPONSES = responses.map(({ hex }) => fromHex(hex))
export const GO_ENVELOPES = [...envelopes, ...invalidEnvelopes].map(({ envelopeHex }) =>
  fromHex(envelopeHex)
)
