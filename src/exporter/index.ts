export { type ExportOutcome, JournalExportError, JournalSpanExporter } from './journal-span-exporter.ts'
export type { JournalSpanExporterOptions } from './options.ts'
