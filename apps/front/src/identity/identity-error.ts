/** A node's key can't be had from where the settings say. */
export class IdentityError extends Error {
  override name = 'IdentityError'
}
