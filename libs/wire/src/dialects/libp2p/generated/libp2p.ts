import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface Libp2pMessage {
  type?: Libp2pMessage.MessageType
  register?: Libp2pRegister
  registerResponse?: Libp2pRegisterResponse
  unregister?: Libp2pUnregister
  discover?: Libp2pDiscover
  discoverResponse?: Libp2pDiscoverResponse
}

export namespace Libp2pMessage {
  export enum MessageType {
    REGISTER = 'REGISTER',
    REGISTER_RESPONSE = 'REGISTER_RESPONSE',
    UNREGISTER = 'UNREGISTER',
    DISCOVER = 'DISCOVER',
    DISCOVER_RESPONSE = 'DISCOVER_RESPONSE'
  }

  enum __MessageTypeValues {
    REGISTER = 0,
    REGISTER_RESPONSE = 1,
    UNREGISTER = 2,
    DISCOVER = 3,
    DISCOVER_RESPONSE = 4
  }

  export namespace MessageType {
    export const codec = (): Codec<MessageType> => {
      return enumeration<MessageType>(__MessageTypeValues)
    }
  }

  let _codec: Codec<Libp2pMessage>

  export const codec = (): Codec<Libp2pMessage> => {
    if (_codec == null) {
      _codec = message<Libp2pMessage>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.type != null) {
          w.uint32(8)
          Libp2pMessage.MessageType.codec().encode(obj.type, w)
        }

        if (obj.register != null) {
          w.uint32(18)
          Libp2pRegister.codec().encode(obj.register, w)
        }

        if (obj.registerResponse != null) {
          w.uint32(26)
          Libp2pRegisterResponse.codec().encode(obj.registerResponse, w)
        }

        if (obj.unregister != null) {
          w.uint32(34)
          Libp2pUnregister.codec().encode(obj.unregister, w)
        }

        if (obj.discover != null) {
          w.uint32(42)
          Libp2pDiscover.codec().encode(obj.discover, w)
        }

        if (obj.discoverResponse != null) {
          w.uint32(50)
          Libp2pDiscoverResponse.codec().encode(obj.discoverResponse, w)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.type = Libp2pMessage.MessageType.codec().decode(reader)
              break
            }
            case 2: {
              obj.register = Libp2pRegister.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.register
              })
              break
            }
            case 3: {
              obj.registerResponse = Libp2pRegisterResponse.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.registerResponse
              })
              break
            }
            case 4: {
              obj.unregister = Libp2pUnregister.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.unregister
              })
              break
            }
            case 5: {
              obj.discover = Libp2pDiscover.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.discover
              })
              break
            }
            case 6: {
              obj.discoverResponse = Libp2pDiscoverResponse.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.discoverResponse
              })
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.type`,
                value: Libp2pMessage.MessageType.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield * Libp2pRegister.codec().stream(reader, reader.uint32(), `${prefix}.register`, {
                limits: opts.limits?.register
              })

              break
            }
            case 3: {
              yield * Libp2pRegisterResponse.codec().stream(reader, reader.uint32(), `${prefix}.registerResponse`, {
                limits: opts.limits?.registerResponse
              })

              break
            }
            case 4: {
              yield * Libp2pUnregister.codec().stream(reader, reader.uint32(), `${prefix}.unregister`, {
                limits: opts.limits?.unregister
              })

              break
            }
            case 5: {
              yield * Libp2pDiscover.codec().stream(reader, reader.uint32(), `${prefix}.discover`, {
                limits: opts.limits?.discover
              })

              break
            }
            case 6: {
              yield * Libp2pDiscoverResponse.codec().stream(reader, reader.uint32(), `${prefix}.discoverResponse`, {
                limits: opts.limits?.discoverResponse
              })

              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface Libp2pMessageTypeFieldEvent {
    field: '$.type'
    value: Libp2pMessage.MessageType
  }

  export interface Libp2pMessageRegisterNsFieldEvent {
    field: '$.register.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pMessageRegisterSignedPeerRecordFieldEvent {
    field: '$.register.signedPeerRecord'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pMessageRegisterTtlFieldEvent {
    field: '$.register.ttl'
    value: bigint
  }

  export interface Libp2pMessageRegisterResponseStatusFieldEvent {
    field: '$.registerResponse.status'
    value: number
  }

  export interface Libp2pMessageRegisterResponseStatusTextFieldEvent {
    field: '$.registerResponse.statusText'
    value: string
  }

  export interface Libp2pMessageRegisterResponseTtlFieldEvent {
    field: '$.registerResponse.ttl'
    value: bigint
  }

  export interface Libp2pMessageUnregisterNsFieldEvent {
    field: '$.unregister.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pMessageUnregisterIdFieldEvent {
    field: '$.unregister.id'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pMessageDiscoverNsFieldEvent {
    field: '$.discover.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pMessageDiscoverLimitFieldEvent {
    field: '$.discover.limit'
    value: bigint
  }

  export interface Libp2pMessageDiscoverCookieFieldEvent {
    field: '$.discover.cookie'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pMessageDiscoverResponseRegistrationsNsFieldEvent {
    field: '$.discoverResponse.registrations[].ns'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface Libp2pMessageDiscoverResponseRegistrationsSignedPeerRecordFieldEvent {
    field: '$.discoverResponse.registrations[].signedPeerRecord'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface Libp2pMessageDiscoverResponseRegistrationsTtlFieldEvent {
    field: '$.discoverResponse.registrations[].ttl'
    value: bigint
    index: number
  }

  export interface Libp2pMessageDiscoverResponseCookieFieldEvent {
    field: '$.discoverResponse.cookie'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pMessageDiscoverResponseStatusFieldEvent {
    field: '$.discoverResponse.status'
    value: number
  }

  export interface Libp2pMessageDiscoverResponseStatusTextFieldEvent {
    field: '$.discoverResponse.statusText'
    value: string
  }

  export function encode (obj: Partial<Libp2pMessage>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Libp2pMessage.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pMessage>): Libp2pMessage {
    return decodeMessage(buf, Libp2pMessage.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pMessage>): Generator<Libp2pMessageTypeFieldEvent | Libp2pMessageRegisterNsFieldEvent | Libp2pMessageRegisterSignedPeerRecordFieldEvent | Libp2pMessageRegisterTtlFieldEvent | Libp2pMessageRegisterResponseStatusFieldEvent | Libp2pMessageRegisterResponseStatusTextFieldEvent | Libp2pMessageRegisterResponseTtlFieldEvent | Libp2pMessageUnregisterNsFieldEvent | Libp2pMessageUnregisterIdFieldEvent | Libp2pMessageDiscoverNsFieldEvent | Libp2pMessageDiscoverLimitFieldEvent | Libp2pMessageDiscoverCookieFieldEvent | Libp2pMessageDiscoverResponseRegistrationsNsFieldEvent | Libp2pMessageDiscoverResponseRegistrationsSignedPeerRecordFieldEvent | Libp2pMessageDiscoverResponseRegistrationsTtlFieldEvent | Libp2pMessageDiscoverResponseCookieFieldEvent | Libp2pMessageDiscoverResponseStatusFieldEvent | Libp2pMessageDiscoverResponseStatusTextFieldEvent> {
    return streamMessage(buf, Libp2pMessage.codec(), opts)
  }
}

export interface Libp2pRegister {
  ns?: Uint8Array<ArrayBuffer>
  signedPeerRecord?: Uint8Array<ArrayBuffer>
  ttl?: bigint
}

export namespace Libp2pRegister {
  let _codec: Codec<Libp2pRegister>

  export const codec = (): Codec<Libp2pRegister> => {
    if (_codec == null) {
      _codec = message<Libp2pRegister>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.ns != null) {
          w.uint32(10)
          w.bytes(obj.ns)
        }

        if (obj.signedPeerRecord != null) {
          w.uint32(18)
          w.bytes(obj.signedPeerRecord)
        }

        if (obj.ttl != null) {
          w.uint32(24)
          w.uint64(obj.ttl)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.ns = reader.bytes()
              break
            }
            case 2: {
              obj.signedPeerRecord = reader.bytes()
              break
            }
            case 3: {
              obj.ttl = reader.uint64()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.ns`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.signedPeerRecord`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.ttl`,
                value: reader.uint64()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface Libp2pRegisterNsFieldEvent {
    field: '$.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pRegisterSignedPeerRecordFieldEvent {
    field: '$.signedPeerRecord'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pRegisterTtlFieldEvent {
    field: '$.ttl'
    value: bigint
  }

  export function encode (obj: Partial<Libp2pRegister>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Libp2pRegister.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pRegister>): Libp2pRegister {
    return decodeMessage(buf, Libp2pRegister.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pRegister>): Generator<Libp2pRegisterNsFieldEvent | Libp2pRegisterSignedPeerRecordFieldEvent | Libp2pRegisterTtlFieldEvent> {
    return streamMessage(buf, Libp2pRegister.codec(), opts)
  }
}

export interface Libp2pRegisterResponse {
  status?: number
  statusText?: string
  ttl?: bigint
}

export namespace Libp2pRegisterResponse {
  let _codec: Codec<Libp2pRegisterResponse>

  export const codec = (): Codec<Libp2pRegisterResponse> => {
    if (_codec == null) {
      _codec = message<Libp2pRegisterResponse>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.status != null) {
          w.uint32(8)
          w.int32(obj.status)
        }

        if (obj.statusText != null) {
          w.uint32(18)
          w.string(obj.statusText)
        }

        if (obj.ttl != null) {
          w.uint32(24)
          w.uint64(obj.ttl)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.status = reader.int32()
              break
            }
            case 2: {
              obj.statusText = reader.string()
              break
            }
            case 3: {
              obj.ttl = reader.uint64()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.status`,
                value: reader.int32()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.statusText`,
                value: reader.string()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.ttl`,
                value: reader.uint64()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface Libp2pRegisterResponseStatusFieldEvent {
    field: '$.status'
    value: number
  }

  export interface Libp2pRegisterResponseStatusTextFieldEvent {
    field: '$.statusText'
    value: string
  }

  export interface Libp2pRegisterResponseTtlFieldEvent {
    field: '$.ttl'
    value: bigint
  }

  export function encode (obj: Partial<Libp2pRegisterResponse>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Libp2pRegisterResponse.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pRegisterResponse>): Libp2pRegisterResponse {
    return decodeMessage(buf, Libp2pRegisterResponse.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pRegisterResponse>): Generator<Libp2pRegisterResponseStatusFieldEvent | Libp2pRegisterResponseStatusTextFieldEvent | Libp2pRegisterResponseTtlFieldEvent> {
    return streamMessage(buf, Libp2pRegisterResponse.codec(), opts)
  }
}

export interface Libp2pUnregister {
  ns?: Uint8Array<ArrayBuffer>
  id?: Uint8Array<ArrayBuffer>
}

export namespace Libp2pUnregister {
  let _codec: Codec<Libp2pUnregister>

  export const codec = (): Codec<Libp2pUnregister> => {
    if (_codec == null) {
      _codec = message<Libp2pUnregister>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.ns != null) {
          w.uint32(10)
          w.bytes(obj.ns)
        }

        if (obj.id != null) {
          w.uint32(18)
          w.bytes(obj.id)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.ns = reader.bytes()
              break
            }
            case 2: {
              obj.id = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.ns`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.id`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface Libp2pUnregisterNsFieldEvent {
    field: '$.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pUnregisterIdFieldEvent {
    field: '$.id'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Libp2pUnregister>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Libp2pUnregister.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pUnregister>): Libp2pUnregister {
    return decodeMessage(buf, Libp2pUnregister.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pUnregister>): Generator<Libp2pUnregisterNsFieldEvent | Libp2pUnregisterIdFieldEvent> {
    return streamMessage(buf, Libp2pUnregister.codec(), opts)
  }
}

export interface Libp2pDiscover {
  ns?: Uint8Array<ArrayBuffer>
  limit?: bigint
  cookie?: Uint8Array<ArrayBuffer>
}

export namespace Libp2pDiscover {
  let _codec: Codec<Libp2pDiscover>

  export const codec = (): Codec<Libp2pDiscover> => {
    if (_codec == null) {
      _codec = message<Libp2pDiscover>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.ns != null) {
          w.uint32(10)
          w.bytes(obj.ns)
        }

        if (obj.limit != null) {
          w.uint32(16)
          w.uint64(obj.limit)
        }

        if (obj.cookie != null) {
          w.uint32(26)
          w.bytes(obj.cookie)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {}

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              obj.ns = reader.bytes()
              break
            }
            case 2: {
              obj.limit = reader.uint64()
              break
            }
            case 3: {
              obj.cookie = reader.bytes()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              yield {
                field: `${prefix}.ns`,
                value: reader.bytes()
              }
              break
            }
            case 2: {
              yield {
                field: `${prefix}.limit`,
                value: reader.uint64()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.cookie`,
                value: reader.bytes()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface Libp2pDiscoverNsFieldEvent {
    field: '$.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pDiscoverLimitFieldEvent {
    field: '$.limit'
    value: bigint
  }

  export interface Libp2pDiscoverCookieFieldEvent {
    field: '$.cookie'
    value: Uint8Array<ArrayBuffer>
  }

  export function encode (obj: Partial<Libp2pDiscover>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Libp2pDiscover.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pDiscover>): Libp2pDiscover {
    return decodeMessage(buf, Libp2pDiscover.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pDiscover>): Generator<Libp2pDiscoverNsFieldEvent | Libp2pDiscoverLimitFieldEvent | Libp2pDiscoverCookieFieldEvent> {
    return streamMessage(buf, Libp2pDiscover.codec(), opts)
  }
}

export interface Libp2pDiscoverResponse {
  registrations: Libp2pRegister[]
  cookie?: Uint8Array<ArrayBuffer>
  status?: number
  statusText?: string
}

export namespace Libp2pDiscoverResponse {
  let _codec: Codec<Libp2pDiscoverResponse>

  export const codec = (): Codec<Libp2pDiscoverResponse> => {
    if (_codec == null) {
      _codec = message<Libp2pDiscoverResponse>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.registrations != null && obj.registrations.length > 0) {
          for (const value of obj.registrations) {
            w.uint32(10)
            Libp2pRegister.codec().encode(value, w)
          }
        }

        if (obj.cookie != null) {
          w.uint32(18)
          w.bytes(obj.cookie)
        }

        if (obj.status != null) {
          w.uint32(24)
          w.int32(obj.status)
        }

        if (obj.statusText != null) {
          w.uint32(34)
          w.string(obj.statusText)
        }

        if (opts.lengthDelimited !== false) {
          w.ldelim()
        }
      }, (reader, length, opts = {}) => {
        const obj: any = {
          registrations: []
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.registrations != null && obj.registrations.length === opts.limits.registrations) {
                throw new MaxLengthError('Decode error - repeated field "registrations" had too many elements')
              }

              obj.registrations.push(Libp2pRegister.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.registrations$
              }))
              break
            }
            case 2: {
              obj.cookie = reader.bytes()
              break
            }
            case 3: {
              obj.status = reader.int32()
              break
            }
            case 4: {
              obj.statusText = reader.string()
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }

        return obj
      }, function * (reader, length, prefix, opts = {}) {
        const obj = {
          registrations: 0
        }

        const end = length == null ? reader.len : reader.pos + length

        while (reader.pos < end) {
          const tag = reader.uint32()

          switch (tag >>> 3) {
            case 1: {
              if (opts.limits?.registrations != null && obj.registrations === opts.limits.registrations) {
                throw new MaxLengthError('Streaming decode error - repeated field "registrations" had too many elements')
              }

              for (const evt of Libp2pRegister.codec().stream(reader, reader.uint32(), `${prefix}.registrations[]`, {
                limits: opts.limits?.registrations$
              })) {
                yield {
                  ...evt,
                  index: obj.registrations
                }
              }

              obj.registrations++

              break
            }
            case 2: {
              yield {
                field: `${prefix}.cookie`,
                value: reader.bytes()
              }
              break
            }
            case 3: {
              yield {
                field: `${prefix}.status`,
                value: reader.int32()
              }
              break
            }
            case 4: {
              yield {
                field: `${prefix}.statusText`,
                value: reader.string()
              }
              break
            }
            default: {
              reader.skipType(tag & 7)
              break
            }
          }
        }
      })
    }

    return _codec
  }

  export interface Libp2pDiscoverResponseRegistrationsNsFieldEvent {
    field: '$.registrations[].ns'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface Libp2pDiscoverResponseRegistrationsSignedPeerRecordFieldEvent {
    field: '$.registrations[].signedPeerRecord'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface Libp2pDiscoverResponseRegistrationsTtlFieldEvent {
    field: '$.registrations[].ttl'
    value: bigint
    index: number
  }

  export interface Libp2pDiscoverResponseCookieFieldEvent {
    field: '$.cookie'
    value: Uint8Array<ArrayBuffer>
  }

  export interface Libp2pDiscoverResponseStatusFieldEvent {
    field: '$.status'
    value: number
  }

  export interface Libp2pDiscoverResponseStatusTextFieldEvent {
    field: '$.statusText'
    value: string
  }

  export function encode (obj: Partial<Libp2pDiscoverResponse>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, Libp2pDiscoverResponse.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pDiscoverResponse>): Libp2pDiscoverResponse {
    return decodeMessage(buf, Libp2pDiscoverResponse.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<Libp2pDiscoverResponse>): Generator<Libp2pDiscoverResponseRegistrationsNsFieldEvent | Libp2pDiscoverResponseRegistrationsSignedPeerRecordFieldEvent | Libp2pDiscoverResponseRegistrationsTtlFieldEvent | Libp2pDiscoverResponseCookieFieldEvent | Libp2pDiscoverResponseStatusFieldEvent | Libp2pDiscoverResponseStatusTextFieldEvent> {
    return streamMessage(buf, Libp2pDiscoverResponse.codec(), opts)
  }
}
