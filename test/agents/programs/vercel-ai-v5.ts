import * as ai from 'ai5'
import { createOpenAI } from 'openai5'
import { runOlder } from './vercel-ai-older.ts'

await runOlder(ai, createOpenAI)
