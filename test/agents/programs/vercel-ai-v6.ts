import * as ai from 'ai6'
import { createOpenAI } from 'openai6'
import { runOlder } from './vercel-ai-older.ts'

await runOlder(ai, createOpenAI)
