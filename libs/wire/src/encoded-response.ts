/** A response as it is sent. */
export interface EncodedResponse {
  /** With its length prefix. */
  frame: Uint8Array
  /** Of a DISCOVER: how many registrations are in it. Those that did not fit are not. */
  registrationCount?: number
}
