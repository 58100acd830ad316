/** Markup that may be sent as it is. Made by {@link html} only. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = Html | string | number | false | undefined | readonly Part[]

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

/** Tags a template of markup: what is put in is escaped, unless it is markup itself, and lists are joined. */
export function html(markup: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(markup.map((text, index) => text + toText(parts[index])).join(''))
}

function toText(part: Part): string {
  if (part == null || part === false) {
    return ''
  }

  if (part instanceof Html) {
    return part.text
  }

  return Array.isArray(part)
    ? part.map(toText).join('')
    : String(part).replace(/[&<>"']/g, (character) => ESCAPES[character] as string)
}
