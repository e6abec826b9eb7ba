import { Lexer, type Token, type Tokens } from 'marked'

const tags: Readonly<Record<string, string>> = {
  paragraph: 'p',
  blockquote: 'blockquote',
  strong: 'strong',
  em: 'em',
  del: 'del',
  hr: 'hr',
  br: 'br',
  codespan: 'code',
  list_item: 'li',
}

/**
 * Markdown as nodes made one by one: no HTML is ever parsed, so that none of what was written can run or load. HTML and
 * images are shown as they were written; links open elsewhere and say nothing of us. Throws where it is nested too deep.
 */
export const markdownNodes = (text: string): DocumentFragment => {
  const all = document.createDocumentFragment()
  all.append(...nodesOf(new Lexer({ gfm: true }).lex(text)))
  return all
}

const nodesOf = (tokens: readonly Token[]): readonly Node[] => tokens.flatMap(token => nodeOf(token) ?? [])

const element = (tag: string, children: readonly (Node | string)[], attributes: Readonly<Record<string, string>> = {}): HTMLElement => {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

const nodeOf = (token: Token): Node | undefined => {
  if (token.type === 'space' || token.type === 'def') return undefined
  if (token.type === 'checkbox') return new Text(token.checked ? '☑ ' : '☐ ')
  if (token.type === 'code') return element('pre', [element('code', [token.text])], { tabindex: '0' })
  if (token.type === 'list') return listOf(token.ordered, token.start, token.items)
  if (token.type === 'table') return tableOf([token.header, ...token.rows])
  // A heading of the page's own stands above it.
  if (token.type === 'heading') return element(`h${Math.min(6, token.depth + 3)}`, nodesOf(token.tokens ?? []))
  if (token.type === 'link' && /^(https?:|mailto:)/i.test(token.href)) return linkOf(token.href, token.tokens ?? [])
  if (token.type === 'html' || token.type === 'image' || token.type === 'link') return new Text(token.raw)
  const tag = tags[token.type] ?? 'span'
  if ('tokens' in token && token.tokens !== undefined) return element(tag, nodesOf(token.tokens))
  return element(tag, 'text' in token ? [unescaped(token.text)] : [])
}

const linkOf = (href: string, tokens: readonly Token[]): Node =>
  element('a', nodesOf(tokens), { href, target: '_blank', rel: 'noopener noreferrer nofollow' })

const listOf = (ordered: boolean, start: number | '', items: readonly Tokens.ListItem[]): Node =>
  element(ordered ? 'ol' : 'ul', nodesOf([...items]), ordered ? { start: String(start) } : {})

const tableOf = ([head = [], ...rows]: readonly (readonly Tokens.TableCell[])[]): Node => {
  const row = (cells: readonly Tokens.TableCell[], tag: string): Node =>
    element(
      'tr',
      cells.map(cell => element(tag, nodesOf(cell.tokens))),
    )
  return element('table', [
    element('thead', [row(head, 'th')]),
    element(
      'tbody',
      rows.map(cells => row(cells, 'td')),
    ),
  ])
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&nbsp;': '\u00a0',
}

const unescaped = (text: string): string => text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, it => entities[it] ?? it)
