import type { RedisAnswer } from './ask-redis.ts'

/**
 * One line of what CLUSTER NODES answers: a node as another one, or itself, sees it.
 *
 * @see https://redis.io/docs/latest/commands/cluster-nodes/
 */
export interface ClusterNode {
  id: string
  /** Such as `myself`, `master`, `slave`, `fail?` for suspected and `fail` for agreed to be down. */
  flags: string[]
  /** Whose replica it is; `-` for a primary. */
  primaryId: string
  /** Of two that claim the same slots, the later epoch is right. */
  epoch: number
  /** Whether the node that was asked has a connection to it. */
  isConnected: boolean
  /** Ranges such as `0-5461`, separated by spaces; empty for a replica. */
  slots: string
}

/** All nodes as the server sees them that gave this answer, itself included. */
export function parseClusterNodes(answer: RedisAnswer): ClusterNode[] {
  return String(answer).trim().split('\n').map(parseNode)
}

function parseNode(line: string): ClusterNode {
  const [id = '', , flags = '', primaryId = '', , , epoch, link, ...slots] = line.split(' ')

  return {
    id,
    flags: flags.split(','),
    primaryId,
    epoch: Number(epoch),
    isConnected: link === 'connected',
    slots: slots.join(' ')
  }
}
