import { decodeMessage, encodeMessage, enumeration, MaxLengthError, message, streamMessage } from 'protons-runtime'
import type { Codec, DecodeOptions } from 'protons-runtime'
import type { Uint8ArrayList } from 'uint8arraylist'

export interface WakuMessage {
  type?: WakuMessage.MessageType
  register?: WakuRegister
  registerResponse?: WakuRegisterResponse
  discover?: WakuDiscover
  discoverResponse?: WakuDiscoverResponse
}

export namespace WakuMessage {
  export enum MessageType {
    REGISTER = 'REGISTER',
    REGISTER_RESPONSE = 'REGISTER_RESPONSE',
    DISCOVER = 'DISCOVER',
    DISCOVER_RESPONSE = 'DISCOVER_RESPONSE'
  }

  enum __MessageTypeValues {
    REGISTER = 0,
    REGISTER_RESPONSE = 1,
    DISCOVER = 2,
    DISCOVER_RESPONSE = 3
  }

  export namespace MessageType {
    export const codec = (): Codec<MessageType> => {
      return enumeration<MessageType>(__MessageTypeValues)
    }
  }

  let _codec: Codec<WakuMessage>

  export const codec = (): Codec<WakuMessage> => {
    if (_codec == null) {
      _codec = message<WakuMessage>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.type != null) {
          w.uint32(8)
          WakuMessage.MessageType.codec().encode(obj.type, w)
        }

        if (obj.register != null) {
          w.uint32(18)
          WakuRegister.codec().encode(obj.register, w)
        }

        if (obj.registerResponse != null) {
          w.uint32(26)
          WakuRegisterResponse.codec().encode(obj.registerResponse, w)
        }

        if (obj.discover != null) {
          w.uint32(34)
          WakuDiscover.codec().encode(obj.discover, w)
        }

        if (obj.discoverResponse != null) {
          w.uint32(42)
          WakuDiscoverResponse.codec().encode(obj.discoverResponse, w)
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
              obj.type = WakuMessage.MessageType.codec().decode(reader)
              break
            }
            case 2: {
              obj.register = WakuRegister.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.register
              })
              break
            }
            case 3: {
              obj.registerResponse = WakuRegisterResponse.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.registerResponse
              })
              break
            }
            case 4: {
              obj.discover = WakuDiscover.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.discover
              })
              break
            }
            case 5: {
              obj.discoverResponse = WakuDiscoverResponse.codec().decode(reader, reader.uint32(), {
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
                value: WakuMessage.MessageType.codec().decode(reader)
              }
              break
            }
            case 2: {
              yield * WakuRegister.codec().stream(reader, reader.uint32(), `${prefix}.register`, {
                limits: opts.limits?.register
              })

              break
            }
            case 3: {
              yield * WakuRegisterResponse.codec().stream(reader, reader.uint32(), `${prefix}.registerResponse`, {
                limits: opts.limits?.registerResponse
              })

              break
            }
            case 4: {
              yield * WakuDiscover.codec().stream(reader, reader.uint32(), `${prefix}.discover`, {
                limits: opts.limits?.discover
              })

              break
            }
            case 5: {
              yield * WakuDiscoverResponse.codec().stream(reader, reader.uint32(), `${prefix}.discoverResponse`, {
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

  export interface WakuMessageTypeFieldEvent {
    field: '$.type'
    value: WakuMessage.MessageType
  }

  export interface WakuMessageRegisterNsFieldEvent {
    field: '$.register.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface WakuMessageRegisterSignedPeerRecordFieldEvent {
    field: '$.register.signedPeerRecord'
    value: Uint8Array<ArrayBuffer>
  }

  export interface WakuMessageRegisterTtlFieldEvent {
    field: '$.register.ttl'
    value: bigint
  }

  export interface WakuMessageRegisterResponseStatusFieldEvent {
    field: '$.registerResponse.status'
    value: number
  }

  export interface WakuMessageRegisterResponseStatusTextFieldEvent {
    field: '$.registerResponse.statusText'
    value: string
  }

  export interface WakuMessageRegisterResponseTtlFieldEvent {
    field: '$.registerResponse.ttl'
    value: bigint
  }

  export interface WakuMessageDiscoverNsFieldEvent {
    field: '$.discover.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface WakuMessageDiscoverLimitFieldEvent {
    field: '$.discover.limit'
    value: bigint
  }

  export interface WakuMessageDiscoverResponseRegistrationsNsFieldEvent {
    field: '$.discoverResponse.registrations[].ns'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface WakuMessageDiscoverResponseRegistrationsSignedPeerRecordFieldEvent {
    field: '$.discoverResponse.registrations[].signedPeerRecord'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface WakuMessageDiscoverResponseRegistrationsTtlFieldEvent {
    field: '$.discoverResponse.registrations[].ttl'
    value: bigint
    index: number
  }

  export interface WakuMessageDiscoverResponseStatusFieldEvent {
    field: '$.discoverResponse.status'
    value: number
  }

  export interface WakuMessageDiscoverResponseStatusTextFieldEvent {
    field: '$.discoverResponse.statusText'
    value: string
  }

  export function encode (obj: Partial<WakuMessage>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, WakuMessage.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuMessage>): WakuMessage {
    return decodeMessage(buf, WakuMessage.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuMessage>): Generator<WakuMessageTypeFieldEvent | WakuMessageRegisterNsFieldEvent | WakuMessageRegisterSignedPeerRecordFieldEvent | WakuMessageRegisterTtlFieldEvent | WakuMessageRegisterResponseStatusFieldEvent | WakuMessageRegisterResponseStatusTextFieldEvent | WakuMessageRegisterResponseTtlFieldEvent | WakuMessageDiscoverNsFieldEvent | WakuMessageDiscoverLimitFieldEvent | WakuMessageDiscoverResponseRegistrationsNsFieldEvent | WakuMessageDiscoverResponseRegistrationsSignedPeerRecordFieldEvent | WakuMessageDiscoverResponseRegistrationsTtlFieldEvent | WakuMessageDiscoverResponseStatusFieldEvent | WakuMessageDiscoverResponseStatusTextFieldEvent> {
    return streamMessage(buf, WakuMessage.codec(), opts)
  }
}

export interface WakuRegister {
  ns?: Uint8Array<ArrayBuffer>
  signedPeerRecord?: Uint8Array<ArrayBuffer>
  ttl?: bigint
}

export namespace WakuRegister {
  let _codec: Codec<WakuRegister>

  export const codec = (): Codec<WakuRegister> => {
    if (_codec == null) {
      _codec = message<WakuRegister>((obj, w, opts = {}) => {
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
          w.int64(obj.ttl)
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
              obj.ttl = reader.int64()
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
                value: reader.int64()
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

  export interface WakuRegisterNsFieldEvent {
    field: '$.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface WakuRegisterSignedPeerRecordFieldEvent {
    field: '$.signedPeerRecord'
    value: Uint8Array<ArrayBuffer>
  }

  export interface WakuRegisterTtlFieldEvent {
    field: '$.ttl'
    value: bigint
  }

  export function encode (obj: Partial<WakuRegister>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, WakuRegister.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuRegister>): WakuRegister {
    return decodeMessage(buf, WakuRegister.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuRegister>): Generator<WakuRegisterNsFieldEvent | WakuRegisterSignedPeerRecordFieldEvent | WakuRegisterTtlFieldEvent> {
    return streamMessage(buf, WakuRegister.codec(), opts)
  }
}

export interface WakuRegisterResponse {
  status?: number
  statusText?: string
  ttl?: bigint
}

export namespace WakuRegisterResponse {
  let _codec: Codec<WakuRegisterResponse>

  export const codec = (): Codec<WakuRegisterResponse> => {
    if (_codec == null) {
      _codec = message<WakuRegisterResponse>((obj, w, opts = {}) => {
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
          w.int64(obj.ttl)
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
              obj.ttl = reader.int64()
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
                value: reader.int64()
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

  export interface WakuRegisterResponseStatusFieldEvent {
    field: '$.status'
    value: number
  }

  export interface WakuRegisterResponseStatusTextFieldEvent {
    field: '$.statusText'
    value: string
  }

  export interface WakuRegisterResponseTtlFieldEvent {
    field: '$.ttl'
    value: bigint
  }

  export function encode (obj: Partial<WakuRegisterResponse>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, WakuRegisterResponse.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuRegisterResponse>): WakuRegisterResponse {
    return decodeMessage(buf, WakuRegisterResponse.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuRegisterResponse>): Generator<WakuRegisterResponseStatusFieldEvent | WakuRegisterResponseStatusTextFieldEvent | WakuRegisterResponseTtlFieldEvent> {
    return streamMessage(buf, WakuRegisterResponse.codec(), opts)
  }
}

export interface WakuDiscover {
  ns?: Uint8Array<ArrayBuffer>
  limit?: bigint
}

export namespace WakuDiscover {
  let _codec: Codec<WakuDiscover>

  export const codec = (): Codec<WakuDiscover> => {
    if (_codec == null) {
      _codec = message<WakuDiscover>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.ns != null) {
          w.uint32(10)
          w.bytes(obj.ns)
        }

        if (obj.limit != null) {
          w.uint32(16)
          w.int64(obj.limit)
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
              obj.limit = reader.int64()
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
                value: reader.int64()
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

  export interface WakuDiscoverNsFieldEvent {
    field: '$.ns'
    value: Uint8Array<ArrayBuffer>
  }

  export interface WakuDiscoverLimitFieldEvent {
    field: '$.limit'
    value: bigint
  }

  export function encode (obj: Partial<WakuDiscover>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, WakuDiscover.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuDiscover>): WakuDiscover {
    return decodeMessage(buf, WakuDiscover.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuDiscover>): Generator<WakuDiscoverNsFieldEvent | WakuDiscoverLimitFieldEvent> {
    return streamMessage(buf, WakuDiscover.codec(), opts)
  }
}

export interface WakuDiscoverResponse {
  registrations: WakuRegister[]
  status?: number
  statusText?: string
}

export namespace WakuDiscoverResponse {
  let _codec: Codec<WakuDiscoverResponse>

  export const codec = (): Codec<WakuDiscoverResponse> => {
    if (_codec == null) {
      _codec = message<WakuDiscoverResponse>((obj, w, opts = {}) => {
        if (opts.lengthDelimited !== false) {
          w.fork()
        }

        if (obj.registrations != null && obj.registrations.length > 0) {
          for (const value of obj.registrations) {
            w.uint32(10)
            WakuRegister.codec().encode(value, w)
          }
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

              obj.registrations.push(WakuRegister.codec().decode(reader, reader.uint32(), {
                limits: opts.limits?.registrations$
              }))
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

              for (const evt of WakuRegister.codec().stream(reader, reader.uint32(), `${prefix}.registrations[]`, {
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

  export interface WakuDiscoverResponseRegistrationsNsFieldEvent {
    field: '$.registrations[].ns'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface WakuDiscoverResponseRegistrationsSignedPeerRecordFieldEvent {
    field: '$.registrations[].signedPeerRecord'
    value: Uint8Array<ArrayBuffer>
    index: number
  }

  export interface WakuDiscoverResponseRegistrationsTtlFieldEvent {
    field: '$.registrations[].ttl'
    value: bigint
    index: number
  }

  export interface WakuDiscoverResponseStatusFieldEvent {
    field: '$.status'
    value: number
  }

  export interface WakuDiscoverResponseStatusTextFieldEvent {
    field: '$.statusText'
    value: string
  }

  export function encode (obj: Partial<WakuDiscoverResponse>): Uint8Array<ArrayBuffer> {
    return encodeMessage(obj, WakuDiscoverResponse.codec())
  }

  export function decode (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuDiscoverResponse>): WakuDiscoverResponse {
    return decodeMessage(buf, WakuDiscoverResponse.codec(), opts)
  }

  export function stream (buf: Uint8Array | Uint8ArrayList, opts?: DecodeOptions<WakuDiscoverResponse>): Generator<WakuDiscoverResponseRegistrationsNsFieldEvent | WakuDiscoverResponseRegistrationsSignedPeerRecordFieldEvent | WakuDiscoverResponseRegistrationsTtlFieldEvent | WakuDiscoverResponseStatusFieldEvent | WakuDiscoverResponseStatusTextFieldEvent> {
    return streamMessage(buf, WakuDiscoverResponse.codec(), opts)
  }
}
