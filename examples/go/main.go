// A small agent that tells runledger what it does with nothing but the OpenTelemetry SDK: attributes on spans.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

type object = map[string]any

// ledger is the agent's own account of its run: what a reader of runledger must find.
type ledger struct {
	TraceID   string   `json:"trace_id"`
	AgentID   string   `json:"agent_id"`
	TaskInput any      `json:"task_input"`
	SessionID string   `json:"session_id"`
	Spans     []object `json:"spans"`
	Steps     []object `json:"steps"`
	Artifacts []object `json:"artifacts"`
}

type agent struct {
	tracer  trace.Tracer
	account ledger
}

func text(value any) string {
	bytes, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	return string(bytes)
}

// step opens a span that is a step of the run: its type, its number and its content are all that runledger asks for.
func (a *agent) step(ctx context.Context, name, kind string, content object) (context.Context, trace.Span) {
	sequence := len(a.account.Steps)
	ctx, span := a.tracer.Start(ctx, name, trace.WithAttributes(
		attribute.String("agent.step.type", kind),
		attribute.Int("agent.step.sequence", sequence),
		attribute.String("agent.step.content", text(content)),
	))
	a.remember(ctx, name)
	a.account.Steps = append(a.account.Steps, object{
		"sequence": sequence, "type": kind, "content": content, "span_id": span.SpanContext().SpanID().String()})
	return ctx, span
}

// call is a tool call and its result: one span, two steps.
func (a *agent) call(ctx context.Context, id, tool string, arguments object, run func() (any, error)) {
	_, span := a.step(ctx, "execute_tool "+tool, "tool_call", object{"tool_name": tool, "arguments": arguments, "call_id": id})
	sequence := len(a.account.Steps)
	span.SetAttributes(attribute.String("agent.step.call_id", id), attribute.Int("agent.step.result_sequence", sequence))
	output, err := run()
	if err != nil {
		output = err.Error()
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
	span.SetAttributes(attribute.String("agent.step.result", text(object{"output": output, "is_error": err != nil})))
	a.account.Steps = append(a.account.Steps, object{
		"sequence": sequence, "type": "tool_result", "span_id": span.SpanContext().SpanID().String(),
		"content": object{"tool_name": tool, "output": output, "is_error": err != nil, "call_id": id}})
	span.End()
}

func (a *agent) remember(ctx context.Context, name string) {
	span := trace.SpanFromContext(ctx).(sdktrace.ReadOnlySpan)
	parent := ""
	if span.Parent().IsValid() {
		parent = span.Parent().SpanID().String()
	}
	a.account.Spans = append(a.account.Spans, object{
		"span_id": span.SpanContext().SpanID().String(), "parent_span_id": parent, "name": name})
}

func (a *agent) run(ctx context.Context, question, session string) {
	// The run: the topmost span, with what the agent was asked.
	ctx, root := a.tracer.Start(ctx, "invoke_agent weather", trace.WithAttributes(
		attribute.String("agent.id", "weather-go"),
		attribute.String("agent.run.task_input", question),
		attribute.String("session.id", session),
	))
	a.account.TraceID, a.account.AgentID = root.SpanContext().TraceID().String(), "weather-go"
	a.account.TaskInput, a.account.SessionID = question, session
	a.remember(ctx, "invoke_agent weather")

	_, plan := a.step(ctx, "plan", "plan_update", object{"items": []object{{"title": "Ask the weather service", "status": "in_progress"}}})
	plan.End()
	_, thought := a.step(ctx, "think", "thought", object{"text": "Two services know the weather. I ask both."})
	thought.End()
	a.call(ctx, "call_1", "get_weather", object{"city": "Oslo"}, func() (any, error) {
		return object{"celsius": 4, "sky": "rain"}, nil
	})
	a.call(ctx, "call_2", "get_forecast", object{"city": "Oslo", "days": 1}, func() (any, error) {
		return nil, fmt.Errorf("connection refused")
	})
	_, answer := a.step(ctx, "answer", "thought", object{"text": "It rains at 4 °C in Oslo."})
	// A file that the agent made belongs to the step whose span tells of it.
	answer.AddEvent("agent.artifact", trace.WithAttributes(
		attribute.String("agent.artifact.role", "output"),
		attribute.String("agent.artifact.path", "weather.md"),
		attribute.String("agent.artifact.mime_type", "text/markdown"),
		attribute.Int("agent.artifact.size_bytes", 26),
	))
	answer.End()
	a.account.Artifacts = append(a.account.Artifacts, object{
		"role": "output", "path": "weather.md", "mime_type": "text/markdown", "size_bytes": 26, "sequence": len(a.account.Steps) - 1})
	root.End()
}

func main() {
	ctx := context.Background()
	// Where to send is said by OTEL_EXPORTER_OTLP_ENDPOINT, http://127.0.0.1:4317 for a Collector or `runledger dev`.
	exporter, err := otlptracegrpc.New(ctx)
	if err != nil {
		log.Fatal(err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "weather-go"))),
	)
	a := &agent{tracer: provider.Tracer("weather-agent"), account: ledger{Artifacts: []object{}}}
	a.run(ctx, "What is the weather in Oslo?", "session-go")
	// What is not sent when a process ends is lost.
	if err := provider.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(a.account); err != nil {
		log.Fatal(err)
	}
}
