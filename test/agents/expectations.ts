type Scenario = {
  readonly scenario: string
  /** `agent_id` of the run. */
  readonly agent: string
  readonly status: 'completed' | 'failed' | 'cancelled'
  /** One tool after the other, also where the model asks for two at once. */
  readonly inTurn?: boolean
  /** Models of agents that are tools of another. */
  readonly nested?: readonly string[]
  /** Whether the model's reasoning is exported. */
  readonly reasoning?: boolean
  /** Why it can't hold yet. */
  readonly awaits?: string
}

export type AgentProgram = { readonly program: string; readonly what: string; readonly scenarios: readonly Scenario[] }

const openInference = { awaits: 'OpenInference is not read yet' }
const vercel = { awaits: 'ai.* is not read yet' }
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
      { scenario: 'openinference', agent: 'harbour-master', status: 'completed', reasoning: true, ...openInference },
      { scenario: 'legacy', agent: 'harbour-master', status: 'completed', reasoning: true, ...vercel },
    ],
  },
  {
    program: 'openai-agents',
    what: '@openai/agents with OpenInference',
    scenarios: [
      { scenario: 'delegated', agent: 'harbour_master', status: 'completed', reasoning: true, nested: pilot, ...openInference },
      { scenario: 'chat', agent: 'harbour_master', status: 'completed', ...openInference },
      { scenario: 'handed over', agent: 'desk', status: 'completed', reasoning: true, ...openInference },
      { scenario: 'streamed', agent: 'harbour_master', status: 'completed', reasoning: true, ...openInference },
      { scenario: 'failed', agent: 'harbour_master', status: 'failed', reasoning: true, ...openInference },
    ],
  },
  {
    program: 'langgraph',
    what: '@langchain/langgraph with OpenInference',
    scenarios: [
      { scenario: 'planned', agent: 'harbour-master', status: 'completed', ...openInference },
      { scenario: 'responses', agent: 'harbour-master', status: 'completed', reasoning: true, ...openInference },
      { scenario: 'delegated', agent: 'harbour-master', status: 'completed', nested: pilot, ...openInference },
      { scenario: 'failed', agent: 'harbour-master', status: 'failed', ...openInference },
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
      { scenario: 'chat', agent: 'harbour-master', status: 'completed', ...openInference },
      { scenario: 'responses', agent: 'harbour-master', status: 'completed', reasoning: true, ...openInference },
    ],
  },
  {
    program: 'vercel-ai-v6',
    what: 'ai v6',
    scenarios: [
      { scenario: 'generated', agent: 'harbour-master', status: 'completed', reasoning: true, ...vercel },
      { scenario: 'streamed', agent: 'harbour-master', status: 'completed', reasoning: true, ...vercel },
      { scenario: 'failed', agent: 'harbour-master', status: 'failed', reasoning: true, ...vercel },
    ],
  },
  {
    program: 'vercel-ai-v5',
    what: 'ai v5',
    scenarios: [
      { scenario: 'generated', agent: 'harbour-master', status: 'completed', ...vercel },
      { scenario: 'streamed', agent: 'harbour-master', status: 'completed', reasoning: true, ...vercel },
      { scenario: 'failed', agent: 'harbour-master', status: 'failed', ...vercel },
    ],
  },
]
