import type { DialectRules, Request, Response } from '@rendezvous-cluster/rendezvous'
import type { ReceivedResponse } from './received-response.ts'

/** One rendezvous protocol: its id, its rules and its bytes. Chosen by the negotiated id only. */
export interface Dialect {
  /** Short name, as in `--protocols` and in metric labels. */
  name: string
  /** The libp2p protocol id. */
  protocol: string
  rules: DialectRules
  /** Whether a peer can end its registrations. */
  hasUnregister: boolean

  /**
   * Reads a request from a frame without its length prefix.
   *
   * @throws MalformedMessageError when the stream has to end without an answer
   */
  decodeRequest(frame: Uint8Array): Request

  /** Writes a response, with its length prefix, in at most `RESPONSE_FRAME_BYTES_MAX` bytes. */
  encodeResponse(response: Response): Uint8Array

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
