import { escaped } from './html.ts'
import type { OpenApi } from './openapi.ts'

/** The reference of the API as a page: HTML alone, so that it shows under any policy and without a network. */
export const referenceFrom = ({ info, paths = {} }: OpenApi): string => {
  const sections = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item ?? {}).map(([method, operation]) => operationHtml(method, path, operation)),
  )
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>API · ${escaped(info.title)}</title></head>
<body><h1>${escaped(info.title)} API</h1><p>${escaped(info.description ?? '')}</p>
<p><a href="openapi.json">openapi.json</a> is the same for programs (OpenAPI 3.1).</p>
${sections.join('\n')}
</body></html>
`
}

type Parameter = { readonly name?: string; readonly in?: string; readonly description?: string; readonly schema?: unknown }
type Operation = {
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>
}

const operationHtml = (
  method: string,
  path: string,
  { summary = '', description = '', parameters = [], responses = {} }: Operation,
): string =>
  `<h2>${escaped(method.toUpperCase())} <code>${escaped(path)}</code></h2>
<p>${escaped(summary)}. ${escaped(description)}</p>
${parameters.length === 0 ? '' : `<table><tr><th>Parameter</th><th>In</th><th></th></tr>${parameters.map(parameterHtml).join('')}</table>`}
<table><tr><th>Answer</th><th></th></tr>${Object.entries(responses)
    .map(([status, answer]) => `<tr><td>${escaped(status)}</td><td>${escaped(answer.description ?? '')}</td></tr>`)
    .join('')}</table>`

const parameterHtml = ({ name = '', in: place = '', description = '', schema }: Parameter): string =>
  `<tr><td><code>${escaped(name)}</code></td><td>${escaped(place)}</td><td>${escaped(description)} <code>${escaped(JSON.stringify(schema ?? {}))}</code></td></tr>`
