"""A small agent that tells runledger what it does with nothing but the OpenTelemetry SDK: attributes on spans."""

import json
import sys
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

QUESTION, SESSION = "What is the weather in Oslo?", "session-python"

# Where to send is said by OTEL_EXPORTER_OTLP_ENDPOINT, http://127.0.0.1:4318 for a Collector or `runledger dev`.
provider = TracerProvider(resource=Resource({"service.name": "weather-python"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer = provider.get_tracer("weather-agent")

# The agent's own account of its run: what a reader of runledger must find.
account = {"agent_id": "weather-python", "task_input": QUESTION, "session_id": SESSION, "spans": [], "steps": [], "artifacts": []}


def span_id(span):
    return format(span.get_span_context().span_id, "016x")


@contextmanager
def span(name, attributes):
    """A span, remembered in the account."""
    with tracer.start_as_current_span(name, attributes=attributes) as current:
        parent = "" if current.parent is None else format(current.parent.span_id, "016x")
        account["spans"].append({"span_id": span_id(current), "parent_span_id": parent, "name": name})
        yield current


@contextmanager
def step(name, kind, content):
    """A span that is a step of the run: its type, its number and its content are all that runledger asks for."""
    sequence = len(account["steps"])
    attributes = {"agent.step.type": kind, "agent.step.sequence": sequence, "agent.step.content": json.dumps(content)}
    with span(name, attributes) as current:
        account["steps"].append({"sequence": sequence, "type": kind, "content": content, "span_id": span_id(current)})
        yield current


def call(call_id, tool, arguments, run):
    """A tool call and its result: one span, two steps."""
    with step(f"execute_tool {tool}", "tool_call", {"tool_name": tool, "arguments": arguments, "call_id": call_id}) as current:
        sequence = len(account["steps"])
        current.set_attributes({"agent.step.call_id": call_id, "agent.step.result_sequence": sequence})
        try:
            output, failed = run(**arguments), False
        except Exception as error:
            output, failed = str(error), True
            current.record_exception(error)
            current.set_status(Status(StatusCode.ERROR, str(error)))
        current.set_attribute("agent.step.result", json.dumps({"output": output, "is_error": failed}))
        content = {"tool_name": tool, "output": output, "is_error": failed, "call_id": call_id}
        account["steps"].append({"sequence": sequence, "type": "tool_result", "content": content, "span_id": span_id(current)})


def get_weather(city):
    return {"celsius": 4, "sky": "rain"}


def get_forecast(city, days):
    raise ConnectionError("connection refused")


def main():
    # The run: the topmost span, with what the agent was asked.
    attributes = {"agent.id": account["agent_id"], "agent.run.task_input": QUESTION, "session.id": SESSION}
    with span("invoke_agent weather", attributes) as root:
        account["trace_id"] = format(root.get_span_context().trace_id, "032x")
        with step("plan", "plan_update", {"items": [{"title": "Ask the weather service", "status": "in_progress"}]}):
            pass
        with step("think", "thought", {"text": "Two services know the weather. I ask both."}):
            pass
        call("call_1", "get_weather", {"city": "Oslo"}, get_weather)
        call("call_2", "get_forecast", {"city": "Oslo", "days": 1}, get_forecast)
        with step("answer", "thought", {"text": "It rains at 4 °C in Oslo."}) as answer:
            # A file that the agent made belongs to the step whose span tells of it.
            file = {"role": "output", "path": "weather.md", "mime_type": "text/markdown", "size_bytes": 26}
            answer.add_event("agent.artifact", {f"agent.artifact.{key}": value for key, value in file.items()})
            account["artifacts"].append({**file, "sequence": len(account["steps"]) - 1})
    # What is not sent when a process ends is lost.
    provider.shutdown()
    json.dump(account, sys.stdout)


main()
