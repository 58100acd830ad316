import { expect } from 'vitest'
import { findPyProgram, pyPackageVersion } from './support/py-program.ts'
import {
  testUnsignedRecordClient,
  testUnsignedRecordServer,
  type UnsignedRecordPeer
} from './support/unsigned-record-tests.ts'

const E_NOT_AUTHORIZED = 200

const py: UnsignedRecordPeer = {
  implementation: 'py-libp2p',
  version: await pyPackageVersion('libp2p'),
  program: await findPyProgram(),
  // It takes the public key in the envelope for a peer id, and the payload type for an address.
  expectSignedRecords: (answer) => {
    expect(answer).toMatchObject({ event: 'refused', status: -1 })
    expect(answer.statusText).toContain('Invalid binary MultiAddr')
  },
  refusal: { status: E_NOT_AUTHORIZED, message: 'Peer can only register itself' },
  unregister: 'with id'
}

testUnsignedRecordClient(py)
testUnsignedRecordServer(py)
