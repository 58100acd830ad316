import type { DialectRules, Request, Response } from '@rendezvous-cluster/rendezvous'
import type { EncodedResponse } from './encoded-response.ts'
import type { ReceivedResponse } from './received-response.ts'

/** What a client speaks of a rendezvous protocol: its id, its rules, and its own bytes. */
export interface ClientDialect {
  /** Short name, as in `--protocols` and in metric labels. */
  name: string
  /** The libp2p protocol id. */
  protocol: string
  rules: DialectRules
  /** Whether a peer can end its registrations. */
  hasUnregister: boolean

  /**
   * Writes a request, with its length prefix.
   *
   * @throws TypeError for a kind of request that the dialect does not have
   */
  encodeRequest(request: Request): Uint8Array

  /**
   * Reads a response from a frame without its length prefix.
   *
   * @throws MalformedMessageError
   */
  decodeResponse(frame: Uint8Array): ReceivedResponse
}

/** A rendezvous protocol from both sides. Chosen by the negotiated id only. */
export interface Dialect extends ClientDialect {
  /**
   * Reads a request from a frame without its length prefix.
   *
   * @throws MalformedMessageError when the stream has to end without an answer
   */
  decodeRequest(frame: Uint8Array): Request

  /** Writes a response, in at most `RESPONSE_FRAME_BYTES_MAX` bytes with its length prefix. */
  encodeResponse(response: Response): EncodedResponse
}
