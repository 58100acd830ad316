import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { writeOnceATurn } from '../src/redis/write-once-a-turn.ts'

it('what is written in one turn arrives at once, and what is written later as well', async () => {
  const { client, arrivals } = await connectedPair()

  client.write('a')
  await Promise.resolve()
  client.write('b')
  process.nextTick(() => client.write('c'))
  await expect.poll(() => arrivals).toEqual(['abc'])

  client.write('d')
  await nextTurn()
  await expect.poll(() => arrivals).toEqual(['abc', 'd'])
})

it('what is written right before the end arrives', async () => {
  const { client, arrivals } = await connectedPair()

  client.write('last')
  client.end()
  await expect.poll(() => arrivals).toEqual(['last'])
})

it('a socket that is destroyed in the turn stays so', async () => {
  const { client, arrivals } = await connectedPair()

  client.write('never')
  client.destroy()
  await once(client, 'close')
  await nextTurn()
  expect(arrivals).toEqual([])
})

async function connectedPair(): Promise<{ client: Socket; arrivals: string[] }> {
  const arrivals: string[] = []
  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (text: string) => arrivals.push(text))
  })

  await once(server.listen(0, '127.0.0.1'), 'listening')

  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')

  await once(client, 'connect')
  writeOnceATurn(client)
  onTestFinished(() => {
    client.destroy()
    server.close()
  })

  return { client, arrivals }
}
