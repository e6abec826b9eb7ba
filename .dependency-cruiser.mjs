/** The arrows of the architecture: who may import whom. What is not listed is forbidden. */

const modules = '^(src|migrations)/'
const everyone = ['^src/model/', '^src/errors\\.ts$', '^src/error-summary\\.ts$']

const arrows = {
  '^src/model/': ['^src/model/', '^node_modules/zod'],
  '^src/semconv\\.ts$': [],
  '^src/errors\\.ts$': [],
  '^src/error-summary\\.ts$': [],
  '^src/otlp/': ['^src/otlp/'],
  '^src/conventions/': ['^src/conventions/', '^src/semconv\\.ts$'],
  '^src/ledger/': ['^src/ledger/'],
  '^src/store/': ['^src/store/', '^migrations/index\\.ts$'],
  '^src/view/': ['^src/view/'],
  '^src/mcp/': ['^src/(mcp|view)/'],
  '^src/stream/': ['^src/stream/'],
  '^src/receive/': ['^src/receive/', '^src/otlp/'],
  '^src/http/': ['^src/http/', '^src/(mcp|otlp|receive|stream|view)/', '^src/log\\.ts$'],
  '^src/web/': ['^src/web/'],
  '^src/grpc/': ['^src/grpc/', '^src/(otlp|receive)/'],
  '^src/embedded/': ['^src/embedded/'],
  '^src/stage\\.ts$': ['^src/log\\.ts$'],
  '^src/sorter\\.ts$': ['^src/(otlp|store)/', '^src/conventions/identity\\.ts$', '^src/(log|stage)\\.ts$'],
  '^src/price\\.ts$': [],
  '^src/projector\\.ts$': ['^src/(conventions|ledger|store)/', '^src/(log|price|stage)\\.ts$', '^src/projection/'],
  '^src/projection/': ['^src/(projection|otlp|conventions|ledger|store)/', '^src/(log|stage)\\.ts$'],
  '^src/stamper\\.ts$': ['^src/store/', '^src/(log|stage)\\.ts$'],
  '^src/clock\\.ts$': ['^src/store/', '^src/(log|stage)\\.ts$'],
  '^src/indexer\\.ts$': ['^src/store/', '^src/(log|stage)\\.ts$'],
  '^src/convention-files\\.ts$': ['^src/conventions/', '^src/config\\.ts$'],
  '^src/worker\\.ts$': [
    '^src/(store|conventions)/',
    '^src/(convention-files|sorter|projector|clock|config|log|stage|workers|worker-[a-z-]+)\\.ts$',
  ],
  '^src/workers\\.ts$': ['^src/(config|log|worker|projector|worker-[a-z-]+)\\.ts$'],
  '^src/worker-[a-z-]+\\.ts$': ['^src/(config|log)\\.ts$'],
  '^src/log\\.ts$': [],
  '^src/config\\.ts$': ['^src/(config-[a-z]+|log)\\.ts$'],
  '^src/config-[a-z]+\\.ts$': [],
  '^src/listener\\.ts$': [],
  '^src/trace-backend\\.ts$': [],
  '^src/server\\.ts$': [
    '^src/(grpc|http|otlp|receive|store|stream)/',
    '^src/(config|convention-files|indexer|listener|log|workers|sorter|projector|stamper|clock|trace-backend)\\.ts$',
  ],
  '^src/demo\\.ts$': ['^src/(demo|view)/'],
  '^src/sdk/': ['^src/sdk/', '^src/semconv\\.ts$'],
  '^src/register(\\.ts$|/)': ['^src/register/', '^src/sdk/index\\.ts$'],
  '^src/exporter/': ['^src/exporter/', '^src/(otlp|store)/', '^src/(config|log|workers)\\.ts$'],
  '^src/demo/': ['^src/demo/', '^src/semconv\\.ts$'],
  '^src/cli\\.ts$': ['^src/cli/', '^src/config\\.ts$'],
  '^src/cli/': [
    '^src/(cli|embedded|mcp)/',
    '^src/store/',
    '^src/(conventions|ledger)/index\\.ts$',
    '^src/(config|config-[a-z]+|convention-files|demo|log|projector|server)\\.ts$',
  ],
  '^src/index\\.ts$': ['^src/'],
  '^migrations/': ['^migrations/'],
}

const names = Object.keys(arrows)

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'unknown-module', comment: 'add its arrows', severity: 'error', from: { path: modules, pathNot: names }, to: {} },
    {
      name: 'sees-types-only',
      severity: 'error',
      from: { path: '^src/ledger/' },
      to: { path: '^src/conventions/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'http-sees-types-only',
      severity: 'error',
      from: { path: '^src/http/' },
      to: { path: '^src/(store/|sorter|projector|trace-backend)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'page-sees-types-only',
      severity: 'error',
      from: { path: '^src/web/' },
      to: { path: '^src/model/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'workers-see-types-only',
      severity: 'error',
      from: { path: '^src/workers\\.ts$' },
      to: { path: '^src/(worker|projector)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'sdk-needs-the-api-alone',
      severity: 'error',
      from: { path: '^src/sdk/' },
      to: { pathNot: ['^src/(sdk/|semconv\\.ts$)', '^node_modules/@opentelemetry/api/'] },
    },
    {
      name: 'sdk-sees-types-only',
      severity: 'error',
      from: { path: '^src/register/' },
      to: { path: '^src/sdk/', dependencyTypesNot: ['type-only'] },
    },
    ...Object.entries(arrows).map(([path, targets]) => ({
      name: `arrow ${path}`,
      severity: 'error',
      from: { path },
      to: { path: modules, pathNot: [...everyone, ...targets, ...typesOf(path)] },
    })),
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
}

function typesOf(path) {
  if (path === '^src/ledger/') return ['^src/conventions/reading\\.ts$']
  if (path === '^src/http/') return ['^src/store/', '^src/(sorter|projector|trace-backend)\\.ts$']
  return []
}
