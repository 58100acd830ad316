import { expect } from 'vitest'
import { findGoProgram, goModuleVersion } from './support/go-program.ts'
import {
  testUnsignedRecordClient,
  testUnsignedRecordServer,
  type UnsignedRecordPeer
} from './support/unsigned-record-tests.ts'

const IMPLEMENTATION = 'berty/go-libp2p-rendezvous'
const E_INVALID_PEER_INFO = 101

const berty: UnsignedRecordPeer = {
  implementation: IMPLEMENTATION,
  version: await goModuleVersion('go-berty', IMPLEMENTATION),
  program: await findGoProgram('go-berty'),
  // It leaves out what it does not understand, and keeps the cookie.
  expectSignedRecords: (answer) => {
    expect(answer).toMatchObject({ event: 'discovered', status: 0 })
    expect(answer.registrations ?? []).toEqual([])
    expect(answer.cookie).toEqual(expect.any(String))
  },
  refusal: { status: E_INVALID_PEER_INFO, message: 'bad peer id' },
  unregister: 'without id'
}

testUnsignedRecordClient(berty)
testUnsignedRecordServer(berty)
