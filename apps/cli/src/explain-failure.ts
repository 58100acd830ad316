import { NoPointError } from '@rendezvous-cluster/client'

/** What libp2p's errors mean to people, by their names. */
const MEANINGS: Readonly<Record<string, string>> = {
  EncryptionFailedError:
    'no libp2p node listens there, unless it is full or its address ends in /ws',
  NoValidAddressesError: 'only TCP and WebSocket addresses can be dialled'
}

/** libp2p gives it the same name as any other failure of a handshake. */
const ANOTHER_PEER = /identity key \S+ does not match/

/** An error's message, in which what libp2p says stands behind what it means and what to do. */
export function explainFailure(error: Error): string {
  // By their words: several points may have failed with the same.
  const meanings = new Map(rootsOf(error).map((root) => [root.message, meaningOf(root)]))

  return [...meanings].reduce(
    (text, [words, meaning]) =>
      meaning == null || words === ''
        ? text
        : text.replaceAll(words, () => `${meaning} (${words})`),
    error.message
  )
}

function meaningOf({ name, message }: Error): string | undefined {
  return ANOTHER_PEER.test(message)
    ? 'another peer id answers there: take the address that the node prints'
    : MEANINGS[name]
}

/** What it comes from: an error for each point, and for each of a point's addresses. */
function rootsOf(error: Error): Error[] {
  const causes =
    error instanceof NoPointError || error instanceof AggregateError ? error.errors : [error.cause]
  const roots = causes.filter((cause) => cause instanceof Error).flatMap(rootsOf)

  return roots.length > 0 ? roots : [error]
}
