import { fastifySSE } from '@fastify/sse'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { StatusOverview } from './sidecar.ts'

/** How often listeners are told by default, in milliseconds. */
const EVERY_MS = 2000

/** Most listeners at a time: each is an open page. */
export const LISTENERS_MAX = 50

/** Events in a row that a listener may leave unread before it is let go: half a minute's. */
const UNREAD_MAX = 15

interface Listener {
  reply: FastifyReply
  unread: number
  isSending: boolean
}

/** Tells open pages what `/api/v1/status` says, as server-sent events: at first with the history, then without. */
export class StatusEvents {
  readonly #status: () => StatusOverview
  readonly #everyMs: number
  readonly #listeners = new Set<Listener>()
  #timer?: NodeJS.Timeout

  constructor(status: () => StatusOverview, everyMs: number = EVERY_MS) {
    this.#status = status
    this.#everyMs = everyMs
  }

  /** Adds `/api/v1/events`. */
  serve(sidecar: FastifyInstance): void {
    sidecar.register(fastifySSE, { heartbeatInterval: 0 }).after(() => {
      // A HEAD would take a listener's place and have no answer: headers go out with the first event.
      const options = { sse: 'only', exposeHeadRoute: false } as const

      sidecar.get('/api/v1/events', options, async (_request, reply) => {
        if (this.#listeners.size >= LISTENERS_MAX) {
          return reply
            .code(503)
            .header('retry-after', '30')
            .send({
              error: `${LISTENERS_MAX} listeners are served at a time: ask for /api/v1/status instead`
            })
        }

        reply.sse.keepAlive()
        this.#add(reply)
      })
    })

    sidecar.addHook('preClose', async () => clearInterval(this.#timer))
  }

  #add(reply: FastifyReply): void {
    const listener: Listener = { reply, unread: 0, isSending: false }

    this.#listeners.add(listener)
    reply.sse.onClose(() => this.#remove(listener))
    this.#timer ??= setInterval(() => this.#tellAll(), this.#everyMs)
    this.#tell(listener, this.#status())
  }

  #remove(listener: Listener): void {
    this.#listeners.delete(listener)

    if (this.#listeners.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #tellAll(): void {
    const { history: _history, ...overview } = this.#status()

    for (const listener of this.#listeners) {
      this.#tell(listener, overview)
    }
  }

  /** Leaves out who has not read the last one: what is not read must not pile up. */
  #tell(listener: Listener, data: object): void {
    if (listener.isSending) {
      listener.unread++

      if (listener.unread > UNREAD_MAX) {
        listener.reply.raw.destroy()
      }

      return
    }

    listener.isSending = true
    listener.reply.sse
      .send({ data })
      .then(() => {
        listener.isSending = false
        listener.unread = 0
      })
      // It has closed in between, and is removed for that.
      .catch(() => {})
  }
}
