/**
 * Puts a text on the clipboard. Pages that come by plain HTTP from another machine have no clipboard of their own, but
 * may copy what is selected.
 *
 * @returns whether it is there
 */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard != null) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false
    )
  }

  const field = document.createElement('textarea')

  field.value = text
  field.className = 'off-screen'
  document.body.append(field)
  field.select()

  const wasCopied = document.execCommand('copy')

  field.remove()

  return wasCopied
}
