import type { PlanItem } from '../model/content.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { Plan } from './reading.ts'
import { entry, isArray, isObject, member, textFrom } from './value.ts'

/** Tools by which agents keep their plan. Compared without case and separators. */
const tools: Readonly<Record<string, Plan['mode']>> = {
  writetodos: 'replace',
  todowrite: 'replace',
  updateplan: 'replace',
  settodolist: 'replace',
  managetodolist: 'replace',
  creategoal: 'patch',
  updategoal: 'patch',
  taskcreate: 'patch',
  taskupdate: 'patch',
}

/** The plan a call of such a tool tells; undefined for any other tool, and for arguments that hold no plan. */
export const planFromCall = (tool: string, args: Json | undefined): Plan | undefined => {
  const mode = entry(tools, tool.toLowerCase().replace(/[^a-z]/g, ''))
  if (mode === undefined || !isObject(args)) return undefined
  const items = itemsFrom(args, mode)
  const explanation = textFrom(args['explanation'])
  return items.length === 0 && explanation === undefined
    ? undefined
    : { items, mode, ...(explanation === undefined ? {} : { explanation }) }
}

const listKeys = ['todos', 'plan', 'items', 'tasks', 'todoList', 'todo_list'] as const

const itemsFrom = (args: JsonObject, mode: Plan['mode']): readonly PlanItem[] => {
  const list = listKeys.map(key => args[key]).find(isArray)
  if (list === undefined) return mode === 'patch' ? [args].flatMap(planItemFrom) : []
  return list.flatMap(planItemFrom)
}

/** One entry of a plan, whatever its keys are called; nothing where it has no title. */
export const planItemFrom = (json: Json): readonly PlanItem[] => {
  if (typeof json === 'string') return json === '' ? [] : [{ title: json, status: 'pending' }]
  const title = ['title', 'content', 'step', 'subject', 'task', 'text', 'name', 'description', 'objective']
    .map(key => textFrom(member(json, key)))
    .find(Boolean)
  const id = ['id', 'taskId', 'task_id'].map(key => member(json, key)).find(value => typeof value === 'string' || typeof value === 'number')
  if (title === undefined && id === undefined) return []
  return [
    {
      ...(id === undefined ? {} : { id: String(id) }),
      title: title ?? '',
      status: statusFrom(member(json, 'status') ?? member(json, 'state')),
    },
  ]
}

const statuses: Readonly<Record<string, PlanItem['status']>> = {
  pending: 'pending',
  todo: 'pending',
  notstarted: 'pending',
  open: 'pending',
  inprogress: 'in_progress',
  active: 'in_progress',
  running: 'in_progress',
  doing: 'in_progress',
  completed: 'completed',
  complete: 'completed',
  done: 'completed',
  finished: 'completed',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  deleted: 'cancelled',
  failed: 'cancelled',
}

const statusFrom = (json: Json | undefined): PlanItem['status'] =>
  (typeof json === 'string' ? entry(statuses, json.toLowerCase().replace(/[^a-z]/g, '')) : undefined) ??
  (json === true ? 'completed' : 'pending')
