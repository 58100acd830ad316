/** When a node answers from a copy of a namespace, and how often it reads what is in Redis; for planning, too. */

/** How long a copy of a whole namespace answers, in milliseconds, until it is read what has changed. */
export const WHOLE_FRESH_MS = 50

/** How long a registration drawn from a large namespace answers, in milliseconds. */
export const PART_FRESH_MS = 750

/** Draws that a pool of a large namespace is made of. One is replaced at a time. */
export const PARTS = 8

/** Up to this many live registrations a copy is the whole namespace. */
export const WHOLE_MAX = 5000

/** Registrations of a draw, give or take a window. */
export const PART_SIZE = 250

/** Most registrations drawn in Redis for one answer, which holds it up for some 0.2 ms then. */
export const DRAWN_MAX = 100

/** Changes that are read by one script, which holds Redis up for about half a millisecond then; with more all is read. */
export const CHANGES_MAX = 250

/** Drawn one by one, registrations cost about twice as much as copied together. */
export const COST_OF_DRAWING = 2

/** In milliseconds, how long what is asked of a namespace counts for a copy that is kept: it pays within that time. */
export const PAYS_MS = 10_000

/** Most namespaces that are copied, and that are remembered to tell whether a copy pays: some 5 MB of the latter. */
export const POOLS_MAX = 20_000

/** Bytes of bookkeeping counted for each of them: many may be of namespaces that nobody registered in. */
export const POOL_BYTES = 1024

/** Of the bytes that copies may take, how many are for new ones, as long as all others are in use. */
export const ROOM = 0.9
