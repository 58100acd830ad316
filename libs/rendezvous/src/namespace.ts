import { toString as uint8ArrayToString } from 'uint8arrays/to-string'
import { InvalidNamespaceError } from './errors.ts'
import { NAMESPACE_BYTES_MAX } from './limits.ts'

/** What peers register under. Bytes, not text: Waku's static shards are binary. */
export class Namespace {
  /** 1 to {@link NAMESPACE_BYTES_MAX} bytes. */
  readonly bytes: Uint8Array

  /** The bytes as a string of code points 0-255: equal exactly when the bytes are equal. */
  readonly key: string

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.key = uint8ArrayToString(bytes, 'latin1')
  }

  /**
   * @param bytesMax - what the dialect allows, at most {@link NAMESPACE_BYTES_MAX}
   * @throws InvalidNamespaceError when empty ("unspecified namespace") or longer ("namespace too long")
   */
  static parse(bytes: Uint8Array | undefined, bytesMax: number = NAMESPACE_BYTES_MAX): Namespace {
    if (bytes == null || bytes.byteLength === 0) {
      throw new InvalidNamespaceError('unspecified namespace')
    }

    if (bytes.byteLength > Math.min(bytesMax, NAMESPACE_BYTES_MAX)) {
      throw new InvalidNamespaceError('namespace too long')
    }

    return new Namespace(bytes)
  }

  /** The namespace of a text, encoded as UTF-8. Throws as {@link Namespace.parse} does. */
  static fromText(text: string): Namespace {
    return Namespace.parse(new TextEncoder().encode(text))
  }
}
