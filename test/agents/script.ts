/** A call the scripted model asks for. `arguments` goes out as JSON text. */
export type ScriptedCall = { readonly id: string; readonly name: string; readonly arguments: Readonly<Record<string, unknown>> }

/** One answer of the scripted model. Every turn but the last asks for something: that is how the next request tells which turn is due. */
export type Turn = {
  readonly text: string
  readonly reasoning?: string
  readonly calls: readonly ScriptedCall[]
  readonly tokens: { readonly input: number; readonly output: number }
  /** `error`: HTTP 400 with the text as its message. `hang`: the beginning of the text, then silence until the client leaves. */
  readonly fate?: 'error' | 'hang'
}

const tide = (id: string, port: string): ScriptedCall => ({ id, name: 'look_up_tide', arguments: { port } })
const berth = (id: string): ScriptedCall => ({ id, name: 'book_berth', arguments: { port: 'Bergen', nights: 2 } })

const asks: Turn = {
  text: 'I check the tide and ask for a berth.',
  reasoning: 'Tide and berth do not depend on each other: both at once.',
  calls: [tide('call_tide_1', 'Bergen'), berth('call_berth_1')],
  tokens: { input: 111, output: 21 },
}

const asksAgain: Turn = {
  text: 'The office did not answer. I ask once more.',
  reasoning: 'The first booking failed for a passing reason.',
  calls: [berth('call_berth_2')],
  tokens: { input: 162, output: 13 },
}

const answers: Turn = {
  text: 'High water in Bergen is at 06:40; berth 14 is yours for two nights.',
  reasoning: 'Both facts are there.',
  calls: [],
  tokens: { input: 203, output: 34 },
}

const delegates = (name: string, key: string): Turn => ({
  text: 'The pilot knows the way in.',
  calls: [{ id: 'call_pilot_1', name, arguments: { [key]: 'Which side of Askøy?' } }],
  tokens: { input: 87, output: 9 },
})

const todos = (statuses: readonly string[]) =>
  ['Check the tide', 'Book a berth'].map((content, i) => ({ content, status: statuses[i] ?? 'pending' }))

/** What comes back when another agent was asked. */
export const pilotAnswer = 'Pass it to the west.'

/** The agent that takes a conversation over. */
export const handedOver = 'harbour_master'

/** What the tool says that gives no object. */
export const chart = 'Shoals east of Askøy'

/** What the model of each name says, turn after turn. Two calls at once of which one fails, the failed one again with the same arguments, an answer. */
export const scripts: Readonly<Record<string, readonly Turn[]>> = {
  'harbour-1': [asks, asksAgain, answers],
  /** Makes a list first, and ticks it off. */
  'harbour-list': [
    {
      text: 'First a list.',
      calls: [{ id: 'call_list_1', name: 'write_todos', arguments: { todos: todos(['in_progress', 'pending']) } }],
      tokens: { input: 95, output: 17 },
    },
    asks,
    asksAgain,
    {
      text: 'Both done.',
      calls: [{ id: 'call_list_2', name: 'write_todos', arguments: { todos: todos(['completed', 'completed']) } }],
      tokens: { input: 180, output: 11 },
    },
    answers,
  ],
  /** Asks another agent, which is a tool to it, and then does the same as the first. */
  'harbour-chief': [delegates('ask_pilot', 'question'), asks, asksAgain, answers],
  'harbour-openai': [delegates('ask_pilot', 'input'), asks, asksAgain, answers],
  'harbour-adk': [delegates('ask_pilot', 'request'), asks, asksAgain, answers],
  'harbour-mastra': [delegates('agent-pilot', 'prompt'), asks, asksAgain, answers],
  /** Hands the whole conversation over. */
  'harbour-desk': [
    {
      text: 'The harbour master takes over.',
      calls: [{ id: 'call_handoff_1', name: 'transfer_to_harbour_master', arguments: {} }],
      tokens: { input: 66, output: 7 },
    },
  ],
  'harbour-pilot': [
    {
      text: 'I look at the chart.',
      calls: [{ id: 'call_chart_1', name: 'read_chart', arguments: { area: 'Askøy' } }],
      tokens: { input: 41, output: 6 },
    },
    { text: pilotAnswer, calls: [], tokens: { input: 58, output: 8 } },
  ],
  'harbour-hang': [
    asks,
    { text: 'The office did not answer, and now I wait for', calls: [], tokens: { input: 162, output: 13 }, fate: 'hang' },
  ],
  'harbour-broken': [asks, { text: 'the model is out of order', calls: [], tokens: { input: 0, output: 0 }, fate: 'error' }],
}

/** The turn that is due: the one after the latest of which a call id stands in the request. Undefined for a model or a turn nobody has scripted. */
export const turnDue = (model: string, request: string): Turn | undefined => {
  const script = scripts[model] ?? []
  const last = script.findLastIndex(turn => turn.calls.some(call => request.includes(`"${call.id}"`)))
  return script[last + 1]
}
