/** Servers share this core, so that what they take is not what others take from them. */
export const SERVER_CORE = 0

/** Load and Redis have the other. */
export const LOAD_CORE = 1
