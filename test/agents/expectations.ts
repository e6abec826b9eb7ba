type Scenario = {
  readonly scenario: string
  /** `agent_id` of the run. */
  readonly agent: string
  readonly status: 'completed' | 'failed' | 'cancelled'
  /** One tool after the other, also where the model asks for two at once. */
  readonly inTurn?: boolean
  /** Models of agents that are tools of another. */
  readonly nested?: readonly string[]
  /** Whether the model's reasoning is exported: with the answer, or only with the history of the next request. */
  readonly reasoning?: boolean | 'replayed'
  /** What is exported instead of the error of a tool. */
  readonly redacted?: string
}

export type AgentProgram = { readonly program: string; readonly what: string; readonly scenarios: readonly Scenario[] }

const redacted = 'An error occurred while running the tool'
const pilot = ['harbour-pilot']

/** Each program of `programs/`, the ways in which it runs, and what has to be in the rows beyond what it says itself. */
export const agents: readonly AgentProgram[] = [
  {
    program: 'vercel-ai-v7',
    what: 'ai v7 with @ai-sdk/otel',
    scenarios: [
      { scenario: 'generated', agent: 'harbour-master', status: 'completed', reasoning: true },
      { scenario: 'streamed', agent: 'harbour-master', status: 'completed', reasoning: true },
      { scenario: 'delegated', agent: 'harbour-master', status: 'completed', reasoning: true, nested: pilot },
      { scenario: 'aborted', agent: 'harbour-master', status: 'cancelled', reasoning: true },
      { scenario: 'failed', agent: 'harbour-master', status: 'failed', reasoning: true },
      { scenario: 'openinference', agent: 'harbour-master', status: 'completed', reasoning: true },
      { scenario: 'legacy', agent: 'harbour-master', status: 'completed', reasoning: true },
    ],
  },
  {
    program: 'openai-agents',
    what: '@openai/agents with OpenInference',
    scenarios: [
      { scenario: 'delegated', agent: 'harbour_master', status: 'completed', reasoning: true, nested: pilot, redacted },
      { scenario: 'chat', agent: 'harbour_master', status: 'completed', redacted },
      {
        scenario: 'handed over',
        agent: 'harbour_master',
        status: 'completed',
        reasoning: true,
        nested: ['harbour-desk', 'harbour-1'],
        redacted,
      },
      { scenario: 'streamed', agent: 'harbour_master', status: 'completed', reasoning: true, redacted },
      { scenario: 'failed', agent: 'harbour_master', status: 'failed', reasoning: true, redacted },
    ],
  },
  {
    program: 'langgraph',
    what: '@langchain/langgraph with OpenInference',
    scenarios: [
      { scenario: 'planned', agent: 'harbour-master', status: 'completed' },
      { scenario: 'responses', agent: 'harbour-master', status: 'completed', reasoning: true },
      { scenario: 'delegated', agent: 'harbour-master', status: 'completed', nested: pilot },
      { scenario: 'failed', agent: 'harbour-master', status: 'failed' },
    ],
  },
  {
    program: 'traceloop',
    what: '@traceloop/node-server-sdk',
    scenarios: [
      { scenario: 'each span alone', agent: 'harbour-master', status: 'completed' },
      { scenario: 'batched', agent: 'harbour-master', status: 'completed' },
    ],
  },
  {
    program: 'mastra',
    what: '@mastra/core with @mastra/otel-exporter',
    scenarios: [
      { scenario: 'generated', agent: 'harbour-master', status: 'completed', reasoning: true },
      { scenario: 'streamed', agent: 'harbour-master', status: 'completed', reasoning: true },
      { scenario: 'delegated', agent: 'harbour-master', status: 'completed', reasoning: true, nested: pilot },
      { scenario: 'failed', agent: 'harbour-master', status: 'failed', reasoning: true },
    ],
  },
  {
    program: 'google-adk',
    what: '@google/adk',
    scenarios: [
      // A model call that fails has no span, and nothing else tells of it: no scenario for that.
      { scenario: 'generated', agent: 'harbour_master', status: 'completed', reasoning: true, inTurn: true },
      { scenario: 'delegated', agent: 'harbour_master', status: 'completed', reasoning: true, inTurn: true, nested: pilot },
    ],
  },
  {
    program: 'openai-openinference',
    what: 'openai with @arizeai/openinference-instrumentation-openai',
    scenarios: [
      { scenario: 'chat', agent: 'harbour-master', status: 'completed' },
      { scenario: 'responses', agent: 'harbour-master', status: 'completed', reasoning: true },
    ],
  },
  {
    program: 'vercel-ai-v6',
    what: 'ai v6',
    scenarios: [
      { scenario: 'generated', agent: 'harbour-master', status: 'completed', reasoning: true },
      { scenario: 'streamed', agent: 'harbour-master', status: 'completed', reasoning: true },
      { scenario: 'failed', agent: 'harbour-master', status: 'failed', reasoning: true },
    ],
  },
  {
    program: 'vercel-ai-v5',
    what: 'ai v5',
    scenarios: [
      { scenario: 'generated', agent: 'harbour-master', status: 'completed', reasoning: 'replayed' },
      { scenario: 'streamed', agent: 'harbour-master', status: 'completed', reasoning: 'replayed' },
      { scenario: 'failed', agent: 'harbour-master', status: 'failed', reasoning: 'replayed' },
    ],
  },
]
