/**
 * Creates a file that must not be there yet.
 *
 * @param create - rejects with code EEXIST when it is
 * @throws Error that says what to do instead
 */
export async function createNewFile<T>(
  path: string,
  create: (path: string) => Promise<T>
): Promise<T> {
  try {
    return await create(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new Error(`${path} exists already and is never replaced: choose another path`)
    }

    throw error
  }
}
