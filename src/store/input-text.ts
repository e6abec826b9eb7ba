/** What people call the sentence an agent is given, the likeliest first. */
const names = [
  'input',
  'question',
  'query',
  'prompt',
  'task',
  'message',
  'text',
  'content',
  'goal',
  'objective',
  'instruction',
  'instructions',
  'request',
  'problem',
  'topic',
  'description',
  'user_input',
  'user_message',
  'user_prompt',
  'user_query',
  'human_input',
]

const nameList = `array['${names.join("', '")}']`

/**
 * SQL for the sentence a person gave an agent, out of `value`, the jsonb that was sent as its input: a string; the member of an
 * object that bears one of the usual names, or is its only string; the last of some messages. All of it where no sentence is found.
 */
export const inputTextSql = (value: string): string => `
  case jsonb_typeof(${value}) when 'string' then ${value} #>> '{}' when 'null' then null
  when 'object' then coalesce(${namedSql(value)}, ${lastSql(`${value} -> 'messages'`)}, ${namedSql(`${value} -> 'input'`)},
    ${lastSql(`${value} -> 'input'`)}, ${onlySql(value)}, ${value}::text)
  when 'array' then coalesce(${lastSql(value)}, ${value}::text)
  else ${value}::text end`

const stringsSql = (value: string): string => `
  jsonb_each(case jsonb_typeof(${value}) when 'object' then ${value} else '{}' end) as m (name, said)
  where jsonb_typeof(m.said) = 'string' and m.said <> '""'`

const namedSql = (value: string): string => `
  (select m.said #>> '{}' from ${stringsSql(value)} and m.name = any(${nameList}) order by array_position(${nameList}, m.name) limit 1)`

const onlySql = (value: string): string => `
  (select case count(*) when 1 then min(m.said #>> '{}') end from ${stringsSql(value)})`

/** The last of a list of messages, or of parts of one, in the shapes of OpenAI, Anthropic, Gemini and OpenTelemetry. */
const lastSql = (list: string): string => `
  coalesce(
    case jsonb_typeof(${list} -> -1) when 'string' then ${list} ->> -1 end, ${namedSql(`(${list} -> -1)`)},
    ${list} #>> '{-1,content,0,text}', ${list} #>> '{-1,parts,0,content}', ${list} #>> '{-1,parts,0,text}')`
